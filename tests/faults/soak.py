"""A long time at 80 % of the peak with faults mixed: nothing lost, no error that was not injected, and memory that does not
grow. Two servers, each with a proxy before it and one behind it, live through it all."""
import collections
import itertools
import random
import time
import zlib

import judge
from scenarios_database import lock_table
from stage import CLIENTS, Stage
from world import await_that, kill

AT_ONCE = 64         # of each client
PEAK_RETURNS = 3000  # of each client
PART_OF_PEAK = 0.8
MOST_SECONDS_A_PART = 60
SECONDS_OF_REST = 8  # at the end of each part, in which nothing is broken any more
QUIET_EVERY = 4      # parts; nothing is broken in such a one
FAILED_A_FAULT = 8   # attempts of each return in flight, before what broke is well again ...
FAILED_A_SECOND = 3  # ... and for each second in which nobody was served at all
GROWTH_KB = 8 * 1024
SECONDS_TO_VERIFY = 3600  # the whole ledger, at most
LINKS = 4            # that each server has at least
Figure = collections.namedtuple("Figure", "name measured goal is_good")
FORMAT = "{:>4} {:>8} {:>8} {:>8} {:>6} {:>7} {:>8} {:>6} {:>12} {:>12}  {}"


def make(world):
    stage = Stage(world, "soak")
    stage.call_seconds = SECONDS_TO_VERIFY  # those that send returns allow far less
    stage.copy_cluster().start()
    for _ in range(2):
        stage.serve(database=stage.database(stage.proxy(stage.cluster.port).port))
    stage.addresses = [f"127.0.0.1:{stage.proxy(server.port).port}" for server in stage.servers]
    return stage


# ---- what breaks, for a moment

def cut(stage, chance):
    chance.choice(stage.proxies).do(chance.choice(("end", "reset")))


def half_open(stage, chance):
    chance.choice(stage.proxies).do("mute", chance.choice(("up", "down", "both")))


def slow(stage, chance):
    proxy = chance.choice(stage.proxies)
    proxy.do("delay", chance.randint(1, 20))
    stage.rest(1)
    proxy.do("pass")


def kill_backend(stage, chance):
    kill(chance.choice(stage.cluster.backends()))


def kill_postmaster(stage, _):
    stage.cluster.kill()
    stage.cluster.start()


def kill_client(stage, chance):
    client = chance.choice(stage.clients)
    client.kill()
    client.start()


FAULTS = (cut, cut, half_open, slow, kill_client, kill_client, lock_table, kill_backend, kill_postmaster)


def break_things(stage, name, seconds):
    """Until shortly before the end. How much was broken: which things, and when, follows from the name alone."""
    until = time.monotonic() + seconds - SECONDS_OF_REST
    for n in itertools.count():
        chance = random.Random(f"{name}/{n}")
        if not stage.rest(chance.uniform(2, 6)) or time.monotonic() > until:
            return n
        await_that("PostgreSQL to be well again", stage.cluster.is_ready)
        chance.choice(FAULTS)(stage, chance)
    return 0


def heal(stage):
    """What is half open would break the part that follows: it ends now, and the servers connect again."""
    for proxy in stage.proxies:
        proxy.do("end")
    await_that("PostgreSQL to be well again", stage.cluster.is_ready)
    await_that("the servers' links", lambda: len(stage.cluster.backends()) >= LINKS * len(stage.servers))


# ---- parts

def play_part(stage, name, seconds, is_quiet):
    run = zlib.crc32(name.encode())
    stage.begin(run)
    n_faults = 0 if is_quiet else break_things(stage, name, seconds)
    stage.await_clients()
    if not is_quiet:
        heal(stage)
    result = judge.judge(stage.cluster, run, stage.journals)
    result.n_faults = n_faults
    result.kb = [server.process.kb() for server in stage.servers]
    stage.forget_journals()
    return result


def peak(stage, name):
    """Returns a second, as fast as they are answered."""
    stage.load = {"count": PEAK_RETURNS, "at-once": AT_ONCE, "patience-ms": 120000}
    result = play_part(stage, name, 0, True)
    return result, result.counts["acknowledged"] / result.seconds


def failures_of(result):
    return " ".join(f"{judge.FAILURES[status]} {n}" for status, n in sorted(result.failures.items()))


def print_part(at, result):
    counts = result.counts
    attempts = counts["sent"] + counts["retried"]
    wrong = sum(counts[name] for name in judge.Sum.WRONG)
    print(FORMAT.format(at, counts["sent"], counts["acknowledged"], f"{counts['acknowledged'] / result.seconds:.0f}", result.n_faults,
                        counts["retried"], f"{100 * counts['retried'] / attempts:.2f} %", wrong, f"{result.gap:.2f} s",
                        " ".join(map(str, result.kb)), failures_of(result)), flush=True)


