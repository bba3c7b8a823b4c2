#!/usr/bin/env python3
"""Signing in and out, the doctor, imports that are partly refused: `shap` against a directory made of a few lines.

    test_commands.py SHAP PROBE
"""
import fcntl
import hashlib
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import time

import grpc

import kit
from kit import DIRECTORY

REGISTER = "/shap.v1.Register/"
RETURNS = "/shap.v1.Returns/"
HEALTH = "/grpc.health.v1.Health/"
IDENTITY = b"\x0a\x03Kay\x10\x01\x1a\x0chome-housing"  # name, role contributor, organisation

HOSTILE_NAME = b"\x1b]0;title\x07 " + b"words " * 12 + "caf\u00e9".encode()
HOSTILE = b"\x0a\x04code\x12" + bytes([len(HOSTILE_NAME)]) + HOSTILE_NAME


def fields(message):
    """The length-delimited fields of a message, by number; the last one counts."""
    found, at = {}, 0
    while at < len(message):
        number, kind = message[at] >> 3, message[at] & 7
        at += 1
        if kind == 2:
            found[number] = message[at + 1:at + 1 + message[at]]
            at += 1 + message[at]
        else:
            at += 1
    return found


class Handler(grpc.GenericRpcHandler):
    def __init__(self):
        self.hashes = []      # of AcceptInvitation, as they came
        self.loses = 0        # so many answers are lost on the way
        self.revoked = []     # tokens
        self.clock_s = 0      # ahead of ours
        self.serving = 1
        self.arrived = []     # what each return corrects, as they came
        self.arrival = threading.Condition()
        self.overtaken = False

    def service(self, details):
        token = dict(details.invocation_metadata).get("authorization", "").removeprefix("Bearer ")
        answer = {
            DIRECTORY + "AcceptInvitation": self.accept,
            DIRECTORY + "WhoAmI": self.who,
            DIRECTORY + "RevokeToken": self.revoke,
            DIRECTORY + "GetServerInfo": self.info,
            REGISTER + "AddRegisterEntry": self.register,
            RETURNS + "SubmitReturn": self.submit,
            HEALTH + "Check": lambda *_: b"\x08" + bytes([self.serving]),
        }.get(details.method)
        if details.method == DIRECTORY + "ListOrganisations":
            return grpc.unary_stream_rpc_method_handler(lambda *_: iter([HOSTILE]))
        return answer and grpc.unary_unary_rpc_method_handler(lambda request, context: answer(request, context, token))

    def accept(self, request, context, _):
        code, digest = fields(request)[1], fields(request)[2]
        if code != b"invitation":
            context.abort(grpc.StatusCode.NOT_FOUND, "this invitation does not exist, or was used")
        self.hashes.append(digest)
        if self.loses > 0:
            self.loses -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "lost")
        return IDENTITY

    def who(self, _, context, token):
        digest = hashlib.sha256(token.encode()).digest()
        if token in self.revoked or (digest not in self.hashes and token != "administrator"):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "the token is not valid")
        return IDENTITY

    def revoke(self, _, context, token):
        self.revoked.append(token)
        return b"\x08\x01"

    def info(self, *_):
        now, varint = int(time.time()) + self.clock_s, b""
        while now > 127:
            varint, now = varint + bytes([now & 127 | 128]), now >> 7
        seconds = b"\x08" + varint + bytes([now])
        return b"\x08\x07\x12" + bytes([len(seconds)]) + seconds

    def submit(self, request, context, _):
        """Answers a return that corrects none when another has come, or half a second has passed."""
        corrects = fields(request).get(11)
        with self.arrival:
            self.arrived.append(corrects)
            self.arrival.notify_all()
            n = len(self.arrived)
            if corrects is None:
                self.overtaken |= self.arrival.wait_for(lambda: len(self.arrived) > n, 0.5)
        return b""

    def register(self, request, context, _):
        code = fields(request)[1]
        if code == b"BAD":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "there is no organisation \"nowhere\"")
        return b"\x0a" + bytes([len(code)]) + code


