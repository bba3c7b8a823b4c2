"""A long time at 80 % of the peak with faults mixed: nothing lost, no error that was not injected, and memory that does not
grow. Two servers, each with a proxy before it and one behind it, live through it all."""
import random
import zlib

import judge
from scenarios_database import lock
from stage import Stage
from world import kill

PEAK_RETURNS = 1500  # of each client
PART_OF_PEAK = 0.8
MOST_SECONDS_A_PART = 60
QUIET_EVERY = 4      # parts; nothing is broken in such a one
GROWTH_KB = 8 * 1024
FORMAT = "{:>8} {:>8} {:>9} {:>8} {:>7} {:>6} {:>12} {:>12}  {}"


def make(world):
    stage = Stage(world, "soak")
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
    kill(chance.choice(stage.cluster.backends() or [0]))


def kill_postmaster(stage, _):
    stage.cluster.kill()
    stage.cluster.start()


def kill_client(stage, chance):
    client = chance.choice(stage.clients)
    client.kill()
    client.start()


FAULTS = (cut, cut, half_open, slow, kill_client, kill_client, lock, kill_backend, kill_postmaster)


def break_things(stage, chance, seconds):
    """Until shortly before the end, so that what is next begins well. How much was broken."""
    n_faults, left = 0, seconds - 8
    while left > 0 and stage.rest(pause := chance.uniform(2, 6)):
        chance.choice(FAULTS)(stage, chance)
        n_faults += 1
        left -= pause + 1
    return n_faults


# ---- parts

def play_part(stage, name, chance, seconds):
    run = zlib.crc32(name.encode())
    stage.begin(run)
    n_faults = break_things(stage, chance, seconds) if chance else 0
    stage.await_clients()
    result = judge.judge(stage.cluster, run, stage.journals)
    result.n_faults = n_faults
    stage.forget_journals()
    return result


def peak(stage, name):
    """Returns a second, as fast as they are answered."""
    stage.load = {"count": PEAK_RETURNS, "at-once": 16}
    result = play_part(stage, name, None, 0)
    return result, result.counts["acknowledged"] / result.seconds


def print_part(at, result, stage):
    kb = " ".join(f"{server.process.kb()}" for server in stage.servers)
    failures = " ".join(f"{judge.FAILURES[status]} {n}" for status, n in sorted(result.failures.items()))
    wrong = sum(result.counts[name] for name in judge.Sum.WRONG)
    print(FORMAT.format(at, result.counts["sent"], result.counts["acknowledged"], result.n_faults, result.counts["retried"],
                        wrong, f"{result.gap:.2f} s", kb, failures), flush=True)


def faults_of(parts, n_rows, memory, stage):
    """What is wrong with all of it."""
    wrong = [example for result in parts for example in result.examples]
    wrong += [f"part {n}: {result.counts['retried']} attempts failed although nothing was broken"
              for n, result in enumerate(parts, 1) if not result.n_faults and result.counts["retried"]]
    for n, kbs in enumerate(zip(*memory)):
        early, late = max(kbs[:max(1, len(kbs) // 4)]), max(kbs[-max(1, len(kbs) // 4):])
        if late > early + GROWTH_KB:
            wrong.append(f"shapd {n} has grown from {early} to {late} KB")
    return wrong + judge.look_at_all(stage.cluster, n_rows, stage.verify)


def soak(world, options):
    """Whether it went well."""
    stage = make(world)
    try:
        first, rate = peak(stage, f"{options.seed}/soak/peak")
        seconds = min(MOST_SECONDS_A_PART, options.minutes * 60 / QUIET_EVERY)
        n_parts = max(QUIET_EVERY, round(options.minutes * 60 / seconds))
        per_client = max(1, int(rate * PART_OF_PEAK / stage.n_clients))
        stage.load = {"count": int(per_client * seconds), "at-once": 64, "per-second": per_client,
                      "patience-ms": int(seconds * 1000) + 60000, "call-ms": 2000}
        print(f"peak {rate:.0f} returns/s; {n_parts} parts of {seconds:.0f} s at {per_client * stage.n_clients} returns/s; "
              f"each {QUIET_EVERY}th is left in peace")
        print(FORMAT.format("part", "sent", "acked", "faults", "failed", "wrong", "longest gap", "RSS in KB", "how attempts failed"))
        parts, memory = [], []
        for n in range(1, n_parts + 1):
            name = f"{options.seed}/soak/{n}"
            parts.append(play_part(stage, name, random.Random(name) if n % QUIET_EVERY else None, seconds))
            memory.append([server.process.kb() for server in stage.servers])
            print_part(n, parts[-1], stage)
        wrong = faults_of(parts, first.n_rows + sum(result.n_rows for result in parts), memory, stage)
    finally:
        ended = stage.finish(options.keep)
    for line in [*wrong, *ended]:
        print(f"    {line}")
    print("WRONG" if wrong or ended else "good")
    return not wrong and not ended
