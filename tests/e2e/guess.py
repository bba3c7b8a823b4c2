"""Whoever guesses the numbers of another council's records gets nothing of them: not a word, and nothing is done.

Usage: guess.py ADDRESS TOKEN_FILE DIRECTORY FIRST LAST

Every method that is called by the number of a record is called with each number from FIRST to LAST.
"""
import random
import re
import sys

from attack_requests import Requests
from attack_wire import Connection, Target, head, message

NOT_FOUND, DENIED, INVALID = 5, 7, 3
# What stands in the other council's records and in no refusal of its own.
OURS = re.compile(rb"HUSH|SH\d\.\d|Copeland")
EXAMPLE = b"such as SH4.3/2/1"


def guessed(requests, path, number):
    """A request that would be served for a record of one's own."""
    made = requests.factory.GetPrototype(requests.methods[path])()
    requests.fill(made, 1, understood=True)
    for field in made.DESCRIPTOR.fields:
        if field.cpp_type == field.CPPTYPE_INT64:
            setattr(made, field.name, number)
        elif field.name in ("plan", "council", "day"):
            made.ClearField(field.name)
        elif field.name == "meeting":
            made.meeting = str(number)
    return made.SerializeToString()


def main(address, token_file, directory, first, last):
    requests = Requests(random.Random(1), directory)
    with open(token_file, encoding="ascii") as file:
        token = file.readline().strip()
    paths = [path for path in requests.paths()
             if any(field.cpp_type == field.CPPTYPE_INT64 for field in requests.methods[path].fields)
             and not path.endswith("/RevokeToken")]
    n = 0
    for path in paths:
        with Connection(Target(address)) as conn:
            for number in range(int(first), int(last) + 1):
                stream = conn.open(head(path, token), message(guessed(requests, path, number)))
                status, words = conn.answer(stream), conn.words.get(stream, "")
                assert status in (NOT_FOUND, DENIED, INVALID), f"{path} with {number} was answered with {status}: {words}"
                said = words.encode().replace(EXAMPLE, b"") + conn.messages.get(stream, b"")
                assert not OURS.search(said), f"{path} with {number} says: {said[:200]}"
                n += 1
    print(f"{n} guesses at {len(paths)} methods")


if __name__ == "__main__":
    main(*sys.argv[1:])
