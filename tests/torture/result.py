"""What came of cases, and the tables of it: a row for each case as it is played, and one for each group of them at the end, also
over several runs that are parts of the whole."""
import collections
import dataclasses
import json

KINDS = ("crash", "leak", "wrong acknowledgement", "silent", "stuck")
HEADINGS = ("call sites", "failed", "runs", "missed", "crashes", "leaks", "wrong", "silent", "stuck", "other", "accepted")
WIDTH, WIDTHS = 56, (11, 8, 7, 7, 8, 6, 6, 7, 6, 6, 9)
MOST_TRIES = 3
GOALS = ("all", "all", "", "", 0, 0, 0, 0, 0, 0)


@dataclasses.dataclass
class Result:
    """Of a case, or of several."""
    program: str = ""
    group: str = ""
    case: str = ""
    part: tuple = (1, 1)
    places: set = dataclasses.field(default_factory=set)  # call sites that were met, and those of them that were failed
    failed: set = dataclasses.field(default_factory=set)
    n_runs: int = 0
    n_missed: int = 0  # of the runs: the call that was to fail did not come
    counts: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    accepted: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # by the reason
    examples: list = dataclasses.field(default_factory=list)

    def meet(self, case, places):
        """Those that are to be failed: not where there is no memory at all, wherever it is asked for."""
        self.places = set() if case.starves else {place.hash for place in places}

    def tried(self, runs):
        """Each of the runs; up to twice more where the call that was to fail did not come."""
        for run in runs:
            for _ in range(MOST_TRIES):
                n_missed = self.n_missed
                yield run
                if self.n_missed == n_missed:
                    break

    def add_run(self, case, place, has_failed):
        self.n_runs += 1
        if not has_failed:
            self.n_missed += 1
        elif not case.starves:
            self.failed.add(place.hash)

    def add(self, problem, example):
        self.counts[next((kind for kind in KINDS if problem.startswith(kind)), "other")] += 1
        self.examples.append(example)

    def sum(self, other):
        """A call site is the same in each case of a program."""
        self.places |= {(other.program, place) for place in other.places}
        self.failed |= {(other.program, place) for place in other.failed}
        self.n_runs += other.n_runs
        self.n_missed += other.n_missed
        self.counts += other.counts
        self.accepted += other.accepted

    @property
    def is_good(self):
        return not self.counts

    def cells(self):
        return (len(self.places), len(self.failed), self.n_runs, self.n_missed, *(self.counts[kind] for kind in (*KINDS, "other")),
                sum(self.accepted.values()))

    def line(self):
        """To be read again."""
        return json.dumps({**vars(self), "places": sorted(self.places), "failed": sorted(self.failed)}) + "\n"


def read_line(line):
    fields = json.loads(line)
    made = {name: kind(fields[name]) for name, kind in (("places", set), ("failed", set), ("part", tuple),
                                                        ("counts", collections.Counter), ("accepted", collections.Counter))}
    return Result(**{**fields, **made})


def print_row(name, cells):
    print(name[:WIDTH].ljust(WIDTH) + "".join(str(cell).rjust(width) for cell, width in zip(cells, WIDTHS)), flush=True)


def sum_of(results):
    total = Result()
    for result in results:
        total.sum(result)
    return total


def print_sum(name, results, failed):
    """Of the call sites that these met, those that were failed, there or in other cases."""
    total = sum_of(results)
    total.failed = total.places & failed
    n = len({(result.program, result.case) for result in results})
    print_row(f"{name} ({n} case{'s' * (n != 1)})", total.cells())


def print_table(results):
    """A row for each group of cases, and one for all; what was accepted, and why. Whether all is as it should be."""
    groups = collections.defaultdict(list)
    for result in results:
        groups[result.group].append(result)
    print()
    print_row("all of a kind", HEADINGS)
    total = sum_of(results)
    for name, members in groups.items():
        print_sum(name, members, total.failed)
    print_sum("all", results, total.failed)
    print_row("goal", GOALS)
    for reason, n in sorted(total.accepted.items(), key=lambda pair: -pair[1]):
        print(f"accepted {n:>6}  {reason}")
    return total.is_good


def read_results(paths):
    """The last of each case and part."""
    found = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for result in map(read_line, file):
                found[result.program, result.case, result.part] = result
    return list(found.values())
