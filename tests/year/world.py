"""The world a year is walked through in: one embedded shapd whose clock is moved from day to day, and `shap`, typed by
the people of the sample. What is recorded goes into the oracle, too.
"""
import csv
import datetime
import io
import json
import os
import pathlib
import subprocess
import sys
import time

DATA = pathlib.Path("tests/data")


PROFILES = {"copeland": "officer", "supporting-people-team": "partner", "home-housing": "home",
            "impact-housing-association": "impact"}
PEOPLE = (("coordinator", "Copeland Coordinator", "copeland", "coordinator"),
          ("officer", "Copeland Housing Officer", "copeland", "contributor"),
          ("partner", "Supporting People Officer", "supporting-people-team", "contributor"),
          ("home", "Home Housing Officer", "home-housing", "contributor"),
          ("impact", "Impact Officer", "impact-housing-association", "contributor"),
          ("panel", "Panel Clerk", "copeland", "panel"), ("reader", "Scrutiny Officer", "copeland", "reader"))


def rows_of(name):
    with open(DATA / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Failure(Exception):
    pass


class World:
    def __init__(self, directory, bin_directory):
        self.directory = pathlib.Path(directory)
        self.shapd = os.path.join(bin_directory, "server/shapd")
        self.shap_path = os.path.join(bin_directory, "client/cli/shap")
        self.data = self.directory / "data"
        self.server = None
        self.today = None
        self.moments = []  # of each act: the day it was recorded on; an act's moment is its place, from 1
        self.n_checked = 0
        self.differences = []
        self.environment = {"HOME": str(self.directory), "XDG_CONFIG_HOME": str(self.directory / "config"),
                            "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "SHAP_PLAN": "copeland/2010-11",
                            "SHAP_SERVER": "unix:%s/shapd.sock" % self.data,
                            **{k: v for k, v in os.environ.items() if k in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}}

    # ---- the server and its clock

    def run(self, *words):
        done = subprocess.run([self.shapd, "--embedded", self.data, *words], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure("shapd %s: exit %d\n%s" % (" ".join(map(str, words)), done.returncode, done.stderr))

    def go_to(self, day):
        """The server's clock stands at nine in the morning of that day."""
        self.stop()
        self.today = day if isinstance(day, datetime.date) else datetime.date.fromisoformat(day)
        log = self.directory / "shapd.log"
        log.write_text("")
        with open(log, "ab") as to:
            self.server = subprocess.Popen([self.shapd, "--embedded", self.data, "--clock", "%sT09:00:00Z" % self.today],
                                           env=self.environment, stderr=to)
        for _ in range(600):
            if " listening " in log.read_text():
                return
            if self.server.poll() is not None:
                break
            time.sleep(0.05)
        raise Failure("shapd did not start at %s:\n%s" % (day, log.read_text()[-2000:]))

    def stop(self):
        if self.server is not None:
            self.server.terminate()
            if self.server.wait(60) != 0:
                raise Failure("shapd ended with %s" % self.server.returncode)
            self.server = None

    # ---- people typing

    def shap(self, profile, *words, exits=0, stdin=None, **environment):
        done = subprocess.run([self.shap_path, "--as", profile, *map(str, words)], input=stdin, capture_output=True, text=True,
                              env={**self.environment, **environment})
        if done.returncode not in (exits if isinstance(exits, tuple) else (exits,)):
            raise Failure("on %s: shap --as %s %s: exit %d, not %s\n%s%s" % (
                self.today, profile, " ".join(map(str, words)), done.returncode, exits, done.stdout[-1500:], done.stderr[-3000:]))
        return done

    def ask(self, profile, *words, **more):
        """What a command prints as JSON."""
        return json.loads(self.shap(profile, *words, "--format", "json", "--quiet", **more).stdout)

    def write(self, name, columns, rows):
        """A CSV file for a command."""
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        path = self.directory / name
        path.write_text(text.getvalue(), encoding="utf-8")
        return path

    def found(self, day, plan):
        """The council on a day: its people and partners signed in, its register and a plan of 2010/11, in force."""
        token = self.directory / "administrator.token"
        self.run("--clock", "%sT08:00:00Z" % day, "--init", "--council", "Copeland", "--administrator", "Pat Smith",
                 "--token-file", token)
        self.go_to(day)
        self.shap("administrator", "login", "--token-file", token)
        for row in rows_of("copeland-organisations.csv"):
            self.shap("administrator", "org", "add", row["code"], row["name"])
        for profile, name, organisation, role in PEOPLE:
            invitation = self.ask("administrator", "person", "add", name, "--organisation", organisation, "--role", role,
                                  "--email", profile + "@example.org")
            self.shap(profile, "login", stdin=invitation["code"] + "\n")
        self.shap("coordinator", "register", "import", DATA / "copeland-register.csv")
        self.shap("coordinator", "plan", "import", plan, "--year", "2010/11")
        self.shap("coordinator", "plan", "adopt", "--day", day, "--note", "Strategic Housing Panel, July 2010")

    def found_beside(self, council, day, plan):
        """Another council, with a plan or without one."""
        token = self.directory / (council + ".token")
        self.stop()
        self.run("--clock", "%sT08:00:00Z" % day, "--init", "--council", council, "--administrator", "Ann " + council,
                 "--token-file", token)
        self.go_to(day)
        if plan:
            code = council.lower()
            self.shap(code, "login", "--token-file", token)
            invitation = self.ask(code, "person", "add", "Cora " + council, "--organisation", code, "--role", "coordinator",
                                  "--email", code + "@example.org")
            self.shap(code, "login", stdin=invitation["code"] + "\n")
            self.shap(code, "plan", "import", plan, "--year", "2010/11", SHAP_PLAN="")
            self.shap(code, "plan", "adopt", "--plan", code + "/2010-11", "--day", day, "--note", "Its own committee")

    def found_region(self, day, *councils):
        token = self.directory / "region.token"
        self.stop()
        self.run("--clock", "%sT08:30:00Z" % day, "--init", "--region", "Cumbria", "--councils", ",".join(councils),
                 "--reader", "Rita Jones", "--token-file", token)
        self.go_to(day)
        self.shap("region", "login", "--token-file", token)

    # ---- moments

    def act(self):
        """The moment of the act that is recorded now."""
        self.moments.append(self.today)
        return len(self.moments)

    def known_at(self, day):
        """The last moment on or before a day."""
        return sum(1 for d in self.moments if d <= day)

    # ---- what is checked

    def check(self, what, got, expected):
        self.n_checked += 1
        if got == expected:
            return
        self.differences.append(what)
        print("not ok: on %s, %s: %s" % (self.today, what, difference(got, expected)), file=sys.stderr)


def difference(got, expected):
    """What is other than expected, and no more than that."""
    if isinstance(got, dict) and isinstance(expected, dict):
        other = [k for k in {**got, **expected} if got.get(k) != expected.get(k)]
        return "got %r, by the oracle %r" % ({k: got.get(k) for k in other}, {k: expected.get(k) for k in other})
    if isinstance(got, list) and isinstance(expected, list):
        return "only got %r, only by the oracle %r" % ([x for x in got if x not in expected],
                                                       [x for x in expected if x not in got])
    return "got %r, by the oracle %r" % (got, expected)
