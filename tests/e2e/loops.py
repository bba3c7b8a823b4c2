"""A server of several loops, looked at from outside: each serves, takes another's sessions, watches, and comes back.

Usage: loops.py PROCESS LOG ADDRESS AUTHORITY TOKEN_FILE CERTIFICATE NEW_CERTIFICATE

PROCESS is the one above the loops, LOG what it says. CERTIFICATE and NEW_CERTIFICATE are paths without .pem and .key:
the new one is put in the place of the other. `shap` in PATH can send returns as "partner". Prints what it found.
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

from attack_wire import Connection, HEALTH, Refused, Target, head, message

PROCESS, LOG, ADDRESS, AUTHORITY = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
TOKEN = pathlib.Path(sys.argv[5]).read_text(encoding="ascii").strip()
CERTIFICATE, NEW_CERTIFICATE = sys.argv[6:8]
PORT = int(ADDRESS.rsplit(":", 1)[1])
WATCH, FOLLOW = "/shap.v1.Events/Watch", b"\x30\x01"  # WatchRequest.follow
PATIENCE_S = 60
TRIES = 200  # of connections, each of which comes to one loop or another by chance


def await_that(what, is_so):
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.05)


def loops():
    """Their numbers, and the processes that are them now."""
    found = re.findall(r" loop-serves loop=(\d+) process=(\d+)", LOG.read_text(encoding="utf-8"))
    return {int(number): int(process) for number, process in found}


def loop_of(connection):
    """Which one serves a connection: the process that has its other end."""
    port = connection.socket.getsockname()[1]
    for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        if int(words[1].split(":")[1], 16) == PORT and int(words[2].split(":")[1], 16) == port and words[9] != "0":
            return next((number for number, process in loops().items() if has_socket(process, words[9])), None)
    return None


def has_socket(process, inode):
    try:
        return any(os.readlink(fd) == f"socket:[{inode}]" for fd in pathlib.Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return False


class Session(Target):
    """Connects with a ticket."""

    def __init__(self, earlier):
        super().__init__(ADDRESS)
        self.earlier = earlier

    def connect(self):
        return self.earlier.context.wrap_socket(self.connect_plain(), server_hostname="localhost", session=self.earlier.session)


def serves(connection):
    return connection.answer(connection.open(head(HEALTH), message(b""))) == 0


def open_at(number, target=None):
    """A connection to that loop, which has served a call."""
    for _ in range(TRIES):
        connection = Connection(target or Target(ADDRESS, AUTHORITY))
        assert serves(connection)
        if loop_of(connection) == number:
            return connection
        connection.socket.close()
    raise AssertionError(f"none of {TRIES} connections came to loop {number}")


def name_at(number):
    with open_at(number) as connection:
        return dict(pair[0] for pair in connection.socket.getpeercert()["subject"])["commonName"]


def each_serves():
    for number in loops():
        with open_at(number) as connection:
            assert all(serves(connection) for _ in range(10))
    print("each serves:", *sorted(loops()))


def sessions_are_shared(said):
    for number in loops():
        with open_at(number) as first:
            for other in loops():
                with open_at(other, Session(first.socket)) as again:
                    assert again.socket.session_reused, f"a session of loop {number} is not resumed by loop {other}"
    print("sessions are shared", said)


def watches(number):
    connection = open_at(number)
    return connection, connection.open(head(WATCH, TOKEN), message(FOLLOW))


def each_watches():
    def told(watch, note=b""):
        connection, stream = watch
        while note not in connection.messages.get(stream, b"") or not connection.messages.get(stream):
            connection.receive()
    watching = [watches(number) for number in loops()]
    for watch in watching:
        told(watch)  # its first cursor
    done = subprocess.run(["shap", "--as", "partner", "--quiet", "return", "submit", "SH5.2/6/1", "--status", "in-progress",
                           "--note", "For all loops."], capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    for watch in watching:
        told(watch, b"SH5.2/6/1")
        watch[0].socket.close()
    print("each watches")


def is_ended(connection):
    connection.drain()
    connection.socket.close()
    return True


def kill_one(number, how):
    """The others' connections live; who comes meanwhile is served, and so is who comes back with a ticket."""
    before = loops()
    victim = open_at(number)
    others = [open_at(other) for other in before if other != number]
    os.kill(before[number], how)
    assert is_ended(victim)  # it takes no more
    newcomers = [Connection(Target(ADDRESS, AUTHORITY)) for _ in range(20)]
    assert all(serves(connection) for connection in newcomers)
    await_that("the loop to come back", lambda: loops()[number] != before[number])
    assert all(serves(connection) for connection in others)
    with open_at(number, Session(others[0].socket)) as again:
        assert again.socket.session_reused
    assert {other: process for other, process in loops().items() if other != number} == \
        {other: process for other, process in before.items() if other != number}
    for connection in newcomers + others:
        connection.socket.close()
    print("back after", signal.Signals(how).name)


def hang_up():
    """New certificates everywhere, without an end to any connection."""
    held = [open_at(number) for number in loops()]
    old = {name_at(number) for number in loops()}
    for end in (".pem", ".key"):
        shutil.copyfile(NEW_CERTIFICATE + end, CERTIFICATE + end)
    for process in loops().values():
        os.kill(process, signal.SIGHUP)  # not theirs to answer
    before = LOG.read_text(encoding="utf-8").count(" reloaded ")
    os.kill(PROCESS, signal.SIGHUP)
    await_that("all to have read", lambda: LOG.read_text(encoding="utf-8").count(" reloaded ") >= before + 1 + len(loops()))
    assert LOG.read_text(encoding="utf-8").count(" reloaded ") == before + 1 + len(loops())
    new = {name_at(number) for number in loops()}
    assert all(serves(connection) for connection in held)
    for connection in held:
        connection.socket.close()
    print("certificates:", *old, "then", *new)


def main():
    each_serves()
    sessions_are_shared("at first")
    each_watches()
    kill_one(1, signal.SIGKILL)
    kill_one(2, signal.SIGTERM)
    hang_up()
    sessions_are_shared("after it")


if __name__ == "__main__":
    main()
