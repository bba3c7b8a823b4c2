#!/usr/bin/env python3
"""Holds the tree to its own rules: what stands at its top, who may include whom, and how large a file or function may be.

Reads the #include lines of every C file and the definitions ctags finds. Prints each breach as file:line and ends
with a non-zero status when there is one.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST_LINES = 500
MOST_FUNCTION_LINES = 60
TOP = {"CMakeLists.txt", "README.md", "check", "client", "proto", "run", "server", "sql", "tests"}

# What a unit may include: other units by path prefix, and external libraries by name. The first prefix that fits
# a file decides. "server" as an allowed unit means everything below it.
LAYERS = [
    # unit                    units it may include                                   libraries
    ("proto/gzip", ["server/base/buf", "proto/gzip"], ["zlib"]),
    ("proto/", ["proto"], ["protobuf-c"]),
    ("server/base/", ["server/base"], []),
    ("server/codec/", ["server/base", "server/codec"], ["protobuf-c"]),
    ("server/net/tls", ["server/base", "server/net/tls", "server/net/limits"], ["openssl"]),
    ("server/net/h2", ["server/base", "proto", "server/net/h2", "server/net/stream", "server/net/limits",
                        "server/net/allowance"], ["nghttp2"]),
    ("server/net/stream", ["server/base", "proto", "server/net/stream", "server/net/limits"], []),
    ("server/net/", ["server/base", "server/net"], ["uv"]),
    ("server/pg/", ["server/base", "server/codec/shape", "server/pg"], ["uv", "libpq"]),
    ("server/rpc/", ["server/base", "proto", "server/codec", "server/pg", "server/net/stream", "server/rpc"],
     ["protobuf-c", "messages"]),
    ("server/", ["server", "proto"], ["uv", "messages", "protobuf-c"]),
    ("client/lib/wire", ["server/base", "client/lib/wire"], ["nghttp2"]),
    ("client/lib/connection", ["server/base", "proto", "client/lib"], ["curl", "openssl", "protobuf-c"]),
    ("client/lib/", ["server/base", "proto", "client/lib"], ["curl", "protobuf-c", "messages"]),
    ("client/import/", ["server/base", "client/import", "client/render"], ["csv", "protobuf-c", "messages"]),
    ("client/render/", ["server/base", "proto", "client/render"], ["jansson", "protobuf-c", "messages"]),
    ("client/cli/", ["server/base", "proto", "client"], ["protobuf-c", "messages", "jansson"]),
]

# A header's library, by the start of its name; what is not here is the C library or POSIX.
LIBRARIES = [
    ("uv.h", "uv"), ("libpq", "libpq"), ("postgres", "libpq"), ("nghttp2/", "nghttp2"), ("openssl/", "openssl"),
    ("zlib.h", "zlib"), ("protobuf-c/", "protobuf-c"), ("curl/", "curl"), ("csv.h", "csv"),
    ("jansson.h", "jansson"), ("shap/v1/", "messages"), ("shap/client/", "messages"), ("grpc/", "messages"),
    ("google/", "messages"),
]


def sources(*patterns):
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
                            capture_output=True, text=True, check=True).stdout.split()
    return [ROOT / name for name in sorted(set(listed)) if (ROOT / name).exists()]


def library_of(header):
    return next((library for start, library in LIBRARIES if header.startswith(start)), None)


def include_breaches(path):
    name = str(path.relative_to(ROOT))
    layer = next((entry for entry in LAYERS if name.startswith(entry[0])), None)
    if layer is None:
        return
    _, units, libraries = layer
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        header, library = match[2], library_of(match[2])
        if library is not None:
            if library not in libraries:
                yield f"{name}:{number}: {layer[0]} may not use {library} ({header})"
        elif match[1] == '"':
            if not (ROOT / header).exists():
                yield f'{name}:{number}: "{header}" is not a path from the root of the project'
            elif not any(header.startswith(unit) for unit in units):
                yield f"{name}:{number}: {layer[0]} may not include {header}"


def length_breaches(path):
    lines = len(path.read_text().splitlines())
    if lines > MOST_LINES:
        yield f"{path.relative_to(ROOT)}:{lines}: {lines} lines; at most {MOST_LINES}"


def function_breaches(paths):
    output = subprocess.run(["ctags", "-f", "-", "--c-kinds=f", "--fields=+ne", "--output-format=json", *map(str, paths)],
                            capture_output=True, text=True, check=True).stdout
    found = 0
    for row in output.splitlines():
        match = re.search(r'"name": "([^"]+)", "path": "([^"]+)".*"line": (\d+).*"end": (\d+)', row)
        if match:
            found += 1
            length = int(match[4]) - int(match[3]) + 1
            if length > MOST_FUNCTION_LINES:
                place = pathlib.Path(match[2]).relative_to(ROOT)
                yield f"{place}:{match[3]}: {match[1]} has {length} lines; at most {MOST_FUNCTION_LINES}"
    if found < 10:
        yield "ctags found no functions: is universal-ctags installed?"


def top_breaches():
    """What was left lying about and then committed; not what git does not track."""
    if not (ROOT / ".git").exists():
        return
    tracked = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "-C", ROOT, "ls-files", "-z"],
                             capture_output=True, text=True, check=True).stdout.split("\0")
    for name in sorted({path.partition("/")[0] for path in tracked if path} - TOP):
        if not name.startswith("."):
            yield f"{name}: does not belong at the top, where there are {' '.join(sorted(TOP))}"


def main():
    c_files = sources("*.c", "*.h")
    breaches = [b for path in c_files for b in include_breaches(path)]
    breaches += [b for path in sources("*.c", "*.h", "*.sql", "*.proto", "*.py", "*.sh", "run", "check")
                 for b in length_breaches(path)]
    breaches += top_breaches()
    breaches += list(function_breaches([path for path in c_files if path.suffix == ".c"]))
    for breach in breaches:
        print(breach)
    print(f"{len(c_files)} C files read, {len(breaches)} breaches")
    return 1 if breaches or len(c_files) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
