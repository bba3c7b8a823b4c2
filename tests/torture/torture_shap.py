"""`shap`, with each of its calls failed once. What it may do then: say so on stderr and end with a documented code, or have
done everything as if nothing had failed. What it said of the record is true, and what it was to write is whole or not there.
"""
import dataclasses
import datetime
import os
import pathlib
import random
import re
import shutil
import subprocess

from accepted import is_accepted
from control import Control, names_of
from ground import LIBRARY, SHAP, Trouble, cell
from shap_cases import ACTS, ALL, RETURNS

NAME = "shap"
DOCUMENTED = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130}
MOST_SECONDS = 20
SAMPLE = 3  # of the call sites that a case before has had
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
    """Without what differs from run to run: numbers, digests, codes and the widths they make."""
    text = re.sub(r"\b([0-9A-Z]{4}-){3,}[0-9A-Z]{4}\b", "CODE", text)
    text = re.sub(r"\b[0-9a-f]{8,}(-[0-9a-f]+)*\b", "#", text)
    text = re.sub(r"\d+(\.\d+)?( (ms|s|minutes?|seconds?)\b)?", "#", text)
    return re.sub(r"[ -]{2,}", " ", text)


class Torture:
    def __init__(self, ground, options):
        self.ground, self.options = ground, options
        self.control = Control(ground.directory / "shap.control")
        self.place, self.n_runs, self.seen = ground.directory / "run", 0, set()
        self.random = random.Random(options.seed)
        self.fixed = {"token": ground.world.template / "config/shap/tokens/officer"}

    def prepare(self):
        """What the cases name."""
        shap = self.ground.shap
        shap("coordinator", "window", "open", "Q3", "--day", "2010-12-13")
        shap("coordinator", "meeting", "add", "--day", "2010-09-15")
        shap("officer", "return", "submit", "--file", str(self.returns_file()))
        self.fixed["membership"] = cell(shap("administrator", "person", "list", "--format", "csv"), "membership_id")
        self.fixed["publication"] = cell(shap("coordinator", "report", "publish", "exceptions", "--as-at", "2010-12-31", "--format",
                                              "csv"), "publication_id")

    def returns_file(self):
        lines = pathlib.Path("tests/data/copeland-2010-11-returns.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        path = self.ground.directory / "returns.csv"
        path.write_text("".join(line for line in lines if line.split(",")[1] in ("organisation", "copeland")), encoding="utf-8")
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
        word = "".join(chr(ord("a") + int(digit)) for digit in str(n))
        words = {"n": n, "word": word, "day": datetime.date(1990, 1, 1) + datetime.timedelta(n), "out": self.place / "out", "file": self.place / "in.csv",
                 "organisations": self.place / "organisations.csv"}
        target = re.search(r"\{out\}/(\S+\.\w+|report)\b", case.words)
        if target:
            (self.place / "out" / target[1]).write_text(OLD, encoding="utf-8")
        (self.place / "in.csv").write_text("reference,organisation,status,as_of,note,new_date,reason,evidence\n" + "".join(
            f"SH1.2/2/{at},copeland,in progress,2010-12-17,n{n},,,\n" for at in (2, 3)), encoding="utf-8")
        (self.place / "organisations.csv").write_text("code,name\n" + "".join(
            f"org-{n}-{at},Organisation-{n}-{at}\n" for at in (1, 2)), encoding="utf-8")
        if case.before:
            profile, before, column = case.before
            words["id"] = cell(self.ground.shap(profile, *self.fill(before, words).split()), column)
        return words

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
        files = {str(path.relative_to(self.place / "out")): path.read_text(encoding="utf-8", errors="replace")
                 for path in (self.place / "out").rglob("*") if path.is_file()}
        run = Run(code, leveled(out.decode(errors="replace")), err.decode(errors="replace"), files, self.ground.n_links() - n_before)
        if case.kind == RETURNS:
            self.resume(run, environment, words["n"])
        return run

    def resume(self, run, environment, n):
        """Twice, as a repeat must not double it."""
        for _ in range(2 if (self.place / "state").exists() else 0):
            subprocess.run([SHAP, "--as", "officer", "outbox", "resume"], env={**environment, "SHAP_SERVER": self.ground.address},
                           capture_output=True, timeout=MOST_SECONDS, check=False)
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
        told_otherwise = case.words == "" and "shap: " in run.err  # `shap` alone says why, and prints its help
        if run.code == dry.code and not is_same and not told_otherwise:
            found.append(f"silent: exit {run.code}, but it wrote something else")
        elif run.code not in DOCUMENTED and not is_same:
            found.append(f"undocumented exit code {run.code}")
        if run.code != dry.code and run.code != 10 and "shap: " not in run.err and "shap " not in run.err:
            found.append(f"silent: exit {run.code} without a word")
        if shared.n_leaked:
            found.append(f"leak: {shared.n_leaked} blocks, {shared.leaked_bytes} bytes")
        for name, text in run.files.items():
            if text != OLD and leveled(text) != leveled(dry.files.get(name, "")):
                found.append(f"half a file, or one too many: {name}")
        return found + self.problems_of_record(case, dry, run)

    def problems_of_record(self, case, dry, run):
        found = []
        if run.code == 0 and run.n_recorded != dry.n_recorded:
            found.append(f"wrong acknowledgement: {run.n_recorded} records, not {dry.n_recorded}")
        if case.kind == ACTS and run.n_recorded not in (0, dry.n_recorded) or case.kind not in (ACTS, RETURNS) and run.n_recorded:
            found.append(f"wrong acknowledgement: {run.n_recorded} records")
        if case.kind == RETURNS and run.n_kept > dry.n_kept:
            found.append("wrong acknowledgement: it is on record twice")
        if case.kind == RETURNS and run.code in (0, 8) and run.n_kept != dry.n_kept:
            found.append(f"wrong acknowledgement: {run.n_kept} on record, not {dry.n_kept}")
        return found

    # ---- a case

    def cases(self):
        return ALL

    def runs_of(self, places):
        """Which calls are failed: new places at their first, second and last call and in each way, others as a sample."""
        new = [place for place in places if place.hash not in self.seen or self.options.all]
        old = [place for place in places if place.hash in self.seen and not self.options.all]
        self.seen.update(place.hash for place in places)
        if self.options.short:
            new = self.random.sample(new, min(len(new), self.options.short_sample))
            old = []
        for place in new:
            for way in range(place.n_ways):
                yield place, 1, way
            if not self.options.short:
                yield from ((place, nth, 0) for nth in sorted({2, place.n_calls} - {1}) if nth <= place.n_calls)
        for place in self.random.sample(old, min(len(old), SAMPLE)):
            yield place, self.random.randint(1, place.n_calls), self.random.randrange(place.n_ways)

    def dry_run(self, case):
        self.control.clear(keep_sites=False)
        self.control.count()
        run = self.play(case)
        if run.code is None or run.code < 0 or (run.code not in (0, *case.codes)):
            raise Trouble(f"{case.name} does not work: exit {run.code}: {run.err.strip()[:200]}")
        if self.control.shared.n_leaked:
            raise Trouble(f"{case.name} leaks, although nothing failed: {names_of(self.control.leaks(), SHAP)}")
        return run, self.control.places()

    def torture(self, case, result):
        dry, places = self.dry_run(case)
        result.n_sites = len(places)
        failed = set()
        for place, nth, way in self.runs_of(places):
            self.control.clear()
            self.control.fail(place, nth, way)
            run = self.play(case)
            result.n_runs += 1
            if self.control.shared.n_failed == 0 and not run.code:
                result.n_missed += 1  # the call did not happen this time
            failed.add(place.hash)
            for problem in self.problems(case, dry, run, self.control.shared):
                self.note(case, place, (nth, way), problem, run, result)
        result.n_failed_sites = len(failed)

    def note(self, case, place, which, problem, run, result):
        frames = names_of(place.frames, SHAP)
        reason = is_accepted("shap", problem, place.name, frames)
        if reason:
            result.n_accepted += 1
            return
        leaks = names_of(self.control.leaks(), SHAP) if problem.startswith("leak") else []
        result.add(problem, f"{place.name} ({which[0]}, {which[1]}) exit {run.code}: {problem} {' '.join(leaks)}\n"
                   f"        at {' < '.join(frames[:9])}\n        stderr: {run.err.strip()[:300]}")

    def finish(self):
        """Nothing of it runs."""
