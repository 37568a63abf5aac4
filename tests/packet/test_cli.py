# SPDX-License-Identifier: BSD-3-Clause
"""Tests softwire-replay as a command: exit status, one-line errors, and output."""

import json
import pathlib
import re
import struct
import tempfile
import unittest

from harness import CONFIG, HOST, from_internet, read_pcap, run_program, write_pcap
from scapy.layers.inet import IP, UDP

SOFTWIRES = "binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8:ff::1\n"
FRAME = bytes(from_internet(IP(src=HOST, dst="192.0.2.9") / UDP(sport=53, dport=5000)))


class CliTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.config = self.write("softwired.conf", CONFIG)
        self.softwires = self.write("softwires.conf", SOFTWIRES)
        self.capture = self.folder / "in.pcap"
        write_pcap(self.capture, [(10**9, FRAME), (2 * 10**9, FRAME)])

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run_configured(self, *words):
        return run_program(["--config", self.config, "--softwires", self.softwires, *words])

    def assert_fails(self, status, done, pattern):
        """One line on standard error, nothing on standard output."""
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\A[^\n]+\n\Z")
        self.assertRegex(done.stderr, pattern)


class Usage(CliTest):
    def test_help(self):
        """--help exits with 0, and prints every option and every key of the configuration to standard output."""
        done = run_program(["--help"])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for option in ("config", "softwires", "ipv4-in", "ipv6-out", "counters", "burst", "version", "ipv4.mtu"):
            self.assertIn(f"--{option}", done.stdout)

    def test_version(self):
        """--version exits with 0, and prints the program and its version."""
        done = run_program(["--version"])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\Asoftwire-replay \d+\.\d+\.\d+\n\Z")

    def test_wrong_usage(self):
        """Wrong usage exits with 2."""
        for words in (
            [],
            ["--config"],
            ["--config", self.config, "--nonsense", "1"],
            ["--config", self.config, "--%original_token%=1"],
            ["--config", self.config, "stray"],
            ["--config", self.config, "--config", self.config],
            ["--config", self.config, "--burst", "0"],
            ["--config", self.config, "--burst", "65"],
            ["--config", self.config, "--burst", "many"],
            ["--config", self.config, "--burst", "%value%"],
            ["--config", self.config, "--ipv4-in"],
            ["--conf", self.config],
        ):
            with self.subTest(words=words):
                self.assert_fails(2, run_program(words), "^softwire-replay: .*--help")


class Input(CliTest):
    def test_missing_files(self):
        """Exits with 1, and prints the path, for each input file."""
        missing = self.folder / "missing"
        for words in (
            ["--config", missing],
            ["--config", self.config, "--softwires", missing],
            ["--config", self.config, "--ipv4-in", missing],
            ["--config", self.config, "--ipv6-in", missing],
        ):
            with self.subTest(words=words[-2]):
                self.assert_fails(1, run_program(words), f"^{re.escape(str(missing))}: .*No such file")

    def test_file_that_is_no_capture(self):
        """1, and the path."""
        done = self.run_configured("--ipv4-in", self.config)
        self.assert_fails(1, done, f"^{re.escape(str(self.config))}: ")

    def test_other_link_type(self):
        """Exits with 1, and prints the link type: only Ethernet is supported."""
        raw = self.write("raw.pcap", struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101))
        self.assert_fails(1, self.run_configured("--ipv6-in", raw), f"^{re.escape(str(raw))}: .*RAW.*Ethernet")

    def test_truncated_capture_is_replayed_up_to_the_damage(self):
        """Exits with 1, and prints the path and the frame. Outputs and counters are still written."""
        octets = self.capture.read_bytes()
        for cut in (1, len(FRAME), len(FRAME) + 1, len(FRAME) + 15):
            with self.subTest(cut=cut):
                damaged = self.write("damaged.pcap", octets[:-cut])
                out, counters = self.folder / "out.pcap", self.folder / "counters.json"
                done = self.run_configured("--ipv4-in", damaged, "--ipv6-out", out, "--counters", counters)
                self.assert_fails(1, done, f"^{re.escape(str(damaged))}: frame 2: .*truncated")
                self.assertEqual([frame.time for frame in read_pcap(out)], [10**9])
                self.assertEqual(json.loads(counters.read_text())["counters"]["sent-encapsulated"], 1)

    def test_frame_cut_short_by_the_capture_is_said(self):
        """Exits with 0: the cut frame is replayed, the dataplane drops it, and a message tells why."""
        record = struct.pack("<IIII", 1, 0, 30, len(FRAME)) + FRAME[:30]
        snapped = self.write("snapped.pcap", self.capture.read_bytes() + record)
        done = self.run_configured("--ipv4-in", snapped, "--counters", "-")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, rf"\A{re.escape(str(snapped))}: 1 of 3 frames [^\n]*\n\Z")
        counters = json.loads(done.stdout)["counters"]
        self.assertEqual((counters["sent-encapsulated"], counters["drop-ipv4-truncated"]), (2, 1))


