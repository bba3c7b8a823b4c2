"""The times of the reports at three sizes: one session each, as shapd has them, and every call identified as it does."""
import collections
import re
import statistics
import subprocess



class Failure(Exception):
    """What went wrong, in one sentence."""


YEAR = "2024-25"
AS_AT = "'2025-03-31'"

# What is asked for over one plan, beside the plan and the day: by its name the function, the arguments it gets, and who asks.
REPORTS = {
    "exceptions": ("get_exception_report", {}, "reader"),
    "account": ("get_account_report", {"by": "'objective'"}, "reader"),
    "no-return": ("get_no_return_report", {}, "reader"),
    "completed": ("get_completed_report", {"since": "'2024-12-31'"}, "reader"),
    "extensions": ("get_extension_report", {}, "reader"),
    "forward": ("get_forward_report", {"months": "3"}, "reader"),
    "doubts": ("get_doubt_report", {}, "reader"),
    "history": ("get_history_report", {"reference": "'SH1.1/1/1'"}, "reader"),
    "sign-off": ("get_sign_off_report", {}, "reader"),
    "knock-ons": ("get_knock_on_report", {}, "reader"),
    "movement": ("get_movement_report", {"from": "'2024-12-31'"}, "reader"),
    "rating": ("get_rating_report", {"scheme": "'months-behind'"}, "reader"),
    "disagreements": ("get_disagreement_report", {"scheme": "'months-behind'"}, "reader"),
    "window": ("get_window_status", {"window": "'Q4'"}, "reader"),
    "outstanding": ("get_outstanding_report", {}, "coordinator"),
    "outstanding list": ("list_outstanding", {}, "coordinator"),
    "digests": ("list_digests", {}, "coordinator"),
    "milestones": ("list_milestones", {}, "reader"),
    "milestone": ("get_milestone", {"reference": "'SH1.1/1/1'"}, "reader"),
    "objectives": ("list_objectives", {}, "reader"),
    "objective": ("get_objective", {"code": "'SH1.1'"}, "reader"),
    "returns": ("list_returns", {}, "reader"),
    "returns to review": ("list_returns", {"awaiting_review": "true"}, "coordinator"),
    "sign-offs": ("list_sign_offs", {}, "reader"),
    "doubt list": ("list_doubts", {}, "coordinator"),
    "plan": ("get_plan", {}, "reader"),
    "own milestones": ("list_milestones", {}, "partner"),
    "own outstanding": ("list_outstanding", {}, "partner"),
}
# What is asked for over one year of all councils, by the reader of a region.
COUNCILS = {"councils": ("get_councils_report", {"year": f"'{YEAR}'"}, "region")}


def names():
    return [*REPORTS, *COUNCILS]


