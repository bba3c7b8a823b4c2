"""`shapd` when it is called for one thing: certificates, a database made ready, founded, checked, backed up. Each of its calls
fails once. What it may do then: say so and end with a documented code, or have done everything. No file is left that is not
whole, nothing runs on, and the same command succeeds afterwards, or all that it makes is there.
"""
import dataclasses
import re
import shutil
import subprocess

from accepted import note
from control import Control, Draw
from ground import LIBRARY, PG, SHAPD, Trouble, run_quietly, runs_on
from torture_shap import leveled

NAME = "commands"
DOCUMENTED = {1, 2, 8}
MOST_SECONDS = 60
PEOPLE = "--administrator Ann --token-file {dir}/token --database {admin}"


@dataclasses.dataclass(frozen=True)
class Case:
    """`{dir}` is a new directory at each run, with `made` in it; `{n}` another number; `{new}` a database that is empty."""
    words: str
    made: tuple = ()
    before: tuple = ()  # what undoes it, so that it can be played again
    promise: str = ""  # a query of the database that says t when it was done
    starves: bool = False
    is_short: bool = False

    @property
    def group(self):
        if self.starves:
            return "shapd's commands, without memory from some moment on"
        return "shapd --embedded's commands" if EMBEDDED in self.words else "shapd cert" if "cert" in self.words else "shapd's commands"

    @property
    def name(self):
        is_new = "{dir}/data" in self.words and not self.made
        return "shapd " + self.words + (", new" if is_new else "") + (", without memory from some moment on" if self.starves else "")


SUCCEED = "--succeed elsewhere --by beyond --day 2031-04-01 --database {admin}"
REVOKE_SUCCESSION = "--revoke-succession elsewhere --reason n{n} --database {admin}"
EMBEDDED = "--embedded {dir}/data "
ALL = [
    Case("--help"), Case("--version"), Case("cert --help"),
    Case("cert init --dir {dir}/tls --name localhost,127.0.0.1 --crl-url http://localhost/ca.crl"),
    Case("cert client --dir {dir}/tls --organisation beyond", made=("tls",)),
    Case("cert renew --dir {dir}/tls", made=("tls",)),
    Case("cert revoke --dir {dir}/tls --reason superseded {dir}/tls/client-copeland.crt", made=("tls",)),
    Case("cert crl --dir {dir}/tls", made=("tls",)),
    Case("--check --database {server}"), Case("--methods --database {server}"),
    Case("--migrate --database {admin}"), Case("--migrate --database {new}"),
    Case("--init --council Council-{n} " + PEOPLE, promise="select count(*) = 1 from shap.council where name = 'Council-{n}'"),
    Case("--init --region Region-{n} --councils elsewhere,beyond --reader Rita --token-file {dir}/token --database {admin}"),
    Case(SUCCEED, before=(REVOKE_SUCCESSION,)), Case(REVOKE_SUCCESSION, before=(SUCCEED,)),
    Case(EMBEDDED + "--migrate", made=("data",)), Case(EMBEDDED + "--check", made=("data",)),
    Case(EMBEDDED + "--backup {dir}/backup", made=("data",)), Case(EMBEDDED + "--restore {dir}/backup", made=("backup",)),
    Case(EMBEDDED + "--migrate"),
]
ALL += [dataclasses.replace(case, starves=True) for case in ALL
        if case.words.startswith(("cert init", "--check", "--migrate --database {admin}", EMBEDDED + "--check", "--init --council"))]


@dataclasses.dataclass
class Run:
    code: int
    out: str
    err: str
    files: set
    broken: list


def is_whole(made):
    """A key or certificate in PEM, or a list in DER, which says how long it is in so many bytes."""
    pem = rb"(-----BEGIN ([A-Z0-9 ]+)-----\n[A-Za-z0-9+/=\n]+-----END \2-----\n)+"
    n = made[1] - 0x80 if made[:1] == b"\x30" else 0
    return len(made) == 2 + n + int.from_bytes(made[2:2 + n], "big") if n > 0 else bool(re.fullmatch(pem, made))


