# SPDX-License-Identifier: BSD-3-Clause
"""Tests softwirectl with softwired. Needs no root: the ports are capture files and rings."""

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import unittest

from scapy.all import IP, rdpcap

from ctl_lab import (BR, FILE_BINDING, GATEWAY4, GATEWAY6, LIMIT_SECONDS, MAC4, MAC6, SHARED, SOFTWIRECTL, Lab)


class Softwirectl(unittest.TestCase):
    """All tests share one softwired. Every test begins with only the softwires of softwires.conf."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.folder = cls.lab.folder

    def setUp(self):
        self.ctl("load", "-", "--replace", text="")

    def ctl(self, *words, status=0, text=None):
        """Returns its standard output. Fails when the exit status is wrong."""
        done = self.lab.ctl(*words, text=text)
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        self.said = done.stderr
        return done.stdout

    def json(self, *words):
        return json.loads(self.ctl(*words, "--json"))

    @contextlib.contextmanager
    def started(self, *words):
        """Runs softwirectl in the background. Ctrl-C ends it, which is not a failure."""
        process = subprocess.Popen([SOFTWIRECTL, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, bufsize=1, env=self.lab.environment)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            with process.stdout, process.stderr:
                self.rest = process.stdout.read()
                errors = process.stderr.read()
            self.assertEqual(process.wait(LIMIT_SECONDS), 0, errors)

    # --- state ---

    def test_show(self):
        status = self.json("show", "status")
        self.assertEqual((status["bindings"], status["rules"], status["workers"]), (1, 0, 1))
        self.assertRegex(self.ctl("show", "status"), r"(?m)^bindings +1$")
        self.assertEqual([port["side"] for port in self.json("show", "ports")], ["ipv4", "ipv6"])
        self.assertRegex(self.ctl("show", "ports"), rf"(?m)^ipv4 +net_pcap0\S* +{MAC4}")
        self.assertEqual(len(self.json("show", "workers")), 1)
        self.assertRegex(self.ctl("show", "neighbors"), rf"(?m)^ipv6 +2001:db8:6::254 +{GATEWAY6} +static +2")
        self.assertRegex(self.ctl("show", "config"), rf"(?m)^ipv4.mac = {MAC4}$")
        self.assertRegex(self.ctl("show", "dhcp"), r"(?m)^relay +off: .*\nembedded-server +off: .*\nleases +0$")
        self.assertRegex(self.ctl("show", "counters", "received-ipv4"), r"(?m)^received-ipv4-packets +\d+$")
        self.assertRegex(self.ctl("show", "outcomes"), r"(?m)^ *\d+  drop-no-binding-destination +dropped ")
        self.assertIn("drop-arp-invalid", self.ctl("show", "outcomes", "--all"))
        self.ctl("show", "counters", "nonsense-", "--all", status=4)

    # --- softwires ---

    def test_add_show_lookup_delete(self):
        self.assertEqual(self.ctl("add", *SHARED[0].split()), "")
        self.ctl("add", *SHARED[1].split())
        self.assertIn("192.0.2.1", self.said_of_conflict(SHARED[0].replace("b4 2001:db8:1::1", "b4 2001:db8:1::7")))
        bindings = self.json("show", "bindings", "ipv4", "192.0.2.1")
        self.assertEqual([(b["psid"], b["b4"], b["origin"]) for b in bindings],
                         [(1, "2001:db8:1::1", "operator"), (2, "2001:db8:1::2", "operator")])
        self.assertEqual(len(self.json("show", "bindings", "--limit", "2")), 2)
        self.assertRegex(self.ctl("show", "bindings", "origin", "file"), r"(?m)^192.0.2.9 +0 +0 +0 +2001:db8:1::9 ")

        self.assertIn("192.0.2.1:1024 belongs to 2001:db8:1::1\n", self.ctl("lookup", "192.0.2.1:1024"))
        self.assertEqual([b["ipv4"] for b in self.json("lookup", "2001:db8:1::2")], ["192.0.2.1"])
        self.ctl("lookup", "192.0.2.1:1024", "--at", "2020-01-01 12:00", status=4)
        self.assertIn("not recorded before ", self.said)

        self.ctl("del", "binding", "ipv4", "192.0.2.1", "psid", "1")
        self.ctl("lookup", "192.0.2.1:1024", status=4)
        self.ctl("del", "binding", "ipv4", "192.0.2.1", "psid", "1", status=4)
        ended = self.json("show", "history", "ipv4", "192.0.2.1", "--limit", "1")
        self.assertEqual((ended[0]["psid"], ended[0]["reason"]), (1, "removed"))
        self.assertRegex(self.ctl("show", "history"), r"(?m)^192.0.2.1 +0 +6 +1 .* removed$")

    def said_of_conflict(self, statement):
        self.ctl("add", *statement.split(), status=5)
        return self.said

    def test_rules(self):
        rule = "rule map-e ipv4 198.18.2.0/24 ipv6 2001:db8:4000::/40 ea-len 16 psid-offset 6 br 2001:db8:ffff::1"
        self.ctl("add", *rule.split())
        self.assertRegex(self.ctl("show", "rules"), r"(?m)^map-e +198.18.2.0/24 .* operator ")
        self.assertEqual(self.ctl("save"), rule + "\n")
        self.assertIn("rule map-e ipv4 198.18.2.0/24", self.ctl("lookup", "198.18.2.18:1232"))
        self.ctl("del", "rule", "ipv4", "198.18.2.0/24")
        self.assertEqual(self.json("show", "rules"), [])

    def test_load_and_save_of_ten_thousand(self):
        statements = [f"binding ipv4 10.1.{i // 256}.{i % 256} b4 2001:db8:2::{i + 1:x} br {BR}" for i in range(10_000)]
        text = "".join(f"{statement}\n" for statement in statements)
        path = self.folder / "many.conf"
        path.write_text(text)
        self.ctl("add", *SHARED[0].split())
        self.assertEqual(self.ctl("load", path, "--replace"), "removed 1, added 10000\n")
        self.assertEqual(self.ctl("save"), text)
        self.assertEqual(len(self.json("show", "bindings")), 10_001)
        saved = self.folder / "saved.conf"
        self.ctl("save", saved, "--origin", "all")
        self.assertEqual(sorted(saved.read_text().splitlines()), sorted([*statements, FILE_BINDING]))

        # Adds all or nothing. The error names the line.
        path.write_text("# a new binding, and an existing one\n" + SHARED[0] + "\n"
                        + statements[7].replace("2001:db8:2::", "2001:db8:3::") + "\n")
        self.ctl("load", path, status=5)
        self.assertRegex(self.said, rf"^softwirectl: {path}:3: .*10\.1\.0\.7")
        self.ctl("lookup", "192.0.2.1:1024", status=4)
        path.write_text(SHARED[0] + "\nnonsense\n")
        self.ctl("load", path, status=1)
        self.assertIn(f"{path}:2: ", self.said)

    def test_export_of_what_is_there(self):
        self.assertIn("192.0.2.9", self.ctl("export", "rfc8676"))

    # --- the configuration ---

    def test_test_and_reload(self):
        self.assertIn("are valid", self.ctl("test"))
        try:
            self.lab.write_softwires(FILE_BINDING, SHARED[0])
            self.assertEqual(self.ctl("reload"), "reloaded: 2 bindings, 0 rules\n")
            self.lab.write_softwires(FILE_BINDING, "nonsense")
            self.ctl("test", status=5)
            self.assertRegex(self.said, r"softwires\.conf:2: ")
            self.ctl("reload", status=5)
            self.assertRegex(self.said, r"softwires\.conf:2: ")
        finally:
            self.lab.write_softwires(FILE_BINDING)
            self.ctl("reload")

    def test_call(self):
        self.assertIn("counters", json.loads(self.ctl("call", "counters.get", '{"prefix": "drop-", "nonzero": true}')))
        self.ctl("call", "counters.get", '{"nonsense": 1}', status=5)
        self.ctl("call", "no.such", status=5)

    # --- events, top and captures ---

    def test_watch(self):
        with self.started("watch", "softwire") as watch:
            # The first event that it shows happened after it subscribed.
            line = None
            while line is None:
                self.ctl("add", *SHARED[0].split())
                self.ctl("del", "binding", "ipv4", "192.0.2.1", "psid", "1")
                if select.select([watch.stdout], [], [], 0)[0]:
                    line = watch.stdout.readline()
        self.assertRegex(line, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00  softwire  (added|removed) binding ipv4 192.0.2.1 ")

    def test_top(self):
        def once():
            return self.ctl("top", "--once", "--interval", "0.2")

        # Between two samples the hub may not have been scheduled.
        text = self.lab.wait_for(lambda: text if re.search(r"(?m)^ipv4 +[1-9]", text := once()) else None,
                                 "packets pass between two looks")
        self.assertRegex(text, r"(?m)^softwired \d.* 1 binding, 0 rules")
        self.assertRegex(text, r"drop-no-binding-destination")
        self.lab.wait_for(lambda: self.json("top", "--once", "--interval", "0.2")["rates"]["received-ipv4-packets"] > 0,
                          "packets pass between two looks")
        with self.started("top", "--interval", "0.1", "--json") as top:
            self.assertEqual(len([json.loads(top.stdout.readline()) for _ in range(3)]), 3)

    def test_top_on_a_terminal(self):
        """It is drawn in place. q ends it, and restores the screen."""
        process, terminal = pty.fork()
        if process == 0:
            os.environ.update(self.lab.environment)
            os.environ["TERM"] = "xterm"
            os.execvp(SOFTWIRECTL, [SOFTWIRECTL, "top", "--interval", "0.1"])
        self.addCleanup(os.close, terminal)
        shown = b""

        def read_until(text):
            nonlocal shown
            while text not in shown:
                self.assertTrue(select.select([terminal], [], [], LIMIT_SECONDS)[0], shown)
                shown += os.read(terminal, 65536)

        read_until(b"SIDE")
        os.write(terminal, b"q")
        read_until(b"\x1b[?1049l")
        self.assertEqual(os.waitpid(process, 0)[1], 0)
        self.assertTrue(shown.startswith(b"\x1b[?1049h\x1b[?25l"), shown[:40])
        self.assertNotIn(b"\n\x1b[J", shown)

    # --- explain ---

    def test_explain(self):
        self.ctl("add", *SHARED[0].split())
        text = self.ctl("explain", *"udp from 203.0.113.5:53 to 192.0.2.1:1500 length 600".split())
        self.assertRegex(text, rf"^in on ipv4\n  {GATEWAY4} > {MAC4}, 614 octets\n")
        self.assertRegex(text, r"(?m)^outcome  sent-encapsulated: sent$")
        self.assertRegex(text, rf"(?m)^out on ipv6\n  {MAC6} > {GATEWAY6}, 654 octets\n  IPv6 {BR} > 2001:db8:1::1 .*"
                               r"IPv4 203.0.113.5 > 192.0.2.1 ttl 63 .*UDP 53 > 1500$")
        inner = "udp from 192.0.2.1:1500 to 203.0.113.5:53".split()
        for b4, outcome in (("2001:db8:1::1", "sent-decapsulated"), ("2001:db8:1::2", "drop-wrong-b4")):
            self.assertEqual(self.json("explain", "softwire", b4, "to", BR, *inner)["outcome"], outcome)
        frame = self.json("explain", "--capture", self.folder / "in.pcap", "--number", "10")
        self.assertEqual(frame["outcome"], "drop-no-binding-destination")

    def test_capture(self):
        path = self.folder / "drops.pcapng"
        self.ctl("capture", "--outcome", "drop-no-binding-destination", "--count", "3", path)
        self.assertRegex(self.said, r"^3 packets captured, \d+ missed$")
        self.assertEqual([packet[IP].dst for packet in rdpcap(str(path))], ["192.0.2.200"] * 3)
        self.assertEqual(path.read_bytes().count(b"drop-no-binding-destination"), 3)
        lines = self.ctl("capture", "--count", "2", "--side", "ipv4", "--snaplen", "64", "--json").splitlines()
        self.assertEqual([json.loads(line)["side"] for line in lines], ["ipv4", "ipv4"])

    # --- completion and the manual page ---

    def test_bash_completes_words(self):
        script = self.ctl("completion", "bash")

        def completed(line):
            words = line.split(" ")
            array = " ".join(f"'{word}'" for word in [SOFTWIRECTL, *words[1:]])
            done = subprocess.run(["bash", "-c", f"""{script}
