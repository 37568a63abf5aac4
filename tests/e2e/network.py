# SPDX-License-Identifier: BSD-3-Clause
"""Makes a softwire network in namespaces: subscribers, access network, hub, DHCP server and a host in the Internet.

    subscriber -- access -- hub -- edge -- server
                 (IPv6)            (IPv4) \\- internet

The hub is softwired on two veth interfaces; access and edge are the routers that are its gateways, so it finds
them by Neighbor Discovery and ARP. Subscribers run softwire-b4. Everything ends with close().
"""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "samples"))

from netlab import LIMIT_SECONDS, Namespace, kea_files, stop, wait_for  # noqa: E402

SOFTWIRED = os.environ.get("SOFTWIRED", "softwired")
SOFTWIRE_B4 = os.environ.get("SOFTWIRE_B4", "softwire-b4")

BR = "2001:db8:ff::1"
HUB4, EDGE, HUB6, ACCESS = "198.51.100.1", "198.51.100.254", "2001:db8:6::1", "2001:db8:6::254"
SERVER, INTERNET = "198.18.67.2", "203.0.113.80"
SUBSCRIBERS = "192.0.2.0/24"
LEASED = "192.0.2.10"
NEEDED = ("ip", "setpriv", "busybox", "ethtool", "nft")


def missing(*programs):
    """Returns the reason why this machine cannot run the network, or None."""
    if os.geteuid() != 0:
        return "not root: network namespaces cannot be made"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "no TUN devices: /dev/net/tun cannot be opened"
    absent = [name for name in (*NEEDED, *programs) if shutil.which(name) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    try:
        Namespace()
    except OSError as error:
        return f"network namespaces cannot be made: {error.strerror}"
    return None


def set_forwarding(namespace, family):
    with namespace.entered():
        name = "ip_forward" if family == "ipv4" else "conf/all/forwarding"
        pathlib.Path(f"/proc/sys/net/{family}/{name}").write_text("1")


class Network:
    def __init__(self, mtu=1500):
        self._folder = tempfile.TemporaryDirectory(prefix="softwire-e2e-")
        self.folder = pathlib.Path(self._folder.name)
        self._running, self._sockets, self._hub = [], [], None
        self._mtu = mtu
        self.hub, self.access, self.edge = Namespace(), Namespace(), Namespace()
        self.server, self.internet = Namespace(), Namespace()
        self.subscribers = []
        self._wire(self.access, "hub", self.hub, "v6")
        self._wire(self.edge, "hub", self.hub, "v4")
        self._wire(self.edge, "server", self.server, "eth0")
        self._wire(self.edge, "internet", self.internet, "eth0")
        set_forwarding(self.access, "ipv6")
        set_forwarding(self.edge, "ipv4")
        self._address_routers()
        for name, namespace, address in (("server", self.server, SERVER), ("internet", self.internet, INTERNET)):
            self.edge.ip(f"address add 10.0.0.1/32 dev {name}")
            self.edge.ip(f"route add {address} dev {name}")
            namespace.ip("link set lo up")
            namespace.ip(f"address add {address}/32 dev eth0")
            namespace.ip("route add 10.0.0.1 dev eth0")
            namespace.ip("route add default via 10.0.0.1")

    def _address_routers(self):
        # Frames to the hub must have checksums, because no hardware adds them.
        self.no_offloads(self.access, "hub")
        self.no_offloads(self.edge, "hub")
        self.access.ip(f"-6 address add {ACCESS}/64 dev hub nodad")
        self.access.ip("-6 address add fe80::1/64 dev hub nodad")  # the source of the router's Neighbor Solicitations
        self.access.ip(f"-6 route add {BR}/128 via {HUB6}")
        self.edge.ip(f"address add {EDGE}/24 dev hub")
        self.edge.ip(f"route add {SUBSCRIBERS} via {HUB4}")

    def _wire(self, one, name, other, other_name):
        one.wire_to(other, name, other_name)
        for namespace, end in ((one, name), (other, other_name)):
            namespace.ip(f"link set {end} mtu {self._mtu}")

    def no_offloads(self, namespace, device):
        with namespace.entered():
            subprocess.run(["ethtool", "-K", device, "tx", "off"], check=True, stdout=subprocess.DEVNULL)

    def close(self):
        """Ends everything. Raises AssertionError when softwired failed, for example because of a sanitizer."""
        try:
            if self._hub:
                self.stop_hub()
        finally:
            self._close_others()

    def _close_others(self):
        for process in reversed(self._running):
            if process.poll() is None:
                stop(process, seconds=20)
        for open_socket in self._sockets:
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it
            open_socket.close()

    def remove(self):
        self._folder.cleanup()

    def log(self, name):
        """Returns the output of a program."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def logs(self):
        """Returns the output of all programs, for the report of a failure."""
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-4000:]}"
                         for path in sorted(self.folder.glob("*.log")))

    def start(self, namespace, name, *words, env=None):
        """Starts a program in the background. log(name) returns its output."""
        with open(self.folder / f"{name}.log", "ab") as log:
            process = namespace.start(words, env={**os.environ, **(env or {})}, stdout=log, stderr=subprocess.STDOUT)
        self._running.append(process)
        return process

    def forget(self, process):
        """Takes a program that has ended out of those that close() ends."""
        self._running.remove(process)

    def run(self, namespace, *words):
        """Runs a program, and returns its output. Raises AssertionError when it fails."""
        process = namespace.start(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output, _ = process.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            raise AssertionError(f"{' '.join(map(str, words))}: no end: {output.decode(errors='replace')}") from None
        if process.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, words))}: {output.decode(errors='replace')}")
        return output.decode(errors="replace")

    def ping(self, namespace, address, count=1, *words):
        """Returns its output. The last answer may be late."""
        return self.run(namespace, "busybox", "ping", *words, "-c", str(count), "-W", str(int(LIMIT_SECONDS / 2)), address)

    # --- the hub ---

    def make_stick(self):
        """Makes one wire from the hub to a switch with both routers."""
        switch = self._switch = Namespace()
        self.hub.ip("link delete v4")
        self.hub.ip("link delete v6")
        self._wire(self.hub, "stick", switch, "trunk")
        self._wire(self.edge, "hub", switch, "v4")
        self._wire(self.access, "hub", switch, "v6")
        self.no_offloads(switch, "trunk")
        switch.ip("link add bridge type bridge")
        switch.ip("link set bridge up")
        for port in ("trunk", "v4", "v6"):
            switch.ip(f"link set {port} master bridge")
        self._address_routers()

    def configure_hub(self, softwires, keys="", ports=None, relays=True):
        """Writes softwired.conf and softwires.conf."""
        ipv4, ipv6 = ports or ("net_af_packet0,iface=v4", "net_af_packet1,iface=v6")
        (self.folder / "softwires.conf").write_text(softwires)
        (self.folder / "softwired.conf").write_text(f"""
softwires = softwires.conf
control-socket = control.sock
state = state
idle = sleep
hugepages = no
{keys}
[ipv4]
port = {ipv4}
address = {HUB4}
gateway = {EDGE}
mtu = {self._mtu}
[ipv6]
port = {ipv6}
address = {HUB6}
gateway = {ACCESS}
mtu = {self._mtu}
""" + (f"[dhcp-relay]\nserver = {SERVER}\n" if relays else ""))

    def start_hub(self):
        """Starts softwired, and waits until it is ready."""
        path = self.folder / "notify"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(str(path))
            path.chmod(0o777)  # as systemd's socket: for any user of the hub
            notified.settimeout(LIMIT_SECONDS)
            config, counters = self.folder / "softwired.conf", self.folder / "counters.json"
            hub = self.start(self.hub, "softwired", SOFTWIRED, "--config", config, "--counters", counters,
                             env={"NOTIFY_SOCKET": str(path)})
            while not select.select([notified], [], [], 0.05)[0]:
                if hub.poll() is not None:
                    raise AssertionError(f"softwired has ended: {self.log('softwired')}")
            if b"READY=1" not in notified.recv(4096):
                raise AssertionError("softwired does not say that it is ready")
        self._hub = hub
        return hub

    def stop_hub(self, how=signal.SIGTERM):
        hub, self._hub = self._hub, None
        hub.send_signal(how)
        status = hub.wait(LIMIT_SECONDS)
        if how == signal.SIGTERM and status != 0:
            raise AssertionError(f"softwired ended with {status}")

    def reload_hub(self, says="reloaded"):
        """Reloads the hub, and waits for the line with the result."""
        before = self.log("softwired").count(says)
        self._hub.send_signal(signal.SIGHUP)
        wait_for(lambda: self.log("softwired").count(says) > before, f"softwired says: {says}")

    def counters(self):
        """Returns the hub's counters once they do not change. A packet inside the hub is received, but has no
        outcome yet. (A worker publishes its counters every millisecond, or later if it is not scheduled.)"""
        still, now = 0, self._counters_now()
        for _ in range(100):
            time.sleep(0.02)
            before, now = now, self._counters_now()
            still = still + 1 if now == before else 0
            if still == 5:
                break
        return now

    def _counters_now(self):
        path = self.folder / "counters.json"
        path.unlink(missing_ok=True)
        self._hub.send_signal(signal.SIGUSR1)

        def written():
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                return json.loads(path.read_text())["counters"]
            return None

        return wait_for(written, "softwired writes its counters")

    def wait_for_counter(self, name, value=1):
        """Waits until the counter has at least this value."""
        wait_for(lambda: self._counters_now()[name] >= value, f"{name} reaches {value}")

    # --- the DHCP server ---

    def start_kea(self, overrides_identifier="no", lifetime=600, renew=300, pool=f"{LEASED} - {LEASED}"):
        """Starts Kea with its own pool. The server identifier that it sends: `no`: its own address; `option`: the
        relay's, as configured; `hook`: the one in option 82 (RFC 5107)."""
        options = [{"name": "routers", "data": "192.0.2.1"}]
        if overrides_identifier == "option":
            options.append({"name": "dhcp-server-identifier", "data": HUB4})
        hook = {
            "library": f"/usr/lib/{os.uname().machine}-linux-gnu/kea/hooks/libdhcp_flex_option.so",
            "parameters": {"options": [{"code": 54, "supersede": "ifelse(relay4[11].exists, relay4[11].hex, '')"}]},
        }
        config = {
            "interfaces-config": {"interfaces": [f"eth0/{SERVER}"], "dhcp-socket-type": "udp"},
            "lease-database": {"type": "memfile", "persist": True, "name": str(self.folder / "leases.csv")},
            "valid-lifetime": lifetime,
            "renew-timer": renew,
            "rebind-timer": lifetime * 7 // 8,
            "hooks-libraries": [hook] if overrides_identifier == "hook" else [],
            "subnet4": [{"id": 1, "subnet": SUBSCRIBERS, "relay": {"ip-addresses": [HUB4]},
                         "pools": [{"pool": pool}], "option-data": options}],
            "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout", "flush": True}]}],
        }
        path = self.folder / "kea.json"
        path.write_text(json.dumps({"Dhcp4": config}))
        before = self.log("kea").count("DHCP4_STARTED")
        kea = self.start(self.server, "kea", "kea-dhcp4", "-c", path, env=kea_files(self.folder))
        wait_for(lambda: self.log("kea").count("DHCP4_STARTED") > before, "Kea starts")
        return kea

    # --- subscribers and their peers ---

    def add_subscriber(self, *b4_words, address=None):
        """Returns a subscriber with a running softwire-b4. `address`: a static IPv4 address."""
        subscriber = self.prepare_subscriber()
        subscriber.start_b4(*b4_words)
        if address:
            subscriber.set_address(address)
        return subscriber

    def prepare_subscriber(self, b4=None, prefix=None):
        """Returns a subscriber without softwire-b4, and with an IPv6 address and a prefix if given."""
        subscriber = Subscriber(self, len(self.subscribers) + 1, b4, prefix)
        self.subscribers.append(subscriber)
        return subscriber

    def serve(self, handler):
        """Calls handler() on a thread until close()."""
        threading.Thread(target=handler, daemon=True).start()

    def socket_in(self, namespace, kind):
        with namespace.entered():
            result = socket.socket(socket.AF_INET, kind)
        result.settimeout(LIMIT_SECONDS)
        self._sockets.append(result)
        return result

    def start_echo_servers(self, port=7):
        """An Internet host that returns TCP and UDP data. A UDP answer begins with the sender's address."""
        tcp = self.socket_in(self.internet, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind((INTERNET, port))
        tcp.listen()
        tcp.settimeout(None)
        udp = self.socket_in(self.internet, socket.SOCK_DGRAM)
        udp.bind((INTERNET, port))
        udp.settimeout(None)

        def echo(connection):
            with connection, contextlib.suppress(OSError):
                while octets := connection.recv(65536):
                    connection.sendall(octets)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = tcp.accept()
                    self.serve(lambda: echo(connection))

        def answer():
            with contextlib.suppress(OSError):
                while True:
                    octets, source = udp.recvfrom(65536)
                    if source is None:
                        return  # closed
                    udp.sendto(f"{source[0]}:{source[1]} ".encode() + octets, source)

        self.serve(accept)
        self.serve(answer)

    def transfer(self, subscriber, octets, port=7):
        """Sends the octets to the echo server in the Internet by TCP, and returns its answer."""
        tcp = self.socket_in(subscriber.namespace, socket.SOCK_STREAM)
        tcp.connect((INTERNET, port))

        def send():
            with contextlib.suppress(OSError):
                tcp.sendall(octets)
                tcp.shutdown(socket.SHUT_WR)

        self.serve(send)
        back = b""
        while piece := tcp.recv(65536):
            back += piece
        tcp.close()
        return back

    def ask(self, subscriber, octets, port=7):
        """Does the same by UDP. Returns (address:port that the server saw, octets). Repeats a lost datagram."""
        udp = self.socket_in(subscriber.namespace, socket.SOCK_DGRAM)
        udp.settimeout(5)
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            udp.sendto(octets, (INTERNET, port))
            with contextlib.suppress(TimeoutError):
                seen, _, back = udp.recv(65536).partition(b" ")
                return seen.decode(), back
        raise AssertionError(f"no answer to {len(octets)} octets from {INTERNET}:{port}")


class Subscriber:
    """A namespace behind the access network, in 2001:db8:1:N::/64."""

    def __init__(self, network, number, b4, prefix):
        self._network = network
        self.number = number
        self.b4 = b4 or f"2001:db8:1:{number}::2"
        self.namespace = Namespace()
        network._wire(network.access, f"sub{number}", self.namespace, "uplink")
        gateway = f"2001:db8:1:{number}::1"
        network.access.ip(f"-6 address add {gateway}/64 dev sub{number} nodad")
        network.access.ip(f"-6 address add fe80::1/64 dev sub{number} nodad")
        self.namespace.ip("link set lo up")
        self.namespace.ip(f"-6 address add fe80::2/64 dev uplink nodad")
        if prefix:
            self.namespace.ip(f"-6 address add {self.b4}/128 dev uplink nodad")
            network.access.ip(f"-6 route add {prefix} via fe80::2 dev sub{number}")
            self.namespace.ip("-6 route add default via fe80::1 dev uplink")
            return
        self.namespace.ip(f"-6 address add {self.b4}/64 dev uplink nodad")
        self.namespace.ip(f"-6 route add default via {gateway}")

    @property
    def name(self):
        return f"b4-{self.number}"

    def start_b4(self, *words):
        ends = () if "--rule" in words else ("--b4", self.b4)
        ends = (*ends, "--br", BR) if "--rule" not in words else ends
        self._network.start(self.namespace, self.name, SOFTWIRE_B4, *ends, *words)
        wait_for(lambda: "\nready\n" in self._network.log(self.name), "softwire-b4 is ready")

    def set_address(self, address):
        self.namespace.ip(f"address add {address}/32 dev softwire0")
        self.namespace.ip("route add default dev softwire0")

    def start_udhcpc(self):
        client_id = f"ff00000a12000300010200000000{self.number:02x}"  # on a TUN it has no MAC address (RFC 4361)
        words = ["udhcpc", "-f", "-i", "softwire0", "-t", "20", "-T", "5", "-A", "1", "-x", f"0x3d:{client_id}"]
        return self._start_client(*words, "-s", FOLDER.parent / "samples" / "udhcpc-event")

    def start_dhclient(self, *more):
        """Runs dhclient. With "-r" it ends the first dhclient and releases its lease."""
        folder = self._network.folder / f"dhclient-{self.number}"
        folder.mkdir(exist_ok=True)
        (folder / "conf").write_text("initial-interval 1;\nbackoff-cutoff 5;\nretry 2;\ntimeout 300;\n")
        words = ["dhclient", "-4", "-d", "-cf", folder / "conf", "-lf", folder / "leases", "-pf", folder / "pid"]
        events = f"EVENTS={self._events_path()}"
        words += ["-e", events, "-sf", FOLDER.parent / "b4" / "dhclient-event"]
        return self._start_client(*words, *more, "softwire0")

    def _events_path(self):
        return self._network.folder / f"events-{self.number}.log"

    def _start_client(self, *words):
        return self._network.start(self.namespace, f"client-{self.number}", *words,
                                   env={"EVENTS": str(self._events_path())})

    def events(self):
        """The lines that the client's script has written: event, address, server identifier, ..."""
        path = self._events_path()
        return path.read_text().splitlines() if path.exists() else []

    def wait_for_event(self, name, count=1):
        """Waits until the client's script was called this often for the event. Returns the last such line."""
        wait_for(lambda: len(self._events(name)) >= count, f"the client's event {name}")
        return self._events(name)[-1].split()

    def _events(self, name):
        return [line for line in self.events() if line.split()[0] == name]

    def restrict_ports(self, address, first, last):
        """Sets up NAT to the address and these ports, which a subscriber with a shared address needs."""
        rules = "".join(
            f"add rule ip nat post oifname softwire0 meta l4proto {protocol} snat to {address}:{first}-{last}\n"
            for protocol in ("tcp", "udp"))
        with self.namespace.entered():
            subprocess.run(["nft", "-f", "-"], check=True, text=True, input=(
                "add table ip nat\nadd chain ip nat post { type nat hook postrouting priority 100; }\n" + rules))

    def ping(self, count=2):
        return self._network.ping(self.namespace, INTERNET, count)
