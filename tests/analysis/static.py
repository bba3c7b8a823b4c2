"""Reads the C of both programs with one tool: cppcheck, tidy (clang-tidy) or fanalyzer (gcc -fanalyzer).

Usage: static.py TOOL BUILD_DIRECTORY, from the project's top directory. Prints what was found and is not in `accepted`;
exit status 1 then, and also when something in `accepted` is found no more. Asserts count: an analyser that knows what
the author knew says less that is wrong.
"""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch

OURS = ("client/", "proto/", "server/")
FINDING = re.compile(r"^(?P<file>[^:\s]+):(?P<line>\d+):(?:\d+:)? (?:warning|error|style|performance|portability): "
                     r"(?P<text>.*) \[(?P<check>[^\[\]]+)\]$")


def commands(build):
    """Those of our own files: path, and what compiles it."""
    root = os.getcwd() + "/"
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    for entry in entries:
        path = entry["file"].removeprefix(root)
        if path.startswith(OURS):
            yield path, entry


def cppcheck(build, path, entry):
    del build
    flags = [flag for flag in entry["command"].split() if flag.startswith(("-I", "-D")) and flag != "-DNDEBUG"]
    return ["cppcheck", "--enable=warning,performance,portability", "--library=posix", "--library=gnu", "--quiet",
            "--std=c11", "--template={file}:{line}:{column}: warning: {message} [{id}]", *flags, path], None


def tidy(build, path, entry):
    del entry
    return ["clang-tidy", "--quiet", "-p", build, "--extra-arg=-UNDEBUG", path], None


def fanalyzer(build, path, entry):
    del build, path
    command = re.sub(r"^\S*ccache ", "", re.sub(r" -o \S+", "", entry["command"]))
    return (command + " -UNDEBUG -fanalyzer -Wno-error -fdiagnostics-plain-output -o /dev/null"), entry["directory"]


TOOLS = {tool.__name__: tool for tool in (cppcheck, tidy, fanalyzer)}


def look(tool, build, path, entry):
    """What the tool says of one file: (file, check) to the lines."""
    command, directory = TOOLS[tool](build, path, entry)
    run = subprocess.run(command, cwd=directory, shell=isinstance(command, str), capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    found = {}
    for line in said.splitlines():
        match = FINDING.match(line.replace(os.getcwd() + "/", ""))
        if match:
            found.setdefault((match["file"], match["check"].split(",")[0]), set()).add(match.group(0))
    if run.returncode != 0 and not found:
        found[(path, "failed")] = {f"{path}: {tool} failed: {said[-2000:]}"}
    return found


def accepted(tool):
    """Of `accepted`: (file, check) that this tool is known to be wrong about."""
    known = set()
    with open(os.path.join(os.path.dirname(__file__), "accepted"), encoding="utf-8") as file:
        for line in file:
            words = line.split(None, 3)
            if line.startswith("#") or not words:
                continue
            if len(words) < 4:
                sys.exit(f"accepted: no reason is given: {line}")
            if words[0] == tool:
                known.add((words[1], words[2]))
    return known


def covers(known, found):
    return known[1] == found[1] and fnmatch(found[0], known[0])


def main():
    tool, build = sys.argv[1:]
    files = sorted(commands(build))
    found = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for of_file in pool.map(lambda file: look(tool, build, *file), files):
            for key, lines in of_file.items():
                found.setdefault(key, set()).update(lines)
    known = accepted(tool)
    wrong = sorted(line for key, lines in found.items() if not any(covers(of, key) for of in known) for line in lines)
    stale = sorted(of for of in known if not any(covers(of, key) for key in found))
    for line in wrong:
        print(line)
    for file, check in stale:
        print(f"accepted, and found no more: {tool} {file} {check}")
    print(f"{tool}: {len(files)} files, {len(wrong)} findings, {len(known)} accepted")
    return 1 if wrong or stale or not files else 0


sys.exit(main())
