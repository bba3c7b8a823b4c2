"""`shapd`, with each of its calls failed once, while it starts and while it answers a call. It lives on, answers that call
with a status or ends its connection, answers the next as it should, and holds no more memory than before; or, while it
starts, it may end with a word and a documented code. What it acknowledges is recorded.
"""
import contextlib
import dataclasses
import gzip
import json
import os
import pathlib
import random
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
import uuid

from google.protobuf import descriptor_pool, message_factory

from accepted import note
from control import Control, Draw
from ground import BUILD, LIBRARY, PG, SHAPD, Process, Trouble, free_port, run_quietly, runs_on

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import attack_wire  # noqa: E402
from attack_wire import PING, RST_STREAM, Connection, Refused, frame, head, message, zipped  # noqa: E402
from contract import all_methods, request_of  # noqa: E402

ANSWER_SECONDS = attack_wire.ANSWER_SECONDS = 15
NAME = "shapd"
PLAYED_WHOLE = ("GetMilestone", "ListHolders")  # as Case.is_short in shap_cases.py
DOCUMENTED = {1, 2, 8}
START_SECONDS = 30
STARVED_SECONDS = 3
KEPT_BLOCKS = 16  # of memory that a pool may have more than before
OK, UNAVAILABLE = 0, 14
START = "shapd, its start and end"
ENDLESS = ("cancelled", "followed")  # calls that are ended by who made them


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    method: str = ""
    path: str = ""
    body: bytes = b""
    token: str = ""
    is_act: bool = False
    is_return: bool = False
    how: str = "plain"  # how it is called
    is_short: bool = False
    is_embedded: bool = False  # its database is its own
    starves: bool = False  # there is no memory from some call on, instead of one failure
    group: str = "shapd, each rpc"


@dataclasses.dataclass
class Outcome:
    status: int = None  # None: the stream was reset, or the connection ended
    messages: bytes = b""
    is_stuck: bool = False

    def __str__(self):
        return "stuck" if self.is_stuck else "ended" if self.status is None else f"status {self.status}"


def unpacked(messages):
    """As they would be without compression: what cannot be compressed goes as it is."""
    plain = b""
    while len(messages) >= 5:
        is_zipped, length = struct.unpack(">BI", messages[:5])
        body, messages = messages[5:5 + length], messages[5 + length:]
        plain += message(gzip.decompress(body) if is_zipped else body)
    return plain + messages


class Place:
    """Where a call goes: the server's Unix socket, or its port, with a certificate of ours."""

    def __init__(self, path=None, port=None, tls=None):
        self.path, self.port, self.tls = path, port, tls

    def connect(self):
        if self.path:
            connected = socket.socket(socket.AF_UNIX)
            connected.settimeout(ANSWER_SECONDS)
            connected.connect(str(self.path))
            return connected
        connected = socket.create_connection(("127.0.0.1", self.port), ANSWER_SECONDS)
        return self.tls.wrap_socket(connected, server_hostname="localhost")


