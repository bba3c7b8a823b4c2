"""Fails every fallible call once, and prints what came of it; called by `run`, which says how."""
import argparse
import collections
import sys
import traceback

import torture_commands
import torture_shap
import torture_shapd
from ground import Ground, Trouble, stand_alone

PROGRAMS = torture_shap, torture_commands, torture_shapd
HEADINGS = ("what", "call sites", "failed", "runs", "crashes", "leaks", "wrong", "silent", "stuck", "other", "accepted")
WIDTHS = (58, 10, 8, 7, 8, 6, 6, 7, 6, 6, 9)
KINDS = ("crash", "leak", "wrong acknowledgement", "silent", "stuck")
MOST_EXAMPLES = 40
SHORT_SAMPLE = 8


class Result:
    """What came of a case, or of all."""

    def __init__(self):
        self.n_sites = self.n_failed_sites = self.n_runs = self.n_accepted = self.n_missed = 0
        self.counts, self.examples = collections.Counter(), []

    def add(self, problem, example):
        self.counts[next((kind for kind in KINDS if problem.startswith(kind)), "other")] += 1
        self.examples.append(example)

    def sum(self, other):
        for name in ("n_sites", "n_failed_sites", "n_runs", "n_accepted", "n_missed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.counts += other.counts

    @property
    def is_good(self):
        return not self.counts

    def cells(self):
        return (self.n_sites, self.n_failed_sites, self.n_runs, *(self.counts[kind] for kind in KINDS), self.counts["other"],
                self.n_accepted)


def print_row(name, cells):
    print(name[:WIDTHS[0]].ljust(WIDTHS[0]) + "".join(str(cell).rjust(width) for cell, width in zip(cells, WIDTHS[1:])), flush=True)


def play(program, ground, options):
    """All cases of a program. Whether all went well."""
    total, torture = Result(), program.Torture(ground, options)
    try:
        torture.prepare()
        for case in torture.cases():
            if not (any(word in case.name for word in options.words) if options.words else case.is_short or not options.short):
                continue
            result = Result()
            try:
                torture.torture(case, result)
            except Trouble as trouble:
                result.add("other", str(trouble))
            print_row(case.name, result.cells())
            for example in result.examples[:MOST_EXAMPLES]:
                print("    " + example, flush=True)
            total.sum(result)
    finally:
        torture.finish()
    print_row(f"{program.NAME}, all", total.cells())
    return total.is_good


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
    options = parser.parse_args()
    names = {program.NAME for program in PROGRAMS}
    options.programs = names & set(options.names) or (names - {torture_commands.NAME} if options.short else names)
    options.words = [name for name in options.names if name not in names]
    options.sample = options.sample or (SHORT_SAMPLE if options.short else None)
    return options


def main():
    options = read_arguments()
    stand_alone()
    ground, is_good = Ground(options.keep), True
    try:
        ground.prepare()
        ground.serve()
        print(f"seed {options.seed}")
        print_row(HEADINGS[0], HEADINGS[1:])
        for program in PROGRAMS:
            if program.NAME in options.programs:
                is_good = play(program, ground, options) and is_good
    except Trouble as trouble:
        print(trouble)
        is_good = False
    except Exception:  # whatever it is, what was begun is to be ended
        traceback.print_exc()
        is_good = False
    finally:
        ground.finish()
    sys.exit(0 if is_good else 1)


main()
