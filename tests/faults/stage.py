"""One scenario's world: its PostgreSQL, its servers, and the clients of the run that is being played."""
import shutil
import subprocess
import time

from world import BUILD, IS_ROOT, Cluster, Process, Proxy, Server, Trouble

CLIENTS = 4
# So that a run takes about a second when nothing breaks, with some sixty returns in flight when something does.
LOAD = {"count": 250, "at-once": 16}
BYTES_A_RETURN = 1230  # in a journal, with its acknowledgement


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
        self.notes = []  # what a scenario has seen beside its counts

    # ---- making it

    def copy_cluster(self, directory=None):
        """A cluster as it was prepared, not started."""
        directory = directory or self.directory / f"pg{len(self.clusters)}"
        subprocess.run(["cp", "-a", "--reflink=auto", self.world.template / "cluster", directory], check=True)
        cluster = Cluster(directory)
        self.clusters.append(cluster)
        return cluster

    @property
    def cluster(self):
        return self.clusters[0]

    def database(self, port=None):
        """As the server reaches it: by its socket, or by a port of loopback."""
        if port:
            return f"host=127.0.0.1 port={port} dbname=shap user=shap_server"
        return f"host={self.cluster.directory} port={self.cluster.port} dbname=shap user=shap_server"

    def serve(self, n_servers=1, database=None, options=()):
        for _ in range(n_servers):
            server = Server(self.directory, database or self.database(), f"shapd{len(self.servers)}", options)
            server.start()
            self.servers.append(server)
            self.addresses.append(f"127.0.0.1:{server.port}")
        for server in self.servers:
            server.await_service()

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
        for client in self.clients:
            if client.process.wait() not in (0, 3, 4):
                raise Trouble(f"a client failed: {client.log}")
        self.clients = []

    def forget_journals(self):
        for journal in self.journals:
            journal.unlink()

    # ---- the end

    def finish(self, is_kept):
        for client in self.clients:
            client.process.kill()
        wrong = []
        for server in self.servers:
            status = server.stop()
            if status:
                wrong.append(f"shapd's exit status is {status}")
        for proxy in self.proxies:
            proxy.stop()
        for cluster in self.clusters:
            cluster.stop()
        if not is_kept and not wrong:
            shutil.rmtree(self.directory, ignore_errors=True)
        return wrong

    @staticmethod
    def is_root():
        return IS_ROOT
