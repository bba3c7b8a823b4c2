"""The table of attacks on one server: what it must bear, and what it bore. Called by `run`, which starts the server.

An honest client calls for some seconds while a program of the lowest priority keeps a processor busy, and then in every
row while the attacker runs in its place, at the same priority. So the two cores of a small machine are as busy before as
during, as if the attacker had a machine of its own.
"""
import argparse
import collections
import json
import math
import os
import resource
import subprocess
import sys
import threading
import time

MOST_GROWTH_MB = 64
MOST_RATIO = 2
LEAST_MS = 5      # what a call may take before ratios mean anything
MOST_MINUTES = 2  # for anything
MOST_PENDING = 2  # rows whose end is awaited: what they hold adds up
MANY = 2000       # connections, whose memory must have been given back, but for a quarter ...
LATER_SECONDS = 15  # ... so long after they have gone
BEFORES, ROWS_PER_BEFORE = 4, 4  # windows without attack that are looked at together, and how often there is a new one
HONEST, ATTACKER = "127.0.0.9", "127.{}.{}.1"
MB = 1024 * 1024

# name; which transports; "closed": seconds in which the server ends a connection, or every call of it; "stalls": it does
# nothing more than be there when its time is over, so its end is awaited while the next rows go on;
# "statuses": the only ones that calls may have; "asked": how many of these 16 (PostgreSQL was asked about the token); "old":
# comes with the token that does not hold any more; "left": connections that may stay; "each": KiB of one that stays,
# printed; where there is a number, it is the bound instead of the common one.
Row = collections.namedtuple("Row", "name transports expected")
BOTH, PLAINTEXT, TLS = ("plaintext", "tls"), ("plaintext",), ("tls",)
FLOOD, STUCK, SLOW = {"closed": 10}, {"closed": 10, "stalls": True}, {"closed": 15, "stalls": True}
ROWS = [
    Row("rapid-reset", BOTH, FLOOD),
    Row("made-to-reset", BOTH, FLOOD),
    Row("continuations", BOTH, FLOOD),
    Row("empty-continuations", PLAINTEXT, FLOOD),
    Row("settings", PLAINTEXT, FLOOD),
    Row("settings-unread", BOTH, STUCK),
    Row("pings", PLAINTEXT, FLOOD),
    Row("pings-unread", BOTH, STUCK),
    Row("resets", PLAINTEXT, FLOOD),
    Row("empty-data", PLAINTEXT, FLOOD),
    Row("window-updates", PLAINTEXT, FLOOD),
    Row("priorities", PLAINTEXT, FLOOD),
    Row("unknown-frames", PLAINTEXT, FLOOD),
    Row("endless-calls", PLAINTEXT, FLOOD),
    Row("hpack-bomb", PLAINTEXT, FLOOD),
    Row("hpack-hold", BOTH, SLOW),
    Row("zero-window", PLAINTEXT, SLOW),
    Row("slow-reader", BOTH, SLOW),
    Row("slow-preface", BOTH, SLOW),
    Row("slow-headers", PLAINTEXT, SLOW),
    Row("slow-body", PLAINTEXT, SLOW),
    Row("half-messages", PLAINTEXT, SLOW),
    Row("connects", BOTH, {}),
    Row("hello-and-leave", TLS, {}),
    Row("hello-and-silence", TLS, SLOW),
    Row("address-cap", BOTH, {"left": 400}),
    Row("gzip-bomb", PLAINTEXT, {"statuses": {8}}),
    Row("gzip-full", PLAINTEXT, {"statuses": {3}}),
    Row("deep-message", PLAINTEXT, {"statuses": {3}}),
    Row("wide-message", PLAINTEXT, {"statuses": {3}}),
    Row("looped-message", PLAINTEXT, {"statuses": {3}}),
    Row("unknown-fields", PLAINTEXT, {"statuses": {3}}),
    Row("unknown-enums", PLAINTEXT, {"statuses": {3}}),
    Row("bad-text", PLAINTEXT, {"statuses": {3}}),
    Row("truncated", PLAINTEXT, {"statuses": {3}}),
    Row("wrong-types", PLAINTEXT, {"statuses": {3}}),
    # As many tokens may be wrong (--wrong-tokens), and what is in flight when the last of them is; of each address.
    Row("token-guesses", PLAINTEXT, {"statuses": {8, 16}, "asked": 20 + 64}),
    Row("strewn-guesses", PLAINTEXT, {"statuses": {8, 16}, "asked": 8 * (20 + 8)}),
    Row("account-guesses", PLAINTEXT, {"statuses": {8, 16}, "asked": 20 + 16 * 2, "old": True}),
    Row("idle", BOTH, {"left": 10000, "each": {"tls": 24}}),
    Row("idle-after-call", BOTH, {"left": 10000, "each": {"plaintext": 14, "tls": 28}}),
]


