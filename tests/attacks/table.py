"""The table of attacks on one server: what it must bear, and what it bore. Called by `run`, which starts the server.

Every row is measured twice for some seconds: an honest client calls while a program of the lowest priority keeps a
processor busy, and then while the attacker runs in its place, at the same priority. So the two cores of a small machine
are as busy before as during, as if the attacker had a machine of its own.
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
HONEST, ATTACKER = "127.0.0.9", "127.{}.{}.1"
MB = 1024 * 1024

# name; which transports; "closed": seconds in which the server ends a connection, or every call of it;
# "statuses": the only ones that calls may have; "asked": how many of these 16 (PostgreSQL was asked about the token); "old":
# comes with the token that does not hold any more; "left": connections that may stay; "each": KiB of one that stays.
Row = collections.namedtuple("Row", "name transports expected")
BOTH, PLAINTEXT, TLS = ("plaintext", "tls"), ("plaintext",), ("tls",)
FLOOD, SLOW = {"closed": 10}, {"closed": 15}
ROWS = [
    Row("rapid-reset", BOTH, FLOOD),
    Row("made-to-reset", BOTH, FLOOD),
    Row("continuations", BOTH, FLOOD),
    Row("empty-continuations", PLAINTEXT, FLOOD),
    Row("settings", PLAINTEXT, FLOOD),
    Row("settings-unread", BOTH, FLOOD),
    Row("pings", PLAINTEXT, FLOOD),
    Row("pings-unread", BOTH, FLOOD),
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
    Row("idle", BOTH, {"left": 10000, "each": {"plaintext": 24, "tls": 64}}),
]


class Memory:
    """How much memory a process has at most while the block runs."""

    def __init__(self, process):
        self.path = f"/proc/{process}/status"
        self.most = self.now()
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


class Siege:
    def __init__(self, options):
        self.options = options
        self.tls = [options.authority] if options.authority else []
        self.memory_at_first = 0
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
        return self.program("attacker", row.name, self.options.address, source, seconds, n_lines, token, *self.tls, nice=19)

    def latency_without(self, seconds):
        busy = self.program("attacker", "busy", "-", "-", seconds, nice=19)
        calls = result_of(self.honest(seconds))
        busy.wait(MOST_MINUTES * 60)
        return calls

    def attempt(self, row, n_lines, seconds):
        """What became of the honest client before and during the attack, of the attacker, and of the memory."""
        before = None if self.options.survival else self.latency_without(seconds)
        with Memory(self.options.process) as memory:
            attacker = self.attacker(row, seconds, n_lines)
            if "left" in row.expected:
                attacker.stdout.readline()  # they are all there
            during = result_of(self.honest(seconds))
            attacker = result_of(attacker)
        return before, during, attacker, memory.most

    def is_alive(self):
        return os.path.exists(f"/proc/{self.options.process}/exe")


def result_of(program):
    said, _ = program.communicate(timeout=MOST_MINUTES * 60)
    return json.loads(said.splitlines()[-1])


def ratio_of(before, during):
    return max(during["p99"], LEAST_MS) / max(before["p99"], LEAST_MS)


def breaches(row, before, during, attacker, growth):
    """(whether another try may help, what was broken)"""
    if before and ratio_of(before, during) > MOST_RATIO:
        yield True, f"honest calls took {ratio_of(before, during):.1f} times as long"
    if during["failed"]:
        yield False, f"{during['failed']} honest calls failed"
    if before and growth > MOST_GROWTH_MB * MB and "each" not in row.expected:
        yield False, f"memory grew by {growth / MB:.0f} MB"
    if "closed" in row.expected:
        if attacker["open"] or attacker["longest_ms"] > row.expected["closed"] * 1000:
            yield False, f"{attacker['open']} attackers still connected, one after {attacker['longest_ms']} ms"
    if attacker["open"] > row.expected.get("left", attacker["open"]):
        yield False, f"{attacker['open']} connections from one address"
    seen = set(map(int, attacker["statuses"]))
    if "statuses" in row.expected and (not seen or seen - row.expected["statuses"]):
        yield False, f"calls ended with {attacker['statuses']}"
    if attacker["statuses"].get("16", 0) > row.expected.get("asked", math.inf):
        yield False, f"PostgreSQL was asked about {attacker['statuses']['16']} tokens"


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
    if row.name != "idle" or siege.options.survival:
        return 0 if row.name != "idle" else 500
    return min(10000 if not siege.tls or siege.options.seconds > 1 else 2000, most - 500)


def judge(siege, row, transport):
    n_lines = lines_possible(siege, row)
    for n in range(siege.options.tries):
        # A hundredth of few calls is one of them: what looks slow is looked at for longer.
        before, during, attacker, most = siege.attempt(row, n_lines, siege.options.seconds * 2**n)
        growth = most - siege.memory_at_first
        found = list(breaches(row, before, during, attacker, growth))
        if not found or not all(may_pass for may_pass, _ in found):
            break
    each = ""
    if "each" in row.expected:
        kib = growth / 1024 / attacker["open"] if attacker["open"] else 0
        each = f"; {kib:.1f} KiB each"
        if before and not 0 < kib <= row.expected["each"][transport]:
            found.append((False, f"a connection holds {kib:.1f} KiB"))
    times = f"{'-':>10} {'-':>9} {'-':>6}"
    if before:
        times = f"{before['p99']:10.2f} {during['p99']:9.2f} {ratio_of(before, during):6.2f}"
    print(f"{row.name:20} {transport:9} {times} {growth / MB:8.1f}  {ending_of(row, attacker) + each:24} "
          f"{'; '.join(text for _, text in found) or 'ok'}", flush=True)
    return not found


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
    passed = [judge(siege, row, transport) and siege.is_alive() for row in rows]
    print(f"{len(rows)} attacks over {transport}, {passed.count(False)} not borne")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
