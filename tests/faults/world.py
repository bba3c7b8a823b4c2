"""The real programs, as a scenario has them: PostgreSQL, shapd, clients and proxies, in a directory of their own. Whatever
happens to the harness, nothing of it is left: each process is killed by the kernel when its parent ends."""
import contextlib
import glob
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ["SHAP_BIN_DIR"]).resolve()
PG = max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
IS_ROOT = os.geteuid() == 0
MOST_SECONDS = 60  # for anything to begin or to end
SECONDS_TO_QUIT = 10  # for what nobody needs any more
MEMORY_WANTED = 3 << 30
given_ports = set()
PSQL_IS_CUT_OFF = 2  # psql's exit status: it could not connect, or not stay so


class Trouble(Exception):
    """Something that makes the scenario void: not what it looks for. With the exit status of a command that failed."""

    def __init__(self, text, status=None):
        super().__init__(text)
        self.status = status


class Impossible(Exception):
    """What a scenario needs is not permitted here."""


def stand_alone():
    """Whoever began us has no say in what is begun from here, and what ends us lets us tidy up."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: sys.exit(130))
    for name in [name for name in os.environ if name.startswith(("PG", "SHAPD_"))]:
        del os.environ[name]
    os.environ["TZ"] = "UTC"


def free_port():
    """One that no connection is given while the server that has it is away: below those that are handed out."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        lowest = min(int(file.read().split()[0]), 32768)
    for _ in range(1000):
        port = random.randrange(lowest // 2, lowest)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            if port not in given_ports:  # to somebody who may not listen yet
                given_ports.add(port)
                return port
    raise Trouble("there is no free port")


def await_that(what, is_so, seconds=MOST_SECONDS):
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise Trouble(f"waited {seconds} s for {what}")
        time.sleep(0.02)


class Process:
    """One that ends with us. As root it is another user's: PostgreSQL refuses root, and shapd should not be it."""

    preloaded = []  # their numbers

    def __init__(self, command, log, environment=None, is_ours=False, **more):
        self.name = pathlib.Path(command[0]).name
        user = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if IS_ROOT and not is_ours else []
        # It is for the program itself: what is preloaded would come too early for another user.
        command = ["env", *(f"{name}={value}" for name, value in (environment or {}).items()), *command]
        with open(log, "ab") as log_file:
            self.child = subprocess.Popen(["setpriv", *user, "--pdeathsig", "KILL", "--", *map(str, command)],
                                          stderr=log_file, start_new_session=True,
                                          **{"stdin": subprocess.DEVNULL, "stdout": log_file, **more})

        if environment:
            Process.preloaded.append(self.pid)

    @property
    def pid(self):
        return self.child.pid

    def is_alive(self):
        return self.child.poll() is None

    def kill(self, how=signal.SIGKILL):
        if self.is_alive():
            self.child.send_signal(how)

    def wait(self, seconds=MOST_SECONDS):
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Trouble(f"{self.name} did not end in {seconds} s") from None

    def children(self):
        with contextlib.suppress(OSError):
            text = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
            return [int(pid) for pid in text.split()]
        return []

    def kb(self):
        """Of memory, now."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


class Cluster:
    """A PostgreSQL, on a port of loopback and a Unix socket in its directory."""

    def __init__(self, directory, log):
        self.directory, self.log, self.port = pathlib.Path(directory), log, free_port()
        self.process = None
        self.settings, self.environment = {}, {}

    def spawn(self):
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": self.directory, "port": self.port,
                    "synchronous_commit": "on", "dynamic_shared_memory_type": "mmap",  # which ends with its directory
                    **self.settings}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.process = Process([f"{PG}/postgres", "-D", self.directory, *options], self.log, self.environment)

    def is_ready(self):
        return subprocess.run([f"{PG}/pg_isready", "-q", "-h", self.directory, "-p", str(self.port), "-t", "2"],
                              check=False).returncode == 0

    def start(self):
        """As whoever looks after it does: again, when it cannot start yet."""
        until = time.monotonic() + MOST_SECONDS
        if self.process is None or not self.process.is_alive():
            self.spawn()
        while not self.is_ready():
            if time.monotonic() > until:
                raise Trouble(f"PostgreSQL does not start: {self.log}")
            if not self.process.is_alive():
                time.sleep(0.1)
                self.spawn()
            time.sleep(0.02)

    def kill(self):
        """The postmaster only; its children see that, and go."""
        self.process.kill()
        self.process.wait()

    def kill_all(self):
        """The machine: the postmaster and everything it has begun, which are sessions of their own."""
        children = self.children()
        self.process.kill()
        for pid in children:
            kill(pid)
        self.process.wait()

    def freeze(self, pids=None):
        """These processes of it, or all stand still; which."""
        pids = pids or [self.process.pid, *self.children()]
        for pid in pids:
            kill(pid, signal.SIGSTOP)
        return pids

    def children(self):
        return self.process.children() if self.process else []

    def end(self):
        """Nobody needs it any more. It ends, whatever it is at; also where it stands still."""
        if not self.process:
            return
        for pid in (self.process.pid, *self.children()):
            kill(pid, signal.SIGCONT)
        self.process.kill(signal.SIGQUIT)
        try:
            self.process.child.wait(SECONDS_TO_QUIT)
        except subprocess.TimeoutExpired:
            self.kill_all()
        self.process = None

    def remove(self):
        """From the disk; and what it has left in the kernel, if it was killed (line 7 of its lock file)."""
        with contextlib.suppress(OSError, IndexError):
            segment = (self.directory / "postmaster.pid").read_text(encoding="ascii").split("\n")[6].split()[1]
            subprocess.run(["ipcrm", "-m", segment], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory, ignore_errors=True)

    def psql(self, *statements):
        words = [word for statement in statements for word in ("-c", statement)]
        return [f"{PG}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(self.directory), "-p", str(self.port), "-U", "postgres",
                "-d", "shap", *words]

    def sql(self, *statements):
        """What the statements answer, one row a line. It is asked again while it recovers: what was broken may show only
        now."""
        until = time.monotonic() + MOST_SECONDS
        while True:
            try:
                return run_quietly(*self.psql(*statements))
            except Trouble as trouble:
                if trouble.status != PSQL_IS_CUT_OFF or time.monotonic() > until:
                    raise
            time.sleep(0.1)

    def backends(self):
        """Those that serve shapd, as soon as there are some; the one used last is first."""
        found = []

        def are_found():
            found[:] = map(int, self.sql("select pid from pg_stat_activity where usename = 'shap_server' "
                                         "order by state_change desc nulls last").split())
            return found
        await_that("connections of shapd", are_found)
        return found


class Server:
    """A shapd on a port of loopback."""

    def __init__(self, directory, database, name, environment, options):
        self.port, self.log, self.database, self.environment = free_port(), directory / f"{name}.log", database, environment
        self.options = options
        self.process = None

    def start(self):
        self.process = Process([BUILD / "server/shapd", "--database", self.database, "--listen", f"127.0.0.1:{self.port}",
                                "--links", "4", "--stream-links", "1", *self.options], self.log, self.environment)

    def await_service(self):
        """For the first time: all its loops, which are not there yet when somebody listens."""
        await_that("shapd to serve", lambda: b" listening " in self.log.read_bytes() or self.has_ended())

    def has_ended(self):
        if self.process.is_alive():
            return False
        raise Trouble(f"shapd ended by itself: {self.log}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """In good order: its exit status."""
        if self.process is None:
            return 0
        self.process.kill(signal.SIGTERM)
        status, self.process = self.process.wait(), None
        return status


class Proxy:
    """Between two that talk; see proxy.py."""

    def __init__(self, directory, to_port):
        self.port = free_port()
        self.process = Process(["/usr/bin/python3", "-B", HERE / "proxy.py", self.port, to_port], directory / "proxy.log",
                               is_ours=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.hear()

    def hear(self):
        if not self.process.child.stdout.readline():
            raise Trouble("the proxy has ended")

    def do(self, *words):
        self.process.child.stdin.write(" ".join(map(str, words)) + "\n")
        self.hear()

    def end(self):
        self.process.kill()
        self.process.wait()


def kill(pid, how=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)


def as_postgres(*command):
    """Of PostgreSQL's programs, which are not to be run by root."""
    user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if IS_ROOT else []
    return run_quietly(*user, *map(str, command))


def run_quietly(*command):
    """What a command wrote; its last words are shown when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2 * MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Trouble(f"{command[0]} did not end in {2 * MOST_SECONDS} s") from None
    if done.returncode:
        raise Trouble(f"{command[0]}: {done.stderr.strip()[-400:]}", done.returncode)
    return done.stdout


class World:
    """A directory with the prepared cluster in it, from which each scenario takes its own."""

    def __init__(self, is_on_disk):
        """Memory, where there is enough and a disk is not asked for: what is killed is the same, and a disk that others keep
        busy is not waited for."""
        is_roomy = not is_on_disk and os.path.isdir("/dev/shm") and shutil.disk_usage("/dev/shm").free > MEMORY_WANTED
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="shap-faults.", dir="/dev/shm" if is_roomy else "/tmp"))
        self.directory.chmod(0o777)
        self.template = self.directory / "template"
        self.template.mkdir()
        self.template.chmod(0o777)
        self.mounts, self.n_stages = [], 0

    def prepare(self):
        run_quietly(HERE / "prepare", self.template)

    def small_disk(self, directory, size):
        """A file system of its own."""
        directory.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "shap-faults", directory],
                              check=False, capture_output=True)
        if done.returncode:
            raise Impossible("only root can mount a small disk, and not everywhere")
        self.mounts.append(directory)
        return directory

    def finish(self, is_kept):
        for name in (f"{kind}_{pid}" for pid in Process.preloaded for kind in ("sem.faketime_sem", "faketime_shm")):
            with contextlib.suppress(OSError):  # libfaketime leaves them behind when its process is killed
                os.unlink(f"/dev/shm/{name}")
        for directory in self.mounts:
            subprocess.run(["umount", "-l", directory], check=False)
        if is_kept:
            print(f"kept: {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)
