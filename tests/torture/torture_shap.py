"""`shap`, with each of its calls failed once. What it may do then: say so on stderr and end with a documented code, or have
done everything as if nothing had failed. What it said of the record is true, and what it was to write is whole or not there.
"""
import dataclasses
import datetime
import os
import pathlib
import re
import shutil
import subprocess

from accepted import note
from control import Control, Draw
from ground import LIBRARY, SHAP, Trouble, cell
from shap_cases import ACTS, ALL, RETURNS

NAME = "shap"
DOCUMENTED = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130}
MOST_SECONDS = 40
OLD = "what stood there before\n"


@dataclasses.dataclass
class Run:
    """What became of one."""
    code: int
    out: str
    err: str
    files: dict
    n_recorded: int
    n_kept: int = 0  # of this run's return, once the outbox was resumed


def leveled(text):
    """Without what differs from run to run: numbers, digests, codes, `{word}` and the widths they make."""
    text = re.sub(r"\b([0-9A-Z]{4}-){3,}[0-9A-Z]{4}\b", "CODE", text)
    text = re.sub(r"\b[0-9a-f]{8,}(-[0-9a-f]+)*\b", "#", text)
    text = re.sub(r"\bxx[a-j]+\b", "WORD", text)
    text = re.sub(r"\d+(\.\d+)?( (ms|s|minutes?|seconds?)\b)?", "#", text)
    return re.sub(r"[ -]{2,}", " ", text)


def difference(wanted, found):
    """Where one of two outputs leaves the other, in a few words."""
    n = len(os.path.commonprefix([wanted, found]))
    return f"{found[n - 20 if n > 20 else 0:n + 40]!r}, not {wanted[n - 20 if n > 20 else 0:n + 40]!r}"


