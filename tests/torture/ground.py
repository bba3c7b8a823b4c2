"""What both programs are tortured on: a PostgreSQL with the sample's plan, a shapd over it, and the people of the sample."""
import csv
import io
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
from world import BUILD, PG, Cluster, Process, Trouble, World, await_that, free_port, run_quietly, stand_alone  # noqa: E402

SHAP, SHAPD = BUILD / "client/cli/shap", BUILD / "server/shapd"
LIBRARY = BUILD / "tests/torture/libtorture.so"


class Ground:
    def __init__(self, is_kept):
        self.world, self.is_kept = World(False), is_kept
        self.directory = self.world.directory
        self.cluster = self.server = self.questions = None
        self.port = free_port()

    def prepare(self):
        self.world.prepare()
        self.cluster = Cluster(self.world.template / "cluster", self.directory / "postgres.log")
        self.cluster.settings = {"fsync": "off", "log_min_messages": "panic"}
        self.cluster.start()
        tls = self.directory / "tls"
        run_quietly(SHAPD, "cert", "init", "--dir", tls, "--name", "localhost,127.0.0.1")
        for name in (".", "server.key", "server.crt", "ca.crt", "ca.crl"):
            os.chmod(tls / name, 0o755)  # shapd becomes somebody else
        self.tls = tls
        self.questions = subprocess.Popen(self.cluster.psql(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    @property
    def address(self):
        return f"unix:{self.directory}/shapd.sock"

    def database(self):
        return f"host={self.cluster.directory} port={self.cluster.port} dbname=shap user=shap_server"

    def serve(self):
        """The server that clients are tortured on."""
        log = self.directory / "shapd.log"
        self.server = Process([SHAPD, "--database", self.database(), "--listen", self.address, "--listen", f"127.0.0.1:{self.port}",
                               "--tls-cert", self.tls / "server.crt", "--tls-key", self.tls / "server.key", "--links", "2",
                               "--stream-links", "2", "--wrong-tokens", "0"], log)
        await_that("shapd to serve", lambda: b" serving " in log.read_bytes() or not self.server.is_alive())

    def ask(self, query):
        """The one value that a query answers."""
        self.questions.stdin.write(query.rstrip(";") + ";\n")
        return self.questions.stdout.readline().rstrip("\n")

    def settle(self):
        """Until what a client has left behind is done, or dropped."""
        for _ in range(200):
            time.sleep(0.03)
            if self.ask("select count(*) from pg_stat_activity where usename = 'shap_server' and state <> 'idle'") == "0":
                return

    def n_links(self):
        """How many commits there were that changed anything."""
        return int(self.ask("select coalesce(sum(number), 0) from shap.ledger_head"))

    def environment(self, **more):
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory), "LC_ALL": "C.UTF-8", "TZ": "UTC", "SHAP_SERVER": self.address,
                "SHAP_PLAN": "copeland/2010-11", "XDG_CONFIG_HOME": str(self.world.template / "config"),
                "SHAP_TIMEOUT": "10", **more}

    def shap(self, profile, *words, given=""):
        """A command that is to succeed; what it wrote."""
        done = subprocess.run([SHAP, "--as", profile, "--quiet", *words], env=self.environment(), input=given, capture_output=True,
                              text=True, timeout=60, check=False)
        if done.returncode:
            raise Trouble(f"shap {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def finish(self):
        if self.questions:
            self.questions.stdin.close()
            self.questions.wait()
        if self.server:
            self.server.kill()
            self.server.wait()
        if self.cluster:
            self.cluster.kill_all()
        self.world.finish(self.is_kept)


def runs_on(directory):
    """Whether the PostgreSQL of an embedded directory does, though nobody uses it: it ends when the process that began it
    does, and is given time for that."""
    pid_file, until = directory / "data/postmaster.pid", time.monotonic() + 10
    while pid_file.exists():
        pid = pid_file.read_text(encoding="ascii").split()[:1]
        if not pid or not pathlib.Path(f"/proc/{pid[0]}").exists():
            return False
        if time.monotonic() > until:
            return True
        time.sleep(0.05)
    return False


def cell(table, column):
    """The last row's cell of a CSV; nothing where there is no row."""
    rows = list(csv.DictReader(io.StringIO(table)))
    return rows[-1][column] if rows else ""
