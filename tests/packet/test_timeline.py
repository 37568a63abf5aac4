# SPDX-License-Identifier: BSD-3-Clause
"""Tests tools/timeline.py, which shows the samples for tools/demo: its output, and that it can fail."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import PROGRAM
from test_samples import SAMPLES, TESTS


def timeline(captures, config, *facts):
    words = [sys.executable, TESTS.parent / "tools" / "timeline.py", "--replay", PROGRAM, "--config", config]
    words += ["--ipv6-in", SAMPLES / f"{captures}-softwire.pcap"]
    words += ["--ipv4-in", SAMPLES / f"{captures}-ipv4.pcap"]
    words += ["--expect", *facts]
    return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)


class Timeline(unittest.TestCase):
    def test_lease(self):
        facts = ("lease", "renewal", "release", "to-internet", "from-internet")
        done = timeline("lease", SAMPLES / "lease.conf", *facts)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(
            "relayed to 198.51.100.67, option 82 {2: 2001:db8:a1::2, 10: broadcast, 11: 198.51.100.1}\n",
            done.stdout,
        )
        self.assertIn("delivered to 192.0.2.10, server identifier 198.51.100.1\n", done.stdout)
        self.assertIn(
            "subscriber 2001:db8:a1::2: 192.0.2.10, for 600 s, from 198.51.100.1, which is the hub;"
            " renewed through the hub; released\n",
            done.stdout,
        )

    def test_drops_have_reasons(self):
        done = timeline("dropped", SAMPLES / "shared.conf", "drop")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        why = "inner source belongs to another subscriber than the outer source"
        self.assertRegex(done.stdout, rf"(?m)^ +dropped +{why}$")
        self.assertIn(f"  2 x {why} (drop-wrong-b4)\n", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^ +back +ICMPv6 error, type 1 code 5, to 2001:db8:a1::5$")
        self.assertIn("  0 packets from softwires to the Internet, 0 from the Internet into softwires,"
                      " 0 from one softwire into another; 6 ICMP errors to senders\n", done.stdout)

    def test_fails_without_the_relay(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder, "lease.conf")
            config.write_text((SAMPLES / "lease.conf").read_text().partition("[dhcp-relay]")[0])
            shutil.copy(SAMPLES / "lease-softwires.conf", folder)
            done = timeline("lease", config, "lease", "to-internet")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "FAILED: there was not a lease that reached the subscriber\n")


if __name__ == "__main__":
    unittest.main()
