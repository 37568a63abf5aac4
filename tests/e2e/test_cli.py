# SPDX-License-Identifier: BSD-3-Clause
"""Tests softwired as a command: exit status, and one-line errors with place and remedy. Needs no root."""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from control import Control

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
        for words in ([], ["--config"], ["--config", self.config, "stray"], ["--config", self.config, "--nonsense", "1"],
                      ["--config", self.config, "--%original_token%=1"]):
            with self.subTest(words=words):
                self.assert_fails(2, "^softwired: .*--help", *words)

    def test_check_only(self):
        done = self.run_with("--config", self.config, "--test")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.write("softwires.conf", SOFTWIRES + SOFTWIRES)
        self.assert_fails(1, r"softwires\.conf:2: .*softwires\.conf:1|softwires\.conf:2: ", "--config", self.config, "--test")
        self.assert_fails(1, "missing.conf: ", "--config", self.folder / "missing.conf", "--test")
        self.assert_fails(1, "ipv4.mtu: '12' is not", "--config", self.config, "--ipv4.mtu", "12", "--test")

    def test_check_and_start_find_what_does_not_exist(self):
        """Without opening a device."""
        self.config.write_text(CONFIG)
        for pattern, *words in (
                (r"ipv4.port: there is no network interface 'nowhere4'; make it", "--ipv4.port", "net_af_packet0,iface=nowhere4"),
                (r"ipv6.port: there is no network interface 'nowhere6'; make it", "--ipv6.port", "net_af_xdp0,iface=nowhere6"),
                (r"ipv4.port: 'net_af_packet0' names no network interface; give", "--ipv4.port", "net_af_packet0"),
                (r"ipv4.port: 'hub4' is neither a network interface of this machine .* nor a device of DPDK", "--ipv4.port", "hub4"),
                (r"ipv4.port: the network interface 'lo' is not of Ethernet", "--ipv4.port", "lo"),
                (r"ipv4.port: 0000:fe:1f.7: no network card that DPDK can use", "--ipv4.port", "0000:fe:1f.7"),
                (r"worker-cpu 1023 is not a processor that this process may run on; give one of \d", "--worker-cpu", "1023"),
                (r"workers = 64, but there are \d+ processors; set fewer", "--workers", "64"),
                (r"user: there is no user nobody-here; adduser --system nobody-here makes one", "--user", "nobody-here"),
                (r"control-group: there is no group nobody-here; addgroup", "--control-group", "nobody-here"),
                (r"control-read-group: there is no group nobody-here; addgroup", "--control-read-group", "nobody-here")):
            for test in (["--test"], []):
                with self.subTest(words=words, test=test):
                    self.assert_fails(1, pattern, "--config", self.config, *words, *test)
        self.config.write_text(CONFIG + "hop-limit =\n")
        self.assert_fails(1, r"softwired\.conf:\d+: unknown key", "--config", self.config, "--test")
        self.config.write_text("instruction-set =\n" + CONFIG)
        self.assert_fails(1, r"softwired\.conf:1: instruction-set has no value", "--config", self.config, "--test")

    def test_a_worker_may_have_a_processor_outside_the_affinity(self):
        """As with isolcpus, which keeps processors from the affinity of PID 1 and its children."""
        cpus = sorted(os.sched_getaffinity(0))
        if len(cpus) < 2:
            self.skipTest("one processor")
        words = ["--config", self.config, "--worker-cpu", str(cpus[1]), "--idle", "sleep",
                 "--ipv4.mac", "02:00:00:00:00:04", "--ipv6.mac", "02:00:00:00:00:06"]
        outside = ["taskset", "-c", str(cpus[0])]
        tested = subprocess.run([*outside, SOFTWIRED, *words, "--test"], capture_output=True, text=True, timeout=300)
        self.assertEqual((tested.returncode, tested.stderr), (0, ""))
        with open(self.folder / "log", "wb") as log:
            softwired = subprocess.Popen([*outside, SOFTWIRED, *words], stdout=log, stderr=log)
        self.addCleanup(softwired.wait, 300)
        self.addCleanup(softwired.terminate)

        def said():
            return (self.folder / "log").read_text(errors="replace")

        deadline = time.monotonic() + 300
        while not (self.folder / "control.sock").is_socket():
            self.assertIsNone(softwired.poll(), said())
            self.assertLess(time.monotonic(), deadline, said())
            time.sleep(0.05)
        with Control(self.folder / "control.sock") as control:
            self.assertEqual([worker["processor"] for worker in control("workers.list")["workers"]], [cpus[1]])
        affinities = [os.sched_getaffinity(int(thread)) for thread in os.listdir(f"/proc/{softwired.pid}/task")]
        self.assertIn({cpus[1]}, affinities)
        self.assertEqual(os.sched_getaffinity(softwired.pid), {cpus[0]})

    def test_what_cannot_be_started(self):
        def fails(pattern, *words):
            self.assert_fails(1, pattern, "--config", self.config, *words)

        fails(r"softwired\.conf: ipv6.port is not set; give a network interface", "--ipv6.port", "")
        fails(r"net_nothing0: cannot create the device; check", "--ipv4.port", "net_nothing0")


if __name__ == "__main__":
    unittest.main()
