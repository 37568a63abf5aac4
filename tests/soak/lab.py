# SPDX-License-Identifier: BSD-3-Clause
"""The network of the soak: the one of tests/e2e/network.py, with victims, a crowd of DHCP clients, and a hub that relays to
Kea for some subscribers and serves the others itself."""

import mmap
import os
import pathlib
import re
import struct
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "e2e"))

import network as e2e  # noqa: E402
from netlab import stop, wait_for  # noqa: E402
import lab_facts as facts  # noqa: E402
import processes  # noqa: E402

SOFTWIRECTL = os.environ.get("SOFTWIRECTL", "softwirectl")
READ_GROUP = "nogroup"
NOBODY = 65534  # user and group of those who may only read
IDENTIFIERS = {"user": NOBODY, "group": NOBODY}

SOFTWIRES = f"""binding ipv4 {facts.SHARED} psid-len {facts.PSID_LEN} psid 1 b4 2001:db8:1:1::2 br {facts.BR}
binding ipv4 {facts.SHARED} psid-len {facts.PSID_LEN} psid 2 b4 {facts.ATTACKER_B4} br {facts.BR}
binding ipv4 {facts.WHOLE} b4 2001:db8:1:2::2 br {facts.BR}
binding ipv4 {facts.ATTACKER_WHOLE} b4 {facts.ATTACKER_WHOLE_B4} br {facts.BR}
rule map-e ipv4 203.0.110.0/24 ipv6 2001:db8:b000::/48 ea-len 16 br {facts.BR}
"""
KEYS = f"""br-address = {facts.BR}
control-read-group = {READ_GROUP}
[metrics]
listen = {facts.METRICS[0]}:{facts.METRICS[1]}
[leases]
pool = {facts.LEASED}/32
pool = 198.18.0.0/16
grants-per-hour = 1000000
[dhcp-server]
subscribers = 2001:db8:1:4::/64
subscribers = {facts.CROWD_PREFIX}
static = 2001:db8:1:4::/64 {facts.SERVED}
pool = {facts.CROWD_POOL}
lease-time = 30
"""

# Rings that outlast a stall of the hub on a busy machine.
PORTS = tuple(f"net_af_packet{number},iface={device},framecnt=8192" for number, device in enumerate(("v4", "v6")))


class Throttle:
    """The share of the attacks' rates that the machine can carry, for all senders."""

    def __init__(self, path):
        path.write_bytes(struct.pack("=d", 1.0))
        self.path = path
        with open(path, "r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)

    @property
    def share(self):
        return struct.unpack("=d", self._shared[:8])[0]

    @share.setter
    def share(self, value):
        self._shared[:8] = struct.pack("=d", value)


class Lab:
    """`strength`: the share of their rates that the attacks on the packet path have."""

    def __init__(self, strength=1.0):
        self.strength = strength
        self.network = e2e.Network()
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    def _set_up(self):
        network = self.network
        self.folder = network.folder
        self.folder.chmod(0o755)  # the readers of the control socket are of another user
        network.hub.ip("link set lo up")
        self._give_fragments_room()
        network.configure_hub(SOFTWIRES, KEYS, ports=PORTS)
        self.softwires = self.folder / "softwires.conf"
        self.socket = self.folder / "control.sock"
        self.throttle = Throttle(self.folder / "throttle")
        self.softwired = network.start_hub()
        network.start_kea("hook", lifetime=3600, renew=1800)
        network.start_echo_servers()
        network.edge.ip(f"route add 198.18.0.0/22 via {facts.HUB4}")
        self.victim = network.add_subscriber(address=facts.SHARED)
        self._set_local_ports()
        self.reached = network.add_subscriber(address=facts.WHOLE)
        self.client = network.add_subscriber()
        self.served = network.add_subscriber()
        self.crowd = network.prepare_subscriber("2001:db8:1:8000::2", facts.CROWD_PREFIX)
        network.ask(self.victim, b"both gateways are known")
        self.macs = {end: self.mac_of(network.hub, end) for end in ("v4", "v6")}

    def _give_fragments_room(self):
        """A net_af_packet port has the kernel put IPv4 fragments together before the hub sees them: with its usual room for
        4 MB of them, the kernel would lose the victims', and not the hub."""
        with self.network.hub.entered():
            for name, value in (("ipfrag_high_thresh", 512 << 20), ("ipfrag_time", 2)):
                pathlib.Path(f"/proc/sys/net/ipv4/{name}").write_text(str(value))

    def _set_local_ports(self):
        with self.victim.namespace.entered():
            pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").write_text(f"{facts.FIRST_PORT + 100} {facts.LAST_PORT}")

    @staticmethod
    def mac_of(namespace, device):
        with namespace.entered():
            text = subprocess.check_output(["ip", "-oneline", "link", "show", device], text=True)
        return re.search(r"link/ether (\S+)", text).group(1)

    def router_mac(self, subscriber):
        """Returns the MAC address of the access router on the subscriber's wire."""
        return self.mac_of(self.network.access, f"sub{subscriber.number}")

    def ctl(self, *words, timeout=60):
        """Runs softwirectl, and returns (exit status, output)."""
        done = subprocess.run([SOFTWIRECTL, "--socket", str(self.socket), *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout)
        return done.returncode, done.stdout

    def start_script(self, namespace, name, script, *words, **options):
        """Starts a script of this folder. Returns it, and a function that waits until the script says that it has started."""
        begun = self.network.log(name).count("started\n")
        process = self.network.start(namespace, name, *processes.words_of(script, *words, **options))

        def has_started():
            if process.poll() is not None:
                raise AssertionError(f"{script} {' '.join(map(str, words))}: ended: {self.network.log(name)[-500:]}")
            return self.network.log(name).count("started\n") > begun

        return process, lambda: wait_for(has_started, f"{script} {' '.join(map(str, words))} has started")

    def end_script(self, process, name):
        """Ends it, and returns the last line that it printed."""
        stop(process, seconds=20)
        self.network.forget(process)
        lines = self.network.log(name).splitlines()
        return lines[-1] if lines else ""

    def close(self):
        """Ends everything. Raises AssertionError if softwired failed."""
        try:
            self.network.close()
        finally:
            self.network.remove()


def missing():
    """Returns the reason why this machine cannot run the soak, or None."""
    return e2e.missing("kea-dhcp4")
