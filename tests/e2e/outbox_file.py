"""Rewrites the one file of an outbox, as `shap` would have written it then: outbox_file.py DIRECTORY SCRATCH FIELD=VALUE...
An empty value takes the field away. Reads the format by itself, from its description."""

import hashlib
import pathlib
import subprocess
import sys

directory, scratch = (pathlib.Path(argument) for argument in sys.argv[1:3])
subprocess.run(["protoc", "-Iproto", "--python_out", scratch, "shap/client/outbox.proto", "shap/v1/returns.proto", "shap/v1/common.proto"],
               check=True)
sys.path.insert(0, str(scratch))
from shap.client import outbox_pb2  # pylint: disable=wrong-import-position,import-error

MAGIC = b"shap outbox 1\n"
[path] = directory.glob("*.returns")
whole = path.read_bytes()
packed = whole[len(MAGIC) + 65:]
assert whole == MAGIC + hashlib.sha256(packed).hexdigest().encode() + b"\n" + packed
outbox = outbox_pb2.Outbox.FromString(packed)
for entry in outbox.waiting:
    for name, value in (argument.split("=", 1) for argument in sys.argv[3:]):
        of = entry.said if name.startswith("said.") else entry
        if value:
            setattr(of, name.removeprefix("said."), value)
        else:
            of.ClearField(name.removeprefix("said."))
packed = outbox.SerializeToString()
path.write_bytes(MAGIC + hashlib.sha256(packed).hexdigest().encode() + b"\n" + packed)
