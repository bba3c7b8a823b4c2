"""What two loops gain, where there are processors to spare, and what a call costs on either side of shapd's links."""
import collections
import contextlib
import os
import pathlib
import statistics

from bench import Void

# In flight, over so many connections that each loop gets some.
KINDS = {"empty": 64, "point": 256, "return": 256}
LINES = 16
TITLES = {"empty": "empty calls/s, 64 in flight", "point": "point reads/s, 256 in flight", "return": "returns/s, 256 in flight"}
TICKS = os.sysconf("SC_CLK_TCK")  # a second


def family(process):
    children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    return [process, *map(int, children.split())]


def postgres():
    first = pathlib.Path(os.environ["PGHOST"], "data/postmaster.pid").read_text(encoding="ascii").split()[0]
    return family(int(first))


def microseconds(processes):
    """Of processors, that each of those that are there has used so far."""
    used = {}
    for process in processes:
        with contextlib.suppress(OSError):  # PostgreSQL's helpers come and go
            fields = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
            used[process] = (int(fields[11]) + int(fields[12])) * 1e6 / TICKS
    return used


def load(bench, server, kind):
    """And what each side of a link has used for a call."""
    sides = {"shapd": family(server.process.pid), "PostgreSQL": postgres()}
    before = {side: microseconds(processes) for side, processes in sides.items()}
    said = bench.load(server, kind, flight=KINDS[kind], lines=LINES)
    for side, processes in sides.items():
        said[side] = sum(us - before[side].get(process, us) for process, us in microseconds(processes).items()) / said["done"]
    return said


def loops(bench, table):
    with bench.shapd() as one, bench.shapd("--loops", "2") as two:
        for server in (one, two):
            bench.load(server, "return", seconds=1, flight=256, lines=LINES)
            bench.load(server, "point", seconds=1, flight=256, lines=LINES)
        bench.n_returns = int(bench.sql('select count(*) from shap."return"'))
        rounds = collections.defaultdict(list)
        try:
            for _ in range(bench.options.rounds):
                for kind in KINDS:
                    for n, server in ((1, one), (2, two)):
                        def side(server=server, kind=kind):
                            return load(bench, server, kind)
                        rounds[kind, n].append(bench.writing(side)() if kind == "return" else side())
        except Void as why:
            table.void("--loops 2 ÷ 1", str(why))
            return
    for kind, title in TITLES.items():
        ratios = [two["rate"] / one["rate"] for one, two in zip(rounds[kind, 1], rounds[kind, 2])]
        table.add(f"{title}, --loops 2 ÷ 1", ratios, None, None, False)
    for (kind, n), said in sorted(rounds.items()):
        rate, ours, theirs = (statistics.median(each[key] for each in said) for key in ("rate", "shapd", "PostgreSQL"))
        print(f"    --loops {n}, {kind:6} {rate:10.0f}/s  {ours:.1f} µs of a processor a call, PostgreSQL {theirs:.1f}", flush=True)