COMP_WORDS=({array}) COMP_CWORD={len(words) - 1} COMP_LINE='{line}' COMP_POINT={len(line)}
_softwirectl
printf '%s\\n' "${{COMPREPLY[@]}}" """], capture_output=True, text=True, cwd=self.folder, timeout=LIMIT_SECONDS)
            return done.stdout.split()

        self.assertEqual(completed("softwirectl show wo"), ["workers"])
        self.assertEqual(completed("softwirectl capture --outcome drop-wrong-b"), ["drop-wrong-b4", "drop-wrong-br"])
        self.assertEqual(completed("softwirectl watch re"), ["reload"])
        self.assertEqual(completed("softwirectl load softwires"), ["softwires.conf"])
        self.assertEqual(completed("softwirectl nonsense "), [])

    def test_zsh_reads_its_script(self):
        script = self.ctl("completion", "zsh")
        self.assertTrue(script.startswith("#compdef softwirectl\n"))
        if shutil.which("zsh"):
            subprocess.run(["zsh", "-n"], input=script, text=True, check=True, timeout=LIMIT_SECONDS)

    def test_man_renders_the_manual_page(self):
        page = self.ctl("completion", "man")
        done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-Kutf8"], input=page, capture_output=True, text=True,
                              timeout=LIMIT_SECONDS)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = re.sub(r"\x1b\[\d+m|.\x08", "", done.stdout)
        self.assertIn("softwirectl - controls", text)
        self.assertRegex(text, r"show +bindings +\[ipv4 ADDRESS\|PREFIX\]")


class WithoutSoftwired(unittest.TestCase):
    def test_says_what_to_look_at(self):
        done = subprocess.run([SOFTWIRECTL, "show", "status", "--socket", "/nowhere/control.sock"],
                              capture_output=True, text=True, timeout=LIMIT_SECONDS)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertRegex(done.stderr, r"^softwirectl: /nowhere/control.sock: there is no such socket; is softwired running\?")


if __name__ == "__main__":
    unittest.main()
