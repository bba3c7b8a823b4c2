"""The program shapd as an administrator meets it: started, asked, killed, started again.

Usage: shapd_test.py SHAPD [unittest arguments]. Speaks gRPC through Debian's python3-grpcio, so that the answers are
judged by a client that is not ours. Everything lies in a directory under /tmp that is removed at the end.
"""
import itertools
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import grpc

SHAPD = sys.argv[1]
ROOT = pathlib.Path(__file__).resolve().parents[3]
PLACE = None
START_SECONDS = 60
SUBMITTED = 64


def setUpModule():
    global PLACE
    PLACE = tempfile.mkdtemp(prefix="shapd-", dir="/tmp")
    unittest.addModuleCleanup(shutil.rmtree, PLACE)
    os.chmod(PLACE, 0o755)
    stubs = f"{PLACE}/stubs"
    os.mkdir(stubs)
    subprocess.run(["protoc", f"-I{ROOT}/proto", f"--python_out={stubs}",
                    *sorted(str(path) for path in (ROOT / "proto/shap/v1").glob("*.proto"))],
                   check=True, stderr=subprocess.DEVNULL)
    sys.path.insert(0, stubs)
    done = run("--embedded", data(), "--init", "--council", "Copeland Borough Council", "--administrator",
               "Ann Example", "--token-file", f"{PLACE}/token")
    if done.returncode != 0:
        raise RuntimeError(done.stderr)


def data():
    return f"{PLACE}/data"


def token():
    return pathlib.Path(f"{PLACE}/token").read_text().strip()


