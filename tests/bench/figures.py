"""The figures of tests/bench/run: what is compared with what, in how many rounds, and the table."""
import argparse
import collections
import statistics
import sys

import beside
import loops
import single
import stream
from bench import CLIENTS, Bench, Void

# A ratio of two sides' results by what they are called in a group; at_most: small ones are good.
Figure = collections.namedtuple("Figure", "title above below key goal stretch at_most")


def figure(title, above, below, goal=None, stretch=None, key="rate", at_most=False):
    return Figure(title, above, below, key, goal, stretch, at_most)


RETURNS = [
    figure("returns/s, 256 in flight ÷ pgbench", "256", "pgbench", 3.0, 4.0),
    figure("returns/s, 64 in flight ÷ pgbench", "64", "pgbench", 1.8, 2.5),
    figure("returns/s, 256, 1 % refused ÷ pgbench", "256 1%", "pgbench", 2.5, 3.5),
    figure("returns/s, 256, 5 % refused ÷ pgbench", "256 5%", "pgbench", 2.0, 3.0),
    figure("returns/s, 8 in flight ÷ pgbench", "8", "pgbench", 0.8, 1.0),
    figure("p50 of a lone return ÷ pgbench, one client", "lone", "pgbench 1", 1.3, 1.15, "p50", True),
    figure("returns/s, 64 in flight ÷ C++ gRPC and libpq", "64", "cpp", 3.5, 5),
    figure("returns/s, 64 in flight ÷ grpc-js and pg", "64", "node", 6, 8),
    figure("one council's returns/s, 256 in flight ÷ pgbench, one council", "one", "pgbench one"),
]
READS = [
    figure("point reads/s, 64 in flight ÷ pgbench", "64", "pgbench", 0.9, 1.2),
    figure("point reads/s, 256 in flight ÷ pgbench", "256", "pgbench", 1.2, 1.5),
    figure("point reads/s, 64 in flight ÷ C++ gRPC and libpq", "64", "cpp", 8, 12),
    figure("point reads/s, 64 in flight ÷ grpc-js and pg", "64", "node", 14, 20),
]
HISTORIES = [
    figure("milestones with their history/s, 64 in flight ÷ pgbench", "64", "pgbench"),
    figure("milestones with their history/s, 64 ÷ C++ gRPC and libpq", "64", "cpp"),
]
EMPTY = [
    figure("empty calls/s, 64 in flight ÷ gRPC C++, sync", "64", "cpp_sync", 8, 12),
    figure("empty calls/s, 64 in flight ÷ gRPC C++, callback", "64", "cpp", 4, 6),
    figure("empty calls/s, 64 in flight, ours ÷ h2load's count", "64", "h2load"),
]


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


class Table:
    def __init__(self):
        self.n_short = self.n_void = 0

    def begin(self):
        print(f"{'figure':62} {'median':>8} {'goal':>6} {'stretch':>7}  {'reached':8} rounds", flush=True)

    def add(self, title, values, goal, stretch, at_most, unit=""):
        value = statistics.median(values)

        def is_met(bound):
            return bound is not None and (value <= bound if at_most else value >= bound)
        reached = "-" if goal is None else "stretch" if is_met(stretch) else "goal" if is_met(goal) else "no"
        self.n_short += reached == "no"
        shown = [f"{bound:g}" if bound is not None else "-" for bound in (goal, stretch)]
        rounds = " ".join(f"{v:.4g}" for v in values) if len(values) > 1 else ""
        print(f"{title + (f', {unit}' if unit else ''):62} {value:8.4g} {shown[0]:>6} {shown[1]:>7}  {reached:8} {rounds}", flush=True)

    def void(self, title, why):
        self.n_void += 1
        print(f"{title:62} {'void':>8}  {why}", flush=True)


def measure(bench, name, sides, figures, table):
    """Each side once a round, one after the other; then the figures, and what the ratios are made of."""
    results = collections.defaultdict(list)
    broken = {}
    for n in range(bench.options.rounds):
        say(f"{name}: round {n + 1} of {bench.options.rounds}")
        for side, call in sides.items():
            if side in broken:
                continue
            try:
                results[side].append(call())
            except Void as why:
                broken[side] = str(why)
    for figure in figures:
        why = broken.get(figure.above) or broken.get(figure.below)
        if why:
            table.void(figure.title, why)
            continue
        ratios = [a[figure.key] / b[figure.key] for a, b in zip(results[figure.above], results[figure.below])]
        table.add(figure.title, ratios, figure.goal, figure.stretch, figure.at_most)
    medians = {}
    for side, rounds in results.items():
        rates, p50, p99 = (statistics.median(r[key] for r in rounds) for key in ("rate", "p50", "p99"))
        times = f"p50 {p50:.3f} ms, p99 {p99:.3f} ms" if p50 else ""
        print(f"    {name}, {side:14} {rates:10.0f}/s  {times}", flush=True)
        medians[side] = rates
    return medians


