#!/usr/bin/python3
"""What grpc.health.v1 says of a server: health.py ADDRESS prints one word; with --watch one word at every change, until
the stream ends. The messages are one field each, so their bytes are read by hand."""

import sys

import grpc

WORDS = {b"": "UNKNOWN", b"\x08\x01": "SERVING", b"\x08\x02": "NOT_SERVING", b"\x08\x03": "SERVICE_UNKNOWN"}


def main():
    with grpc.insecure_channel(sys.argv[1]) as channel:
        if "--watch" not in sys.argv:
            print(WORDS[channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=10)])
            return
        try:
            for answer in channel.unary_stream("/grpc.health.v1.Health/Watch")(b""):
                print(WORDS[answer], flush=True)
        except grpc.RpcError as error:
            print(error.code().name, flush=True)


main()
