"""What goes wrong with PostgreSQL while it runs: no room, no connections, locks, a clock that is set back; and the loss of the
machine it runs on, with a standby that takes over."""
import glob
import shutil
import signal
import subprocess
import time

from scenarios import scenario
from world import BUILD, PG, Impossible, Trouble, as_postgres, await_that, kill

SMALL_DISK = "600m"  # for the returns of twenty runs


# ---- the disk

def on_small_disk(stage):
    stage.world.small_disk(stage.directory / "disk", SMALL_DISK)
    stage.copy_cluster(stage.directory / "disk" / "pg0").start()
    stage.serve()


def remount(stage, how):
    return subprocess.run(["mount", "-o", f"remount,{how}", stage.directory / "disk"], check=False,
                          capture_output=True).returncode == 0


def has_shrunk(stage):
    """To what is used: there is no room left, at once. It may not, when more was used meanwhile."""
    return remount(stage, f"size={shutil.disk_usage(stage.directory / 'disk').used}")


@scenario("disk-full", make=on_small_disk)
def disk_full(stage, chance):
    """PostgreSQL refuses what needs room, or ends because its log finds none; then it is started again when there is."""
    if stage.until(chance.uniform(0, 0.6)):
        await_that("the disk to be full", lambda: has_shrunk(stage))
        stage.rest(chance.uniform(0.3, 1.5))
        remount(stage, f"size={SMALL_DISK}")
        if not stage.cluster.is_ready():
            stage.cluster.start()


@scenario("disk-read-only", make=on_small_disk)
def disk_read_only(stage, chance):
    """As a kernel does with a disk that fails; PostgreSQL ends, and cannot start."""
    if stage.until(chance.uniform(0, 0.7)):
        stage.cluster.kill_all()
        await_that("the disk to be read-only", lambda: remount(stage, "ro"))  # once no file is open
        stage.cluster.spawn()
        stage.rest(chance.uniform(0.3, 1.5))
        stage.cluster.kill()
        remount(stage, "rw")
        stage.cluster.start()


# ---- connections, locks, and what takes long

@scenario("no-connections")
def no_connections(stage, chance):
    """shapd's connections end, and PostgreSQL takes no new ones."""
    if stage.until(chance.uniform(0, 0.7)):
        stage.cluster.sql("alter role shap_server connection limit 0",
                          "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shap_server'")
        stage.rest(chance.uniform(0.3, 1.5))
        stage.cluster.sql("alter role shap_server connection limit -1")


def lock_table(stage, chance):
    stage.begin_sql("begin", f"lock table {chance.choice(('shap.ledger_head', 'shap.link', 'shap.entry'))} in exclusive mode",
                    f"select pg_sleep({chance.uniform(0.7, 1.5):.2f})", "commit")
    stage.rest(1.5)


@scenario("lock", call_ms=500)
def lock(stage, chance):
    """Somebody holds what each return needs, for longer than a call may take."""
    if stage.until(chance.uniform(0, 0.7)):
        lock_table(stage, chance)


@scenario("slow-query", call_ms=500)
def slow_query(stage, chance):
    """Each statement that records returns takes as long as a call may, or longer, for a while."""
    if stage.until(chance.uniform(0, 0.7)):
        stage.cluster.sql("create or replace function public.sleep_a_while() returns trigger language plpgsql as "
                          f"$$ begin perform pg_sleep({chance.uniform(0.3, 0.8):.2f}); return null; end $$",
                          'create trigger slow after insert on shap."return" execute function public.sleep_a_while()')
        stage.rest(chance.uniform(0.7, 1.5))
        stage.cluster.sql('drop trigger slow on shap."return"')


@scenario("frozen", call_ms=500)
def frozen(stage, chance):
    """PostgreSQL stands still, the process used last or all; what it was at, it does later."""
    if stage.until(chance.uniform(0, 0.7)):
        stopped = stage.cluster.freeze(stage.cluster.backends()[:1] if chance.random() < 0.5 else None)
        stage.rest(chance.uniform(0.3, 2))
        for pid in stopped:
            kill(pid, signal.SIGCONT)


# ---- the clock

def with_a_clock(stage):
    libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not libraries:
        raise Impossible("there is no libfaketime; apt-get install faketime")
    if b"__asan_init" in (BUILD / "server/shapd").read_bytes():
        raise Impossible("the address sanitizer has to be loaded before libfaketime, and cannot")
    set_clock(stage, "+0")
    environment = {"LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": str(stage.directory / "clock"),
                   "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    cluster = stage.copy_cluster()
    cluster.environment = environment
    cluster.start()
    stage.serve(environment=environment)


def set_clock(stage, offset):
    (stage.directory / "clock").write_text(offset + "\n", encoding="ascii")


@scenario("clock-back", make=with_a_clock, count=100, per_second=40)
def clock_back(stage, chance):
    """PostgreSQL's and the server's, by seconds or by months; the next run is later again."""
    set_clock(stage, "+0")
    if stage.until(chance.uniform(0, 0.5)):
        set_clock(stage, chance.choice(("-5s", "-90s", "-2h", "-1d", "-40d")))


# ---- the machine, with a standby

def with_standby(stage):
    primary = stage.copy_cluster()
    primary.start()
    standby = stage.add_cluster(stage.directory / "pg1")
    join(primary, standby)
    ports = f"{primary.port},{standby.port}"
    stage.serve(database=f"host=127.0.0.1,127.0.0.1 port={ports} target_session_attrs=read-write dbname=shap user=shap_server")


def join(primary, standby):
    """Makes the standby from the primary, and waits until no commit is acknowledged without it."""
    standby.remove()
    as_postgres(f"{PG}/pg_basebackup", "-h", primary.directory, "-p", primary.port, "-U", "postgres", "-D", standby.directory,
                "-R", "-X", "stream", "-c", "fast", "--no-sync")
    # It is not to wait for a standby of its own when it takes over.
    with open(standby.directory / "postgresql.auto.conf", "a", encoding="ascii") as file:
        file.write("synchronous_standby_names = ''\n")
    standby.start()
    primary.sql("alter system set synchronous_standby_names = '*'", "select pg_reload_conf()")
    await_that("the standby to be synchronous",
               lambda: primary.sql("select count(*) from pg_stat_replication where sync_state = 'sync'").strip() == "1")


def take_over(stage, chance, lose):
    """The primary is lost under load; somebody notices after a while, and promotes the standby."""
    primary, standby = stage.clusters
    if stage.until(chance.uniform(0.02, 0.9)):
        lose(primary)
        time.sleep(chance.uniform(0, 0.5))
        if standby.sql("select pg_promote()").strip() != "t":
            raise Trouble("the standby does not take over")
        stage.clusters.reverse()
        stage.rest(60)
        primary.kill_all()
        join(standby, primary)


@scenario("standby", make=with_standby)
def standby_takes_over(stage, chance):
    take_over(stage, chance, lambda primary: primary.kill_all())


@scenario("standby-silent", short=0, make=with_standby, call_ms=1000, patience_ms=60000)
def standby_of_a_silent_one(stage, chance):
    """The primary is not gone: it stands still, takes connections and says nothing."""
    take_over(stage, chance, lambda primary: primary.freeze())
