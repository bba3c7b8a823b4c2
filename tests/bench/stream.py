"""What shapd holds while it streams very many rows to a reader that is slow, and stands still now and then."""
import json
import time

from bench import HERE, Growth, Void, kilobytes, run

MB = 1024 * 1024
RATE = 10 * MB  # that the reader takes a second, while it reads
STALLS, STALL_SECONDS = 2, 3
MOST_SECONDS = 600


class Backends:
    """The processes of PostgreSQL that serve a database, of which shapd has one link of each kind."""

    def __init__(self, bench, database):
        end = time.monotonic() + 30
        while True:
            self.pids = bench.sql(f"select pid from pg_stat_activity where datname = '{database}'").split()
            if len(self.pids) >= 3:  # for calls, for streams, for notices
                return
            if time.monotonic() > end:
                raise Void(f"shapd has {len(self.pids)} connections to PostgreSQL")
            time.sleep(0.1)

    def memory(self):
        """Of the one that has most, without what it shares with others."""
        return max(kilobytes(f"/proc/{pid}/smaps_rollup", "Private_") for pid in self.pids) * 1024


def read_slowly(bench, server, backends):
    reader = [bench.programs / "tests/bench/slow_reader", server.address, bench.authority,
              "/shap.v1.Directory/ListOrganisations", "coordinator-large", RATE, STALLS, STALL_SECONDS, bench.options.rows]
    with Growth(server) as ours, Growth(backends) as theirs:
        said = json.loads(run(*reader, seconds=MOST_SECONDS))
    if said["status"] or said["messages"] != bench.options.rows or said["stalls"] != STALLS:
        raise Void(f"the stream ended with status {said['status']}, {said['messages']} rows and {said['stalls']} stalls")
    return said, (ours.most - ours.before) / MB, (theirs.most - theirs.before) / MB


def stream(bench, table):
    """The contract has no list of that length: in a copy of the database that of organisations is made so long."""
    n_rows = bench.options.rows
    bench.sql("create database stream template shap")
    try:
        run(bench.postgres / "psql", "-Xq", "-d", "stream", "-v", f"rows={n_rows}", "-f", HERE / "stream.sql")
        with bench.shapd("--links", 1, "--stream-links", 1, database="stream") as server:
            said, ours, theirs = read_slowly(bench, server, Backends(bench, "stream"))
        on_disk = int(bench.sql("select temp_bytes from pg_stat_database where datname = 'stream'"))
    finally:
        bench.sql("drop database if exists stream with (force)")
    table.add(f"memory while {n_rows / 1e6:g} M rows go to a slow reader, MB", [ours], 8, 4, True)
    print(f"    {said['messages']} rows, {said['bytes'] / MB:.0f} MB, in {said['seconds']:.0f} s, of which {STALLS * STALL_SECONDS} s "
          f"nothing was read; PostgreSQL's process had {theirs:.1f} MB more, and {on_disk / MB:.0f} MB on disk", flush=True)