def run(*arguments, **options):
    return subprocess.run([SHAPD, *arguments], capture_output=True, text=True, timeout=START_SECONDS, **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def postmaster():
    """The process id of the embedded PostgreSQL."""
    return int(pathlib.Path(f"{data()}/data/postmaster.pid").read_text().split()[0])


def is_running(process):
    """Whether a process still does something: one that only waits to be buried by its parent does not."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition, what):
    for _ in range(START_SECONDS * 20):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited in vain until {what}")


class Server:
    """A shapd that serves; listens on its Unix socket and on a port."""

    def __init__(self, *arguments, wait=True):
        self.log_path = f"{PLACE}/log"
        self.port = free_port()
        self.log_file = open(self.log_path, "w")
        self.process = subprocess.Popen([SHAPD, "--listen", f"127.0.0.1:{self.port}", *arguments],
                                        stderr=self.log_file, stdout=subprocess.DEVNULL)
        if wait:
            self.wait_for("listening")

    def log(self):
        return pathlib.Path(self.log_path).read_text()

    def wait_for(self, event, n=1):
        def is_there():
            if self.process.poll() is not None:
                raise AssertionError(f"shapd ended before {event}:\n{self.log()}")
            return len(re.findall(rf" {event}(?: |$)", self.log(), re.M)) >= n
        wait_until(is_there, event)

    def channel(self):
        return grpc.insecure_channel(f"127.0.0.1:{self.port}")

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.log_file.close()
        return self.process.wait(START_SECONDS)


def call(channel, method, request, answer, secret=None, timeout=10):
    metadata = [("authorization", f"Bearer {secret}")] if secret else None
    invoke = channel.unary_unary(f"/shap.v1.{method}", type(request).SerializeToString, answer.FromString)
    return invoke(request, metadata=metadata, timeout=timeout)


def who_am_i(channel, secret=None):
    from shap.v1 import directory_pb2
    return call(channel, "Directory/WhoAmI", directory_pb2.WhoAmIRequest(), directory_pb2.Identity, secret)


def server_info(channel):
    from shap.v1 import directory_pb2
    return call(channel, "Directory/GetServerInfo", directory_pb2.GetServerInfoRequest(), directory_pb2.ServerInfo)


class CommandLine(unittest.TestCase):
    def refused(self, words, *arguments, code=2, **options):
        done = run(*arguments, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(words, done.stderr)

    def test_help_and_version_need_nothing(self):
        self.assertIn("--embedded DIR", run("--help").stdout)
        self.assertRegex(run("--version").stdout, r"^shapd \d+\.\d+\.\d+\n$")

    def test_wrong_options_are_told_and_end_with_2(self):
        self.refused("--embedded DIR")
        self.refused("no option --serve", "--serve")
        self.refused("--clock", "--database", "dbname=x", "--clock", "2010-12-31")

    def test_plaintext_is_refused_on_an_address_others_can_reach(self):
        self.refused("refusing plaintext on 0.0.0.0:0", "--embedded", data(), "--listen", "0.0.0.0:0", code=1)

    def test_a_port_in_use_is_named(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            address = "127.0.0.1:%d" % holder.getsockname()[1]
            self.refused(address, "--embedded", data(), "--listen", address, code=1)

    def test_a_council_is_made_once_and_its_token_is_kept_by_its_owner_alone(self):
        self.assertRegex(token(), "^shap_[0-9a-f]{64}$")
        self.assertEqual(os.stat(f"{PLACE}/token").st_mode & 0o777, 0o600)
        init = ["--embedded", data(), "--init", "--council", "Copeland Borough Council", "--administrator", "A"]
        self.refused("exists already", *init, "--token-file", f"{PLACE}/token", code=1)
        self.refused("Copeland Borough Council", *init, "--token-file", f"{PLACE}/second", code=1)
        second = pathlib.Path(f"{PLACE}/second")
        self.assertTrue(not second.exists() or second.stat().st_size == 0)
        again = run("--embedded", data(), "--init", "--council", "Elsewhere", "--administrator", "A", "--token-file", second)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertRegex(second.read_text(), "^shap_[0-9a-f]{64}$")

    def test_closed_standard_files_are_not_mistaken_for_others(self):
        shell = 'exec "$0" "$@" <&- >&- 2>&-'
        subprocess.run(["sh", "-c", shell, SHAPD, "--embedded", data(), "--init", "--council", "Closed Council",
                        "--administrator", "A", "--token-file", f"{PLACE}/closed.token"], check=True)
        self.assertRegex(pathlib.Path(f"{PLACE}/closed.token").read_text(), "^shap_[0-9a-f]{64}\n$")
        self.assertEqual(os.stat(f"{data()}/lock").st_size, 0)

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([SHAPD, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write all of the output: No space left on device", done.stderr)

    def test_check_finds_nothing_and_methods_lists_all(self):
        checked = run("--embedded", data(), "--check")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertNotIn("FAILED", checked.stdout)
        methods = run("--embedded", data(), "--methods").stdout
        self.assertRegex(methods, r"(?m)^/shap\.v1\.Returns/SubmitReturn +submit_return +grouped +writes ")
        self.assertRegex(methods, r"(?m)^/shap\.v1\.Plans/ListMilestones +list_milestones +stream +reads ")

    def test_a_directory_of_another_major_version_is_refused(self):
        place = pathlib.Path(f"{PLACE}/old/data")
        place.mkdir(parents=True)
        (place / "PG_VERSION").write_text("99\n")
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            for path in (place.parent, place, place / "PG_VERSION"):
                os.chown(path, user.pw_uid, user.pw_gid)
        self.refused("PostgreSQL 99", "--embedded", str(place.parent), "--migrate", code=8)

    def test_a_link_to_a_directory_of_another_user_is_not_followed(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        for name in ("kept", "empty"):
            os.mkdir(f"{PLACE}/{name}")
        pathlib.Path(f"{PLACE}/kept/file").touch()
        os.symlink(f"{PLACE}/empty", f"{PLACE}/link")
        for name in ("kept", "link"):
            self.refused("belongs to another user", "--embedded", f"{PLACE}/{name}", "--migrate", code=1)
        for name in ("kept", "empty"):
            self.assertEqual(os.stat(f"{PLACE}/{name}").st_uid, 0)

    def test_a_directory_that_cannot_be_reached_is_named(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        os.mkdir(f"{PLACE}/closed", 0o700)
        self.refused(f"{PLACE}/closed is closed", "--embedded", f"{PLACE}/closed/data", "--migrate", code=8)


class Serving(unittest.TestCase):
    def setUp(self):
        self.start("--log-level", "debug")
        self.channel = self.server.channel()
        self.addCleanup(self.channel.close)

    def start(self, *arguments):
        self.server = Server("--embedded", data(), *arguments)
        self.addCleanup(self.server.stop)

    def status_of(self, function, *arguments):
        with self.assertRaises(grpc.RpcError) as caught:
            function(*arguments)
        return caught.exception.code()

    def test_a_call_knows_its_caller(self):
        self.assertEqual(who_am_i(self.channel, token()).name, "Ann Example")
        self.assertEqual(self.status_of(who_am_i, self.channel, "shap_0"), grpc.StatusCode.UNAUTHENTICATED)

    def test_health_says_serving(self):
        check = self.channel.unary_unary("/grpc.health.v1.Health/Check")
        self.assertEqual(check(b"", timeout=10), b"\x08\x01")
        self.assertEqual(check(b"\x0a\x0dshap.v1.Plans", timeout=10), b"\x08\x01")
        self.assertEqual(self.status_of(check, b"\x0a\x01x"), grpc.StatusCode.NOT_FOUND)

    def test_many_calls_in_flight_are_all_answered(self):
        from shap.v1 import returns_pb2
        submit = self.channel.unary_unary("/shap.v1.Returns/SubmitReturn",
                                          returns_pb2.SubmitReturnRequest.SerializeToString,
                                          returns_pb2.Receipt.FromString)
        metadata = [("authorization", f"Bearer {token()}")]
        calls = [submit.future(returns_pb2.SubmitReturnRequest(return_id=str(n)), metadata=metadata, timeout=30)
                 for n in range(SUBMITTED)]
        codes = {invoked.exception().code() if invoked.exception() else grpc.StatusCode.OK for invoked in calls}
        self.assertTrue(codes.isdisjoint({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE,
                                          grpc.StatusCode.UNKNOWN, grpc.StatusCode.DEADLINE_EXCEEDED}), codes)

    def test_one_directory_has_one_server(self):
        for arguments in (["--check"], ["--migrate"], []):
            done = run("--embedded", data(), *arguments)
            self.assertEqual(done.returncode, 8)
            self.assertIn(f"(process {self.server.process.pid})", done.stderr)

    def test_a_database_that_dies_is_started_again_and_served(self):
        os.kill(postmaster(), signal.SIGKILL)
        self.server.wait_for("serving", 2)
        self.assertEqual(who_am_i(self.channel, token()).name, "Ann Example")
        self.assertIn("postgresql-ended", self.server.log())

    def test_a_signal_ends_server_and_database(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            database = postmaster()
            self.assertEqual(self.server.stop(number), 0)
            self.assertFalse(is_running(database))
            self.start()

    def test_a_hup_reads_again_and_ends_nothing(self):
        self.server.process.send_signal(signal.SIGHUP)
        self.server.wait_for("reloaded")
        self.assertEqual(who_am_i(self.channel, token()).name, "Ann Example")

    def test_a_hup_while_it_stops_is_neither_obeyed_nor_the_end(self):
        process = self.server.process
        process.send_signal(signal.SIGTERM)
        while process.poll() is None:  # the embedded PostgreSQL, too, takes its time
            process.send_signal(signal.SIGHUP)
            time.sleep(0.001)
        self.assertEqual(process.returncode, 0)
        self.assertNotIn(" reloaded ", self.server.log().partition(" stopping ")[2])
        self.start()

    def test_a_signal_lets_a_call_in_flight_end_and_a_second_one_does_not(self):
        def never_sent():
            threading.Event().wait()
            yield
        call_in_flight = self.channel.stream_unary("/shap.v1.Directory/WhoAmI")
        held = call_in_flight.future(never_sent())  # a call that nobody holds is cancelled
        self.addCleanup(held.cancel)
        self.server.wait_for("request")
        self.server.process.send_signal(signal.SIGTERM)
        self.server.wait_for("stopping")
        with self.assertRaises(subprocess.TimeoutExpired):
            self.server.process.wait(0.5)
        begun = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - begun, 5)

    def test_a_killed_server_leaves_no_database_and_its_successor_starts(self):
        database = postmaster()
        self.server.process.kill()
        self.server.process.wait()
        self.start()
        self.assertFalse(is_running(database))
        with self.server.channel() as channel:
            self.assertEqual(who_am_i(channel, token()).name, "Ann Example")

    def test_nothing_personal_is_logged(self):
        who_am_i(self.channel, token())
        self.status_of(who_am_i, self.channel, "shap_secret")
        self.server.stop()
        database_log = subprocess.run(["cat", f"{data()}/postgres.log"], capture_output=True, text=True).stdout
        for log in (self.server.log(), database_log):
            self.assertNotIn("Ann Example", log)
            self.assertNotIn(token(), log)
            self.assertNotIn("shap_secret", log)
        self.assertRegex(self.server.log(), r"call method=/shap\.v1\.Directory/WhoAmI status=OK us=\d+ .*request=")

    def test_the_data_is_out_of_reach_of_other_users(self):
        for part in ("data", "socket", "lock", "postgres.log"):
            self.assertEqual(os.stat(f"{data()}/{part}").st_mode & 0o077, 0, part)


class Rehearsal(unittest.TestCase):
    def test_a_shifted_clock_is_shown_and_warned_about_and_ends_with_the_server(self):
        server = Server("--embedded", data(), "--clock", "2030-12-31T09:00:00Z")
        with server.channel() as channel:
            info = server_info(channel)
        server.stop()
        self.assertTrue(info.clock_shifted)
        self.assertEqual(time.gmtime(info.now.seconds)[:3], (2030, 12, 31))
        self.assertIn("clock-shifted", server.log())
        server = Server("--embedded", data())
        with server.channel() as channel:
            self.assertFalse(server_info(channel).clock_shifted)
        server.stop()

    def test_a_moment_that_is_none_is_refused(self):
        done = run("--embedded", data(), "--clock", "tomorrow-ish")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--clock", done.stderr)


class Tls(unittest.TestCase):
    def test_calls_are_served_over_tls_with_a_key_that_only_the_starter_can_read(self):
        key, certificate = f"{PLACE}/server.key", f"{PLACE}/server.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        os.chmod(key, 0o600)
        server = Server("--embedded", data(), "--tls-cert", certificate, "--tls-key", key)
        self.addCleanup(server.stop)
        trust = grpc.ssl_channel_credentials(pathlib.Path(certificate).read_bytes())
        with grpc.secure_channel(f"localhost:{server.port}", trust) as channel:
            self.assertEqual(who_am_i(channel, token()).name, "Ann Example")
        with server.channel() as channel:
            self.assertRaises(grpc.RpcError, who_am_i, channel, token())


class OwnDatabase(unittest.TestCase):
    """--database, on the cluster of an embedded server beside it."""

    @classmethod
    def setUpClass(cls):
        cls.holder = Server("--embedded", data())
        cls.admin = f"host={data()}/socket dbname=%s user=postgres"
        cls.server = f"host={data()}/socket dbname=%s user=shap_server"
        subprocess.run(["psql", "-qXAt", cls.admin % "shap", "-c", "create database own"], check=True)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["psql", "-qXAt", cls.admin % "shap", "-c", "drop database own with (force)"], check=True)
        cls.holder.stop()

    def sql(self, statement):
        subprocess.run(["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", self.admin % "own", "-c", statement], check=True,
                       stdout=subprocess.DEVNULL)

    def test_migrate_check_and_serve(self):
        unready = run("--database", self.server % "own")
        self.assertNotEqual(unready.returncode, 0)
        self.assertIn("--migrate", unready.stderr)
        for expected in ("deployed", ""):
            done = run("--database", self.admin % "own", "--migrate")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(expected, done.stderr)
        checked = run("--database", self.server % "own", "--check")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        as_superuser = run("--database", self.admin % "own", "--check")
        self.assertEqual(as_superuser.returncode, 1)
        self.assertIn("FAILED  the server's role is no superuser", as_superuser.stdout)
        self.assertEqual(as_superuser.stdout.count("\n"), 2, "of a superuser nothing else is said")
        self.assertIn("user is shap_server", as_superuser.stderr)
        self.refuses_another_schema()
        self.serves_and_survives_lost_connections()

    def refuses_another_schema(self):
        self.sql("insert into shap.migration (number, name, sha256) values (9999, 'later', '')")
        newer = run("--database", self.server % "own")
        self.assertEqual(newer.returncode, 1)
        self.assertIn("9999", newer.stderr)
        refused = run("--database", self.admin % "own", "--migrate")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("newer", refused.stderr)
        self.sql("delete from shap.migration where number = 9999")

    def serves_and_survives_lost_connections(self):
        log_path = f"{PLACE}/own.log"
        port = free_port()
        with open(log_path, "w") as log:
            own = subprocess.Popen([SHAPD, "--database", self.server % "own", "--listen", f"127.0.0.1:{port}"],
                                   stderr=log)
        def served(n):
            return lambda: pathlib.Path(log_path).read_text().count(" serving ") >= n
        try:
            wait_until(served(1), "it serves")
            # Links that are made while others are cut are not lost, and nothing has to come back: cut again, now and then.
            turns = itertools.count()

            def is_back():
                if next(turns) % 60 == 0:
                    self.sql("select pg_terminate_backend(pid) from pg_stat_activity"
                             " where usename = 'shap_server' and datname = 'own'")
                return served(2)()
            wait_until(is_back, "it serves again")
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                self.assertGreater(server_info(channel).schema_version, 0)
        finally:
            own.terminate()
            self.assertEqual(own.wait(START_SECONDS), 0)

    def test_a_database_that_is_down_at_start_is_waited_for(self):
        with open(f"{PLACE}/late.log", "w+") as log:
            late = subprocess.Popen([SHAPD, "--database", f"host={PLACE}/nowhere dbname=shap user=shap_server",
                                     "--listen", f"127.0.0.1:{free_port()}"], stderr=log)
            try:
                wait_until(lambda: "waiting-for-database" in pathlib.Path(log.name).read_text(), "it waits")
                late.send_signal(signal.SIGHUP)  # as when a certificate is renewed meanwhile
                os.symlink(f"{data()}/socket", f"{PLACE}/nowhere")
                wait_until(lambda: " serving " in pathlib.Path(log.name).read_text(), "it serves")
            finally:
                late.terminate()
                self.assertEqual(late.wait(START_SECONDS), 0)
                os.unlink(f"{PLACE}/nowhere")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