class Torture:
    def __init__(self, ground, options):
        self.ground, self.options, self.draw = ground, options, Draw(options, NAME)
        self.control = Control(ground.directory / "commands.control")
        self.place, self.made, self.n_runs = ground.directory / "command", ground.directory / "made", 0

    def prepare(self):
        cluster = self.ground.cluster
        reach = f"host={cluster.directory} port={cluster.port} dbname={{}} user={{}}"
        self.fixed = {"admin": reach.format("founded", "postgres"), "server": reach.format("founded", "shap_server"),
                      "new": reach.format("new", "postgres")}
        self.psql = [word if word != "shap" else "founded" for word in cluster.psql()]
        self.made.mkdir()
        self.made.chmod(0o777)
        self.create("founded")
        self.run_plainly("--migrate --database {admin}", {})
        for name in ("Elsewhere", "Beyond"):
            self.run_plainly(f"--init --council {name} " + PEOPLE, {"dir": self.made})
            (self.made / "token").unlink()
        self.run_plainly("cert init --dir {dir}/tls --name localhost", {"dir": self.made})
        self.run_plainly("cert client --dir {dir}/tls --organisation copeland", {"dir": self.made})
        self.run_plainly(EMBEDDED + "--migrate", {"dir": self.made})
        self.run_plainly(EMBEDDED + "--backup {dir}/backup", {"dir": self.made})

    def create(self, name):
        cluster = self.ground.cluster
        where = ["-h", cluster.directory, "-p", str(cluster.port), "-U", "postgres"]
        run_quietly(f"{PG}/dropdb", "--if-exists", *where, name)
        run_quietly(f"{PG}/createdb", *where, name)

    def fill(self, text, words):
        for name, value in {**self.fixed, **words}.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def command(self, text, words):
        """`{admin}` and its like have spaces in them: they are filled in word by word."""
        return [SHAPD, *(self.fill(word, words) for word in text.split())]

    def run_plainly(self, text, words, may_fail=False):
        done = subprocess.run(self.command(text, words), capture_output=True, text=True, timeout=MOST_SECONDS, check=False)
        if done.returncode and not may_fail:
            raise Trouble(f"shapd {text}: {done.stderr.strip()[-300:]}")
        return done

    # ---- one run

    def lay_out(self, case):
        self.n_runs += 1
        words = {"n": self.n_runs, "dir": self.place}
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()
        self.place.chmod(0o777)
        for name in case.made:
            run_quietly("cp", "-a", self.made / name, self.place / name)
        if "{new}" in case.words:
            self.create("new")
        for before in case.before:
            self.run_plainly(before, words, may_fail=True)
        return words

    def play(self, case):
        words = self.lay_out(case)
        self.control.shared.is_armed = 1
        loaded = [f"LD_PRELOAD={LIBRARY}", f"SHAP_TORTURE={self.control.path}"]
        command = ["setpriv", "--pdeathsig", "KILL", "--", "env", *loaded, *self.command(case.words, words)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        try:
            out, err = process.communicate(timeout=MOST_SECONDS)
            code = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            code, out, err = None, b"", b""
        self.control.shared.is_armed = 0
        return Run(code, leveled(out.decode(errors="replace")), err.decode(errors="replace"), self.files(), self.broken()), words

    def files(self):
        """Those that a command is to make; a database is one of them."""
        names = {str(path.relative_to(self.place)) for pattern in ("*", "tls/*") for path in self.place.glob(pattern)}
        return names - {"data"} | ({"data"} if (self.place / "data/data").exists() else set())

    def broken(self):
        """Files that are not whole."""
        found = [f"{path.name} is not whole" for path in self.place.glob("tls/*") if not is_whole(path.read_bytes())]
        token = self.place / "token"
        if token.exists() and not re.fullmatch(rb"(shap_[0-9a-f]{64}\n)?", token.read_bytes()):
            found.append("token is not whole")
        return found

    # ---- what it means

    def problems(self, case, dry, run, words):
        if run.code is None:
            return ["stuck"]
        if run.code < 0 or run.code >= 128:
            return [f"crash: it ended with {run.code}"]
        found = [f"half a file: {what}" for what in run.broken]
        if runs_on(self.place / "data"):
            found.append("stuck: PostgreSQL runs on")
        leaks = self.control.leaks(SHAPD) if self.control.shared.n_leaked > self.n_leaked else []
        if leaks:
            found.append(f"leak: {self.control.shared.leaked_bytes} bytes of {' '.join(leaks)}")
        if run.code == 0:
            return found + self.problems_of_success(case, dry, run, words)
        if run.code not in DOCUMENTED:
            found.append(f"undocumented exit code {run.code}")
        if "shapd: " not in run.err and not ("--check" in case.words and "FAILED" in run.out):
            found.append(f"silent: exit {run.code} without a word")
        again = self.run_plainly(case.words, words, may_fail=True)
        if again.returncode and "is not known" not in run.err and not (self.files() >= dry.files and self.is_kept(case, words)):
            found.append(f"wrong acknowledgement: it failed, and fails again: {again.stderr.strip()[-200:]}")
        return found

    def problems_of_success(self, case, dry, run, words):
        found = []
        if run.out != dry.out or run.files != dry.files:
            found.append("silent: exit 0, but it wrote something else")
        if not self.is_kept(case, words):
            found.append("wrong acknowledgement: it is not on record")
        return found

    def is_kept(self, case, words):
        if (self.place / "backup").exists():
            done = subprocess.run([f"{PG}/pg_restore", "--list", self.place / "backup"], capture_output=True, check=False)
            if done.returncode or b"TABLE DATA shap " not in done.stdout:
                return False
        if (self.place / "token").exists() and (self.place / "token").stat().st_size == 0:
            return False
        return not case.promise or run_quietly(*self.psql, "-c", self.fill(case.promise, words)).strip() == "t"

    # ---- a case

    def cases(self):
        return ALL

    def torture(self, case, result):
        self.control.clear(keep_sites=False)
        self.control.count()
        dry, words = self.play(case)
        self.n_leaked = self.control.shared.n_leaked
        if dry.code != 0 or dry.broken or not self.is_kept(case, words):
            raise Trouble(f"{case.name} does not work: exit {dry.code}: {dry.err.strip()[-300:]} {dry.broken}")
        places = self.control.places()
        result.meet(case, places)
        for place, nth, way in result.tried(self.draw.runs(case, places)):
            self.control.clear()
            self.control.fail(place, nth, way)
            run, words = self.play(case)
            result.add_run(case, place, self.control.shared.n_failed)
            for problem in self.problems(case, dry, run, words):
                note(result, self.control, "shapd", SHAPD, place, (nth, way), problem, f"exit {run.code}: {run.err.strip()[-300:]}")

    def finish(self):
        """Nothing of it runs."""
