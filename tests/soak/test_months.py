# SPDX-License-Identifier: BSD-3-Clause
"""Replays a month and two months with the embedded server; what holds is said in accelerated.py. Needs no root."""

import unittest

import accelerated
from report import Report


class Months(unittest.TestCase):
    def test_packets_leases_and_memory_are_as_the_model_says(self):
        report = Report()
        accelerated.run(1, seed=1, report=report)
        self.assertTrue(report.holds, report.markdown())


if __name__ == "__main__":
    unittest.main()
