"""Prints what share of lines and branches of each directory was reached, by gcov's files in a build directory.

Usage: coverage.py BUILD_DIRECTORY [FILE], from the project's top directory. With a FILE: the lines of it that have a branch
that was never taken. Ends with a non-zero status when less than GOAL of the branches of protocol code were taken, in all of it
or in one of its directories.

A branch is one outcome of one condition, in the code as it is written (-O0), each side of && and || of its own; assertions
are compiled out. What cannot be reached counts, too: the third outcome of an enum with two values, and that a function
that always says false would say true.
"""

import json
import subprocess
import sys

GOAL = 95.0
# Framing and status, protobuf and PostgreSQL's binary forms, TLS and HTTP/2, calls.
PROTOCOL_CODE = ("proto", "server/codec", "server/net", "server/rpc")


def gcovr(build, *options):
    command = ["gcovr", "--root", ".", "--object-directory", build, "--filter", "(server|proto)/",
               "--exclude-unreachable-branches", *options, build]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def print_file(build, name):
    (file,) = (file for file in gcovr(build, "--json", "-")["files"] if file["file"] == name)
    with open(name, encoding="utf-8") as source:
        text = source.read().splitlines()
    for line in file["lines"]:
        missed = sum(branch["count"] == 0 for branch in line.get("branches", ()))
        if missed or line["count"] == 0 and not line["gcovr/noncode"]:
            print(f"{line['line_number']:5} {missed} of {len(line.get('branches', ()))}  {text[line['line_number'] - 1]}")


def share(covered, total):
    return 100.0 * covered / total if total else 100.0


def print_row(name, lines, branches, goal=""):
    print(f"{name:28} {share(*lines):6.1f} % of {lines[1]:5}  {share(*branches):6.1f} % of {branches[1]:5}  {goal}")


def main():
    build = sys.argv[1]
    if len(sys.argv) > 2:
        print_file(build, sys.argv[2])
        return
    directories = {}
    for file in gcovr(build, "--json-summary", "-")["files"]:
        directory = file["filename"].rpartition("/")[0]
        sums = directories.setdefault(directory, [0, 0, 0, 0])
        for i, key in enumerate(("line_covered", "line_total", "branch_covered", "branch_total")):
            sums[i] += file[key]
    print(f"{'directory':28} {'lines':>17}  {'branches':>17}  goal for branches")
    parts = [directories.get(directory, [0] * 4) for directory in PROTOCOL_CODE]
    rows = sorted(directories.items()) + [("protocol code", [sum(column) for column in zip(*parts)])]
    missed = []
    for name, sums in rows:
        has_goal = name in PROTOCOL_CODE or name == "protocol code"
        print_row(name, sums[:2], sums[2:], f"{GOAL:.0f} %" if has_goal else "")
        if has_goal and (sums[3] == 0 or share(*sums[2:]) < GOAL):
            missed.append(f"{name}: fewer than {GOAL:.0f} % of the branches; see {sys.argv[0]} {build} FILE")
    print(*missed, sep="\n", end="\n" if missed else "", file=sys.stderr)
    sys.exit(bool(missed))


main()
