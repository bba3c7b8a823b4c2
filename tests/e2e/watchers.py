"""Many that watch: watchers.py DESCRIPTORS ADDRESS TOKEN_FILE N. Opens N streams of Events.Watch with a client made by
others, prints "watching" when each has its first cursor, waits until each was told one event, and prints how many were
told which; then tries one stream more and prints its status. N 0: one stream, to its end; prints its status and message."""

import collections
import sys
import threading

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PATIENCE_S = 60
with open(sys.argv[1], "rb") as file:
    files = descriptor_pb2.FileDescriptorSet.FromString(file.read()).file
pool = descriptor_pool.DescriptorPool()
for each in files:
    pool.Add(each)
classes = message_factory.MessageFactory(pool)
Request = classes.GetPrototype(pool.FindMessageTypeByName("shap.v1.WatchRequest"))
Event = classes.GetPrototype(pool.FindMessageTypeByName("shap.v1.Event"))
with open(sys.argv[3], encoding="utf-8") as file:
    metadata = [("authorization", "Bearer " + file.readline().strip())]
N = int(sys.argv[4])

channel = grpc.insecure_channel(sys.argv[2])
method = channel.unary_stream("/shap.v1.Events/Watch", request_serializer=Request.SerializeToString,
                              response_deserializer=Event.FromString)
if N == 0:
    try:
        for _ in method(Request(follow=True), metadata=metadata, timeout=PATIENCE_S):
            pass
    except grpc.RpcError as error:
        print(error.code().name, error.details())
    sys.exit()
watching = threading.Barrier(N + 1)
told = collections.Counter()
done = threading.Barrier(N + 1)


def watch():
    stream = method(Request(follow=True), metadata=metadata, timeout=PATIENCE_S)
    next(stream)
    watching.wait(PATIENCE_S)
    told[next(stream).summary] += 1
    done.wait(PATIENCE_S)


for _ in range(N):
    threading.Thread(target=watch, daemon=True).start()
watching.wait(PATIENCE_S)
print("watching", flush=True)
try:
    next(method(Request(follow=True), metadata=metadata, timeout=PATIENCE_S))
    print("one more is watching", flush=True)
except grpc.RpcError as error:
    print(error.code().name, flush=True)
done.wait(PATIENCE_S)
print(dict(told), flush=True)
channel.close()
