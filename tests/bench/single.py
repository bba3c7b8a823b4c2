"""The figures that are not rounds of a load: starts, streams, memory, instructions."""
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import time

from bench import LARGE, Growth, Void, run

MB = 1024 * 1024
IDLE = 10000
N_STARTS = 20
N_CALLS = 500  # whose instructions are counted


def h2load(bench, server):
    """The same calls, counted by a program that others made. It knows nothing of grpc-status."""
    message = bench.work / "empty.message"
    message.write_bytes(bytes(5))
    said = run("h2load", "-D", max(1, round(bench.options.seconds)), "--warm-up-time", "500ms", "-c", 4, "-m", 16, "-t", 1,
               "-H", "content-type: application/grpc", "-H", "te: trailers", "-d", message,
               f"https://{server.address}/grpc.health.v1.Health/Check", stderr=subprocess.STDOUT)
    match = re.search(r"finished in [\d.]+\w+, ([\d.]+) req/s", said)
    if not match or not re.search(r" 0 failed, 0 errored, 0 timeout", said):
        raise Void("h2load had failures")
    return {"rate": float(match[1]), "done": 0, "p50": 0, "p99": 0}


def seconds_of(*command, **options):
    begin = time.monotonic()
    printed = run(*command, **options)
    return time.monotonic() - begin, printed


def sign_in(bench, server):
    """The environment in which shap is the coordinator of the large council."""
    token = bench.work / "coordinator.token"
    token.write_text("coordinator-large\n")
    token.chmod(0o600)
    settings = bench.work / "config/shap"
    (settings / "tokens").mkdir(parents=True, exist_ok=True)
    (settings / "tokens").chmod(0o700)
    held = settings / "tokens/default"
    held.write_text("coordinator-large\n")
    held.chmod(0o600)
    return dict(os.environ, SHAP_SERVER=f"localhost:{server.port}", SHAP_CA=str(bench.authority),
                SHAP_PLAN=f"large/{bench.year}")


def start(bench, table):
    """shap, from nothing to the first answer over TLS, and curl with the same call, by turns."""
    with bench.shapd() as server:
        message = bench.work / "empty.message"
        message.write_bytes(bytes(5))
        shap = [bench.programs / "client/cli/shap", "--quiet", "whoami"]
        curl = ["curl", "--silent", "--fail", "--http2", "--cacert", bench.authority, "-H", "content-type: application/grpc",
                "-H", "te: trailers", "-H", "authorization: Bearer coordinator-large", "--data-binary", f"@{message}",
                "--output", "/dev/null", f"https://localhost:{server.port}/shap.v1.Directory/WhoAmI"]
        environment = sign_in(bench, server)
        ratios = []
        for _ in range(bench.options.rounds):
            times = [(seconds_of(*shap, env=environment)[0], seconds_of(*curl)[0]) for _ in range(N_STARTS)]
            ours, theirs = (statistics.median(side) for side in zip(*times))
            ratios.append(ours / theirs)
        table.add("p50 of shap's cold start to an answer ÷ curl --http2", ratios, 1.3, 1.1, True)
        print(f"    shap {ours * 1e3:.1f} ms, curl {theirs * 1e3:.1f} ms", flush=True)


def csv(bench, table):
    """Rows a second to a file of CSV over TLS, and the same rows of the same function by COPY BINARY over a socket."""
    with bench.shapd() as server:
        shap = [bench.programs / "client/cli/shap", "--quiet", "milestone", "list", "--format", "csv"]
        copy = [bench.programs / "tests/bench/copy_binary", bench.database, bench.identify, "coordinator-large",
                f'select * from shap_v1.list_milestones("plan" => \'large/{bench.year}\', as_at => null, known_at => null, '
                'owner => null, organisation => null, milestone_class => null, due_before => null, due_after => null, '
                'objective => null, "text" => null)']
        environment = sign_in(bench, server)
        ratios = []
        for _ in range(bench.options.rounds + 1):
            ours, printed = seconds_of(*shap, env=environment)
            n_ours = len(printed.splitlines()) - 1
            theirs, n_theirs = seconds_of(*copy)
            n_theirs = int(n_theirs)
            if n_ours != LARGE or n_theirs != LARGE:
                raise Void(f"{n_ours} rows came as CSV, {n_theirs} by COPY, not {LARGE}")
            ratios.append(theirs / ours)
        table.add("rows/s as CSV ÷ COPY BINARY", ratios[1:], 0.6, 1.0, False)
        print(f"    {LARGE / ours:.0f} rows/s as CSV, {LARGE / theirs:.0f} by COPY", flush=True)


def memory(bench, table):
    """What connections hold that do nothing, in plaintext and with TLS; tests/attacks opens them."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    n_lines = min(IDLE, most - 500)
    token = bench.work / "coordinator.token"
    token.write_text("coordinator-large\n")
    for name, goal, stretch, tls in (("plaintext", 80, 50, ()), ("TLS", 300, 150, (bench.authority,))):
        with bench.shapd(tls=bool(tls)) as server:
            if tls:
                bench.load(server, "empty", seconds=0.5)
            attacker = [bench.programs / "tests/attacks/attacker", "idle", server.address, "127.100.1.1", 1, n_lines, token, *tls]
            with Growth(server) as growth:
                attacked = json.loads(run(*attacker).splitlines()[-1])
            if attacked["open"] != n_lines:
                raise Void(f"{attacked['open']} connections of {n_lines} stayed")
            table.add(f"memory of 10,000 idle connections, {name}, MB", [(growth.most - growth.before) / MB * IDLE / n_lines],
                      goal, stretch, True)
            if n_lines < IDLE:
                print(f"    measured with {n_lines} connections, which is what ulimit -n allows", flush=True)


def collected(path):
    """What callgrind counted in all of shapd's life."""
    return int(re.search(r"^(?:totals|summary): (\d+)", path.read_text(), re.M)[1])


def instructions_of(bench, kind, n_calls):
    path = bench.work / "callgrind.out"
    before = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={path}", "--quiet"]
    if os.getuid() == 0:  # valgrind writes its file at the end, as whom it runs then
        before = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *before]  # no process between
        path = pathlib.Path(os.environ["PGHOST"]) / "callgrind.out"
        before[-2] = f"--callgrind-out-file={path}"
    with bench.shapd("--links", 1, before=before) as server:
        bench.load(server, kind, seconds=60, calls=n_calls, flight=64)
    counted = collected(path)
    path.unlink()
    return counted


def instructions(bench, table):
    """In user space of shapd alone, a call: the difference of two runs, so that starting and stopping does not count."""
    for kind, goal, stretch in (("empty", 20, 15), ("point", 30, 22), ("return", 32, 23)):
        few, many = (instructions_of(bench, kind, n) for n in (N_CALLS, 3 * N_CALLS))
        name = "point read" if kind == "point" else kind
        table.add(f"thousand instructions in shapd a call: {name}", [(many - few) / (2 * N_CALLS) / 1e3], goal, stretch, True)
