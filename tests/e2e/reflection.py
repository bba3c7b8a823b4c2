#!/usr/bin/python3
"""A client that learns a server by reflection: reflection.py PROTOSET ADDRESS [--authority FILE] CASE...

Runs the cases named and fails at the first that does not hold. The protoset gives the messages of reflection itself, and
what is to be learned; everything else is made of what the server sends.
"""

import os
import socket
import sys
import threading

import attack_wire
import grpc
import hpack
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

NAMES = ("grpc.reflection.v1", "grpc.reflection.v1alpha")
PATIENCE_S = 60
NOT_FOUND = grpc.StatusCode.NOT_FOUND.value[0]


def check(is_so, what):
    if not is_so:
        raise SystemExit("not so: %s" % what)


def same(got, wanted, what):
    check(got == wanted, "%s is %.300r, not %.300r" % (what, got, wanted))


def pool_of(files):
    pool = descriptor_pool.DescriptorPool()
    for file in files:
        pool.Add(file)
    return pool


def message_class(pool, name):
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(name))


class Explorer:
    """A channel, and how to speak reflection on it under one of its names."""

    def __init__(self, contract, address, channel, name):
        pool = pool_of(contract.file)
        self.address = address
        self.channel = channel
        self.request = message_class(pool, name + ".ServerReflectionRequest")
        response = message_class(pool, name + ".ServerReflectionResponse")
        self.method = channel.stream_stream("/%s.ServerReflection/ServerReflectionInfo" % name,
                                            self.request.SerializeToString, response.FromString)

    def converse(self, requests):
        return self.method(iter([self.request(**request) for request in requests]), timeout=PATIENCE_S)

    def ask(self, **request):
        """The answer to one request in a stream of its own."""
        (answer,) = self.converse([request])
        return answer

    def services(self):
        return [service.name for service in self.ask(list_services="").list_services_response.service]

    def files(self, **request):
        answer = self.ask(**request)
        check(answer.HasField("file_descriptor_response"), "%r is answered with files" % request)
        return [descriptor_pb2.FileDescriptorProto.FromString(file)
                for file in answer.file_descriptor_response.file_descriptor_proto]

    def learn(self):
        """Every file behind every service, imports first, as a tool would fetch them."""
        known = {}
        for service in self.services():
            for file in self.files(file_containing_symbol=service):
                known[file.name] = file
        ordered = []

        def place(file):
            for name in file.dependency:
                place(known[name])
            if file not in ordered:
                ordered.append(file)
        for name in sorted(known):
            place(known[name])
        return ordered

    def status_of(self, path):
        """What an anonymous call with an empty message ends with."""
        call = self.channel.stream_stream(path)(iter([b""]), timeout=PATIENCE_S)
        try:
            list(call)
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK


def methods_of(files):
    return sorted("/%s.%s/%s" % (file.package, service.name, method.name)
                  for file in files for service in file.service for method in service.method)


# ---- the cases

def whole_contract(contract, explorer):
    wanted = sorted("%s.%s" % (file.package, service.name) for file in contract.file for service in file.service)
    same(explorer.services(), wanted, "the list of services")
    learned = {file.name: file for file in explorer.learn()}
    same(learned, {file.name: file for file in contract.file}, "what was learned")
    for file in contract.file:
        got = explorer.files(file_by_filename=file.name)
        same(got[0], file, "the first file of the answer")
        pool_of(sorted(got, key=lambda each: [wanted.name for wanted in contract.file].index(each.name)))


def calls_by_what_was_learned(_, explorer):
    files = explorer.learn()
    pool = pool_of(files)
    check_health = explorer.channel.unary_unary(
        "/grpc.health.v1.Health/Check", message_class(pool, "grpc.health.v1.HealthCheckRequest").SerializeToString,
        message_class(pool, "grpc.health.v1.HealthCheckResponse").FromString)
    answer = check_health(message_class(pool, "grpc.health.v1.HealthCheckRequest")(service="shap.v1.Plans"), timeout=PATIENCE_S)
    same(answer.status, 1, "the health of a service")
    methods = [path for path in methods_of(files) if path.startswith("/shap.v1.")]
    check(len(methods) > 20, "the methods are many")
    for path in methods:
        status = explorer.status_of(path)
        check(status not in (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN),
              "%s ends with %s" % (path, status))
    same(explorer.status_of("/shap.v1.Plans/Nothing"), grpc.StatusCode.UNIMPLEMENTED, "a method that there is not")


def unknown_things(_, explorer):
    questions = [dict(file_containing_symbol="shap.v1.Nothing"), dict(file_by_filename="nothing.proto"),
                 dict(all_extension_numbers_of_type="shap.v1.Nothing"),
                 dict(file_containing_extension=dict(containing_type="shap.v1.Receipt", extension_number=100))]
    for question in questions:
        for host in ("", "shap.example"):
            answer = explorer.ask(host=host, **question)
            same(answer.error_response.error_code, NOT_FOUND, "the code for %r" % question)
            same(answer.original_request, explorer.request(host=host, **question), "the request sent back")
            same(answer.valid_host, host, "the host")
    answer = explorer.ask(all_extension_numbers_of_type="shap.v1.Receipt").all_extension_numbers_response
    same((answer.base_type_name, len(answer.extension_number)), ("shap.v1.Receipt", 0), "a message without extensions")


