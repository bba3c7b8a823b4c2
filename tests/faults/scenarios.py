"""What breaks, and how. Each scenario makes its stage once, and plays runs on it: while clients send, it breaks something
at moments that chance decides, and mends what an administrator or a service manager would."""
import collections

from world import kill

# runs: of the long command, and of ./check. is_whole: play does not have clients that send meanwhile; it is told the number of
# the run, and gives its sum.
Scenario = collections.namedtuple("Scenario", "name runs short make load play is_whole")
ALL = []


def one_of_each(stage):
    stage.copy_cluster().start()
    stage.serve()


def scenario(name, runs=20, short=1, make=one_of_each, is_whole=False, **load):
    """load: what differs from stage.LOAD, with _ for -."""
    def keep(play):
        ALL.append(Scenario(name, runs, short, make, {word.replace("_", "-"): n for word, n in load.items()}, play, is_whole))
        return play
    return keep


def moments(chance, most):
    """Of some faults in one run: parts of its work."""
    return sorted(chance.uniform(0, 0.95) for _ in range(chance.randint(1, most)))


# ---- killed at any moment

@scenario("kill-shapd", runs=200, short=2)
def kill_shapd(stage, chance):
    for moment in moments(chance, 3):
        if stage.until(moment):
            stage.servers[0].kill()
            stage.servers[0].start()


def two_loops(stage):
    stage.copy_cluster().start()
    stage.serve(options=("--loops", "2", "--stream-links", "2"))


@scenario("kill-loop", runs=200, make=two_loops)
def kill_loop(stage, chance):
    """One process of two that serve on one address, or both; the one above them starts it again."""
    for moment in moments(chance, 3):
        if stage.until(moment):
            loops = stage.servers[0].process.children()
            for victim in chance.sample(loops, min(chance.randint(1, 2), len(loops))):
                kill(victim)
            stage.rest(chance.uniform(0, 0.1))


@scenario("kill-backend", runs=200)
def kill_backend(stage, chance):
    """One of PostgreSQL's; its postmaster then ends them all, and recovers."""
    backends = stage.cluster.backends()
    if stage.until(chance.uniform(0, 0.95)):
        kill(chance.choice(backends))


@scenario("kill-postmaster", runs=200)
def kill_postmaster(stage, chance):
    """Its children go when they see it; or all are killed at once."""
    if stage.until(chance.uniform(0, 0.95)):
        chance.choice((stage.cluster.kill, stage.cluster.kill_all))()
        stage.cluster.start()


@scenario("kill-client", runs=200, short=2)
def kill_client(stage, chance):
    for moment in moments(chance, 8):
        if stage.until(moment):
            client = chance.choice(stage.clients)
            client.kill()
            client.start()


# ---- several servers over one database

def servers(n_servers):
    def make(stage):
        stage.copy_cluster().start()
        stage.serve(n_servers)
    return make


def kill_one(stage, chance):
    """It stays away for a while: its clients go elsewhere."""
    for moment in moments(chance, 2):
        if stage.until(moment):
            server = chance.choice(stage.servers)
            server.kill()
            stage.rest(chance.uniform(0, 0.5))
            server.start()


scenario("two-servers", runs=200, short=1, make=servers(2))(kill_one)
scenario("three-servers", runs=200, short=0, make=servers(3))(kill_one)


# ---- the network, on either side of the server

def line_to_client(stage):
    one_of_each(stage)
    stage.addresses = [f"127.0.0.1:{stage.proxy(stage.servers[0].port).port}"]


def line_to_database(stage):
    stage.copy_cluster().start()
    stage.serve(database=stage.database(stage.proxy(stage.cluster.port).port))


def on_both_lines(name, **more):
    """The same on either side, as two scenarios."""
    def keep(play):
        scenario(f"client-{name}", make=line_to_client, **more)(play)
        scenario(f"database-{name}", make=line_to_database, **more)(play)
        return play
    return keep


@on_both_lines("cut")
def cut(stage, chance):
    for moment in moments(chance, 4):
        if stage.until(moment):
            stage.proxies[0].do(chance.choice(("end", "reset")))


@on_both_lines("slow", count=20)
def slow(stage, chance):
    stage.proxies[0].do("delay", chance.randint(1, 50))
    stage.rest(chance.uniform(0.5, 1.5))
    stage.proxies[0].do("pass")


@on_both_lines("drip", count=20)
def drip(stage, _):
    """One byte at a time."""
    stage.proxies[0].do("drip")
    stage.rest(20)
    stage.proxies[0].do("pass")


@on_both_lines("half-open", call_ms=700)
def half_open(stage, chance):
    """The connections there are hand on nothing more one way, or both; new ones do."""
    if stage.until(chance.uniform(0, 0.7)):
        stage.proxies[0].do("mute", chance.choice(("up", "down", "both")))


@on_both_lines("dead", short=0, call_ms=1000)
def dead(stage, chance):
    """The cable is out for a while."""
    if stage.until(chance.uniform(0, 0.7)):
        stage.proxies[0].do("dead")
        stage.rest(chance.uniform(0.2, 2))
        stage.proxies[0].do("pass")


def resets(stage, chance, most, n_resets, seconds):
    """Each connection is reset after so many bytes one way, again and again after others."""
    for _ in range(n_resets):
        if stage.is_busy():
            way = chance.choice(tuple(most))
            stage.proxies[0].do("reset-after", way, chance.randint(0, most[way]))
            stage.proxies[0].do("reset")
            stage.rest(chance.uniform(0.5, 1) * seconds)
    stage.proxies[0].do("pass")
    stage.proxies[0].do("reset")


@scenario("client-resets", make=line_to_client, at_once=4, count=60)
def client_resets(stage, chance):
    resets(stage, chance, {"up": 6000, "down": 800}, 30, 0.1)


@scenario("database-resets", make=line_to_database)
def database_resets(stage, chance):
    resets(stage, chance, {"up": 20000, "down": 8000}, 6, 0.6)
