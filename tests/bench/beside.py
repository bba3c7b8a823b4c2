"""How long reads take alone, and while reports and an export are being made."""
import statistics
import threading
import time

from bench import Void

RATE = 1000  # reads a second, by an open loop
LEAD = 1     # seconds that the others begin before, and end after
OTHERS = {"exceptions": 2, "account": 2, "outstanding": 2, "export": 1}  # so many at a time, again and again


class Others:
    """Reports and exports of the plan of 2,000 milestones, while the block runs."""

    def __init__(self, bench, server, seconds):
        self.done, self.why = {}, []
        self.threads = [threading.Thread(target=self.ask, args=(bench, server, kind, flight, seconds))
                        for kind, flight in OTHERS.items()]

    def ask(self, bench, server, kind, flight, seconds):
        try:
            self.done[kind] = bench.load(server, kind, seconds=seconds, warm=0, flight=flight, lines=1)["done"]
        except Void as why:
            self.why.append(str(why))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            thread.join()


def read(bench, server):
    return bench.load(server, "point", rate=RATE, flight=256)


def read_beside(bench, server):
    """And how many of the others were made."""
    with Others(bench, server, 1.25 * bench.options.seconds + 2 * LEAD) as others:
        time.sleep(LEAD)
        said = read(bench, server)
    if others.why or not all(others.done.values()):
        raise Void(f"of reports and exports were made: {others.done} {' '.join(others.why)}")
    return said, others.done


def print_side(name, rounds):
    p50, p99 = (statistics.median(said[key] for said in rounds) for key in ("p50", "p99"))
    print(f"    {RATE} point reads a second, {name}: p50 {p50:.3f} ms, p99 {p99:.3f} ms", flush=True)


def beside(bench, table):
    alone, among, done = [], [], []
    with bench.shapd() as server:
        bench.load(server, "point", seconds=1)
        for kind, flight in OTHERS.items():
            bench.load(server, kind, seconds=0.1, warm=0, flight=flight, lines=1)
        for _ in range(bench.options.rounds):
            alone.append(read(bench, server))
            said, made = read_beside(bench, server)
            among.append(said)
            done.append(made)
    table.add("p99 of point reads beside reports and an export ÷ alone", [b["p99"] / a["p99"] for a, b in zip(alone, among)], 2, 1.5,
              True)
    print_side("alone", alone)
    print_side("beside them", among)
    print("    made in a round: " + ", ".join(f"{statistics.median(made[kind] for made in done):g} {kind}" for kind in OTHERS),
          flush=True)