def many_requests(contract, explorer):
    """All sent before any answer is waited for, the largest file among them."""
    largest = max(contract.file, key=lambda file: file.ByteSize())
    questions = [dict(host=str(n), **({"file_by_filename": largest.name} if n % 3 else {"list_services": ""}))
                 for n in range(600)]
    answers = list(explorer.converse(questions))
    same([int(answer.valid_host) for answer in answers], list(range(600)), "the order of the answers")
    for n, answer in enumerate(answers):
        if n % 3:
            same(answer.file_descriptor_response.file_descriptor_proto[0], largest.SerializeToString(), "file %d" % n)
    sizes = [len(answer.file_descriptor_response.file_descriptor_proto) for answer in answers if int(answer.valid_host) % 3]
    check(sizes[0] > 1 and set(sizes[1:]) == {1}, "imports are sent once a stream")


def long_conversation(_, explorer):
    """Each request waits for the answer to the one before."""
    answered = threading.Semaphore(1)
    said = []

    def speak():
        for n in range(1000):
            answered.acquire(timeout=PATIENCE_S)
            yield explorer.request(host=str(n), file_containing_symbol="shap.v1.Returns.SubmitReturn")
    for answer in explorer.method(speak(), timeout=PATIENCE_S):
        said.append(int(answer.valid_host))
        answered.release()
    same(said, list(range(1000)), "the answers")


def who_reads_late(_, explorer):
    """Asks more than fits while taking nothing: he is not read until he reads, and loses no answer."""
    n_asked = 20000
    asked = []

    def speak():
        for n in range(n_asked):
            asked.append(n)
            yield explorer.request(host=str(n), list_services="")
    call = explorer.method(speak(), timeout=PATIENCE_S)
    known = -1
    while known != len(asked):
        known = len(asked)
        threading.Event().wait(0.5)
    check(known < n_asked, "he is not read before he reads")
    same([int(answer.valid_host) for answer in call], list(range(n_asked)), "the answers")


def clients_that_leave(contract, explorer):
    """At every point: before a request, between requests, in the middle of the answers."""
    largest = max(contract.file, key=lambda file: file.ByteSize()).name
    for n in range(300):
        call = explorer.converse([dict(file_by_filename=largest)] * (n % 7 * 30))
        for _ in range(n % 5):
            next(call, None)
        call.cancel()
    check(len(explorer.services()) > 3, "the server goes on")


def who_do_not_read(contract, explorer):
    """Twenty connections ask for the largest file some half a million times between them, and take nothing."""
    largest = max(contract.file, key=lambda file: file.ByteSize()).name.encode()
    request = attack_wire.message(b"\x1a" + bytes([len(largest)]) + largest)
    questions = request * (16000 // len(request))
    before = peak = memory_of_server()
    greedy = [socket.socket(socket.AF_UNIX) for _ in range(20)]
    for each in greedy:
        encoder = hpack.Encoder()
        each.settimeout(0.5)
        each.connect(explorer.address.split(":", 1)[1])
        try:
            each.sendall(attack_wire.PREFACE + attack_wire.settings())
            for stream in range(1, 121, 2):
                fields = encoder.encode(attack_wire.head("/%s.ServerReflection/ServerReflectionInfo" % NAMES[0]))
                each.sendall(attack_wire.frame(attack_wire.HEADERS, attack_wire.END_HEADERS, stream, fields)
                             + attack_wire.frame(attack_wire.DATA, 0, stream, questions))
        except OSError:
            pass  # full, or refused
        peak = max(peak, memory_of_server())
    check(peak - before < 64 << 10, "the server grows by %d KiB, less than 64 MiB" % (peak - before))
    print("memory of the server: %d KiB before, %d at most" % (before, peak))
    for each in greedy:
        each.close()
    check(len(explorer.services()) > 3, "the server goes on")


def memory_of_server():
    with open("/proc/%s/status" % os.environ["SHAPD_PID"], encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def half_a_request(_, explorer):
    path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    for bytes_sent in (b"\x1a\xff", b"\xff", b"\x78\x01" * 3000):
        call = explorer.channel.stream_stream(path)(iter([bytes_sent]), timeout=PATIENCE_S)
        try:
            list(call)
            check(False, "%.20r is refused" % bytes_sent)
        except grpc.RpcError as error:
            same(error.code(), grpc.StatusCode.INVALID_ARGUMENT, "the status for %.20r" % bytes_sent)


def is_on(_, explorer):
    check("shap.v1.Returns" in explorer.services(), "reflection is on")


def is_off(_, explorer):
    try:
        explorer.services()
        check(False, "reflection is off")
    except grpc.RpcError as error:
        same(error.code(), grpc.StatusCode.UNIMPLEMENTED, "the status of reflection")


def print_methods(_, explorer):
    for path in methods_of(explorer.learn()):
        if path.startswith("/shap."):
            print(path)


def stays(_, explorer):
    """Asks once and keeps the stream open until the server ends it."""
    over = threading.Event()

    def speak():
        yield explorer.request(list_services="")
        over.wait(PATIENCE_S)
    call = explorer.method(speak())
    try:
        for _ in call:
            print("open", flush=True)
    except grpc.RpcError as error:
        print(error.code().name, flush=True)
    over.set()


ONCE = (print_methods, stays, half_a_request, who_reads_late, who_do_not_read)


def main():
    protoset, address, *rest = sys.argv[1:]
    credentials = None
    if rest[0] == "--authority":
        with open(rest[1], "rb") as file:
            credentials = grpc.ssl_channel_credentials(file.read())
        rest = rest[2:]
    with open(protoset, "rb") as file:
        contract = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    channel = grpc.secure_channel(address, credentials) if credentials else grpc.insecure_channel(address)
    with channel:
        explorers = [Explorer(contract, address, channel, name) for name in NAMES]
        for case in (globals()[name] for name in rest):
            for explorer in explorers[:1] if case in ONCE else explorers:
                case(contract, explorer)
    if not any(globals()[name] in (print_methods, stays) for name in rest):
        print("%d cases held" % len(rest))


main()
