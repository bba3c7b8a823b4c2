"""A line that can be disturbed: hands what comes at a port of loopback on to another, and back.

    proxy.py PORT TO_PORT

Prints "ready", then obeys one command a line on its standard input, answering "ok" to each:

    pass                      hand on everything from now on
    delay MILLISECONDS        before each piece
    drip                      byte by byte, each in a packet of its own
    end | reset               every connection there is, with FIN or RST
    mute up | down | both     the connections there are hand on nothing more that way, and stay open; new ones are good:
                              what a firewall does that has forgotten them. They end when TCP's keepalives would find it
    dead                      all connections, new ones too: the cable is out
    reset-after up | down N   each new connection after N bytes that way
It ends with its standard input.
"""
import socket
import struct
import sys
import threading
import time

PORT, TO_PORT = int(sys.argv[1]), int(sys.argv[2])
UP, DOWN = "up", "down"  # to the server, and from it
KEEPALIVE_SECONDS = 20
lines = set()


class Manner:
    """How lines are handed on."""
    delay = 0
    is_dripping = False
    is_dead = False
    limits = {}  # a way: bytes after which a new connection is reset


class Line:
    def __init__(self, client, server):
        self.ends = {UP: (client, server), DOWN: (server, client)}
        self.muted = set()
        self.is_over = False
        self.left = dict(Manner.limits)

    def mute(self, ways):
        self.muted.update(ways)
        timer = threading.Timer(KEEPALIVE_SECONDS, self.end)
        timer.daemon = True
        timer.start()

    def end(self, is_reset=False):
        self.is_over = True
        for end in self.ends[UP]:
            try:
                if is_reset:  # closing it with data left unread or with this says RST
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.shutdown(socket.SHUT_RD)  # wakes the thread that reads
                    end.close()
                else:
                    end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def hand_on(self, way, part):
        sink = self.ends[way][1]
        if way in self.muted or Manner.is_dead:
            return
        time.sleep(Manner.delay)
        if way in self.left:
            part, self.left[way] = part[:self.left[way]], self.left[way] - len(part)
        for piece in (part[i:i + 1] for i in range(len(part))) if Manner.is_dripping else (part,):
            sink.sendall(piece)
        if self.left.get(way, 1) <= 0:
            self.end(is_reset=True)

    def pump(self, way):
        source = self.ends[way][0]
        try:
            while part := source.recv(65536):
                self.hand_on(way, part)
        except OSError:
            pass
        # A line that is dead does not even carry the end of a connection.
        while (way in self.muted or Manner.is_dead) and not self.is_over:
            time.sleep(0.05)
        self.end()


def serve(client):
    while Manner.is_dead:
        time.sleep(0.05)
    try:
        server = socket.create_connection(("127.0.0.1", TO_PORT))
    except OSError:
        client.close()
        return
    line = Line(client, server)
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines.add(line)
    threads = [threading.Thread(target=line.pump, args=(way,), daemon=True) for way in (UP, DOWN)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines.discard(line)
    client.close()
    server.close()


def accept(listener):
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def obey(command, *words):
    if command == "pass":
        Manner.delay, Manner.is_dripping, Manner.is_dead, Manner.limits = 0, False, False, {}
    elif command == "delay":
        Manner.delay = int(words[0]) / 1000
    elif command == "drip":
        Manner.is_dripping = True
    elif command in ("end", "reset"):
        for line in list(lines):
            line.end(is_reset=command == "reset")
    elif command == "mute":
        for line in list(lines):
            line.mute((UP, DOWN) if words[0] == "both" else words)
    elif command == "dead":
        Manner.is_dead = True
    elif command == "reset-after":
        Manner.limits = {words[0]: int(words[1])}
    else:
        raise ValueError(command)


def main():
    listener = socket.create_server(("127.0.0.1", PORT), backlog=128)
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    print("ready", flush=True)
    for command in sys.stdin:
        obey(*command.split())
        print("ok", flush=True)


main()