class Commands(kit.Case):
    @classmethod
    def make_handler(cls):
        return Handler()

    def sign_in(self, profile, stdin=b" invitation \n"):
        return self.run_shap("login", "--server", self.plain, "--as", profile, stdin=stdin)

    def token_of(self, profile):
        return self.home / ".config/shap/tokens" / profile

    def test_login_keeps_the_token_and_sends_its_hash_only(self):
        done = self.sign_in("one")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"Next: shap milestone list --as one", done.stderr)
        token = self.token_of("one").read_text().strip()
        self.assertRegex(token, "^shap_[0-9a-f]{64}$")
        self.assertEqual(self.handler.hashes[-1], hashlib.sha256(token.encode()).digest())
        self.assertEqual(self.token_of("one").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.token_of("one").parent.stat().st_mode & 0o777, 0o700)
        self.assertNotIn(token, (self.home / ".config/shap/config").read_text())
        done = self.run_shap("whoami", "--as", "one", "--format", "json")
        self.assertEqual(done.returncode, 0, "the server is remembered: %r" % done.stderr)
        self.assertEqual(json.loads(done.stdout)["role"], "contributor")

    def test_a_lost_answer_is_made_good_by_typing_the_same_again(self):
        self.handler.loses = 2
        n_before = len(self.handler.hashes)
        for expected in (8, 8, 0):
            done = self.sign_in("lost")
            self.assertEqual(done.returncode, expected, done.stderr)
            self.assertEqual(self.token_of("lost").exists(), expected == 0)
        self.assertEqual(len(set(self.handler.hashes[n_before:])), 1, "the same token each time")

    def test_an_invitation_that_is_refused_leaves_nobody_signed_in(self):
        done = self.sign_in("refused", stdin=b"wrong\n")
        self.assertEqual(done.returncode, 6)
        self.assertIn(b"this invitation does not exist", done.stderr)
        self.assertEqual(self.run_shap("whoami", "--as", "refused", "--server", self.plain).returncode, 4)
        self.assertEqual(self.sign_in("refused", stdin=b"").returncode, 2)
        self.assertEqual(self.sign_in("refused", stdin=b"  \n").returncode, 2)

    def test_a_token_that_is_there_is_adopted(self):
        path = self.home / "administrator.token"
        path.write_text("administrator\n")
        path.chmod(0o600)
        done = self.run_shap("login", "--server", self.unix, "--as", "admin", "--token-file", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.token_of("admin").read_text(), "administrator\n")
        path.write_text("nonsense\n")
        done = self.run_shap("login", "--server", self.unix, "--as", "none", "--token-file", path)
        self.assertEqual(done.returncode, 4)
        self.assertFalse(self.token_of("none").exists())

    def test_logout_ends_the_token_and_forgets_it(self):
        self.sign_in("leaves")
        token = self.token_of("leaves").read_text().strip()
        self.assertEqual(self.run_shap("logout", "--as", "leaves").returncode, 0)
        self.assertIn(token, self.handler.revoked)
        self.assertFalse(self.token_of("leaves").exists())
        self.assertEqual(self.run_shap("logout", "--as", "leaves").returncode, 4)

    def test_logout_keeps_a_token_it_cannot_end_unless_told(self):
        self.sign_in("stays")
        done = self.run_shap("logout", "--as", "stays", "--server", "unix:%s/none" % self.home)
        self.assertEqual(done.returncode, 8)
        self.assertTrue(self.token_of("stays").exists())
        self.assertEqual(self.run_shap("logout", "--as", "stays", "--local").returncode, 0)
        self.assertFalse(self.token_of("stays").exists())

    def test_a_token_others_can_read_is_warned_about(self):
        path = self.home / "open.token"
        path.write_text("administrator")
        path.chmod(0o644)
        done = self.run_shap("whoami", "--server", self.plain, "--token-file", path)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"chmod 600", done.stderr)

    def doctor(self, *words):
        done = self.run_shap("doctor", *words, "--format", "json")
        found = json.loads(done.stdout)
        for finding in found:
            self.assertEqual(list(finding), ["check", "result", "found", "cure"])
            self.assertTrue(finding["result"] == "ok" or finding["cure"], finding)
        return done.returncode, {finding["check"]: finding for finding in found}

    def test_the_doctor_finds_nothing_wrong_where_nothing_is(self):
        self.sign_in("well")
        code, found = self.doctor("--as", "well", "--server", self.tls["good"], "--ca", self.home / "ca.pem")
        self.assertEqual(code, 0, found)
        self.assertEqual(list(found), ["settings", "name", "proxy", "connection", "tls", "health", "clock", "versions",
                                       "token"])
        self.assertRegex(found["tls"]["found"], r"TLS 1.3; certificate of .*localhost, valid until \d{4}-\d\d-\d\d")
        self.assertIn("renew", found["tls"]["cure"], "it runs out in two days")
        self.assertIn("Kay, contributor", found["token"]["found"])
        code, found = self.doctor("--as", "well", "--server", self.unix)
        self.assertEqual(code, 0, found)
        self.assertEqual(list(found), ["settings", "connection", "health", "clock", "versions", "token"])

    def test_the_doctor_names_the_first_thing_that_is_wrong(self):
        code, found = self.doctor("--server", self.tls["other"], "--ca", self.home / "ca.pem")
        self.assertEqual((code, list(found)[-1], found["tls"]["result"]), (8, "tls", "fail"))
        code, found = self.doctor("--server", "name.invalid")
        self.assertEqual((code, list(found)[-1]), (8, "name"))
        code, found = self.doctor("--server", self.plain, "--as", "nobody")
        self.assertEqual((code, found["token"]["result"]), (4, "fail"))
        self.sign_in("late")
        try:
            self.handler.clock_s = 3600
            code, found = self.doctor("--as", "late")
            self.assertEqual((code, found["clock"]["result"], found["token"]["result"]), (1, "fail", "ok"))
            self.assertIn("behind", found["clock"]["found"])
            self.handler.clock_s, self.handler.serving = 0, 2
            code, found = self.doctor("--as", "late")
            self.assertEqual((code, found["health"]["result"]), (8, "fail"))
        finally:
            self.handler.clock_s, self.handler.serving = 0, 1

    def test_an_import_keeps_what_is_accepted_and_names_what_is_refused(self):
        self.sign_in("keeper")
        path = self.home / "register.csv"
        path.write_text("code,name,kind,organisation,aliases\nHSM,Manager,post,copeland,\nBAD,x,post,nowhere,\n"
                        "SHP,Panel,body,copeland,Housing Panel; Panel\n")
        done = self.run_shap("register", "import", path, "--as", "keeper", "--format", "csv")
        self.assertEqual(done.returncode, 3)
        self.assertEqual([line.split(b",")[0] for line in done.stdout.splitlines()], [b"code", b"HSM", b"SHP"])
        self.assertIn(b"register.csv, line 3: there is no organisation \"nowhere\"", done.stderr)
        self.assertIn(b"2 of 3 rows", done.stderr)
        path.write_text("code,name,kind\nHSM,Manager,postt\n")
        done = self.run_shap("register", "import", path, "--as", "keeper")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"line 2", done.stderr)

    def test_what_corrects_a_row_of_the_same_file_waits_for_its_answer(self):
        path = self.home / "returns.csv"
        first, second = ("7777777%d-7777-4777-8777-777777777777" % n for n in (1, 2))
        path.write_text("reference,status,id,corrects\nSH1/1/1,complete,%s,\nSH1/1/1,in progress,%s,%s\n" % (first, second, first))
        self.handler.arrived, self.handler.overtaken = [], False
        done = self.shap("return", "submit", "--file", path, "--server", self.unix)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.handler.arrived, self.handler.overtaken), ([None, first.encode()], False))

    def on_terminal(self, *words, typed=b"", columns=60, **more):
        """Runs shap on a terminal of its own; returns its exit code and all that the terminal was sent."""
        shown = b""
        terminal, end = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        # Not pty.fork(): a fork of this process, whose threads hold locks, may never reach its exec.
        child = subprocess.Popen(["setsid", "--ctty", "--wait", self.shap_path, *words], stdin=end, stdout=end, stderr=end,
                                 env=self.environment(TERM="xterm", **more))
        os.close(end)
        try:
            while piece := os.read(terminal, 4096):
                shown += piece
                if typed and b": " in shown:
                    os.write(terminal, typed)
                    typed = b""
        except OSError:
            pass
        os.close(terminal)
        return child.wait(60), shown.replace(b"\r\n", b"\n")

    def test_what_a_server_sends_cannot_steer_a_terminal(self):
        self.sign_in("seer")
        done = self.run_shap("org", "list", "--as", "seer", "--format", "csv")
        self.assertEqual(done.stdout, b"code,name\ncode," + HOSTILE_NAME + b"\n", "a file gets it exactly")
        for form in ("table", "csv", "json", "markdown"):
            code, shown = self.on_terminal("org", "list", "--as", "seer", "--format", form, NO_COLOR="1")
            self.assertEqual(code, 0)
            self.assertNotRegex(shown, rb"[\x00-\x09\x0b-\x1f\x7f]", form)
            self.assertIn("caf\u00e9".encode(), shown)

    def test_a_table_fits_the_terminal_and_a_pipe_gets_one_line_a_row(self):
        self.sign_in("looker")
        _, shown = self.on_terminal("--quiet", "org", "list", "--as", "looker", columns=40)
        self.assertIn(b"\x1b[1mCode", shown)
        plain = shown.replace(b"\x1b[1m", b"").replace(b"\x1b[0m", b"").decode()
        self.assertGreater(plain.count("\n"), 2)
        self.assertLessEqual(max(map(len, plain.splitlines())), 40)
        done = self.run_shap("org", "list", "--as", "looker")
        self.assertEqual(done.stdout.count(b"\n"), 2)
        self.assertNotIn(b"\x1b", done.stdout)

    def test_an_invitation_typed_on_a_terminal_is_not_shown(self):
        code, shown = self.on_terminal("login", "--server", self.plain, "--as", "typist", typed=b"invitation\n")
        self.assertEqual(code, 0, shown)
        self.assertIn(b"Your invitation", shown)
        self.assertNotIn(b"invitation\n", shown)
        self.assertIn(b"You are signed in", shown)

    def test_output_that_cannot_be_written_is_a_failure(self):
        self.sign_in("full")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([self.shap_path, "whoami", "--as", "full"], env=self.environment(), stdout=full,
                                  stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left on device", done.stderr)


if __name__ == "__main__":
    kit.main(sys.argv)