class Output(CliTest):
    def test_outputs_are_written_even_when_empty(self):
        """Without input, there are two captures without frames, and counters of zero."""
        out4, out6 = self.folder / "out4", self.folder / "out6"
        done = self.run_configured("--ipv4-out", out4, "--ipv6-out", out6, "--counters", "-")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual((read_pcap(out4), read_pcap(out6)), ([], []))
        self.assertEqual(json.loads(done.stdout)["counters"]["received-ipv4-packets"], 0)

    def test_frames_keep_the_nanosecond_of_their_cause(self):
        """A sent frame has the timestamp of the packet that caused it."""
        out = self.folder / "out"
        times = [1_795_480_188_366_889_123, 1_795_480_188_366_889_124]
        write_pcap(self.capture, [(time, FRAME) for time in times])
        self.assertEqual(self.run_configured("--ipv4-in", self.capture, "--ipv6-out", out).returncode, 0)
        self.assertEqual([frame.time for frame in read_pcap(out)], times)

    def test_output_that_cannot_be_made(self):
        """1, and the path."""
        for option in ("--ipv4-out", "--ipv6-out", "--counters"):
            with self.subTest(option=option):
                path = self.folder / "missing" / "out"
                self.assert_fails(1, self.run_configured(option, path), f"^{re.escape(str(path))}: ")

    def test_output_does_not_overwrite_the_input(self):
        """Exits with 1, and does not change the input."""
        before = self.capture.read_bytes()
        done = self.run_configured("--ipv4-in", self.capture, "--ipv6-out", self.folder / "." / "in.pcap")
        self.assert_fails(1, done, "--ipv6-out and --ipv4-in")
        self.assertEqual(self.capture.read_bytes(), before)

    def test_output_overwrites_nothing_else(self):
        """Exits with 1, and names both options. Configuration and bindings are unchanged. /dev/null is allowed for all."""
        out = self.folder / "new" / ".." / "out"
        softwires = self.folder / "softwires.conf"
        for arguments, pattern in (
            (("--ipv4-out", self.folder / "out", "--ipv6-out", out), "--ipv6-out and --ipv4-out"),
            (("--ipv4-out", self.folder / "out", "--counters", self.folder / "out"), "--counters and --ipv4-out"),
            (("--counters", self.config), "--counters and --config"),
            (("--ipv6-out", softwires), "--ipv6-out and softwires"),
        ):
            with self.subTest(arguments=arguments):
                before = self.config.read_bytes(), softwires.read_bytes()
                self.assert_fails(1, self.run_configured("--ipv4-in", self.capture, *arguments), pattern)
                self.assertEqual((self.config.read_bytes(), softwires.read_bytes()), before)
        nowhere = ("--ipv4-out", "/dev/null", "--ipv6-out", "/dev/null", "--counters", "/dev/null")
        self.assertEqual(self.run_configured("--ipv4-in", self.capture, *nowhere).returncode, 0)


class Configuration(CliTest):
    def test_bad_configuration_names_file_and_line(self):
        """Exits with 1, and prints file:line and the remedy."""
        for text, line, pattern in (
            ("nonsense = 1\n", 1, "nonsense"),
            ("[ipv4]\nmtu = 12\n", 2, "mtu.*12.*from"),
            ("\n[nowhere]\n", 2, "nowhere"),
            ("hop-limit = 64\nhop-limit\n", 2, "hop-limit"),
        ):
            with self.subTest(text=text):
                config = self.write("bad.conf", text)
                done = run_program(["--config", config])
                self.assert_fails(1, done, f"^{re.escape(str(config))}:{line}: .*{pattern}")

    def test_bad_value_on_the_command_line(self):
        """Exits with 1: a key is checked in every place."""
        self.assert_fails(1, self.run_configured("--ipv4.mtu", "12"), "^command line: .*ipv4.mtu.*12")

    def test_command_line_wins(self):
        """A key on the command line replaces the file's: with a wrong VLAN nothing passes."""
        done = self.run_configured("--ipv4-in", self.capture, "--ipv4.vlan", "9", "--counters", "-")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout)["counters"]["drop-foreign-vlan"], 2)

    def test_bad_bindings_name_file_and_line(self):
        """Exits with 1, and prints file:line. A binding that overlaps or disagrees is named with the other one."""
        shared = "binding ipv4 192.0.2.1 psid-offset {} psid-len {} psid {} b4 2001:db8::{} br 2001:db8:ff::1\n"
        first = shared.format(6, 8, 52, 1)
        for text, line, pattern in (
            (first + first, 2, "2001:db8::1"),  # overlaps itself
            (first + shared.format(6, 8, 52, 2), 2, "2001:db8::2.*2001:db8::1"),  # overlaps
            (first + shared.format(6, 6, 5, 2), 2, "2001:db8::2.*2001:db8::1"),  # disagrees
            (first + "\n# a whole address\n" + SOFTWIRES.replace("0.2.9", "0.2.1"), 4, "2001:db8:1::9.*2001:db8::1"),
            ("# port 68\n" + shared.format(0, 6, 0, 1), 2, "68"),
            (shared.format(10, 6, 4, 1), 1, "68"),
            (shared.format(6, 11, 52, 1), 1, "16"),
            (shared.format(6, 8, 256, 1), 1, "256"),
            ("binding ipv4 192.0.2.1\n", 1, "b4"),
            (SOFTWIRES + "nonsense\n", 2, "nonsense"),
        ):
            with self.subTest(text=text):
                softwires = self.write("bad-softwires.conf", text)
                done = run_program(["--config", self.config, "--softwires", softwires])
                self.assert_fails(1, done, f"^{re.escape(str(softwires))}:{line}: .*{pattern}")


if __name__ == "__main__":
    unittest.main()
