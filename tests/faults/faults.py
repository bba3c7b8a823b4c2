"""Plays scenarios and prints what became of the returns; called by `run`, which says how."""
import argparse
import datetime
import random
import sys
import traceback
import zlib

import judge
import scenarios
import scenarios_database  # noqa: F401, adds its own to them, as does
import scenarios_shap  # noqa: F401
import soak
from stage import LOAD, Stage
from world import Impossible, Trouble, World, stand_alone

HEADINGS = ("scenario", "runs", "sent", "acknowledged", "retried", "lost", "doubled", "half", "longest gap", "verdict")
WIDTHS = (22, 5, 8, 13, 8, 5, 8, 5, 12, 0)


def print_row(cells):
    print("".join(str(cell).ljust(width) if at in (0, 9) else str(cell).rjust(width) + (" " if at < 8 else "  ")
                  for at, (cell, width) in enumerate(zip(cells, WIDTHS))), flush=True)


def print_sum(name, result, verdict):
    counts = result.counts
    print_row((name, result.runs, counts["sent"], counts["acknowledged"], counts["retried"], counts["lost"],
               counts["doubled"], counts["half"], f"{result.gap:.2f} s" if result.gap else "-", verdict))


def verdict_of(result):
    if result.is_good:
        replayed = result.counts["replayed"]
        failures = " ".join(f"{judge.FAILURES[status]} {n}" for status, n in sorted(result.failures.items()))
        return ", ".join(["good", *([f"{replayed} on record already"] if replayed else []), *([failures] if failures else [])])
    others = [f"{result.counts[name]} {name}" for name in ("stray", "unanswered", "refused") if result.counts[name]]
    return "WRONG" + (": " + ", ".join(others) if others else "")


def numbers(options, scenario):
    if options.run:
        return [options.run]
    n_short = scenario.short or int(scenario.name in options.names)
    return range(1, 1 + (options.runs or (n_short if options.short else scenario.runs)))


def play_run(stage, scenario, seed, number):
    name = f"{seed}/{scenario.name}/{number}"
    run = zlib.crc32(name.encode())
    if scenario.is_whole:
        return scenario.play(stage, random.Random(name), run)
    stage.load = {**LOAD, **scenario.load}
    stage.begin(run)
    scenario.play(stage, random.Random(name))
    stage.await_clients()
    result = judge.judge(stage.cluster, run, stage.journals)
    if result.is_good:
        stage.forget_journals()
    result.examples = [f"run {number}: {example}" for example in result.examples]
    return result


def play(stage, scenario, options):
    """The sum of a scenario's runs."""
    result, number = judge.Sum(), 0
    try:
        for number in numbers(options, scenario):
            result.add(play_run(stage, scenario, options.seed, number))
    except Trouble as trouble:
        result.examples.append(f"run {number}: {trouble}")
    return result


def tell(name, result):
    print_sum(name, result, verdict_of(result))
    for example in result.examples[:12]:
        print(f"    {example}", flush=True)
    return result.is_good


def play_all(world, chosen, options):
    """Scenarios that are made alike, on one stage. Whether all went well."""
    stage, results = Stage(world, chosen[0].name), []
    try:
        chosen[0].make(stage)
        for scenario in chosen:
            results.append(play(stage, scenario, options))
            if scenario is not chosen[-1] and not tell(scenario.name, results[-1]):
                return False
        results[-1].examples += judge.look_at_all(stage.cluster, sum(result.n_rows for result in results), stage.verify)
    except Trouble as trouble:
        results = results or [judge.Sum()]
        results[-1].examples.append(str(trouble))
    except Impossible as reason:
        for scenario in chosen:
            print_sum(scenario.name, judge.Sum(), f"SKIPPED: {reason}")
        return True
    finally:
        wrong = stage.finish(options.keep)
    results[-1].examples += wrong
    return tell(chosen[-1].name, results[-1])


def groups(options):
    """Short runs share what takes long to make; long ones have their own, and a table that is not too large."""
    made = []
    makes = list(dict.fromkeys(scenario.make for scenario in scenarios.ALL))
    for scenario in sorted(scenarios.ALL, key=lambda scenario: makes.index(scenario.make)):
        if options.names and scenario.name not in options.names or not numbers(options, scenario):
            continue
        if options.short and made and made[-1][-1].make is scenario.make:
            made[-1].append(scenario)
        else:
            made.append([scenario])
    return made


def read_arguments():
    parser = argparse.ArgumentParser(usage="tests/faults/run [--help]", add_help=False)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=int(datetime.date.today().strftime("%Y%m%d")))
    parser.add_argument("--runs", type=int)
    parser.add_argument("--run", type=int)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--disk", action="store_true")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    known = [scenario.name for scenario in scenarios.ALL]
    unknown = set(options.names) - {*known, "soak"}
    if unknown:
        sys.exit(f"There is no scenario {', '.join(unknown)}.\n   There are: {' '.join(known)}")
    return options


def main():
    options = read_arguments()
    stand_alone()
    world, is_good = World(options.disk or "soak" in options.names), True
    try:
        world.prepare()
        print(f"seed {options.seed}")
        if "soak" in options.names:
            is_good = soak.soak(world, options)
        else:
            print_row(HEADINGS)
        for group in groups(options):
            is_good = play_all(world, group, options) and is_good
    except Trouble as trouble:
        print(trouble)
        is_good = False
    except Exception:  # whatever it is, what was begun is to be ended
        traceback.print_exc()
        is_good = False
    finally:
        world.finish(options.keep)
    sys.exit(0 if is_good else 1)


main()