def best_clients(bench, kind):
    """Which two numbers of clients are best for pgbench; the better of both counts in each round."""
    rates = {c: bench.pgbench(kind, c, seconds=1)["rate"] for c in CLIENTS}
    print(f"    pgbench, {kind}/s by clients: " + ", ".join(f"{c}: {rate:.0f}" for c, rate in rates.items()), flush=True)
    return sorted(rates, key=rates.get)[-2:]


def best_of(*sides):
    def measured():
        both = [side() for side in sides]
        return {**max(both, key=lambda result: result["rate"]), "done": sum(result["done"] for result in both)}
    return measured


def returns(bench, table):
    with bench.shapd() as shapd, bench.peer("cpp") as cpp, bench.peer("node") as node:
        for server in (shapd, cpp, node):  # every link has its plans, of tables that are not empty
            bench.load(server, "return", seconds=1, flight=64)
        bench.sql("vacuum analyze")
        bench.load(shapd, "return", seconds=1, flight=256)
        clients = best_clients(bench, "return")
        bench.n_returns = int(bench.sql('select count(*) from shap."return"'))

        def ours(server=shapd, **values):
            return bench.writing(lambda: bench.load(server, "return", **values))
        sides = {
            "256": ours(flight=256),
            "pgbench": bench.writing(best_of(*(lambda c=c: bench.pgbench("return", c) for c in clients))),
            "64": ours(flight=64),
            "cpp": ours(cpp, flight=64),
            "node": ours(node, flight=64),
            "256 1%": ours(flight=256, refused=1),
            "256 5%": ours(flight=256, refused=5),
            "8": ours(flight=8, lines=2),
            "lone": ours(flight=1, lines=1),
            "pgbench 1": bench.writing(lambda: bench.pgbench("return", 1)),
            "one": ours(flight=256, councils=1),
            "pgbench one": bench.writing(best_of(*(lambda c=c: bench.pgbench("return", c, 1) for c in clients))),
        }
        medians = measure(bench, "returns", sides, RETURNS, table)
        half = medians.get("256", 0) / 2
        if half:
            said = ours(flight=256, rate=half)()
            print(f"    returns, an open loop at half of the rate of 256 in flight: {said['rate']:.0f}/s, p50 {said['p50']:.3f} ms, "
                  f"p99 {said['p99']:.3f} ms", flush=True)


def reads(bench, table):
    with bench.shapd() as shapd, bench.peer("cpp") as cpp, bench.peer("node") as node:
        for kind, name, figures in (("point", "point reads", READS), ("read", "milestones", HISTORIES)):
            for server in (shapd, cpp, node):
                bench.load(server, kind, seconds=1)
            clients = best_clients(bench, kind)
            sides = {
                "64": lambda kind=kind: bench.load(shapd, kind, flight=64),
                "pgbench": best_of(*(lambda kind=kind, c=c: bench.pgbench(kind, c) for c in clients)),
                "cpp": lambda kind=kind: bench.load(cpp, kind, flight=64),
            }
            if kind == "point":
                sides["256"] = lambda: bench.load(shapd, "point", flight=256)
                sides["node"] = lambda: bench.load(node, "point", flight=64)
            measure(bench, name, sides, figures, table)


def empty(bench, table):
    with bench.shapd() as shapd, bench.peer("cpp") as cpp, bench.peer("cpp_sync") as cpp_sync:
        sides = {
            "64": lambda: bench.load(shapd, "empty", flight=64),
            "cpp": lambda: bench.load(cpp, "empty", flight=64),
            "cpp_sync": lambda: bench.load(cpp_sync, "empty", flight=64),
            "h2load": lambda: single.h2load(bench, shapd),
        }
        measure(bench, "empty calls", sides, EMPTY, table)


# Reads come before returns, which would be part of what is read.
GROUPS = {"empty": empty, "reads": reads, "returns": returns, "start": single.start, "csv": single.csv,
          "loops": loops.loops, "memory": single.memory, "stream": stream.stream, "beside": beside.beside,
          "instructions": single.instructions}


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    for name in ("programs", "work", "postgres"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("figures", nargs="*", metavar="FIGURE")
    options = parser.parse_args()
    unknown = set(options.figures) - set(GROUPS)
    if unknown or options.rounds < 1 or options.seconds <= 0 or options.rows < 1:
        parser.error(f"there is no figure {', '.join(unknown)}; there are {', '.join(GROUPS)}" if unknown else "too few rounds")
    if not options.programs:  # only asked whether it understands
        return 0
    bench, table = Bench(options), Table()
    table.begin()
    for name, group in GROUPS.items():
        if name in (options.figures or GROUPS):
            try:
                group(bench, table)
            except Void as why:
                table.void(name, str(why))
    print(f"{table.n_short} fall short of the goal, {table.n_void} void")
    return 1 if table.n_void else 0


if __name__ == "__main__":
    sys.exit(main())
