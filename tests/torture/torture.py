"""Fails every fallible call once, and prints what came of it; called by `run`, which says how."""
import argparse
import contextlib
import sys
import time
import traceback

import torture_commands
import torture_shap
import torture_shapd
from ground import Ground, Trouble, stand_alone
from result import HEADINGS, Result, print_row, print_table, read_results, sum_of

PROGRAMS = torture_shap, torture_commands, torture_shapd
MOST_EXAMPLES = 40
SHORT_SAMPLE = 8


def play(program, ground, options, keep):
    """All cases of a program."""
    torture = program.Torture(ground, options)
    try:
        torture.prepare()
        for case in torture.cases():
            if not (any(word in case.name for word in options.words) if options.words else case.is_short or not options.short):
                continue
            result = Result(program.NAME, case.group, case.name, options.part if not options.done else (0, int(time.time())))
            try:
                torture.torture(case, result)
            except Trouble as trouble:
                result.add("other", str(trouble))
            print_row(case.name, result.cells())
            for example in result.examples[:MOST_EXAMPLES]:
                print("    " + example, flush=True)
            keep(result)
    finally:
        torture.finish()


def read_arguments():
    parser = argparse.ArgumentParser(usage="tests/torture/run [--help]", add_help=False)
    parser.add_argument("names", nargs="*", metavar="WHAT")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--call")
    parser.add_argument("--part", type=lambda words: tuple(map(int, words.split("/"))), default=(1, 1))
    parser.add_argument("--seed", type=int, default=2010)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--results", metavar="FILE")
    parser.add_argument("--rest", action="store_true")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    names = {program.NAME for program in PROGRAMS}
    options.programs = names & set(options.names) or (names - {torture_commands.NAME} if options.short else names)
    options.words = [name for name in options.names if name not in names]
    options.done = set()
    if options.rest:
        options.done = sum_of(read_results([options.results])).failed
        options.part = (1, 1)
    options.sample = options.sample or (SHORT_SAMPLE if options.short else None)
    return options


def play_all(options):
    """Whether all went well."""
    ground, is_good, results = Ground(options.keep), True, []
    stack = contextlib.ExitStack()
    file = stack.enter_context(open(options.results, "a", encoding="utf-8")) if options.results else None

    def keep(result):
        results.append(result)
        if file:
            file.write(result.line())
            file.flush()
    try:
        ground.prepare()
        ground.serve()
        print(f"seed {options.seed}")
        print_row("what", HEADINGS)
        for program in PROGRAMS:
            if program.NAME in options.programs:
                play(program, ground, options, keep)
    except Trouble as trouble:
        print(trouble)
        is_good = False
    except Exception:  # whatever it is, what was begun is to be ended
        traceback.print_exc()
        is_good = False
    finally:
        ground.finish()
        stack.close()
    return print_table(results) and is_good


def main():
    options = read_arguments()
    if options.table:
        sys.exit(0 if print_table(read_results(options.names)) else 1)
    stand_alone()
    sys.exit(0 if play_all(options) else 1)


main()