class Torture:
    def __init__(self, ground, options):
        self.ground, self.options = ground, options
        self.control = Control(ground.directory / "shap.control")
        self.place, self.n_runs, self.draw = ground.directory / "run", 0, Draw(options, NAME)
        self.fixed = {"token": ground.world.template / "config/shap/tokens/officer"}

    def prepare(self):
        """What the cases name."""
        shap, directory = self.ground.shap, self.ground.directory
        invitation = cell(shap("administrator", "person", "add", "Petra Panel", "--organisation", "copeland", "--role", "panel",
                               "--format", "csv"), "code")
        shap("panel", "login", given=invitation)
        shap("coordinator", "window", "open", "Q3", "--day", "2010-12-13")
        for day in ("2010-09-15", "2010-12-31"):
            shap("coordinator", "meeting", "add", "--day", day)
        for profile, organisation in (("officer", "copeland"), ("partner", "supporting-people-team")):
            shap(profile, "return", "submit", "--file", str(self.returns_of(organisation)))
        undeliverable = cell(shap("coordinator", "return", "list", "SH5.2/6/1", "--format", "csv"), "record_id")
        shap("coordinator", "review", "accept", undeliverable, "--day", "2010-12-31")
        shap("coordinator", "plan", "roll", "2011/12")
        people = shap("administrator", "person", "list", "--format", "csv")
        self.fixed |= {
            "membership": cell(people, "membership_id"),
            "officer": next(line.split(",")[0] for line in people.splitlines() if "Housing Officer" in line),
            "publication": cell(shap("coordinator", "report", "publish", "exceptions", "--as-at", "2010-12-31", "--format", "csv"),
                                "publication_id"),
            "digest": cell(shap("administrator", "audit", "digest", "--format", "csv"), "digest"),
            "doubt": cell(shap("coordinator", "plan", "doubts", "--format", "csv"), "doubt_id"),
            "new": cell(shap("coordinator", "carry", "list", "2011-12", "--format", "csv"), "reference"),
            "plan": "tests/data/copeland-2010-11.csv",
            "report": directory / "report.csv", "scheme": directory / "scheme.csv"}
        self.fixed["report"].write_text(shap("coordinator", "report", "exceptions", "--as-at", "2010-12-31", "--format", "csv"),
                                        encoding="utf-8")
        self.fixed["scheme"].write_text(shap("coordinator", "scheme", "show", "months-behind", "--format", "csv"), encoding="utf-8")

    def returns_of(self, organisation):
        lines = pathlib.Path("tests/data/copeland-2010-11-returns.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        path = self.ground.directory / f"{organisation}.csv"
        path.write_text("".join(line for line in lines if line.split(",")[1] in ("organisation", organisation)), encoding="utf-8")
        return path

    # ---- one run

    def fill(self, text, more):
        for name, value in {**self.fixed, **more}.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def lay_out(self, case):
        """The place of a run, and what its words stand for."""
        shutil.rmtree(self.place, ignore_errors=True)
        (self.place / "out/letters").mkdir(parents=True)
        self.n_runs += 1
        n = self.n_runs
        words = {"n": n, "word": "xx" + "".join(chr(ord("a") + int(digit)) for digit in str(n)),
                 "day": datetime.date(1990, 1, 1) + datetime.timedelta(n), "out": self.place / "out", "csv": self.place / "in.csv"}
        target = re.search(r"\{out\}/(\S+\.\w+|report)", case.words)
        if target:
            (self.place / "out" / target[1]).write_text(OLD, encoding="utf-8")
        for profile, before, column in case.before:
            answer = self.play_before(profile, self.fill(before, words).split(), column is None)
            if column:
                words["id"] = cell(answer, column)
        words["csv"].write_text(self.fill(case.table, words), encoding="utf-8")
        return words

    def play_before(self, profile, words, may_fail):
        """As {may} says; a profile with a ! has no server, and this run's outbox."""
        more = {}
        if profile.startswith("!"):
            more = {"SHAP_SERVER": "unix:/nowhere", "XDG_STATE_HOME": str(self.place / "state")}
        done = subprocess.run([SHAP, "--as", profile.lstrip("!"), "--quiet", *words], env=self.ground.environment(**more), text=True,
                              capture_output=True, timeout=MOST_SECONDS, check=False)
        if done.returncode and not may_fail:
            raise Trouble(f"before it, shap {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def lay_out_profile(self, case, words):
        """A configuration of its own, where a case changes it; with a token that is good for this once, if it is to be lost."""
        shutil.copytree(self.ground.world.template / "config", self.place / "config")
        tokens = self.place / "config/shap/tokens"
        shutil.copy(self.fixed["token"], tokens / "new")
        if "fresh" in case.words:
            subprocess.run([SHAP, "--as", "fresh", "--quiet", "login"], input=words["id"], text=True, capture_output=True, check=True,
                           env=self.ground.environment(XDG_CONFIG_HOME=str(self.place / "config")))

    def environment(self, case):
        more = {"XDG_STATE_HOME": str(self.place / "state")}
        if "login" in case.words or "logout" in case.words:
            more["XDG_CONFIG_HOME"] = str(self.place / "config")
        if case.over_tls:
            more |= {"SHAP_SERVER": f"127.0.0.1:{self.ground.port}", "SHAP_CA": str(self.ground.tls / "ca.crt")}
        return self.ground.environment(**more)

    def play(self, case):
        words = self.lay_out(case)
        profile = ["--as", case.profile] if case.profile else []
        if "login" in case.words or "logout" in case.words:
            self.lay_out_profile(case, words)
        environment = self.environment(case)
        n_before = self.ground.n_links()
        self.control.shared.is_armed = 1
        loaded = {"LD_PRELOAD": str(LIBRARY), "SHAP_TORTURE": str(self.control.path)}
        command = [SHAP, *profile, *self.fill(case.words, words).split()]
        try:
            done = subprocess.run(command, env={**environment, **loaded}, input=self.fill(case.given, words).encode(), capture_output=True,
                                  timeout=MOST_SECONDS, check=False)
            code, out, err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            code, out, err = None, b"", b""
        if code != 0 and case.kind in (ACTS, RETURNS):
            self.ground.settle()
        files = {str(path.relative_to(self.place / "out")): path.read_text(encoding="utf-8", errors="replace")
                 for path in (self.place / "out").rglob("*") if path.is_file()}
        run = Run(code, leveled(out.decode(errors="replace")), err.decode(errors="replace"), files, self.ground.n_links() - n_before)
        if case.kind == RETURNS:
            self.resume(run, environment, words["n"])
        return run

    def resume(self, run, environment, n):
        """Twice, as a repeat must not double it."""
        for _ in range(2 if (self.place / "state").exists() else 0):
            subprocess.run([SHAP, "--as", "officer", "outbox", "resume", "--moved"], env=environment, capture_output=True,
                           timeout=MOST_SECONDS, check=False)
        run.n_kept = int(self.ground.ask("select count(*) from shap.\"return\" r join shap.personal_text t"
                                         f" on t.digest = r.note_digest where t.body = 'n{n}'"))

    # ---- what it means

    def problems(self, case, dry, run, shared):
        if run.code is None:
            return ["stuck"]
        if run.code < 0:
            return [f"crash: signal {-run.code}"]
        found = []
        is_same = (run.code, run.out, set(run.files)) == (dry.code, dry.out, set(dry.files)) and all(
            leveled(run.files[name]) == leveled(dry.files[name]) for name in run.files)
        # `shap` alone says why, and prints its help; `shap doctor` says on stdout what it finds.
        told_otherwise = case.words == "" and "shap: " in run.err or case.words.startswith("doctor") and run.out
        if told_otherwise:
            is_same = True
        if run.code == dry.code and not is_same:
            found.append(f"silent: exit {run.code}, but it wrote something else: {difference(dry.out, run.out)}")
        elif run.code not in DOCUMENTED and not is_same:
            found.append(f"undocumented exit code {run.code}")
        if run.code != dry.code and run.code != 10 and not told_otherwise and "shap: " not in run.err and "shap " not in run.err:
            found.append(f"silent: exit {run.code} without a word")
        if shared.n_leaked:
            found.append(f"leak: {shared.leaked_bytes} bytes of {' '.join(self.control.leaks(SHAP))}")
        for name, text in run.files.items():
            if text != OLD and leveled(text) != leveled(dry.files.get(name, "")):
                found.append(f"half a file, or one too many: {name}")
        return found + self.problems_of_record(case, dry, run)

    def problems_of_record(self, case, dry, run):
        found = []
        if case.kind != RETURNS and run.code == 0 and run.n_recorded != dry.n_recorded:  # returns go in groups, as they come
            found.append(f"wrong acknowledgement: {run.n_recorded} records, not {dry.n_recorded}")
        if case.kind == ACTS and run.n_recorded > dry.n_recorded or case.kind not in (ACTS, RETURNS) and run.n_recorded:
            found.append(f"wrong acknowledgement: {run.n_recorded} records")
        if case.kind == RETURNS and run.n_kept > dry.n_kept:
            found.append("wrong acknowledgement: it is on record twice")
        if case.kind == RETURNS and run.code in (0, 8) and run.n_kept != dry.n_kept:
            found.append(f"wrong acknowledgement: {run.n_kept} on record, not {dry.n_kept}")
        return found

    # ---- a case

    def cases(self):
        return ALL

    def dry_run(self, case):
        self.control.clear()
        if case.kind == ACTS:
            self.play(case)  # the first of its kind may find another ground than those that follow
        self.control.clear(keep_sites=False)
        self.control.count()
        run = self.play(case)
        if run.code is None or run.code < 0 or (run.code not in (0, *case.codes)):
            raise Trouble(f"{case.name} does not work: exit {run.code}: {run.err.strip()[:200]}")
        if self.control.shared.n_leaked:
            raise Trouble(f"{case.name} leaks, although nothing failed: {self.control.leaks(SHAP)}")
        return run, self.control.places()

    def torture(self, case, result):
        dry, places = self.dry_run(case)
        result.meet(case, places)
        for place, nth, way in result.tried(self.draw.runs(case, places)):
            self.control.clear()
            self.control.fail(place, nth, way)
            run = self.play(case)
            result.add_run(case, place, self.control.shared.n_failed)
            for problem in self.problems(case, dry, run, self.control.shared):
                note(result, self.control, "shap", SHAP, place, (nth, way), problem, f"exit {run.code}: {run.err.strip()[:300]}")

    def finish(self):
        """Nothing of it runs."""
