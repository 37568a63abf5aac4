# SPDX-License-Identifier: BSD-3-Clause
"""Runs softwired and softwirectl with ports that need no root: frames are read from a capture file in a loop."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time

from scapy.all import IP, UDP, Ether, wrpcap

SOFTWIRED = os.environ.get("SOFTWIRED", "softwired")
SOFTWIRECTL = os.environ.get("SOFTWIRECTL", "softwirectl")
LIMIT_SECONDS = 300  # for any wait
MAC4, MAC6, GATEWAY4, GATEWAY6 = "02:00:00:00:01:01", "02:00:00:00:01:02", "02:00:00:00:01:04", "02:00:00:00:01:06"
BR = "2001:db8:ff::1"
FILE_BINDING = f"binding ipv4 192.0.2.9 b4 2001:db8:1::9 br {BR}"
SHARED = [f"binding ipv4 192.0.2.1 psid-len 6 psid {psid} b4 2001:db8:1::{psid} br {BR}" for psid in (1, 2)]


class Lab:
    """A running softwired. close() ends it, and fails if it reports an error."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="softwire-ctl-")
        self.folder = pathlib.Path(self._folder.name)
        self.socket = self.folder / "control.sock"
        self.environment = {**os.environ, "SOFTWIRED_SOCKET": str(self.socket), "TZ": "UTC"}
        ethernet, ip = Ether(dst=MAC4, src=GATEWAY4), IP(src="203.0.113.5", dst="192.0.2.9")
        packet = ip / UDP(sport=53, dport=4711) / bytes(500)
        to_nobody = IP(src="203.0.113.5", dst="192.0.2.200") / UDP(sport=53, dport=4711) / bytes(100)
        wrpcap(str(self.folder / "in.pcap"), [ethernet / packet] * 9 + [ethernet / to_nobody])
        self.write_softwires(FILE_BINDING)
        (self.folder / "softwired.conf").write_text(f"""softwires = softwires.conf
control-socket = control.sock
state = state
hugepages = no
idle = sleep
[ipv4]
port = net_pcap0,rx_pcap={self.folder}/in.pcap,infinite_rx=1
mac = {MAC4}
address = 198.51.100.1
gateway = 198.51.100.254
gateway-mac = {GATEWAY4}
[ipv6]
port = net_pcap1,tx_pcap=/dev/null
mac = {MAC6}
address = 2001:db8:6::1
gateway = 2001:db8:6::254
gateway-mac = {GATEWAY6}
""")
        with open(self.folder / "log", "wb") as log:
            self._softwired = subprocess.Popen([SOFTWIRED, "--config", self.folder / "softwired.conf"],
                                               stdout=log, stderr=log)
        try:
            self.wait_for(lambda: self._softwired.poll() is not None or self.ctl("show", "status").returncode == 0,
                          "softwired answers")
        except AssertionError:
            self.close()
            raise
        if self._softwired.poll() is not None:
            self.close()
            raise AssertionError("softwired has ended")

    def close(self):
        self._softwired.send_signal(signal.SIGTERM)
        status = self._softwired.wait(LIMIT_SECONDS)
        log = (self.folder / "log").read_text(errors="replace")
        self._folder.cleanup()
        if status != 0:
            raise AssertionError(f"softwired: {status}: {log}")

    @staticmethod
    def wait_for(condition, what):
        """Waits until its value is true, and returns it."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {LIMIT_SECONDS} seconds")
            time.sleep(0.05)
        return value

    def write_softwires(self, *statements):
        (self.folder / "softwires.conf").write_text("".join(f"{statement}\n" for statement in statements))

    def ctl(self, *words, text=None):
        """Runs softwirectl."""
        return subprocess.run([SOFTWIRECTL, *map(str, words)], capture_output=True, text=True, input=text,
                              timeout=LIMIT_SECONDS, env=self.environment)