class Memory:
    """How much memory a process has at most while the block runs."""

    def __init__(self, process):
        self.path = f"/proc/{process}/status"
        self.at_first = self.most = self.at_last = self.now()
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def now(self):
        with open(self.path, encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))

    def watch(self):
        while not self.is_over.wait(0.02):
            self.most = max(self.most, self.now())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


class Attacker:
    def __init__(self, process):
        self.process = process
        self.said = None

    def has_ended(self):
        return self.said is not None or self.process.poll() is not None

    def result(self):
        if self.said is None:
            self.said = result_of(self.process)
        return self.said


class Siege:
    def __init__(self, options):
        self.options = options
        self.tls = [options.authority] if options.authority else []
        self.memory_at_first = 0
        self.before = collections.deque(maxlen=BEFORES)
        self.n_rows_since = ROWS_PER_BEFORE  # the last of them
        self.n_attackers = 0

    def program(self, name, *arguments, nice=0):
        command = [f"{self.options.programs}/{name}", *map(str, arguments)]
        if nice:
            command = ["nice", "-n", str(nice), *command]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def honest(self, seconds):
        return self.program("honest", self.options.address, HONEST, seconds, self.options.token, *self.tls)

    def attacker(self, row, seconds, n_lines=0):
        """Each from another address: what the last one did is not held against it."""
        self.n_attackers += 1
        source = ATTACKER.format(100 + self.n_attackers // 200, self.n_attackers % 200)
        token = self.options.old_token if "old" in row.expected else self.options.token
        return Attacker(self.program("attacker", row.name, self.options.address, source, seconds, n_lines, token, *self.tls,
                                     nice=19))

    def measure_before(self, seconds):
        busy = self.program("attacker", "busy", "-", "-", seconds, nice=19)
        self.before.append(result_of(self.honest(seconds))["took_us"])
        busy.wait(MOST_MINUTES * 60)
        self.n_rows_since = 0

    def attempt(self, row, n_lines, seconds):
        """What became of the honest client during the attack, the attacker, and the memory."""
        with Memory(self.options.process) as memory:
            attacker = self.attacker(row, seconds, n_lines)
            if "left" in row.expected:
                attacker.process.stdout.readline()  # they are all there
            during = result_of(self.honest(seconds))
            memory.at_last = memory.now()
            if "stalls" not in row.expected:
                attacker.result()
        return during, attacker, memory

    def memory_left(self, goal):
        """How much more memory there is than at first, when it is down to the goal and falls no more, or time is up."""
        until = time.monotonic() + LATER_SECONDS
        memory = Memory(self.options.process)
        before, left = math.inf, memory.now()
        while (left - self.memory_at_first > goal or before - left > MB) and time.monotonic() < until:
            time.sleep(1.1)  # the server looks every second
            before, left = left, memory.now()
        return max(0, left - self.memory_at_first)

    def is_alive(self):
        return os.path.exists(f"/proc/{self.options.process}/exe")


def result_of(program):
    said, _ = program.communicate(timeout=MOST_MINUTES * 60)
    return json.loads(said.splitlines()[-1])


def p99(windows):
    """Milliseconds, of the calls of all windows together."""
    took = sorted(us for window in windows for us in window)
    return took[len(took) - 1 - len(took) // 100] / 1000


def ratio_of(before, during):
    return max(during, LEAST_MS) / max(before, LEAST_MS)


class Verdict:
    """What came of a row: judged by its last try, or by all of them together, whichever is better."""

    def __init__(self, row):
        self.row = row
        self.windows, self.attackers, self.failed = [], [], 0
        self.growth = self.held = self.left = 0  # bytes: at most, of this row in the end, and when it was over
        self.before = self.during = self.ratio = None

    def add(self, before, during, attacker, growth, held):
        self.windows.append(during["took_us"])
        self.attackers.append(attacker)
        self.failed += during["failed"]
        if "each" not in self.row.expected or len(self.windows) == 1:  # later, it is reused
            self.growth, self.held = growth, held
        if before:
            self.before = p99(before)
            self.during = min(p99(self.windows), p99(self.windows[-1:]))
            self.ratio = ratio_of(self.before, self.during)

    def may_improve(self):
        return not self.failed and self.ratio is not None and self.ratio > MOST_RATIO

    def kib_each(self):
        return self.held / 1024 / max(1, self.attackers[-1].result()["open"])

    def breaches(self, transport):
        if self.may_improve():
            yield f"honest calls took {self.ratio:.1f} times as long"
        if self.failed:
            yield f"{self.failed} honest calls failed"
        most_each = self.row.expected.get("each", {}).get(transport)
        if self.ratio is not None and most_each is None and self.growth > MOST_GROWTH_MB * MB:
            yield f"memory grew by {self.growth / MB:.0f} MB"
        if self.ratio is not None and most_each is not None and self.kib_each() > most_each:
            yield f"a connection holds {self.kib_each():.1f} KiB"
        if self.ratio is not None and self.left > self.growth / 4 and self.attackers[-1].result()["open"] >= MANY:
            yield "memory is not given back"
        for attacker in self.attackers:
            yield from breaches_of_attacker(self.row, attacker.result())

    def has_ended(self):
        return all(attacker.has_ended() for attacker in self.attackers)

    def await_end(self):
        for attacker in self.attackers:
            attacker.result()


def breaches_of_attacker(row, attacker):
    if "closed" in row.expected and (attacker["open"] or attacker["longest_ms"] > row.expected["closed"] * 1000):
        yield f"{attacker['open']} attackers still connected, one after {attacker['longest_ms']} ms"
    if attacker["open"] > row.expected.get("left", attacker["open"]):
        yield f"{attacker['open']} connections from one address"
    seen = set(map(int, attacker["statuses"]))
    if "statuses" in row.expected and (not seen or seen - row.expected["statuses"]):
        yield f"calls ended with {attacker['statuses']}"
    if attacker["statuses"].get("16", 0) > row.expected.get("asked", math.inf):
        yield f"PostgreSQL was asked about {attacker['statuses']['16']} tokens"


def ending_of(row, attacker):
    if "closed" in row.expected:
        return f"{attacker['longest_ms'] / 1000:.1f} s"
    if "statuses" in row.expected:
        return f"{sum(attacker['statuses'].values())} refused"
    if "left" in row.expected:
        return f"{attacker['open']} stay"
    return f"{attacker['opened']} in all"


def lines_possible(siege, row):
    """How many connections, where not as many as the attack has by itself. Each end of one needs a descriptor."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if "each" not in row.expected or siege.options.survival:
        return 0 if "each" not in row.expected else 500
    has_time = siege.options.seconds > 1 or (row.name == "idle" and not siege.tls)
    return min(10000 if has_time else MANY, most - 500)


def besiege(siege, row):
    n_lines = lines_possible(siege, row)
    verdict = Verdict(row)
    for n in range(siege.options.tries):
        # A hundredth of few calls is one or two of them: what looks slow is looked at for longer.
        seconds = siege.options.seconds * 2**n
        verdict.await_end()  # of the last try: they are not to add up
        if not siege.options.survival and (n > 0 or siege.n_rows_since >= ROWS_PER_BEFORE):
            siege.measure_before(seconds)
        during, attacker, memory = siege.attempt(row, n_lines, seconds)
        verdict.add(siege.before, during, attacker, memory.most - siege.memory_at_first, memory.at_last - memory.at_first)
        if not verdict.may_improve():
            break
    siege.n_rows_since += 1
    if "each" in row.expected:
        verdict.left = siege.memory_left(verdict.growth / 4)
    return verdict


def judge(verdict, transport):
    """Prints the row. Whether the server bore it."""
    row = verdict.row
    attacker = verdict.attackers[-1].result()
    found = list(verdict.breaches(transport))
    each = ""
    if "each" in row.expected:
        each = f"; {verdict.kib_each():.1f} KiB each, then {verdict.left / MB:.1f} MB"
    times = f"{'-':>10} {'-':>9} {'-':>6}"
    if verdict.ratio is not None:
        times = f"{verdict.before:10.2f} {verdict.during:9.2f} {verdict.ratio:6.2f}"
    print(f"{row.name:20} {transport:9} {times} {verdict.growth / MB:8.1f}  {ending_of(row, attacker) + each:24} "
          f"{'; '.join(found) or 'ok'}", flush=True)
    return not found


def go_through(siege, rows, transport):
    """The rows that were not borne."""
    failed, pending = [], []
    for row in rows:
        if "each" in row.expected:
            for verdict in pending:
                verdict.await_end()  # what it holds is not to be counted as this one's
            siege.memory_left(MOST_GROWTH_MB * MB)
        pending.append(besiege(siege, row))
        if not siege.is_alive():
            failed.append(row)
        while pending and (pending[0].has_ended() or len(pending) > MOST_PENDING):
            verdict = pending.pop(0)
            if not judge(verdict, transport):
                failed.append(verdict.row)
    return failed + [verdict.row for verdict in pending if not judge(verdict, transport)]


def main():
    parser = argparse.ArgumentParser()
    for name in ("programs", "address", "process", "token", "old-token"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--authority")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--survival", action="store_true")
    parser.add_argument("rows", nargs="*")
    options = parser.parse_args()
    siege = Siege(options)
    transport = "tls" if options.authority else "plaintext"
    unknown = set(options.rows) - {row.name for row in ROWS}
    if unknown:
        sys.exit(f"there is no attack named {', '.join(unknown)}")
    result_of(siege.honest(1))
    siege.memory_at_first = Memory(options.process).now()
    print(f"{'attack':20} {'over':9} {'p99 before':>10} {'during':>9} {'ratio':>6} {'MB more':>8}  {'attacker':24} verdict")
    rows = [row for row in ROWS if transport in row.transports and row.name in (options.rows or {row.name})]
    failed = go_through(siege, rows, transport)
    print(f"{len(rows)} attacks over {transport}, {len(failed)} not borne")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
