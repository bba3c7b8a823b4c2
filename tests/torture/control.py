"""The file that torture.py shares with the library that is loaded into the program under test: struct control of torture.h."""
import ctypes
import functools
import mmap
import os
import pathlib
import random
import subprocess

OFF, COUNT, FAIL, STARVE = range(4)
N_SITES, N_FRAMES, N_MODULES, NAME_SIZE, MODULE_SIZE, N_LEAKS = 16384, 24, 48, 32, 128, 16
SAMPLE = 3  # of the call sites that a case before has had
MEMORY = {"malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign"}
N_FAMINES = 100  # of one case


class Site(ctypes.Structure):
    _fields_ = [("hash", ctypes.c_uint64), ("n_calls", ctypes.c_uint32), ("n_ways", ctypes.c_uint32),
                ("name", ctypes.c_char * NAME_SIZE), ("frames", ctypes.c_uint64 * N_FRAMES)]


class Layout(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("owner", "mode", "is_armed", "wanted_way")] + [
        ("wanted", ctypes.c_uint64)] + [(name, ctypes.c_uint32) for name in (
            "nth", "page", "n_seen", "n_failed", "n_sites", "n_calls", "audit_wanted", "audit_done")] + [
        (name, ctypes.c_uint64) for name in ("n_blocks", "n_bytes", "n_leaked", "leaked_bytes")] + [
        ("leaked", ctypes.c_uint64 * N_LEAKS), ("n_modules", ctypes.c_uint32), ("is_full", ctypes.c_uint32),
        ("modules", (ctypes.c_char * MODULE_SIZE) * N_MODULES), ("sites", Site * N_SITES)]


class Place:
    """A site as it was found: what is called there, how often, and in which ways it can fail."""

    def __init__(self, site, modules):
        self.hash, self.n_calls, self.n_ways, self.name = site.hash, site.n_calls, site.n_ways, site.name.decode()
        self.frames = [(modules[(frame >> 48) - 1], frame & 0xffffffffffff) for frame in site.frames if frame]
        self.page = self.frames[0][1] & 0xfff if self.frames else 0


class Famine:
    """No memory from some call for it on, instead of a place."""
    hash, name, frames, page = 0, "memory", [], 0


FAMINE = Famine()


class Draw:
    """Which calls are failed. Each run is a place, which of its calls, and how."""

    def __init__(self, options, program):
        self.options = options
        self.seen = set()  # places that a case before has had
        self.done = {place for of_program, place in options.done if of_program == program}  # that another run has failed

    def runs(self, case, places):
        """Those of this case, or this part of them; the same whatever else is played."""
        chance = random.Random(f"{self.options.seed} {case.name}")
        runs = self.famines(places, chance) if case.starves else self.failures(places, chance)
        if self.options.call:
            runs = [run for run in runs if run[0].name == self.options.call]
        part, n_parts = self.options.part
        return [run for run in runs if (run[0].hash + run[1]) % n_parts == part - 1]

    def famines(self, places, chance):
        """The first calls for memory, and a sample of the others, after which there is none."""
        if self.done:
            return []
        n_calls = sum(place.n_calls for place in places if place.name in MEMORY)
        n = self.options.sample or N_FAMINES
        first = range(1, min(n // 4, n_calls) + 1)
        rest = range(len(first) + 1, n_calls + 1)
        return [(FAMINE, nth, 0) for nth in [*first, *sorted(chance.sample(rest, min(len(rest), n - len(first))))]]

    def failures(self, places, chance):
        """New places at their first, second and last call and in each way, others as a sample."""
        new = [place for place in places if place.hash not in self.seen or self.options.all]
        old = [place for place in places if place.hash in self.seen and not self.options.all]
        self.seen.update(place.hash for place in places)
        n = self.options.sample
        if self.done:
            new, old = [place for place in places if place.hash not in self.done], []
        if n:
            new, old = chance.sample(new, min(len(new), n)), []
        runs = [(place, 1, way) for place in new for way in range(place.n_ways)]
        if not n:
            runs += [(place, nth, 0) for place in new for nth in sorted({2, place.n_calls} - {1}) if nth <= place.n_calls]
        return runs + [(place, chance.randint(1, place.n_calls), chance.randrange(place.n_ways))
                       for place in chance.sample(old, min(len(old), SAMPLE))]


class Control:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        with open(path, "wb") as file:
            file.truncate(ctypes.sizeof(Layout))
        os.chmod(path, 0o666)  # shapd may become somebody else
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)
        self.shared = Layout.from_buffer(self.memory)

    def clear(self, keep_sites=True):
        """For the next process."""
        shared = self.shared
        ctypes.memset(ctypes.addressof(shared), 0, Layout.sites.offset if keep_sites else ctypes.sizeof(shared))

    def forget_sites(self):
        shared = self.shared
        ctypes.memset(ctypes.addressof(shared) + Layout.sites.offset, 0, N_SITES * ctypes.sizeof(Site))
        shared.n_sites = shared.n_calls = shared.is_full = 0

    def count(self):
        self.shared.mode = COUNT

    def fail(self, place, nth, way):
        shared = self.shared
        shared.mode = OFF
        if place is FAMINE:
            self.forget_sites()
        shared.wanted, shared.page, shared.nth, shared.wanted_way = place.hash, place.page, nth, way
        shared.n_seen = shared.n_failed = 0
        shared.mode = STARVE if place is FAMINE else FAIL

    def place_of(self, place):
        """Where it failed: a famine notes where it began."""
        return next(iter(self.places()), place) if place is FAMINE else place

    def modules(self):
        return [bytes(name.value).decode() for name in self.shared.modules[:self.shared.n_modules]]

    def places(self):
        """Those that were found; in an order that does not change from run to run."""
        if self.shared.is_full:
            raise RuntimeError("there were more call sites than there is room for")
        modules = self.modules()
        found = [Place(site, modules) for site in self.shared.sites if site.n_calls]
        return sorted(found, key=lambda place: place.hash)

    def leaks(self, program):
        """Who asked for the blocks that nothing points to any more, as far as there is room to say so; but for those that glibc
        keeps in its own way."""
        modules = self.modules()
        callers = [(modules[(frame >> 48) - 1], frame & 0xffffffffffff) for frame in self.shared.leaked[:self.shared.n_leaked] if frame]
        return [name for name in names_of(callers, program) if "set_binding_values" not in name]


@functools.cache
def name_of(module, offset, program):
    """A frame as people read it: function (file:line) where there are symbols, else the library."""
    path = str(program) if module == "" else module
    answer = subprocess.run(["addr2line", "-f", "-s", "-e", path, hex(offset - 1)], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True).stdout.split()
    function = answer[0] if answer and answer[0] != "??" else "?"
    return f"{function} ({answer[1] if module == '' and len(answer) > 1 else pathlib.Path(path).name})"


def names_of(frames, program):
    return [name_of(module, offset, program) for module, offset in frames]
