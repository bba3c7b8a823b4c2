"""The two sides of a measurement, and how each is driven: shapd, pgbench and the peers over one database."""
import json
import math
import os
import pathlib
import re
import signal
import statistics
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
COUNCILS, MILESTONES, LARGE = 330, 24, 2000
CLIENTS = (2, 4, 8, 16, 32, 64)  # of pgbench, of which the best counts
CLIENT_SECONDS = 0.05            # more to warm up for each: a new connection makes its plans first
MOST_SECONDS = 120               # for anything


class Void(Exception):
    """What was measured does not count."""


def run(*command, seconds=MOST_SECONDS, **options):
    try:
        return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, timeout=seconds,
                              **options).stdout
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Void(f"{pathlib.Path(str(command[0])).name}: {str(error.stdout or error)[-300:]}") from error


def kilobytes(file, *names):
    """What the kernel says of a process: the sum of these fields."""
    with open(file, encoding="ascii") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith(names))


class Server:
    """A server on a port of its own; its log says so. Ended by the context's end."""

    def __init__(self, name, command, log, **options):
        self.name = name
        with open(log, "wb") as file:
            self.process = subprocess.Popen([str(part) for part in command], stdout=file, stderr=file, **options)
        self.port = self.await_port(log)
        self.address = f"127.0.0.1:{self.port}"

    def await_port(self, log):
        end = time.monotonic() + MOST_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            match = re.search(r"listening.*:(\d+)$", pathlib.Path(log).read_text(errors="replace"), re.M)
            if match:
                return int(match[1])
            time.sleep(0.05)
        raise Void(f"{self.name} did not start: {pathlib.Path(log).read_text(errors='replace')[-300:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def memory(self):
        return kilobytes(f"/proc/{self.process.pid}/status", "VmRSS:") * 1024


class Bench:
    def __init__(self, options):
        self.options = options
        self.programs = pathlib.Path(options.programs)
        self.work = pathlib.Path(options.work)
        self.postgres = pathlib.Path(options.postgres)
        self.authority = self.work / "tls/ca.crt"
        self.database = self.connection("shap")
        self.year = self.sql("select bench.year()")
        self.n_returns = 0
        self.identify = self.identifying_statement()

    def connection(self, database):
        return f"host={os.environ['PGHOST']} dbname={database} user=shap_server"

    def sql(self, statement):
        return run(self.postgres / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement).strip()

    # ---- servers

    def as_user(self):
        return ["--user", "postgres"] if os.getuid() == 0 else []

    def shapd(self, *arguments, before=(), tls=True, database="shap"):
        command = [*before, self.programs / "server/shapd", "--database", self.connection(database), "--listen", "127.0.0.1:0",
                   *arguments]
        if tls:
            command += ["--tls-cert", self.work / "tls/server.crt", "--tls-key", self.work / "tls/server.key"]
        return Server("shapd", command + ([] if before else self.as_user()), self.work / "shapd.log")

    def peer(self, name):
        """Written as a plain programmer would; what it is told stands in its environment."""
        environment = dict(os.environ, BENCH_DATABASE=self.database, BENCH_IDENTIFY=self.identify,
                           BENCH_CERT=str(self.work / "tls/server.crt"), BENCH_KEY=str(self.work / "tls/server.key"),
                           BENCH_PROTOS=str(HERE.parents[1] / "proto"), PGUSER="shap_server")
        if name == "node":
            environment["NODE_PATH"] = str(self.programs / "tests/bench/npm/node_modules")
            command = ["node", HERE / "peers/server.js"]
        else:
            command = [self.programs / "tests/bench/peers" / f"peer_{name}"]
        return Server(name, command, self.work / f"{name}.log", env=environment)

    # ---- what is sent

    def identifying_statement(self):
        """As server/rpc/identity.c writes it."""
        settings = self.sql("""select string_agg(format(', set_config(''shap.%s'', i."%s", true)', attname, attname), '' order by attnum)
                                from pg_attribute where attrelid = 'shap_v1.identification'::regclass and attname <> 'role'
                                 and not attisdropped and attnum > 0""")
        return ("select set_config('role', i.role, true), i.councils, num_nulls(set_config('statement_timeout', $2, true)"
                ", set_config('transaction_read_only', $3, true), set_config('shap.method', $6, true)" + settings +
                ') from "shap_v1".identify($1, $4, $5) i')

    def script(self, kind, n_councils):
        """A transaction of pgbench: one pipeline, as shapd sends it, with the same two statements."""
        token = "sha256(convert_to('partner-' || :council::integer, 'UTF8'))"
        plan = f"'council-' || :council::integer || '/{self.year}'"
        reference = "'SH1.1/' || :milestone::integer || '/1'"
        method = {"point": "WhoAmI", "read": "GetMilestone", "return": "SubmitReturn"}[kind]
        values = {"$1": f"array[{token}]", "$2": "'30000'", "$3": "'off'" if kind == "return" else "'on'", "$4": "null",
                  "$5": "'{127.0.0.1}'", "$6": f"'{method}'"}
        call = 'select * from "shap_v1"."who_am_i"();'
        if kind == "read":
            call = (f'select * from "shap_v1"."get_milestone"("plan" => {plan}, "reference" => {reference}, '
                    '"as_at" => null, "known_at" => null);')
        if kind == "return":
            call = (f'select * from "shap_v1"."submit_return"("calls" => array[row(1, {token}, gen_random_uuid(), {plan}, {reference}, '
                    "'in_progress', 'Two of four reviews are done.', null, null, null, null, null, null, null)::shap_v1.submit_return_call]);")
        path = self.work / f"{kind}.{n_councils}.sql"
        path.write_text(f"\\set council random(1, {n_councils})\n\\set milestone random(1, {MILESTONES})\n\\startpipeline\n"
                        + re.sub(r"\$\d", lambda match: values[match[0]], self.identify) + ";\n" + call + "\n\\endpipeline\n")
        return path

    # ---- driving

    def load(self, server, kind, seconds=None, **values):
        seconds = seconds or self.options.seconds
        values = {"year": self.year, "seconds": seconds, "warm": seconds / 4, **values}
        said = json.loads(run(self.programs / "tests/bench/load", server.address, self.authority, kind,
                              *(f"{name}={value}" for name, value in values.items())))
        if said["failed"]:
            raise Void(f"{said['failed']} calls of {server.name} failed")
        return said

    def pgbench(self, kind, clients, n_councils=COUNCILS, seconds=None):
        for file in self.work.glob("times.*"):
            file.unlink()
        seconds = seconds or self.options.seconds
        warm = seconds / 4 + CLIENT_SECONDS * clients
        said = run(self.postgres / "pgbench", "-n", "-M", "prepared", "-U", "shap_server", "-c", clients, "-j", min(clients, 2),
                   "-T", math.ceil(warm + seconds), "-f", self.script(kind, n_councils), "-l", f"--log-prefix={self.work}/times",
                   stderr=subprocess.STDOUT)
        lines = [tuple(map(int, line.split())) for file in self.work.glob("times.*") for line in file.open()]
        ended = sorted((second + us / 1e6, took) for _, _, took, _, second, us in lines)
        begin = ended[0][0] - ended[0][1] / 1e6 + warm if ended else 0
        times = sorted(took for at, took in ended if begin <= at < begin + seconds)
        if not re.search(r"^number of failed transactions: 0 ", said, re.M) or not times:
            raise Void("pgbench had failures")
        return {"rate": len(times) / seconds, "done": len(lines),
                "p50": statistics.median(times) / 1e3, "p99": times[-1 - len(times) // 100] / 1e3}

    def writing(self, side):
        """A side that records: void unless as many rows are there afterwards as were acknowledged."""
        def measured():
            self.sql("checkpoint")
            result = side()
            n_returns = int(self.sql('select count(*) from shap."return"'))
            if n_returns != self.n_returns + result["done"]:
                raise Void(f"{result['done']} returns were acknowledged, {n_returns - self.n_returns} are there")
            self.n_returns = n_returns
            return result
        return measured


class Growth:
    """How much more memory a server has at most while the block runs."""

    def __init__(self, server):
        self.server, self.before = server, server.memory()
        self.most = self.before
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.is_over.wait(0.02):
            self.most = max(self.most, self.server.memory())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()
