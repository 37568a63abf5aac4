# SPDX-License-Identifier: BSD-3-Clause
"""The command line of tools/soak."""

import argparse
import os
import pathlib
import random
import signal
import sys
import time

import accelerated
import attacks
import judge
import lab
from report import Report
from run import Soak

CANNOT_RUN = 77
PROGRAMS = ("SOFTWIRED", "SOFTWIRECTL", "SOFTWIRE_B4", "SOFTWIRE_REPLAY")


def parse(description, words):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--hours", type=float, help="of real time")
    length.add_argument("--minutes", type=float, help="of real time")
    parser.add_argument("--months", type=int, default=0, help="of the accelerated replay, and then twice as many")
    parser.add_argument("--seed", type=int, default=None, help="of the random choices; default: another each time")
    parser.add_argument("--report", metavar="FILE", help="where to write the table of verdicts, in Markdown")
    parser.add_argument("--attacks", metavar="NAME,...", help=f"of {', '.join(attacks.ATTACKS)}; default: all but "
                        + ", ".join(name for name, attack in attacks.ATTACKS.items() if not attack.by_default))
    wanted = parser.parse_args(words)
    wanted.seconds = 3600 * (wanted.hours or 0) + 60 * (wanted.minutes or 0)
    if not wanted.seconds and not wanted.months:
        parser.error("give --hours, --minutes or --months")
    if wanted.seconds < 0 or wanted.months < 0:
        parser.error("times are positive numbers")
    wanted.attacks = (wanted.attacks.split(",") if wanted.attacks else
                      [name for name, attack in attacks.ATTACKS.items() if attack.by_default])
    if unknown := [name for name in wanted.attacks if name not in attacks.ATTACKS]:
        parser.error(f"no such attack: {', '.join(unknown)}; there are {', '.join(attacks.ATTACKS)}")
    for variable in PROGRAMS:
        if not pathlib.Path(os.environ[variable]).is_file():
            parser.error(f"{os.environ[variable]} does not exist; build the preset release, or set {variable}")
    return wanted


def main(description, words=None):
    wanted = parse(description, words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything ends
    if wanted.seconds and (why := lab.missing()):
        print(f"skipped: {why}", file=sys.stderr)
        return CANNOT_RUN
    seed = random.SystemRandom().randrange(1 << 32) if wanted.seed is None else wanted.seed
    random.seed(seed)
    report, begun = Report(), time.time()
    print(f"seed {seed}", flush=True)
    if wanted.seconds:
        soak = Soak(wanted.seconds, wanted.attacks)
        soak.run()
        judge.judge(soak, report)
    if wanted.months:
        accelerated.run(wanted.months, seed, report)
    report.title = f"{(time.time() - begun) / 60:.0f} minutes, seed {seed}:"
    if wanted.report:
        report.write(wanted.report)
    print("\n" + report.markdown(), flush=True)
    return 0 if report.holds else 1
