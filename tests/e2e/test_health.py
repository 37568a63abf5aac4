# SPDX-License-Identifier: BSD-3-Clause
"""Tests what a hub says of its health: links that go down, interfaces that are deleted and made again, a worker that
stands still, and the answers of /health, /ready, softwirectl and the watchdog of systemd."""

import ctypes
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

from control import Control
from network import EDGE
from scenario import Scenario, skip_unless_possible

from netlab import LIMIT_SECONDS, Namespace, stop, wait_for

SOFTWIRED = os.environ.get("SOFTWIRED", "softwired")
SOFTWIRECTL = os.environ.get("SOFTWIRECTL", "softwirectl")
PORT = 9600
CONFIG = f"""softwires = softwires.conf
workers = {min(2, len(os.sched_getaffinity(0)))}
control-socket = control.sock
idle = sleep
hugepages = no
[metrics]
listen = 127.0.0.1:{PORT}
[ipv4]
port = net_af_packet0,iface=v4
address = 198.51.100.1
gateway-mac = 02:00:00:00:01:04
[ipv6]
port = net_af_packet1,iface=v6
gateway-mac = 02:00:00:00:01:06
"""
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
WATCHDOG_MICROSECONDS = 400_000


class Frozen:
    """A thread that stands still: a tracer stops it."""

    def __init__(self, thread):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._thread = thread
        self._trace(PTRACE_SEIZE)
        self._trace(PTRACE_INTERRUPT)
        os.waitpid(thread, 0x40000000)  # __WALL: threads too

    def _trace(self, request):
        if self._libc.ptrace(request, self._thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def release(self):
        self._trace(PTRACE_DETACH)


@skip_unless_possible()
class Health(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "softwired.conf").write_text(CONFIG)
        (self.folder / "softwires.conf").write_text("binding ipv4 192.0.2.1 b4 2001:db8:1::1 br 2001:db8:ff::1\n")
        self.hub, self.other = Namespace(), Namespace()
        self.hub.ip("link set lo up")
        for name in ("v4", "v6"):
            self.other.wire_to(self.hub, name, name)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.folder / "notify"))
        self.messages = []
        reader = threading.Thread(target=self.read_notifications)
        reader.start()
        self.addCleanup(self.notify.close)
        self.addCleanup(reader.join)
        self.addCleanup(self.notify.shutdown, socket.SHUT_RDWR)
        self.start()

    def start(self):
        log = open(self.folder / "log", "ab")
        self.addCleanup(log.close)
        env = {**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": str(WATCHDOG_MICROSECONDS)}
        self.softwired = self.hub.start([SOFTWIRED, "--config", str(self.folder / "softwired.conf")],
                                        cwd=self.folder, env=env, stderr=log)
        self.addCleanup(self.end)
        wait_for(lambda: self.notified(b"READY=1") or self.softwired.poll() is not None, "softwired starts")
        self.assertIsNone(self.softwired.poll(), self.log())

    def end(self):
        stop(self.softwired)
        if self._outcome.result.failures or self._outcome.result.errors:
            print(self.log())
        self.assertEqual(self.softwired.returncode, 0, self.log())

    def log(self):
        return (self.folder / "log").read_text()

    def health(self):
        with Control(str(self.folder / "control.sock")) as control:
            return control("health.get")

    def check(self, name):
        return next(check for check in self.health()["checks"] if check["name"] == name)

    def wait_for_state(self, name, state):
        return wait_for(lambda: (check := self.check(name))["state"] == state and check, f"{name} {state}")

    def get(self, path):
        """Returns the status of the HTTP response and its text."""
        with self.hub.entered():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=LIMIT_SECONDS) as response:
                    return response.status, response.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()

    def ctl(self, *words):
        return subprocess.run([SOFTWIRECTL, "--socket", str(self.folder / "control.sock"), *words],
                              capture_output=True, text=True)

    def notified(self, text):
        """Returns whether softwired has sent this to systemd since the last call."""
        seen, self.messages = self.messages, []
        return text in seen

    def read_notifications(self):
        """Reads like systemd, always: softwired waits when nobody does."""
        while message := self.notify.recv(4096):
            self.messages.append(message)

    def test_a_healthy_hub_says_so_everywhere(self):
        self.wait_for_state("link ipv4", "ok")
        health = wait_for(lambda: (now := self.health())["state"] == "ok" and now, "health")
        self.assertEqual(health["ready"], True)
        self.assertEqual(self.get("/ready"), (200, "ok\n"))
        self.assertEqual(self.get("/health"), (200, "ok\n"))
        shown = self.ctl("show", "health")
        self.assertEqual(shown.returncode, 0, shown)
        self.assertIn("softwire_ready 1\n", self.get("/metrics")[1])

    def test_a_link_without_carrier_is_down_whatever_the_driver_says(self):
        self.wait_for_state("link ipv4", "ok")
        with Control(str(self.folder / "control.sock")) as events:
            events("events.subscribe", kinds=["health", "link"])
            self.other.ip("link set v4 down")
            check = self.wait_for_state("link ipv4", "failed")
            self.assertIn("has no carrier", check["reason"])
            happened = [events.receive()["params"] for _ in range(2)]
            self.assertEqual({event["kind"] for event in happened}, {"health", "link"})
        self.assertEqual(self.get("/ready")[0], 503)
        self.assertEqual(self.get("/health")[0], 200)
        self.assertIn('softwire_port_up{side="ipv4"} 0\n', self.get("/metrics")[1])
        shown = self.ctl("show", "health")
        self.assertEqual(shown.returncode, 1)
        self.assertIn("has no carrier", shown.stdout)
        self.other.ip("link set v4 up")
        self.wait_for_state("link ipv4", "ok")
        self.hub.ip("link set v6 down")
        self.assertIn("is set down", self.wait_for_state("link ipv6", "failed")["reason"])
        self.hub.ip("link set v6 up")
        self.wait_for_state("link ipv6", "ok")
        # The log may be some seconds late: a state that has just been told waits.
        wait_for(lambda: "link ipv6: ok again" in self.log(), "the line of the log")

    def test_a_device_deleted_and_made_again_is_taken_up_again(self):
        self.wait_for_state("link ipv4", "ok")
        mac = self.ctl("show", "ports", "--json").stdout
        before = self.sends_to_subscriber()
        for _ in range(3):
            self.hub.ip("link delete v4")
            self.assertIn("does not exist", self.wait_for_state("link ipv4", "failed")["reason"])
            self.other.wire_to(self.hub, "v4", "v4")
            self.wait_for_state("link ipv4", "ok")
            received = self.sends_to_subscriber()
            self.assertGreater(received, before, "the counter of the port ran backwards")
            before = received
        ports = json.loads(self.ctl("show", "ports", "--json").stdout)
        self.assertEqual([port["mac"] for port in ports], [port["mac"] for port in json.loads(mac)])
        # Lines about changes that follow each other closely are held back for some seconds.
        wait_for(lambda: "ipv4: the port is open again" in self.log(), "a line about the port")

    def sends_to_subscriber(self):
        """Sends a packet for the subscriber to the hub until one leaves in a softwire. Returns the port's count."""
        mac = bytes.fromhex(json.loads(self.ctl("show", "ports", "--json").stdout)[0]["mac"].replace(":", ""))
        header = bytes.fromhex("4500 001c 0000 0000 4011 0000 cb007150 c0000201".replace(" ", ""))
        total = sum(int.from_bytes(header[i:i + 2], "big") for i in range(0, 20, 2))
        total = (total & 0xFFFF) + (total >> 16)
        header = header[:10] + (0xFFFF - total).to_bytes(2, "big") + header[12:]
        frame = mac + bytes.fromhex("020000000104 0800".replace(" ", "")) + header + bytes.fromhex("0400040000080000")
        with self.other.entered():
            out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            back = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86DD))
        with out, back:
            out.bind(("v4", 0))
            back.bind(("v6", 0x86DD))
            back.settimeout(0.05)

            def passes():
                out.send(frame)
                try:
                    return back.recv(2048)[20:21] == b"\x04"  # the next header: IPv4
                except TimeoutError:
                    return False

            wait_for(passes, "a packet in the softwire")
        name = 'softwire_port_received_packets_total{side="ipv4"} '
        return next(int(line[len(name):]) for line in self.get("/metrics")[1].splitlines() if line.startswith(name))

    def test_a_worker_that_stands_still_is_reported_and_starves_the_watchdog(self):
        wait_for(lambda: self.notified(b"WATCHDOG=1"), "the watchdog is told")
        thread = next(int(task.name) for task in pathlib.Path(f"/proc/{self.softwired.pid}/task").iterdir()
                      if (task / "comm").read_text().startswith(("dpdk-worker", "lcore-worker", "rte-worker")))
        frozen = Frozen(thread)
        try:
            check = self.wait_for_state("worker 0", "failed")
            self.assertIn("has not come round", check["reason"])
            self.assertEqual(self.get("/health")[0], 503)
            self.assertEqual(self.get("/ready")[0], 503)
            self.notified(b"")
            time.sleep(4 * WATCHDOG_MICROSECONDS / 1e6)
            self.assertFalse(self.notified(b"WATCHDOG=1"), "the watchdog is told although a worker stands still")
        finally:
            frozen.release()
        self.wait_for_state("worker 0", "ok")
        wait_for(lambda: self.notified(b"WATCHDOG=1"), "the watchdog is told again")


