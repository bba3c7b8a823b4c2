"""Who looks the ledger through tells what nobody would answer apart from what is wrong with it; and a PostgreSQL ends whatever
it is at."""
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import stage
import world


class Ledger(stage.Stage):
    """One whose shap is a script: how it ends is the next line of a list, the last one again and again."""

    def __init__(self, directory, *ends):
        self.call_seconds = 1
        self.ends = pathlib.Path(directory) / "ends"
        self.ends.write_text("\n".join(ends) + "\n", encoding="ascii")

    def shap(self, *_):
        script = f'set -- $(head -n 1 {self.ends}); [ $(wc -l < {self.ends}) = 1 ] || sed -i 1d {self.ends}; echo $2; exit $1'
        return ["sh", "-c", script], os.environ


def a_cluster(directory, script):
    """Some program that stands for one."""
    cluster = world.Cluster(directory, pathlib.Path(directory) / "log")
    cluster.process = world.Process(["sh", "-c", script], cluster.log, is_ours=True, stdout=subprocess.PIPE)
    cluster.process.child.stdout.readline()
    return cluster


class VerifyTest(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(tempfile.TemporaryDirectory())

    def test_a_ledger_that_is_whole_is_good(self):
        self.assertEqual(Ledger(self.directory, "0").verify(), [])

    def test_whoever_does_not_serve_yet_is_asked_again(self):
        self.assertEqual(Ledger(self.directory, "8 away", "8 away", "0").verify(), [])

    def test_a_finding_is_told_at_once(self):
        self.assertIn("broken", Ledger(self.directory, "1 broken", "0").verify()[0])

    def test_a_finding_behind_an_outage_is_told(self):
        self.assertIn("broken", Ledger(self.directory, "8 away", "1 broken", "0").verify()[0])

    def test_whoever_never_serves_is_told(self):
        stage.MOST_SECONDS, was = 0.3, stage.MOST_SECONDS
        self.addCleanup(setattr, stage, "MOST_SECONDS", was)
        self.assertIn("not looked through: away", Ledger(self.directory, "8 away").verify()[0])


class EndTest(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(tempfile.TemporaryDirectory())
        world.SECONDS_TO_QUIT, was = 0.3, world.SECONDS_TO_QUIT
        self.addCleanup(setattr, world, "SECONDS_TO_QUIT", was)

    def assert_ended(self, process, status):
        self.addCleanup(process.child.stdout.close)
        self.assertEqual(process.child.wait(0), status)

    def test_one_that_stands_still_ends_in_good_order(self):
        cluster = a_cluster(self.directory, "trap 'exit 7' QUIT; echo; while :; do sleep 0.01; done")
        process = cluster.process
        cluster.freeze()
        world.SECONDS_TO_QUIT = 20
        cluster.end()
        self.assert_ended(process, 7)

    def test_one_that_does_not_want_to_end_is_killed(self):
        cluster = a_cluster(self.directory, "trap '' QUIT; echo; while :; do sleep 0.01; done")
        process = cluster.process
        cluster.end()
        self.assert_ended(process, -signal.SIGKILL)


unittest.main()