class Session:
    """A session of the server's role."""

    def __init__(self, cluster, database, is_processor_time):
        self.cluster, self.database, self.is_processor_time = cluster, database, is_processor_time
        self.arguments = {}
        self.psql = subprocess.Popen([str(cluster.bin / "psql"), "-XAtq", "-U", "shap_server", "-d", database],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        columns = cluster.sql(database, """select string_agg(format(', set_config(''shap.%s'', i."%s", true)', attname, attname), '' order by attnum)
            from pg_attribute where attrelid = 'shap_v1.identification'::regclass and attname <> 'role' and not attisdropped and attnum > 0""")
        self.identify = ("select set_config('role', i.role, true)" + columns + " from shap_v1.identify(array[sha256(convert_to('{who}', "
                         "'UTF8'))], null, '{{127.0.0.1}}') i;")
        self.statistics = f"/proc/{self.ask('select pg_backend_pid();').strip()}/schedstat"

    def end(self):
        self.psql.communicate()

    def ask(self, text):
        self.psql.stdin.write(text + "\n\\echo end of answer\n")
        self.psql.stdin.flush()
        lines = []
        while True:
            line = self.psql.stdout.readline()
            if not line:
                raise Failure("the session ended")
            if line == "end of answer\n":
                return "".join(lines)
            lines.append(line)

    def call(self, function, given):
        """The call of a function with the arguments that are given, the others null."""
        if function not in self.arguments:
            self.arguments[function] = self.cluster.sql(self.database, f"""select string_agg(a.name, ',' order by a.place)
                from pg_proc p cross join lateral unnest(p.proargnames) with ordinality a (name, place)
               where p.pronamespace = 'shap_v1'::regnamespace and p.proname = '{function}'
                 and a.place <= p.pronargs""").split(",")
        return f"select * from shap_v1.{function}(" + ", ".join(
            f'"{name}" => {given.get(name, "null")}' for name in self.arguments[function]) + ")"

    def within(self, who, statement):
        """In a transaction, as shapd has it, of a caller who waits for the answer."""
        return f"begin;\n\\o /dev/null\nset local statement_timeout = 0;\n{self.identify.format(who=who)}\n\\o\n{statement}\ncommit;"

    def processor_ms(self):
        with open(self.statistics, encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e6

    def time(self, who, call):
        """Milliseconds until the whole answer was here, or those of a processor that the session took."""
        before = self.processor_ms()
        said = self.ask(self.within(who, f"\\timing on\n\\o /dev/null\n{call};\n\\o\n\\timing off"))
        times = re.findall(r"^Time: ([\d.]+) ms", said, re.M)
        if len(times) != 1 or "ERROR" in said:
            raise Failure(f"{call}: {said}")
        return self.processor_ms() - before if self.is_processor_time else float(times[0])

    def buffers(self, who, call):
        """How many shared buffers a call touches: those that were there, and those that were read."""
        said = self.ask(self.within(who, f"explain (analyze, buffers) {call};"))
        match = re.search(r"Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?", said)
        return [int(n or 0) for n in match.groups()] if match else [0, 0]


def calls_of(session, name, n_councils, runs, by_region):
    """Who asks for a report, and how, over the plans of different councils; by_region: the region's reader, of all."""
    function, given, who = {**REPORTS, **COUNCILS}[name]
    if name in COUNCILS:
        return [(who, session.call(function, {"as_at": AS_AT, **given}))] * (runs + 1)
    numbers = [1 + i * n_councils // (runs + 1) for i in range(runs + 1)]
    return [("region" if by_region else f"{who}-{n}",
             session.call(function, {"plan": f"'council-{n}/{YEAR}'", "as_at": AS_AT, **given})) for n in numbers]


Figures = collections.namedtuple("Figures", "p50 buffers")


def figures_of(sessions, name, runs, by_region):
    """Times and buffers of a report in each session, the sessions by turns; the first call makes a session's plans, and counts
    for nothing."""
    n_councils = min(size.councils for size in sessions.values())  # the same plans at all sizes
    calls = {session: calls_of(session, name, n_councils, runs, by_region) for session in sessions}
    times = collections.defaultdict(list)
    for n in range(runs + 1):
        for session in sessions:
            times[session].append(session.time(*calls[session][n]))
    buffers = {session: zip(*(session.buffers(*call) for call in calls[session][1:4])) for session in sessions}
    return [Figures(statistics.median(times[session][1:]), [round(statistics.median(n)) for n in buffers[session]])
            for session in sessions]


class Table:
    """A table of ratios: the larger size ÷ the smaller."""

    def __init__(self, title, less, most, goal, stretch):
        self.goal, self.stretch, self.is_judged = goal, stretch, less != most
        self.n = self.n_short = 0
        sizes = " ".join(f"{f'{size.councils}×{size.years}':>9}" for size in (less, most))
        print(f"\n{title:34} {sizes}, ms {'ratio':>6} {'goal':>5} {'stretch':>7}  {'reached':8} buffers there+read, at both sizes")

    def add(self, name, less, most):
        ratio = most.p50 / less.p50
        reached = "-" if not self.is_judged else "stretch" if ratio <= self.stretch else "goal" if ratio <= self.goal else "no"
        buffers = " ".join(f"{f'{hit}+{read}':>14}" for hit, read in (less.buffers, most.buffers))
        print(f"{name:34} {less.p50:9.2f} {most.p50:9.2f}     {ratio:6.2f} {self.goal:5g} {self.stretch:7g}  {reached:8} {buffers}", flush=True)
        self.n += 1
        self.n_short += reached == "no"


def measure(cluster, databases, options):
    """Prints the tables: each report over one plan, by people of its council; and over the plans of all, by their region."""
    tenth, one_year, most = databases
    sessions = {size: Session(cluster, database, options.cpu) for size, database in databases.items()}
    tables = []
    for title, less, by_region, wanted, bounds in (
            ("over one plan", tenth, False, list(REPORTS), (1.2, 1.1)),
            ("over a year of all, by the region", one_year, True,
             [n for n in names() if n in COUNCILS or REPORTS[n][2] == "reader"], (2, 1.5))):
        tables.append(Table(title, less, most, *bounds))
        for name in wanted:
            if name in (options.reports or wanted):
                tables[-1].add(name, *figures_of({sessions[size]: size for size in (less, most)}, name, options.runs, by_region))
    print(f"{sum(t.n for t in tables)} ratios, {sum(t.n_short for t in tables)} fall short of the goal")
    for session in sessions.values():
        session.end()
    return 0
