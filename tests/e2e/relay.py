"""A line that can be cut: hands what comes at the Unix socket FROM on to the Unix socket TO and back. SIGUSR1 cuts every
connection there is; new ones are taken at once."""

import signal
import socket
import sys
import threading

FROM, TO = sys.argv[1:]
ends = set()


def cut(*_):
    for end in list(ends):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def pump(source, sink):
    try:
        while part := source.recv(65536):
            sink.sendall(part)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    server = socket.socket(socket.AF_UNIX)
    try:
        server.connect(TO)
    except OSError:
        client.close()
        return
    ends.update((client, server))
    other = threading.Thread(target=pump, args=(server, client), daemon=True)
    other.start()
    pump(client, server)
    other.join()
    ends.difference_update((client, server))
    client.close()
    server.close()


listener = socket.socket(socket.AF_UNIX)
listener.bind(FROM)
listener.listen(64)
signal.signal(signal.SIGUSR1, cut)
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