@skip_unless_possible()
class Gateways(Scenario):
    def test_a_gateway_that_stops_answering_fails_and_comes_back(self):
        network = self.make_network()
        network.configure_hub("binding ipv4 192.0.2.1 b4 2001:db8:1::1 br 2001:db8:ff::1\n")
        network.start_hub()
        with Control(network.folder / "control.sock") as control:
            def gateway():
                return next(one for one in control("neighbors.list")["neighbors"] if one["side"] == "ipv4")

            def wait_for_state(state):
                return wait_for(lambda: (one := gateway())["state"] == state and one, f"the gateway is {state}")

            wait_for_state("reachable")
            with Control(network.folder / "control.sock") as events:
                events("events.subscribe", kinds=["gateway"])
                network.edge.ip(f"address del {EDGE}/24 dev hub")
                failed = wait_for_state("failed")
                self.assertIsNone(failed["mac"])
                checks = {check["name"]: check for check in control("health.get")["checks"]}
                self.assertEqual(checks["gateway ipv4"]["state"], "failed")
                self.assertEqual(checks["gateway ipv4"]["reason"], f"{EDGE} does not answer")
                self.assertEqual(checks["gateway ipv6"]["state"], "ok")
                states = [events.receive()["params"]["state"]]
                while states[-1] != "failed":
                    states.append(events.receive()["params"]["state"])
                network.edge.ip(f"address add {EDGE}/24 dev hub")
                self.assertIsNotNone(wait_for_state("reachable")["mac"])
                while states[-1] != "reachable":
                    states.append(events.receive()["params"]["state"])
        self.assertIn(f"ipv4: gateway {EDGE} is failed", network.logs())


if __name__ == "__main__":
    unittest.main()
