"""The soak's figures say WRONG for each thing that can be wrong with a long time."""
import unittest

import judge
import soak


def part(n_faults=0, n_failed=0, kb=(15000, 15000), **wrong):
    result = judge.Sum()
    result.counts.update(sent=1000, acknowledged=1000, retried=n_failed, **wrong)
    result.n_faults, result.gap, result.kb = n_faults, 0.5, kb
    return result


class SoakTest(unittest.TestCase):
    def wrong(self, *parts):
        return [figure.name for figure in soak.figures_of(parts) if not figure.is_good]

    def test_what_faults_explain_is_good(self):
        # Two faults explain 2 * (8 + 3 * 0.5) attempts of each of 256 returns in flight.
        self.assertEqual(self.wrong(part(2, 4864), part(2, 2), part(kb=(15000 + 8192, 15000))), [])

    def test_one_attempt_that_fails_in_peace_is_wrong(self):
        self.assertEqual(self.wrong(part(2, 100), part(0, 1)), ["attempts failed in 1 parts in peace"])

    def test_more_than_faults_explain_is_wrong(self):
        self.assertEqual(self.wrong(part(2, 4865), part(2, 2)), ["parts in which more failed than faults explain"])

    def test_faults_at_which_nothing_fails_are_none(self):
        self.assertEqual(self.wrong(part(2, 1), part(2, 2)), ["attempts failed in 2 parts with 4 faults"])

    def test_memory_that_grows_is_wrong(self):
        self.assertEqual(self.wrong(part(), part(kb=(15000, 15000 + 8193))), ["memory of shapd 2, last quarter over the first"])

    def test_each_return_that_is_wrong_is_wrong(self):
        for name in judge.Sum.WRONG:
            self.assertEqual(self.wrong(part(), part(**{name: 1})), ["returns lost, doubled, half, stray, unanswered, refused"])


unittest.main()
