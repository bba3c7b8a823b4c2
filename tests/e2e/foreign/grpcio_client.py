#!/usr/bin/python3
"""Python's grpcio, with classes that protoc made of the contract; see client.py."""

import json
import os
import sys
import threading
import time

import grpc

SETTINGS = json.load(open(sys.argv[1], encoding="utf-8"))
sys.path.insert(0, SETTINGS["classes"])

import health_pb2  # noqa: E402
from google.protobuf import json_format, message_factory  # noqa: E402
from shap.v1 import directory_pb2, plans_pb2, returns_pb2, reviews_pb2  # noqa: E402

METHODS = {"/%s/%s" % (service.full_name, method.name): method
           for module in (directory_pb2, plans_pb2, returns_pb2, reviews_pb2, health_pb2)
           for service in module.DESCRIPTOR.services_by_name.values() for method in service.methods}
CLASSES = message_factory.MessageFactory()
COMPRESSION = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate, None: None}


def open_channel():
    if SETTINGS["kind"] != "tls":
        return grpc.insecure_channel(SETTINGS["address"])
    with open(SETTINGS["authority"], "rb") as file:
        return grpc.secure_channel(SETTINGS["address"], grpc.ssl_channel_credentials(file.read()))


def pack(call):
    if "bytes" in call:
        return bytes.fromhex(call["bytes"])
    return json_format.Parse(call["request"], CLASSES.GetPrototype(METHODS[call["method"]].input_type)()).SerializeToString()


def unpack(call, answer):
    message = CLASSES.GetPrototype(METHODS[call["method"]].output_type).FromString(answer)
    return json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None)


def cancel_at(path, running):
    while not os.path.exists(path) and not running.done():
        time.sleep(0.02)
    running.cancel()


def start(channel, call):
    """Bytes in and out, so that a message may be none."""
    metadata = [(name, bytes.fromhex(value) if name.endswith("-bin") else value) for name, value in call.get("metadata", [])]
    method = channel.unary_stream(call["method"])
    timeout = call["timeout_ms"] / 1000 if "timeout_ms" in call else None
    running = method(pack(call), metadata=metadata, timeout=timeout, compression=COMPRESSION[call.get("compression")])
    if "cancel_at" in call:
        threading.Thread(target=cancel_at, args=(call["cancel_at"], running), daemon=True).start()
    return running


def end(call, running):
    answers = []
    try:
        for answer in running:
            answers.append(unpack(call, answer))
            if len(answers) == call.get("most"):
                running.cancel()
    except grpc.RpcError:
        pass
    return {"status": running.code().name, "message": running.details(), "answers": answers}


with open_channel() as opened:
    for line in sys.stdin:
        calls = json.loads(line)
        started = [start(opened, call) for call in calls]
        print(json.dumps([end(*pair) for pair in zip(calls, started)]), flush=True)
