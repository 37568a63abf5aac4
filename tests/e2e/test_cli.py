# SPDX-License-Identifier: BSD-3-Clause
"""Tests softwired as a command: exit status, and one-line errors with place and remedy. Needs no root."""

import os
import pathlib
import subprocess
import tempfile
import unittest

SOFTWIRED = os.environ.get("SOFTWIRED", "softwired")
CONFIG = """softwires = softwires.conf
control-socket = control.sock
state = state
hugepages = no
[ipv4]
port = net_ring0
address = 198.51.100.1
gateway = 198.51.100.254
[ipv6]
port = net_ring1
gateway = 2001:db8:6::254
"""
SOFTWIRES = "binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8:ff::1\n"


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("softwires.conf", SOFTWIRES)
        self.config = self.write("softwired.conf", CONFIG)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def run_with(self, *words):
        words = [SOFTWIRED, *map(str, words)]
        return subprocess.run(words, capture_output=True, text=True, timeout=300)

    def assert_fails(self, status, pattern, *words):
        done = self.run_with(*words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertRegex(done.stderr.splitlines()[-1], pattern)

    def test_help_and_version(self):
        done = self.run_with("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for option in ("config", "counters", "test", "workers", "idle", "ipv4.port", "ipv6.mtu", "dhcp-relay.server"):
            self.assertIn(f"--{option} ", done.stdout)
        self.assertRegex(self.run_with("--version").stdout, r"\Asoftwired \d+\.\d+\.\d+\n\Z")

    def test_wrong_usage(self):
        for words in ([], ["--config"], ["--config", self.config, "stray"], ["--config", self.config, "--nonsense", "1"]):
            with self.subTest(words=words):
                self.assert_fails(2, "^softwired: .*--help", *words)

    def test_check_only(self):
        done = self.run_with("--config", self.config, "--test")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.write("softwires.conf", SOFTWIRES + SOFTWIRES)
        self.assert_fails(1, r"softwires\.conf:2: .*softwires\.conf:1|softwires\.conf:2: ", "--config", self.config, "--test")
        self.assert_fails(1, "missing.conf: ", "--config", self.folder / "missing.conf", "--test")
        self.assert_fails(1, "ipv4.mtu: '12' is not", "--config", self.config, "--ipv4.mtu", "12", "--test")

    def test_what_cannot_be_started(self):
        def fails(pattern, *words):
            self.assert_fails(1, pattern, "--config", self.config, *words)

        fails(r"softwired\.conf: ipv6.port is not set; give a DPDK device", "--ipv6.port", "")
        fails(r"net_nothing0: cannot create the device; check", "--ipv4.port", "net_nothing0")
        fails(r"0000:fe:1f.7: no network card that DPDK can use", "--ipv4.port", "0000:fe:1f.7")
        fails(r"workers = 64, but there are \d+ processors; set fewer", "--workers", "64")
        fails("worker-cpu 1023 is not a processor that this process may run on", "--worker-cpu", "1023")


if __name__ == "__main__":
    unittest.main()
