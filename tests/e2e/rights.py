#!/usr/bin/python3
"""The matrix of rights through the server: every rpc as every caller, with a client made by others (grpcio).

rights.py DESCRIPTORS ADDRESS PSQL... reads the matrix from the database (tests/rights/ground.sql has put it there), makes
each call, compares its status with the row's and prints the matrix; it fails when a cell differs, and when an rpc has no
row. Nothing that is recorded stays: rights_test.sh has the database refuse every record when it is committed, and that
refusal is what "ok" means for an rpc that records.
"""

import json
import subprocess
import sys

import grpc
from google.protobuf import descriptor_pool, message_factory

from contract import all_methods, request_of

DESCRIPTORS, ADDRESS, *PSQL = sys.argv[1:]
STATUS = {"ok": "OK", "none": "OK", "denied": "PERMISSION_DENIED", "forbidden": "PERMISSION_DENIED", "unseen": "NOT_FOUND",
          "unsigned": "UNAUTHENTICATED", "invalid": "INVALID_ARGUMENT", "exists": "ALREADY_EXISTS",
          "refused": "FAILED_PRECONDITION", "aborted": "ABORTED"}
WAS_LET_IN = "the matrix keeps no record"
PATIENCE_S = 20


def asked(query):
    """The rows of a query whose only column is JSON."""
    lines = subprocess.run(PSQL + ["-c", query], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


class Caller:
    """Makes the calls of the matrix over one connection."""

    def __init__(self):
        self.pool = descriptor_pool.DescriptorPool()
        self.methods = all_methods(self.pool, DESCRIPTORS)
        self.classes = message_factory.MessageFactory(self.pool)
        self.channel = grpc.insecure_channel(ADDRESS)

    def outcome(self, rule):
        """The status, and how many messages or which words came with it."""
        method = self.methods[rule["method"]]
        request = request_of(self.classes.GetPrototype(method.input_type), rule["request"])
        kind = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        call = kind("/%s/%s" % (method.containing_service.full_name, method.name),
                    request_serializer=type(request).SerializeToString, response_deserializer=bytes)
        metadata = [("authorization", "Bearer " + rule["token"])] if rule["token"] else []
        try:
            answer = call(request, metadata=metadata, timeout=PATIENCE_S)
            return "OK", len(list(answer)) if method.server_streaming else 1
        except grpc.RpcError as error:
            return error.code().name, error.details()


def problem(rule, status, said):
    """What is wrong with an outcome; None when nothing is."""
    expected = STATUS[rule["expected"]]
    if rule["caller"] == "nobody" and rule["expected"] == "denied":
        expected = "UNAUTHENTICATED"  # who has not said who he is is asked to
    if rule["is_read"] or rule["expected"] != "ok":
        is_right = status == expected and (status != "OK" or (said == 0) == (rule["expected"] == "none"))
    else:
        is_right = (status, said) == ("OUT_OF_RANGE", WAS_LET_IN)
    return None if is_right else "%s (%s), not %s" % (status, said, rule["expected"])


def main():
    caller = Caller()
    rules = asked("select to_jsonb(r) || jsonb_build_object('token', c.token, 'is_read', p.provolatile = 's') from test.rule r"
                  " join test.caller c on c.place = r.place join pg_proc p on p.proname = r.method"
                  " and p.pronamespace = 'shap_v1'::regnamespace order by r.line, r.place")
    problems = ["%s has no row" % name for name in sorted(caller.methods.keys() - {rule["method"] for rule in rules})]
    callers = list(dict.fromkeys(rule["caller"] for rule in rules))
    row = "%-24s" + " %-9s" * len(callers)
    print((row % ("", *callers)).rstrip())
    for method in dict.fromkeys(rule["method"] for rule in rules):
        cells = []
        for rule in [each for each in rules if each["method"] == method]:
            wrong = problem(rule, *caller.outcome(rule))
            cells.append("WRONG" if wrong else rule["expected"])
            problems += ["%s as %s: %s" % (method, rule["caller"], wrong)] if wrong else []
        print((row % (method, *cells)).rstrip())
    caller.channel.close()
    print("%d rpcs, %d callers, %d cells, %d wrong" % (len(rules) // len(callers), len(callers), len(rules), len(problems)))
    print("\n".join(problems), file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
