#!/usr/bin/python3
"""Takes every client through every case over every transport, prints the table, and fails when a cell does.

matrix.py SETTINGS.json, which foreign_test.sh writes: "clients", a command each; "sessions", the settings of each client
and transport, by "client transport" (see client.py for what they hold).
"""

import json
import os
import sys
import tempfile

from cases import CANNOT, CASES, Session
from client import Client, Failed


def run(case, session):
    """Empty when all is well."""
    session.log_size = os.path.getsize(session.log)
    try:
        case(session)
        return ""
    except Failed as error:
        return str(error)
    except Exception as error:  # of the case itself: the others are run all the same
        return repr(error)


def open_session(name, settings, clients):
    with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(sys.argv[1]), delete=False) as file:
        json.dump(settings, file)
    client = name.split()[0]
    return Session(Client(client, clients[client], file.name), settings), file.name


def row(first, cells, width):
    return " | ".join([first.ljust(width), *(cell.ljust(6) for cell in cells)])


def print_heads(names, width):
    """The client above its first transport, the transports below."""
    clients = [name.split()[0] for name in names]
    print(row("", [client if client not in clients[:at] else "" for at, client in enumerate(clients)], width))
    print(row("case", [name.split()[1] for name in names], width))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    width = max(len(case.__doc__) for case in CASES)
    opened = {name: open_session(name, values, settings["clients"]) for name, values in settings["sessions"].items()}
    print_heads(list(opened), width)
    problems, n_cells = [], 0
    for case in CASES:
        cells = []
        for name, (session, _) in opened.items():
            if (session.client.name, case) in CANNOT:
                cells.append("-")
                continue
            problem = run(case, session)
            n_cells += 1
            cells.append("FAILED" if problem else "ok")
            problems += ["%s, %s: %s" % (case.__doc__, name, problem)] if problem else []
        print(row(case.__doc__, cells, width), flush=True)
    for name, (session, path) in opened.items():
        code = session.client.close()
        problems += ["%s: ended with %d" % (name, code)] if code else []
        os.unlink(path)
    for (client, case), reason in CANNOT.items():
        if client in settings["clients"]:
            print("- %s, %s: %s" % (client, case.__doc__, reason))
    print("%d cells, %d failed" % (n_cells, len(problems)))
    print("\n".join(problems), file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
