"""What breaks, and how. Each scenario makes its stage once, and plays runs on it: while clients send, it breaks something
at moments that chance decides, and mends what an administrator or a service manager would."""
import collections

from world import kill

# runs: of the long command, and of ./check
Scenario = collections.namedtuple("Scenario", "name runs short make play")
ALL = []


def one_of_each(stage):
    stage.copy_cluster().start()
    stage.serve()


def scenario(name, runs=20, short=1, make=one_of_each):
    def keep(play):
        ALL.append(Scenario(name, runs, short, make, play))
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


@scenario("kill-backend", runs=200, short=2)
def kill_backend(stage, chance):
    """One of PostgreSQL's; its postmaster then ends them all, and recovers."""
    backends = stage.cluster.backends()
    if stage.until(chance.uniform(0, 0.95)):
        kill(chance.choice(backends))


@scenario("kill-postmaster", runs=200, short=2)
def kill_postmaster(stage, chance):
    if stage.until(chance.uniform(0, 0.95)):
        stage.cluster.kill()
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
scenario("three-servers", runs=200, make=servers(3))(kill_one)
