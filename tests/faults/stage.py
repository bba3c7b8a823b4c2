"""One scenario's world: its PostgreSQL, its servers, and the clients of the run that is being played."""
import os
import re
import shutil
import subprocess
import time

from world import BUILD, MOST_SECONDS, Cluster, Process, Proxy, Server, Trouble

CLIENTS = 4
# So that a run takes about a second when nothing breaks, with some sixty returns in flight when something does.
LOAD = {"count": 250, "at-once": 16}
BYTES_A_RETURN = 1230  # in a journal, with its acknowledgement
EXIT_UNREACHABLE, EXIT_DEADLINE = 8, 9  # of shap


class Client:
    """A sender; killed and started again it goes on with its journal."""

    def __init__(self, command, log):
        self.command, self.log, self.process = command, log, None

    def start(self):
        self.process = Process(self.command, self.log, is_ours=True)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Stage:
    def __init__(self, world, name):
        self.world = world
        world.n_stages += 1
        self.directory = world.directory / f"{world.n_stages}-{name}"
        self.directory.mkdir()
        self.directory.chmod(0o777)
        self.clusters, self.servers, self.proxies, self.clients, self.journals = [], [], [], [], []
        self.addresses, self.load, self.n_clients = [], dict(LOAD), CLIENTS
        self.others = []  # processes that a scenario has begun
        self.call_seconds = 900  # that a call may take: to look 200,000 returns through; senders allow far less

    # ---- making it

    def copy_cluster(self, directory=None):
        """A cluster as it was prepared, not started."""
        directory = directory or self.directory / "pg0"
        subprocess.run(["cp", "-a", "--reflink=auto", self.world.template / "cluster", directory], check=True)
        return self.add_cluster(directory)

    def add_cluster(self, directory):
        cluster = Cluster(directory, self.directory / f"pg{len(self.clusters)}.log")
        self.clusters.append(cluster)
        return cluster

    @property
    def cluster(self):
        """The one that takes returns."""
        return self.clusters[0]

    def database(self, port=None):
        """As the server reaches it: by its socket, or by a port of loopback."""
        if port:
            return f"host=127.0.0.1 port={port} dbname=shap user=shap_server"
        return f"host={self.cluster.directory} port={self.cluster.port} dbname=shap user=shap_server"

    def serve(self, n_servers=1, database=None, environment=None, options=()):
        for _ in range(n_servers):
            server = Server(self.directory, database or self.database(), f"shapd{len(self.servers)}", environment,
                            ("--call-seconds", self.call_seconds, *options))
            server.start()
            self.servers.append(server)
            self.addresses.append(f"127.0.0.1:{server.port}")
        for server in self.servers:
            server.await_service()

    def begin_sql(self, *statements):
        """What takes a while, or waits until it is told to end."""
        self.others.append(Process(self.cluster.psql(*statements), self.directory / "psql.log", is_ours=True))
        return self.others[-1]

    def proxy(self, to_port):
        proxy = Proxy(self.directory, to_port)
        self.proxies.append(proxy)
        return proxy

    # ---- a run

    def begin(self, run):
        self.journals = [self.directory / f"{run:08x}.{n}" for n in range(self.n_clients)]
        options = [str(word) for item in self.load.items() for word in item]
        token, references = self.world.template / "token", self.world.template / "references"
        self.clients = [Client([BUILD / "tests/faults/sender", journal, ",".join(self.addresses), token, references, run, n,
                                *options], self.directory / "sender.log") for n, journal in enumerate(self.journals)]
        for client in self.clients:
            client.start()

    def is_busy(self):
        return any(client.process.is_alive() for client in self.clients)

    def rest(self, seconds):
        """A while of work; whether there is still some."""
        until = time.monotonic() + seconds
        while self.is_busy() and time.monotonic() < until:
            time.sleep(0.002)
        return self.is_busy()

    def until(self, part):
        """Until that part of the run's work is done, as far as one can see; whether there is still some."""
        wanted = part * self.load["count"] * self.n_clients * BYTES_A_RETURN
        while self.is_busy() and sum(journal.stat().st_size for journal in self.journals if journal.exists()) < wanted:
            time.sleep(0.002)
        return self.is_busy()

    def await_clients(self):
        """As long as their patience may last, and a while to end."""
        seconds = self.load.get("patience-ms", 0) / 1000 + MOST_SECONDS
        for client in self.clients:
            if client.process.wait(seconds) not in (0, 3, 4):
                raise Trouble(f"a client failed: {client.log}")
        self.clients = []

    def forget_journals(self):
        for journal in self.journals:
            journal.unlink()

    # ---- the end

    def shap(self, *words):
        """A command of shap's, as it is to be run: its words, and its environment."""
        return [str(word) for word in (BUILD / "client/cli/shap", *words)], {
            **os.environ, "HOME": str(self.directory), "XDG_CONFIG_HOME": str(self.world.template / "config"),
            "SHAP_SERVER": f"http://127.0.0.1:{self.servers[0].port}", "SHAP_PLAN": "copeland/2010-11"}

    def verify(self):
        """The ledger, as an administrator looks it through: what is wrong with it. What was broken just before may not serve
        this command yet, though it has served others: it is asked again until it does."""
        command, environment = self.shap("--as", "administrator", "--timeout", self.call_seconds, "audit", "verify")
        until = time.monotonic() + MOST_SECONDS
        while True:
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=self.call_seconds + MOST_SECONDS,
                                      check=False, env=environment)
            except subprocess.TimeoutExpired:
                return [f"the ledger was not looked through: shap did not end in {self.call_seconds + MOST_SECONDS} s"]
            if done.returncode != EXIT_UNREACHABLE or time.monotonic() > until:
                break
            time.sleep(0.1)
        words = f"{done.stdout.strip()[:300]} {done.stderr.strip()[:300]}"
        if done.returncode in (EXIT_UNREACHABLE, EXIT_DEADLINE):
            return [f"the ledger was not looked through: {words}"]
        return [f"the ledger: {words}"] if done.returncode else []

    def finish(self, is_kept):
        """Ends everything, whatever it is at; what was wrong with how it ended."""
        for client in self.clients:
            client.process.kill()
        wrong = [words for server in self.servers for words in how_it_ended(server)]
        for other in self.others:
            other.kill()
        for what in (*self.proxies, *self.clusters):
            try:
                what.end()
            except Trouble as trouble:
                wrong.append(str(trouble))
        if not is_kept and not wrong:
            shutil.rmtree(self.directory, ignore_errors=True)
        return wrong


def how_it_ended(server):
    """What is wrong with it."""
    wrong = []
    try:
        status = server.stop()
        if status:
            wrong.append(f"shapd's exit status is {status}")
    except Trouble as trouble:
        wrong.append(f"{trouble}: {server.log}")
    if re.search(rb"Sanitizer|runtime error:", server.log.read_bytes()):
        wrong.append(f"a sanitizer spoke: {server.log}")
    return wrong