class Torture:
    def __init__(self, ground, options):
        self.ground, self.options = ground, options
        self.control = Control(ground.directory / "shapd.control")
        self.random = random.Random(options.seed)
        self.draw, self.process, self.port = Draw(options, NAME), None, free_port()
        self.log, self.embedded = ground.directory / "tortured.log", ground.directory / "embedded"
        self.places_of_start = []
        self.n_blocks = self.questions = None

    # ---- the ground of the rights' matrix, in a database of its own

    def prepare(self):
        cluster = self.ground.cluster
        admin = f"host={cluster.directory} port={cluster.port} dbname=rights user=postgres"
        run_quietly(f"{PG}/createdb", "-h", cluster.directory, "-p", str(cluster.port), "-U", "postgres", "rights")
        run_quietly(SHAPD, "--migrate", "--database", admin)
        run_quietly(SHAPD, "--init", "--council", "Elsewhere", "--administrator", "Ann", "--token-file",
                    str(self.ground.directory / "elsewhere.token"), "--database", admin)
        self.psql = [word if word != "shap" else "rights" for word in cluster.psql()]
        run_quietly(*self.psql, "-f", "tests/rights/ground.sql")
        run_quietly(*self.psql, "-f", "tests/torture/keep_nothing.sql")
        self.questions = subprocess.Popen(self.psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.database = admin.replace("user=postgres", "user=shap_server")
        self.pool = descriptor_pool.DescriptorPool()
        self.methods = all_methods(self.pool, BUILD / "proto/gen/shap.protoset")
        self.classes = message_factory.MessageFactory(self.pool)
        certificate = self.ground.tls / "client-copeland"
        run_quietly(SHAPD, "cert", "client", "--dir", self.ground.tls, "--organisation", "copeland")
        tls = ssl.create_default_context(cafile=self.ground.tls / "ca.crt")
        tls.load_cert_chain(f"{certificate}.crt", f"{certificate}.key")
        tls.set_alpn_protocols(["h2"])
        self.path = self.ground.directory / "tortured.sock"
        self.places = {"plain": Place(path=self.path), "tls": Place(port=self.port, tls=tls)}
        self.start()

    def cases(self):
        """From the matrix: each rpc as somebody who may call it."""
        rows = run_quietly(*self.psql, "-c", CALLS).splitlines()
        cases = [Case("shapd start and end", how="start", group=START),
                 Case("shapd start and end, without memory from some moment on", how="start", starves=True, group=START + ", without memory"),
                 Case("shapd --embedded, start and end", how="start", is_embedded=True, group=START),
                 Case("shapd Health/Check", path=attack_wire.HEALTH)]
        for row in map(json.loads, rows):
            method = self.methods[row["method"]]
            cases.append(Case("shapd " + method.name, row["method"], f"/{method.containing_service.full_name}/{method.name}",
                              self.body_of(row["method"], row["request"]), row["token"], is_act=not row["is_read"],
                              is_short=method.name in PLAYED_WHOLE))
        return cases + self.shapes({case.method: case for case in cases})

    def shapes(self, cases):
        """The ways in which a call can be made, and can end."""
        listing, one, watching = (dataclasses.replace(cases[name], is_short=False)
                                  for name in ("list_milestones", "get_milestone", "watch"))
        reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
        request = json.loads(run_quietly(*self.psql, "-c", "select request from test.rule where method = 'watch' limit 1"))
        following = self.body_of("watch", {**request, "follow": True})
        shapes = [
            Case("shapd SubmitReturn, kept", "submit_return", cases["submit_return"].path, token="sam", is_return=True),
            dataclasses.replace(one, name="shapd GetMilestone, in gzip", how="gzip"),
            dataclasses.replace(listing, name="shapd ListMilestones, over TLS, with a certificate", token="olive", how="tls"),
            dataclasses.replace(listing, name="shapd ListMilestones, cancelled", how="cancelled"),
            dataclasses.replace(watching, name="shapd Watch, followed and cancelled", body=following, how="followed"),
            dataclasses.replace(one, name="shapd GetMilestone, with a wrong token", token="who is it?"),
            dataclasses.replace(one, name="shapd GetNothing", path=one.path + "s"),
            Case("shapd ServerReflectionInfo", path=reflection, body=b"\x3a\x00"),
            Case("shapd Health/Watch, cancelled", path="/grpc.health.v1.Health/Watch", how="followed"),
            Case("shapd Health/Check, certificates read again", path=attack_wire.HEALTH, how="reloaded")]
        return [dataclasses.replace(shape, group="shapd, called in other ways") for shape in shapes]

    # ---- the server

    def spawn(self, is_embedded=False):
        self.log.write_bytes(b"")
        os.chmod(self.log, 0o666)
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as left:  # as by one that was killed
            left.bind(str(self.path))
            os.chmod(self.path, 0o777)
        database = ["--embedded", self.embedded] if is_embedded else ["--database", self.database]
        tls = self.ground.tls
        self.process = Process(
            [SHAPD, *database, "--listen", f"unix:{self.path}", "--listen", f"127.0.0.1:{self.port}",
             "--tls-cert", tls / "server.crt", "--tls-key", tls / "server.key", "--client-ca", tls / "ca.crt", "--client-crl",
             tls / "ca.crl", "--links", "1", "--stream-links", "1", "--call-seconds", "3", "--connects-per-second", "10000",
             "--wrong-tokens", "0", "--reflection", "on"],
            self.log, {"LD_PRELOAD": str(LIBRARY), "SHAP_TORTURE": str(self.control.path)})

    def start(self):
        self.control.clear(keep_sites=False)
        self.spawn()
        if not self.await_service():
            raise Trouble(f"shapd does not start: {self.log.read_text(encoding='utf-8')[-300:]}")
        self.n_blocks = None

    def await_service(self, seconds=START_SECONDS):
        until = time.monotonic() + seconds
        while b" serving " not in self.log.read_bytes() or self.log.read_bytes().count(b" listening ") < 2:
            if not self.process.is_alive() or time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self):
        """In good order: its exit status; None when it does not end."""
        process, self.process = self.process, None
        process.kill(signal.SIGTERM)
        try:
            return process.wait()
        except Trouble:
            return None

    def audit(self):
        """How much memory it holds when it rests; whether it does rest."""
        shared = self.control.shared
        wanted = shared.audit_done + 1
        shared.audit_wanted = wanted
        until = time.monotonic() + 10
        while shared.audit_done != wanted:
            if time.monotonic() > until or not self.process.is_alive():
                return False
            time.sleep(0.002)
        return True

    # ---- a call

    def call(self, case):
        body = case.body
        return_id = None
        if case.is_return:
            return_id = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
            body = self.body_of("submit_return", {**RETURN, "return_id": return_id})
        outcome = Outcome()
        try:
            if case.how == "reloaded":
                with contextlib.suppress(Refused, OSError), Connection(self.places["tls"]) as connection:
                    self.await_pong(connection)
                    self.reload()  # whoever is connected is looked at again
            with self.held_up() if case.how == "cancelled" else contextlib.nullcontext(), Connection(
                    self.places["tls" if case.how in ("tls", "reloaded") else "plain"]) as connection:
                self.exchange(connection, case, body, outcome)
        except (Refused, OSError):
            pass
        except AssertionError:
            outcome.is_stuck = True
        return outcome, return_id

    def reload(self):
        """A HUP, and until its log says what came of it; a line may be lost."""
        size, until = self.log.stat().st_size, time.monotonic() + 0.05
        self.process.kill(signal.SIGHUP)
        while self.log.stat().st_size == size and time.monotonic() < until:
            time.sleep(0.001)

    def ask(self, query):
        """The one value that it answers."""
        self.questions.stdin.write(query + ";\n")
        return self.questions.stdout.readline().rstrip("\n")

    @contextlib.contextmanager
    def held_up(self):
        """What reads milestones meanwhile waits for them."""
        self.ask("begin; lock table shap.milestone; select true")
        try:
            yield
        finally:
            self.ask("rollback; select true")

    def await_waiting(self, n):
        """Until so many wait; or, where the call that failed has come between, not for long."""
        until = time.monotonic() + 0.2
        while self.ask("select count(*) from pg_locks where not granted") != str(n) and time.monotonic() < until:
            time.sleep(0.002)

    @staticmethod
    def await_pong(connection):
        connection.send(frame(PING, 0, 0, bytes(8)))
        while not connection.is_ponged:
            connection.receive()

    def exchange(self, connection, case, body, outcome):
        wanted = {"grpc_encoding": "gzip", "grpc_accept_encoding": "gzip"} if case.how == "gzip" else {}
        stream = connection.open(head(case.path, case.token or None, **wanted), zipped(body) if wanted else message(body))
        if case.how not in ENDLESS:
            outcome.status = connection.answer(stream)
            outcome.messages = unpacked(connection.messages.get(stream, b""))
            return
        while case.how == "followed" and not {stream} & (connection.messages.keys() | connection.statuses.keys() | connection.resets.keys()):
            connection.receive()
        if case.how == "cancelled":
            self.await_waiting(1)
        connection.send(frame(RST_STREAM, 0, stream, (8).to_bytes(4, "big")))
        self.await_pong(connection)
        if case.how == "cancelled":
            self.await_waiting(0)
        outcome.status = OK

    def body_of(self, method, fields):
        return request_of(self.classes.GetPrototype(self.methods[method].input_type), fields).SerializeToString()

    def is_recorded(self, return_id):
        return run_quietly(*self.psql, "-c", f"""select count(*) from shap."return" where return_id = '{return_id}'""").strip()

    # ---- a case

    def warm_up(self, case):
        """What it answers when nothing fails, and whether that is always the same."""
        until = time.monotonic() + START_SECONDS
        while self.call(case)[0].status == UNAVAILABLE and time.monotonic() < until:
            time.sleep(0.1)  # it has new links to make, after the case before
        outcomes = [self.call(case)[0] for _ in range(3)]
        if case.how in ENDLESS:
            return outcomes[-1], False
        if any(outcome.status is None for outcome in outcomes):
            raise Trouble(f"{case.name} does not work: {outcomes[0]}")
        return outcomes[-1], outcomes[-1].messages == outcomes[-2].messages

    def count(self, case):
        self.control.forget_sites()
        self.control.count()
        self.control.shared.is_armed = 1
        self.call(case)
        time.sleep(0.02)
        self.control.shared.is_armed = 0
        return self.control.places()

    def torture(self, case, result):
        if case.how == "start":
            self.torture_start(case, result)
            return
        if self.process is None:
            self.start()
        run_quietly(*self.psql, "-c", f"update test.keeping set is_on = {case.is_return}")
        dry, is_steady = self.warm_up(case)
        places = self.count(case)
        result.meet(case, places)
        self.n_blocks = None
        for place, nth, way in result.tried(self.draw.runs(case, places)):
            problems = self.fail(case, place, nth, way, dry, is_steady)
            result.add_run(case, place, self.control.shared.n_failed)
            for problem in problems:
                self.note(place, (nth, way), problem, result)
            if self.process is None:
                self.start()
                self.warm_up(case)

    def fail(self, case, place, nth, way, dry, is_steady, n_repeats=2):
        shared = self.control.shared
        repeat = (lambda: self.fail(case, place, nth, way, dry, is_steady, n_repeats - 1)) if n_repeats else None
        if self.n_blocks is None and self.audit():
            self.n_blocks, self.n_leaked = shared.n_blocks, shared.n_leaked
        self.control.fail(place, nth, way)
        shared.is_armed = 1
        outcome, return_id = self.call(case)
        shared.is_armed = 0
        if not self.process.is_alive():
            status = self.process.wait()
            self.process = None
            return [f"crash: it ended with {status}"]
        problems = self.problems_of_answer(case, outcome, return_id, dry, is_steady)
        return problems + self.problems_afterwards(case, dry, repeat)

    def problems_of_answer(self, case, outcome, return_id, dry, is_steady):
        if outcome.is_stuck:
            return ["stuck: no answer"]
        if case.is_act and outcome.status == OK:
            return ["wrong acknowledgement: nothing was kept, and it said that it was"]
        if case.is_return and outcome.status == OK and self.is_recorded(return_id) != "1":
            return ["wrong acknowledgement: a return that is not on record"]
        if outcome.status == OK and not case.is_return and case.how not in ENDLESS and (
                outcome.messages != dry.messages if is_steady else bool(outcome.messages) != bool(dry.messages)):
            return ["silent: OK, with other messages"]
        return []

    def problems_afterwards(self, case, dry, repeat):
        """What the next call is answered, and what is held."""
        shared = self.control.shared
        shared.mode = 0
        until = time.monotonic() + 10
        after, _ = self.call(case)
        while after.status != dry.status and not after.is_stuck and time.monotonic() < until:
            time.sleep(0.05)  # it may have lost its links, and says UNAVAILABLE until it has new ones
            after, _ = self.call(case)
        if not self.process.is_alive():
            status = self.process.wait()
            self.process = None
            return [f"crash: it ended with {status}"]
        if after.is_stuck or after.status != dry.status:
            self.stop()
            return [f"stuck: the next call is answered with {after}, not {dry}"]
        if not self.audit():
            self.stop()
            return ["stuck: it does not come to rest"]
        return self.problems_of_memory(case, repeat)

    def problems_of_memory(self, case, repeat):
        """More may be held once, by a link that is new, say; not more each time."""
        shared = self.control.shared
        leaks = self.control.leaks(SHAPD) if shared.n_leaked > self.n_leaked else []
        if leaks:
            self.stop()
            return [f"leak: {' '.join(leaks)}"]
        if shared.n_blocks <= self.n_blocks + KEPT_BLOCKS:
            return []
        self.n_blocks = shared.n_blocks
        if repeat:
            return repeat()
        self.stop()
        return ["leak: it holds more each time"]

    # ---- the start

    def torture_start(self, case, result):
        self.stop()
        if case.is_embedded and Process([SHAPD, "--embedded", self.embedded, "--migrate"], self.log).wait() != 0:
            raise Trouble("shapd --embedded does not begin")
        self.control.clear(keep_sites=False)
        self.control.count()
        self.control.shared.is_armed = 1
        self.spawn(case.is_embedded)
        if not self.await_service() or self.end() != 0:
            raise Trouble("shapd does not start and end")
        self.n_leaked = self.control.shared.n_leaked
        places = self.control.places()
        result.meet(case, places)
        for place, nth, way in result.tried(self.draw.runs(case, places)):
            problems = self.start_failing(case, place, nth, way)
            result.add_run(case, place, self.control.shared.n_failed)
            if case.is_embedded and runs_on(self.embedded):
                problems.append("stuck: PostgreSQL runs on")
            for problem in problems:
                self.note(place, (nth, way), problem, result)

    def start_failing(self, case, place, nth, way):
        shared = self.control.shared
        self.control.clear()
        self.control.fail(place, nth, way)
        shared.is_armed = 1
        self.spawn(case.is_embedded)
        problems = []
        is_serving = self.await_service(STARVED_SECONDS if case.starves else START_SECONDS)
        if case.starves and not is_serving and self.process.is_alive():
            shared.mode = 0  # it may wait for its database: it serves once there is memory again
            is_serving = self.await_service()
        if is_serving:
            shared.is_armed = 0
            health, _ = self.call(HEALTH)
            if health.status != OK:
                problems.append(f"stuck: health is answered with {health}")
            shared.is_armed = 1
            code = self.end()
            if code is None:
                problems.append("stuck: it does not end when it is told to")
            elif code not in (0, *DOCUMENTED):
                problems.append(f"crash: it ended with {code}")
        elif self.process.is_alive():
            self.stop()
            return ["stuck: it neither serves nor ends"]
        else:
            code = self.process.wait()
            self.process = None
            if code < 0 or code >= 128:
                return [f"crash: it ended with {code}"]
            if code not in DOCUMENTED:
                problems.append(f"silent: it ended with {code}")
            if b"shapd: " not in self.log.read_bytes():
                problems.append(f"silent: it ended with {code}, and without a word")
        leaks = self.control.leaks(SHAPD) if shared.n_leaked > self.n_leaked else []
        if leaks:
            problems.append(f"leak: {' '.join(leaks)}")
        return problems

    def note(self, place, which, problem, result):
        last = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-2:]
        note(result, self.control, "shapd", SHAPD, place, which, problem, f"log: {' | '.join(last)[:300]}")

    def finish(self):
        self.stop()
        if self.questions:
            self.questions.stdin.close()
            self.questions.wait()


CALLS = """select distinct on (r.line) to_jsonb(r) || jsonb_build_object('token', c.token, 'is_read', p.provolatile = 's')
  from test.rule r join test.caller c on c.place = r.place
  join pg_proc p on p.proname = r.method and p.pronamespace = 'shap_v1'::regnamespace
 where r.expected in ('ok', 'none') order by r.line, r.expected = 'none', r.place"""
RETURN = {"plan": "copeland/2010-11", "reference": "SH5.2/5/1", "status": "in_progress", "note": "so far", "as_of": "2010-12-31"}
HEALTH = Case("health", path=attack_wire.HEALTH)
