"""Prints what share of lines and branches of each directory was reached, by gcov's files in a build directory.

Usage: coverage.py BUILD_DIRECTORY [FILE], from the project's top directory. With a FILE: the lines of it that have a branch
that was never taken. Ends with a non-zero status when protocol code is reached less than it was.

A branch is one outcome of one condition, in the code as it is written (-O0), each side of && and || of its own; assertions
are compiled out. What cannot be reached counts, too: the third outcome of an enum with two values, and that a function
that always says false would say true.
"""

import json
import subprocess
import sys

GOAL = 95.0
# Protocol code: framing and status (proto), protobuf and PostgreSQL's binary forms (codec), TLS and HTTP/2 (net), calls
# (rpc). The share of branches that is not to be lost again:
FLOORS = {"proto": 99.0, "server/codec": 95.0, "server/net": 91.0, "server/rpc": 92.0}


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
    lost = []
    for directory, sums in sorted(directories.items()):
        print_row(directory, sums[:2], sums[2:], f"{GOAL:.0f} %" if directory in FLOORS else "")
        if share(*sums[2:]) < FLOORS.get(directory, 0):
            lost.append(f"{directory}: fewer than {FLOORS[directory]} % of the branches; see {sys.argv[0]} {build} FILE")
    protocol = [sum(directories.get(directory, [0] * 4)[i] for directory in FLOORS) for i in range(4)]
    print_row("protocol code", protocol[:2], protocol[2:], f"{GOAL:.0f} %")
    print(*lost, sep="\n", end="\n" if lost else "", file=sys.stderr)
    sys.exit(bool(lost))


main()
