# SPDX-License-Identifier: BSD-3-Clause
"""Tests softwirectl's import and export: the same bindings in each format become the same statements, and forward the
same frames, octet for octet."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import HOST, ReplayTest, from_internet, from_softwire, run_program
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Raw

ROOT = pathlib.Path(__file__).parents[2]
SAMPLES = ROOT / "tests/samples/exchange"
EXCHANGE = os.environ.get("SOFTWIRE_EXCHANGE", "exchange")
TIMEOUT_SECONDS = 60


def run(words):
    return subprocess.run(
        list(map(str, words)), capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True
    ).stdout


def generate(language, bindings, sharing, seed):
    return run([ROOT / "tools/generate-softwires", "--format", language, "--bindings", bindings]
               + ["--sharing", sharing, "--seed", seed])


def import_text(language, text):
    """Returns the statements that the text becomes."""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        return run([EXCHANGE, "import", language, file.name])


def export_text(language, statements):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(statements)
        file.flush()
        return run([EXCHANGE, "export", language, "--softwires", file.name])


class SameStatements(unittest.TestCase):
    def test_every_language_says_the_same(self):
        for sharing, seed in ((1, 0), (64, 0), (256, 7)):
            statements = generate("statements", 500, sharing, seed)
            self.assertEqual(statements.count("\n"), 500)
            for language in ("snabb", "vpp", "rfc8676"):
                with self.subTest(language=language, sharing=sharing):
                    text = generate(language, 500, sharing, seed)
                    self.assertEqual(import_text(language, text), statements)

    def test_the_seed_moves_subscribers_and_nothing_else_does(self):
        one, again, other = (generate("statements", 100, 64, seed) for seed in (1, 1, 2))
        self.assertEqual(one, again)
        self.assertNotEqual(one, other)

    def test_rfc8676_comes_back_as_it_went(self):
        statements = generate("statements", 500, 64, 0)
        self.assertEqual(import_text("rfc8676", export_text("rfc8676", statements)), statements)

    def test_samples_say_the_same(self):
        """The four languages of tests/samples/exchange; VPP's has a rule more."""
        expected = run([EXCHANGE, "import", "snabb", SAMPLES / "lwaftr.conf"])
        self.assertEqual(expected.count("\n"), 3)
        for language, name in (("snabb", "lwaftr-v1.conf"), ("rfc8676", "br.json")):
            self.assertEqual(run([EXCHANGE, "import", language, SAMPLES / name]), expected)
        of_vpp = run([EXCHANGE, "import", "vpp", SAMPLES / "startup.vpp"]).splitlines(keepends=True)
        self.assertEqual("".join(line for line in of_vpp if line.startswith("binding")), expected)


class SameFrames(ReplayTest):
    @staticmethod
    def frames(statements):
        """Frames in both directions for every binding: its own ports, ports of others, and ports in no set."""
        ipv4, ipv6, time = [], [], 10**9
        for index, line in enumerate(statements.splitlines()):
            words = line.split()[1:]
            says = dict(zip(words[::2], words[1::2]))
            payload = Raw(bytes([index & 0xFF]) * (index % 50))
            for port in (100, 300 + index * 4, 1024 + index * 4, 0x8000 | int(says["psid"]) << 2, 65535):
                for transport in (UDP, TCP):
                    inner = IP(dst=says["ipv4"], src=HOST) / transport(sport=53, dport=port) / payload
                    ipv4.append((time, bytes(from_internet(inner))))
                    inner = IP(src=says["ipv4"], dst=HOST) / transport(sport=port, dport=53) / payload
                    ipv6.append((time + 1, bytes(from_softwire(says["b4"], says["br"], inner))))
                    time += 1000
                echo = IP(dst=says["ipv4"], src=HOST) / ICMP(id=port) / payload
                ipv4.append((time, bytes(from_internet(echo))))
                time += 1000
        return ipv4, ipv6

    def test_imports_forward_as_native_statements_do(self):
        native = generate("statements", 100, 64, 3)
        ipv4, ipv6 = self.frames(native)
        expected = self.replay(ipv4, ipv6, 64, softwires=native)
        self.assertGreater(expected.counters["sent-encapsulated"], 100)
        self.assertGreater(expected.counters["sent-decapsulated"], 100)
        self.assertGreater(expected.counters["drop-no-binding-destination"], 100)
        for language in ("snabb", "vpp", "rfc8676"):
            with self.subTest(language=language):
                softwires = import_text(language, generate(language, 100, 64, 3))
                got = self.replay(ipv4, ipv6, 64, softwires=softwires)
                self.assertEqual(got.ipv4, expected.ipv4)
                self.assertEqual(got.ipv6, expected.ipv6)
                self.assertEqual(got.counters, expected.counters)

    def test_imported_configuration_is_one(self):
        """softwire-replay takes softwired.conf and softwires.conf of every sample as they are written."""
        for language, name in (("snabb", "lwaftr.conf"), ("snabb", "lwaftr-v1.conf"), ("vpp", "startup.vpp"),
                               ("rfc8676", "br.json")):
            with self.subTest(name=name), tempfile.TemporaryDirectory() as folder:
                softwires, configuration = (pathlib.Path(folder) / name for name in ("s.conf", "softwired.conf"))
                run([EXCHANGE, "import", language, SAMPLES / name]
                    + ["--softwires", softwires, "--configuration", configuration])
                # Settings that VPP and RFC 8676 do not contain, and that the program needs.
                rest = ["--ipv4.address", "198.51.100.1", "--ipv4.mac", "02:00:00:00:04:01"]
                rest += ["--ipv6.address", "2001:db8:0:6::1", "--ipv6.mac", "02:00:00:00:06:01"]
                rest += ["--ipv4.gateway-mac", "02:00:00:00:04:fe", "--ipv6.gateway-mac", "02:00:00:00:06:fe"]
                done = run_program(["--config", configuration, *rest, "--counters", folder + "/counters"])
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