def sum_of(parts):
    total = judge.Sum()
    for part in parts:
        total.add(part)
    return total


def explained(result):
    """Attempts that may fail in a part, for what was broken in it."""
    return int(result.n_faults * (FAILED_A_FAULT + FAILED_A_SECOND * result.gap) * AT_ONCE * CLIENTS)


def failed_of(total):
    return f"{total.counts['retried']} of {total.counts['sent'] + total.counts['retried']}"


def figures_of(parts):
    """What the parts came to, beside what they should."""
    total = sum_of(parts)
    in_peace, broken = ([part for part in parts if bool(part.n_faults) == is_broken] for is_broken in (False, True))
    n_faults = sum(part.n_faults for part in broken)
    n_wrong = sum(total.counts[name] for name in judge.Sum.WRONG)
    n_failed = sum_of(broken).counts["retried"]
    n_over = sum(part.counts["retried"] > explained(part) for part in broken)
    yield Figure(f"returns {', '.join(judge.Sum.WRONG)}", f"{n_wrong} of {total.counts['sent']}", "0", n_wrong == 0)
    yield Figure(f"attempts failed in {len(in_peace)} parts in peace", failed_of(sum_of(in_peace)), "0",
                 sum_of(in_peace).counts["retried"] == 0)
    yield Figure(f"attempts failed in {len(broken)} parts with {n_faults} faults", failed_of(sum_of(broken)),
                 f"{n_faults} to {sum(map(explained, broken))}", n_faults <= n_failed)
    yield Figure("parts in which more failed than faults explain", f"{n_over} of {len(broken)}", "0", n_over == 0)
    n_quarter = max(1, len(parts) // 4)
    for n, kbs in enumerate(zip(*(part.kb for part in parts)), 1):
        growth = max(kbs[-n_quarter:]) - max(kbs[:n_quarter])
        yield Figure(f"memory of shapd {n}, last quarter over the first", f"{growth / 1024:+.1f} MB",
                     f"{GROWTH_KB // 1024} MB at most", growth <= GROWTH_KB)


def print_figures(figures):
    print()
    for figure in (Figure("figure", "measured", "goal", None), *figures):
        verdict = {None: "", True: "good", False: "WRONG"}[figure.is_good]
        print(f"{figure.name:<62}{figure.measured:>20}  {figure.goal:<18} {verdict}", flush=True)


def play(stage, options):
    """Part by part; whether all was as it should be, and examples of what was not."""
    first, rate = peak(stage, f"{options.seed}/soak/peak")
    seconds = min(MOST_SECONDS_A_PART, options.minutes * 60 / QUIET_EVERY)
    n_parts = max(QUIET_EVERY, round(options.minutes * 60 / seconds))
    per_client = max(1, int(rate * PART_OF_PEAK / stage.n_clients))
    stage.load = {"count": int(per_client * seconds), "at-once": AT_ONCE, "per-second": per_client,
                  "patience-ms": int(seconds * 1000) + 60000, "call-ms": 2000}
    print(f"peak {rate:.0f} returns/s; {n_parts} parts of {seconds:.0f} s at {per_client * stage.n_clients} returns/s; "
          f"each {QUIET_EVERY}th is left in peace")
    print(FORMAT.format("part", "sent", "acked", "a second", "faults", "failed", "of all", "wrong", "longest gap", "RSS in KB",
                        "how attempts failed"), flush=True)
    parts = []
    for n in range(1, n_parts + 1):
        parts.append(play_part(stage, f"{options.seed}/soak/{n}", seconds, n % QUIET_EVERY == 0))
        print_part(n, parts[-1])
    n_rows = sum(result.n_rows for result in (first, *parts))
    wrong = judge.look_at_all(stage.cluster, n_rows, stage.verify)
    figures = [*figures_of(parts),
               Figure("the ledger, looked through to its end", "broken" if wrong else "whole", "whole", not wrong)]
    print_figures(figures)
    return (all(figure.is_good for figure in figures) and first.is_good,
            [*wrong, *(example for result in (first, *parts) for example in result.examples)])


def soak(world, options):
    """Whether it went well."""
    stage, is_good, examples, ended = make(world), False, [], []
    try:
        is_good, examples = play(stage, options)
    finally:
        ended = stage.finish(options.keep)
        for line in [*examples, *ended]:
            print(f"    {line}")
        is_good = is_good and not ended
        print("good" if is_good else "WRONG")
    return is_good
