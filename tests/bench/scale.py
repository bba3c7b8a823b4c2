"""tests/bench/scale: makes councils with years of data at three sizes, and measures each report over them."""
import argparse
import collections
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import growth
from growth import Failure

HERE = pathlib.Path(__file__).resolve().parent
TEMPLATES = 3      # councils whose plans the API imports; the rest have their documents
LAST_YEAR = 2024
N_WORKERS = 2
N_VERIFIED = 3     # councils whose ledgers are looked through when all is made
MAKING = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off",
          "max_wal_size=8GB", "checkpoint_timeout=1h", "jit=off", "maintenance_work_mem=256MB"]

Size = collections.namedtuple("Size", "councils years")


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


class Progress:
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, title, total):
        self.title, self.total, self.done = title, total, 0
        self.begin = time.monotonic()
        self.is_shown = sys.stderr.isatty()

    def step(self):
        self.done += 1
        if self.is_shown:
            n = 40 * self.done // self.total
            left = (time.monotonic() - self.begin) / self.done * (self.total - self.done)
            sys.stderr.write(f"\r-- {self.title} [{'#' * n}{'.' * (40 - n)}] {self.done} of {self.total}, {left:.0f} s left \x1b[K"
                             + ("\n" if self.done == self.total else ""))
            sys.stderr.flush()


