"""The judge sees each thing that can be wrong with a table: a judge that sees nothing would call everything good."""
import pathlib
import tempfile
import unittest

import judge

RUN = 7
IDS = [f"00000007-0000-4000-8000-{n:012x}" for n in range(4)]
NOTE = "Two of four reviews are done."


class Table:
    """Stands for PostgreSQL: answers the rows it was given."""

    def __init__(self, *rows):
        self.rows = rows

    def sql(self, _):
        return "".join("\t".join(map(str, row)) + "\n" for row in self.rows)


def row(n, record, note=NOTE):
    return IDS[n], record, "SH1.2/2/2", "in_progress", "2010-12-17", note


def judged(table, *lines):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "journal"
        path.write_text("".join("\t".join(map(str, line)) + "\n" for line in lines), encoding="ascii")
        return judge.judge(table, RUN, [path])


def sent(n):
    return "S", 1000000 * n, IDS[n], "SH1.2/2/2", 2, "2010-12-17", NOTE


def acknowledged(n, record):
    return "A", 1000000 * n + 250000, IDS[n], record, 0


class JudgeTest(unittest.TestCase):
    def assert_wrong(self, result, **wanted):
        self.assertFalse(result.is_good)
        self.assertEqual({name: result.counts[name] for name in judge.Sum.WRONG if result.counts[name]}, wanted)

    def test_what_is_there_once_as_it_was_sent_is_good(self):
        result = judged(Table(row(0, 11), row(1, 12)), sent(0), acknowledged(0, 11), ("F", 1, IDS[1], -1), sent(1),
                        acknowledged(1, 12))
        self.assertTrue(result.is_good)
        self.assertEqual([result.counts[name] for name in ("sent", "acknowledged", "retried")], [2, 2, 1])
        self.assertEqual(result.gap, 1.0)

    def test_an_acknowledged_return_that_is_not_there_is_lost(self):
        self.assert_wrong(judged(Table(), sent(0), acknowledged(0, 11)), lost=1)

    def test_one_that_is_there_under_another_record_is_lost(self):
        self.assert_wrong(judged(Table(row(0, 12)), sent(0), acknowledged(0, 11)), lost=1)

    def test_one_that_is_there_twice_is_doubled(self):
        self.assert_wrong(judged(Table(row(0, 11), row(0, 12)), sent(0), acknowledged(0, 11)), doubled=1)

    def test_one_without_all_of_its_note_is_half(self):
        self.assert_wrong(judged(Table(row(0, 11, NOTE[:-1])), sent(0), acknowledged(0, 11)), half=1)
        self.assert_wrong(judged(Table(row(0, 11, r"\N")), sent(0), acknowledged(0, 11)), half=1)

    def test_one_that_nobody_sent_is_stray(self):
        self.assert_wrong(judged(Table(row(0, 11), row(3, 12)), sent(0), acknowledged(0, 11)), stray=1)

    def test_one_that_was_never_answered_is_told_of(self):
        self.assert_wrong(judged(Table(row(0, 11)), sent(0), sent(1), acknowledged(0, 11)), unanswered=1)

    def test_one_that_was_refused_is_told_of(self):
        self.assert_wrong(judged(Table(), sent(0), ("X", 9, IDS[0], 13)), refused=1)

    def test_a_table_with_more_than_was_seen_or_a_broken_ledger_is_told_of(self):
        class Whole:
            def sql(self, _):
                return "5\n"

        self.assertEqual(judge.look_at_all(Whole(), 5, lambda: []), [])
        self.assertEqual(len(judge.look_at_all(Whole(), 4, lambda: [])), 1)
        self.assertEqual(judge.look_at_all(Whole(), 5, lambda: ["link 3 is missing"]), ["link 3 is missing"])


unittest.main()
