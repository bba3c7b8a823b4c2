"""A connection that is open while the server's certificate is changed, and one that is opened then.

Usage: tls_reload.py ADDRESS AUTHORITY FILE. Prints the name in the certificate each time after a call was answered on
the connection: once at first, then, when FILE is there, of the first connection again and of a new one.
"""
import os
import sys
import time

from attack_wire import Connection, HEALTH, Target, head, message


class Resuming(Target):
    def __init__(self, address, context, session):
        super().__init__(address)
        self.context, self.session = context, session

    def connect(self):
        return self.context.wrap_socket(self.connect_plain(), server_hostname="localhost", session=self.session)


def served(connection):
    assert connection.answer(connection.open(head(HEALTH), message(b""))) == 0
    subject = dict(pair[0] for pair in connection.socket.getpeercert()["subject"])
    print(subject["commonName"], flush=True)


def main(address, authority, file):
    with Connection(Target(address, authority)) as first:
        served(first)
        for _ in range(600):
            if os.path.exists(file):
                break
            time.sleep(0.1)
        served(first)
        with Connection(Target(address, authority)) as second:
            served(second)
        resumed = Resuming(address, first.socket.context, first.socket.session)
        with Connection(resumed) as third:
            assert third.answer(third.open(head(HEALTH), message(b""))) == 0
            print("resumed" if third.socket.session_reused else "not resumed")


if __name__ == "__main__":
    main(*sys.argv[1:])
