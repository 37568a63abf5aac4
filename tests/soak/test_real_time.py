# SPDX-License-Identifier: BSD-3-Clause
"""Runs the soak in real time for about a minute: phases without an attack and with all attacks at once, at a tenth of the
rates of tools/soak. The verdicts are those of judge.py."""

import random
import unittest

import lab
from attacks import ATTACKS
from judge import judge
from report import Report
from run import Soak

SECONDS = 60
STRENGTH = 0.1


@unittest.skipIf(lab.missing(), lab.missing() or "")
class RealTime(unittest.TestCase):
    def test_no_victim_is_hurt_and_everything_adds_up(self):
        random.seed(1)
        names = [name for name, attack in ATTACKS.items() if attack.by_default]
        soak, report = Soak(SECONDS, names, alone=False, strength=STRENGTH), Report()
        soak.run()
        judge(soak, report)
        self.assertTrue(report.holds, report.markdown())


if __name__ == "__main__":
    unittest.main()