class Cluster:
    """A PostgreSQL of its own: a socket in its directory, run by postgres where root runs this."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        if not found:
            raise Failure("PostgreSQL 15 or later is not installed. Type: apt install postgresql-15")
        self.bin = found[-1].parent
        os.environ.update(PGHOST=str(self.directory), PGUSER="postgres", LC_ALL="C.UTF-8", TZ="UTC")

    def run(self, *command, **options):
        done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                              **options)
        if done.returncode != 0:
            raise Failure(f"{pathlib.Path(str(command[0])).name} failed: {(done.stderr or done.stdout)[-800:]}")
        return done.stdout

    def as_server_user(self, *command):
        return self.run(*(["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []), *command, cwd="/")

    def make(self):
        if (self.directory / "data").exists():
            return
        if os.getuid() == 0:
            shutil.chown(self.directory, "postgres")
        self.as_server_user(self.bin / "initdb", "-D", self.directory / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
                            "--locale=C.UTF-8")

    def start(self, settings=()):
        self.stop()
        options = [f"-k {self.directory}", "-c listen_addresses=", "-c shared_buffers=1GB", *(f"-c {s}" for s in settings)]
        log = self.directory / "data/log"
        self.as_server_user("sh", "-c", f"'{self.bin}/pg_ctl' -D '{self.directory}/data' -l '{log}' -w -t 120 start -o '{' '.join(options)}' > /dev/null")

    def stop(self):
        if (self.directory / "data/postmaster.pid").exists():
            self.as_server_user(self.bin / "pg_ctl", "-D", self.directory / "data", "-m", "fast", "-w", "-t", "300", "stop")

    def sql(self, database, statement, user="postgres"):
        return self.run(self.bin / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database, "-c", statement).strip()


def database_of(size):
    return f"scale_{size.councils}x{size.years}"


class Maker:
    """Makes the database of one size."""

    def __init__(self, cluster, options, size):
        self.cluster, self.options, self.size = cluster, options, size
        self.database = "being_made"  # until it is whole

    def make(self):
        begin = time.monotonic()
        self.cluster.run(self.cluster.bin / "dropdb", "--if-exists", "--force", self.database)
        self.cluster.run(self.cluster.bin / "createdb", self.database)
        self.cluster.run(pathlib.Path(self.options.programs) / "server/shapd", "--migrate", "--database",
                         f"host={self.cluster.directory} dbname={self.database} user=postgres")
        self.cluster.run(self.cluster.bin / "psql", "-Xq", "-d", self.database, "-v", f"seed={self.options.seed}", "-v",
                         f"last_year={LAST_YEAR}", "-v", f"years={self.size.years}", "-f", HERE / "scale.sql")
        progress = Progress(f"{self.size.councils} councils, {self.size.years} years", self.size.councils * self.size.years)
        self.make_councils(range(1, TEMPLATES + 1), progress)
        self.cluster.sql(self.database, "analyze")  # as it would be found by who comes later
        self.make_councils(range(TEMPLATES + 1, self.size.councils + 1), progress)
        self.cluster.sql(self.database, "call bench.finish()")
        self.cluster.sql(self.database, "vacuum analyze")
        self.cluster.sql(self.database, "checkpoint")
        self.report(time.monotonic() - begin)
        self.cluster.sql("postgres", f"alter database {self.database} rename to {database_of(self.size)}")

    def make_councils(self, numbers, progress):
        """By several sessions, each of which takes a council when it has done with the one before."""
        waiting = queue.SimpleQueue()
        for n in numbers:
            waiting.put(n)
        failures = []
        workers = [threading.Thread(target=self.work, args=(waiting, progress, failures)) for _ in range(N_WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if failures:
            raise Failure(failures[0])

    def work(self, waiting, progress, failures):
        with subprocess.Popen([str(self.cluster.bin / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.database],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as psql:
            try:
                while not failures:
                    n = waiting.get_nowait()
                    self.ask(psql, f"call bench.found({n});")
                    for year in range(LAST_YEAR - self.size.years + 1, LAST_YEAR + 1):
                        self.ask(psql, f"call bench.make_year({n}, {year});")
                        progress.step()
            except queue.Empty:
                pass
            except OSError:
                failures.append(f"a session ended: {psql.stderr.read()[-800:]}")

    @staticmethod
    def ask(psql, statement):
        psql.stdin.write(statement + "\n\\echo done\n")
        psql.stdin.flush()
        if psql.stdout.readline() != "done\n":
            raise OSError

    def report(self, seconds):
        counts = self.cluster.sql(self.database, """select string_agg(format('%s %s', n, called), ', ' order by place) from (values
            (1, 'milestones', (select count(*) from shap.milestone)), (2, 'returns', (select count(*) from shap."return")),
            (3, 'reviews', (select count(*) from shap.review)), (4, 'grants', (select count(*) from shap."grant")),
            (5, 'sign-offs', (select count(*) from shap.sign_off)), (6, 'links', (select count(*) from shap.link)),
            (7, 'entries', (select count(*) from shap.entry))) v (place, called, n)""")
        size = int(self.cluster.sql(self.database, "select pg_database_size(current_database())"))
        n_returns = int(self.cluster.sql(self.database, 'select count(*) from shap."return"'))
        print(f"{self.size.councils} councils, {self.size.years} years, seed {self.options.seed}: {counts}; {size / 1e6:.0f} MB, "
              f"{size / n_returns:.0f} bytes for each return; {seconds:.0f} s", flush=True)
        for n in sorted({1, self.size.councils // 2 + 1, self.size.councils})[:N_VERIFIED]:
            faults = self.cluster.sql(self.database, f"select faults from shap.verify_ledger((select c.council_id from bench.council c where c.n = {n}), 0)")
            if faults != "0":
                raise Failure(f"the ledger of council {n} has {faults} faults")
        said = self.cluster.sql(self.database, f"""select left(md5(string_agg(row(r.reference, o.code, r.status, r.day)::text, '' order by
            r.record_id)), 8) from shap."return" r join shap.plan p on (p.council_id, p.id) = (r.council_id, r.plan_id)
            join shap.council c on c.id = p.council_id join shap.organisation o on o.id = r.organisation_id where c.code = 'council-1' and p.first_day = '{LAST_YEAR}-04-01'""")
        print(f"    the ledgers of councils 1, {self.size.councils // 2 + 1} and {self.size.councils} are as they were made; council 1's "
              f"last year: {said}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/scale")
    parser.add_argument("--programs", help=argparse.SUPPRESS)
    for name, default in (("councils", 330), ("years", 10), ("seed", 1), ("runs", 9)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--directory")
    for name in ("make", "cpu"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("reports", nargs="*", metavar="REPORT")
    options = parser.parse_args()
    if options.councils <= TEMPLATES or not 2 <= options.years <= 25 or options.runs < 1:
        parser.error(f"more than {TEMPLATES} councils, 2 to 25 years and one run are needed")
    unknown = set(options.reports) - set(growth.names())
    if unknown:
        parser.error(f"there is no report {', '.join(sorted(unknown))}; there are {', '.join(growth.names())}")
    sizes = list(dict.fromkeys(Size(max(councils, TEMPLATES), years) for councils, years in (
        (options.councils // 10, options.years), (options.councils, 1), (options.councils, options.years))))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory = pathlib.Path(options.directory or tempfile.mkdtemp(prefix="shap-scale."))
    directory.mkdir(parents=True, exist_ok=True)
    directory = directory.resolve()
    cluster = Cluster(directory)
    try:
        directory.chmod(0o755)
        cluster.make()
        cluster.start(MAKING)
        there = cluster.sql("postgres", "select datname from pg_database").split()
        for size in sizes:
            if database_of(size) not in there:
                say(f"making {size.councils} councils with {size.years} years")
                Maker(cluster, options, size).make()
        if options.make:
            return 0
        cluster.start()
        return growth.measure(cluster, {size: database_of(size) for size in sizes}, options)
    except Failure as why:
        say(str(why))
        return 1
    finally:
        cluster.stop()
        if not options.directory:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
