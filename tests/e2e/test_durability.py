# SPDX-License-Identifier: BSD-3-Clause
"""Tests that acknowledged changes survive kill -9 at any moment, and that other changes exist wholly or not at all.

SOFTWIRE_KILLS: the number of kills. SOFTWIRE_SEED: repeats the changes of an earlier run. Needs no root.
"""

import ipaddress
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from control import Control
from ring_config import CONFIG

SOFTWIRED = os.environ.get("SOFTWIRED", "softwired")
KILLS = int(os.environ.get("SOFTWIRE_KILLS", "20"))
SEED = int(os.environ.get("SOFTWIRE_SEED", random.randrange(1 << 32)))
LIMIT_SECONDS = 300
# 64 addresses with four subscribers each.
PSIDS = 4
PLACES = [(f"192.0.2.{address}", psid) for address in range(64) for psid in range(PSIDS)]
FIRST_B4 = ipaddress.IPv6Address("2001:db8:1::")
BRS = ["2001:db8:ff::1", "2001:db8:ff::2"]


class Durability(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "softwired.conf").write_text(CONFIG.format(state="state"))
        (self.folder / "softwires.conf").write_text(
            "".join(f"binding ipv4 203.0.113.{number} b4 2001:db8:aa::{number} br {br}\n"
                    for number, br in enumerate(BRS, 1)))
        self.random = random.Random(SEED)
        self.serial = 0

    @staticmethod
    def statement(place, b4, br):
        return f"binding ipv4 {place[0]} psid-offset 6 psid-len 2 psid {place[1]} b4 {b4} br {br}"

    def start(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            path = self.folder / "notify"
            path.unlink(missing_ok=True)
            notified.bind(str(path))
            notified.settimeout(LIMIT_SECONDS)
            log = open(self.folder / "log", "ab")
            self.addCleanup(log.close)
            softwired = subprocess.Popen([SOFTWIRED, "--config", self.folder / "softwired.conf"], cwd=self.folder,
                                         env={**os.environ, "NOTIFY_SOCKET": str(path)}, stderr=log)
            self.addCleanup(softwired.kill)
            try:
                while b"READY=1" not in notified.recv(1000):
                    pass
            except socket.timeout:
                self.fail(f"seed {SEED}: softwired does not start: {(self.folder / 'log').read_text()[-2000:]}")
        return softwired

    def change(self, model):
        """Returns the parameters of a random change, and the model after it."""
        after = dict(model)
        remove, add = [], []
        for place in self.random.sample(PLACES, self.random.choice([1, 1, 1, 2, 5, 40])):
            if place in after:
                remove.append(f"binding ipv4 {place[0]} psid {place[1]}")
                del after[place]
                if self.random.random() < 0.5:
                    continue
            self.serial += 1
            after[place] = (str(FIRST_B4 + self.serial), self.random.choice(BRS))
            add.append(self.statement(place, *after[place]))
        return {"remove": remove, "add": add}, after

    def bindings(self, control):
        return {(binding["ipv4"], binding["psid"]): (binding["b4"], binding["br"])
                for binding in control.all_bindings(origin="operator")}

    def test_killed_at_any_moment(self):
        acknowledged, sent, changes, kept = {}, {}, 0, 0
        for kill in range(KILLS + 1):
            softwired = self.start()
            with Control(self.folder / "control.sock") as control:
                there = self.bindings(control)
                self.assertIn(there, (acknowledged, sent), f"seed {SEED}, after kill {kill}")
                # The tables agree with the store.
                self.assertEqual(control("status.get")["bindings"], len(there) + len(BRS))
                kept += there != acknowledged
                acknowledged = sent = there
                if kill == KILLS:
                    break
                timer = threading.Timer(self.random.uniform(0, 0.15), softwired.send_signal, [signal.SIGKILL])
                try:
                    while True:
                        params, sent = self.change(acknowledged)
                        control("softwires.change", **params)
                        acknowledged = sent
                        changes += 1
                        if timer.ident is None:  # a change must be kept
                            timer.start()
                except (ConnectionError, OSError):
                    pass
            timer.join()
            self.assertEqual(softwired.wait(LIMIT_SECONDS), -signal.SIGKILL)
        softwired.terminate()
        self.assertEqual(softwired.wait(LIMIT_SECONDS), 0)
        print(f"{KILLS} kills, {changes} acknowledged changes, {kept} that were not and are there; seed {SEED}",
              flush=True)
        self.assertGreaterEqual(changes, KILLS)


if __name__ == "__main__":
    unittest.main()
