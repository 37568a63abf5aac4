# SPDX-License-Identifier: BSD-3-Clause
"""Tests softwire-b4 in a network namespace: packets both ways, fragments, TAP devices, unmodified DHCP clients."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from access_network import (
    B4,
    B4_MAC,
    BR,
    BR_MAC,
    ELSEWHERE,
    FOLDER,
    INTERNET,
    LEASED,
    LIMIT_SECONDS,
    NEXT_FRAGMENT,
    NEXT_ICMPV6,
    NEXT_IPV4,
    PROGRAM,
    AccessNetwork,
    echo_reply,
    fragments,
    missing,
    put_together,
)
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6
from scapy.layers.l2 import Ether

ENDS = ("--b4", B4, "--br", BR)
RULE = "rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br 2001:db8:ffff::1"
CE = "2001:db8:12:3400:0:c000:212:34"  # RFC 7597 appendix A, example 1
CLIENT_ID = "ff00000a1200030001020000000a12"  # RFC 4361: on a TUN udhcpc has no MAC address
RELAY = "198.51.100.1"
PING = ("busybox", "ping", "-W", str(LIMIT_SECONDS // 2))  # the last answer may take this long
COUNTERS = [
    *("sent", "received", "arp-answered", "arp-left", "drop-not-ipv4", "drop-send", "drop-foreign"),
    *("drop-no-ipv4", "drop-ecn", "drop-device", "icmpv6-error"),
]


def udp_to_subscriber(payload, **ip):
    return IP(src=INTERNET, dst=LEASED, **ip) / UDP(sport=53, dport=5000) / payload


class CommandLine(unittest.TestCase):
    def run_b4(self, *words):
        return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)

    def test_help_and_version(self):
        """Exits with 0, and prints to standard output."""
        for words, pattern in ((["--help"], "--end-user-prefix"), (["--version"], r"\Asoftwire-b4 \d+\.\d+\.\d+\n\Z")):
            done = self.run_b4(*words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, pattern)

    def test_wrong_usage(self):
        """Exits with 2, and prints one line that names the option, and nothing to standard output."""
        for words, pattern in (
            ([], "--b4 and --br"),
            (["--b4", B4, "--br", "nowhere"], "--br"),
            ([*ENDS, "stray"], "--name VALUE"),
            (["--rule", RULE], "--end-user-prefix"),
        ):
            with self.subTest(words=words):
                done = self.run_b4(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertRegex(done.stderr, rf"\Asoftwire-b4: [^\n]*{pattern}[^\n]*--help[^\n]*\n\Z")

    def test_print(self):
        """Exits with 0 on any machine. Scripts set up NAT with this output."""
        done = self.run_b4("--print", "--rule", RULE, "--ipv4", "192.0.2.18", "--psid", "52")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = dict(line.split(" ", 1) for line in done.stdout.splitlines())
        ports = lines.pop("ports").split()
        self.assertEqual(lines, {"b4": CE, "br": "2001:db8:ffff::1", "ipv4": "192.0.2.18", "psid": "52"})
        self.assertEqual((ports[0], ports[-1], len(ports)), ("1232-1235", "64720-64723", 63))


@unittest.skipIf(missing(), missing())
class Live(unittest.TestCase):
    def make_network(self, *ends):
        network = AccessNetwork(*ends)
        self.addCleanup(network.close)
        return network

    def configure(self, network):
        """Does what a DHCP client would do."""
        network.subscriber.ip(f"address add {LEASED}/32 dev softwire0")
        network.subscriber.ip("route add default dev softwire0")

    def set_up(self, *words):
        network = self.make_network()
        process, _ = network.start_b4(*ENDS, *words)
        self.configure(network)
        return network, process

    def send_udp(self, network, payload, tos=0):
        with network.udp_socket((socket.IPPROTO_IP, socket.IP_TOS, tos)) as udp:
            udp.sendto(payload, (INTERNET, 53))

    def receiver(self, network):
        udp = network.udp_socket((socket.IPPROTO_IP, socket.IP_RECVTOS, 1))
        self.addCleanup(udp.close)
        udp.bind((LEASED, 5000))
        return udp

    def counters_at_end(self, process, how=signal.SIGTERM):
        process.send_signal(how)
        self.assertEqual(process.wait(LIMIT_SECONDS), 0)
        lines = [line.split() for line in process.stderr.read().decode().splitlines()]
        self.assertEqual([name for name, _ in lines], COUNTERS)
        return {name: int(value) for name, value in lines if value != "0"}


class Start(Live):
    def test_says_what_it_is(self):
        """Addresses, MTU of the route less the outer header, device; RFC 7597: the CE's address of its rule."""
        network = self.make_network(CE, "2001:db8:ffff::1")
        process, lines = network.start_b4("--rule", RULE, "--end-user-prefix", "2001:db8:12:3400::/56")
        self.assertTrue(lines.pop("ports").startswith("1232-1235 2256-2259 "))
        expected = {"b4": CE, "br": "2001:db8:ffff::1", "ipv4": "192.0.2.18", "psid": "52"}
        self.assertEqual(lines, {**expected, "mtu": "1460", "device": "softwire0", "ready": ""})
        _, link = network.run("ip", "link", "show", "softwire0")
        self.assertRegex(link, r"[<,]UP[,>].* mtu 1460 ")
        self.configure(network)
        self.send_udp(network, b"x")
        frame = network.next_frame()
        self.assertEqual((frame[IPv6].src, frame[IPv6].dst), (CE, "2001:db8:ffff::1"))
        self.counters_at_end(process)
        self.assertNotEqual(network.run("ip", "link", "show", "softwire0")[0], 0)

    def test_what_the_machine_refuses(self):
        """Exits with 1, and prints one line with the remedy."""
        network = self.make_network()
        network.subscriber.ip("link add taken type veth peer name other")
        network.subscriber.ip("-6 route del default")
        network.subscriber.ip(f"-6 route add {BR}/128 dev uplink")
        unprivileged = ("setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps=-all")
        for words, pattern in (
            ((PROGRAM, "--b4", ELSEWHERE, "--br", BR), f"{ELSEWHERE}: .*ip address add {ELSEWHERE}"),
            ((PROGRAM, "--b4", B4, "--br", "2001:db8:5::5"), "2001:db8:5::5: .*unreachable; .*route"),
            ((PROGRAM, *ENDS, "--device", "taken"), "taken: .*--device"),
            ((*unprivileged, PROGRAM, *ENDS), ".*run as root"),
        ):
            with self.subTest(words=words):
                process = network.start(*words)
                self.assertEqual(process.wait(LIMIT_SECONDS), 1)
                self.assertRegex(process.stderr.read().decode(), rf"\Asoftwire-b4: {pattern}[^\n]*\n\Z")
                self.assertEqual(process.stdout.read(), b"")

    def test_device_that_is_taken_away(self):
        """Exits with 1, and prints the counters and the reason."""
        network, process = self.set_up()
        network.subscriber.ip("link del softwire0")
        self.assertEqual(process.wait(LIMIT_SECONDS), 1)
        self.assertRegex(process.stderr.read().decode(), r"\nsoftwire-b4: softwire0: the device is gone: [^\n]*\n\Z")


class Tun(Live):
    def test_out(self):
        """RFC 2473: protocol 4 from the B4 to the BR, the packet unchanged, its traffic class (RFC 6333 section 7.1)
        and its ECN field (RFC 6040 section 4.1) on the outer header."""
        network, process = self.set_up("--hop-limit", "33")
        self.send_udp(network, b"out", tos=0xB8 | 2)
        frame = network.next_frame()
        self.assertEqual((frame.src, frame.dst), (B4_MAC, BR_MAC))
        outer = frame[IPv6]
        self.assertEqual((outer.src, outer.dst, outer.nh, outer.hlim, outer.tc), (B4, BR, NEXT_IPV4, 33, 0xBA))
        inner = outer.payload
        self.assertEqual((inner.src, inner.dst, inner.tos, inner.ttl), (LEASED, INTERNET, 0xBA, 64))
        self.assertEqual(bytes(inner[UDP].payload), b"out")
        self.assertEqual(bytes(inner)[: inner.len], bytes(outer.payload))
        self.assertEqual(self.counters_at_end(process).get("sent"), 1)

    def test_in(self):
        """The inner packet gets the outer traffic class (RFC 6040 figure 4)."""
        network, process = self.set_up()
        udp = self.receiver(network)
        network.send(udp_to_subscriber(b"plain"), tc=0xB8)
        self.assertEqual(network.receive_on(udp), (b"plain", 0xB8))
        network.send(udp_to_subscriber(b"marked", tos=2), tc=3)
        self.assertEqual(network.receive_on(udp), (b"marked", 3))
        self.assertEqual(self.counters_at_end(process, signal.SIGINT).get("received"), 2)

    def test_ping(self):
        """An unmodified program sends and receives."""
        network, process = self.set_up()
        network.answer = echo_reply
        status, output = network.run(*PING, "-c", "2", "-i", "0.1", INTERNET)
        self.assertEqual(status, 0, output)
        counters = self.counters_at_end(process)
        self.assertEqual((counters["sent"], counters["received"]), (2, 2))

    def test_only_the_br_is_heard(self):
        """Packets of others, not IPv4, or with congestion that the inner one cannot show are dropped. The kernel sends
        no ICMPv6 error about protocol 4."""
        network, process = self.set_up()
        udp = self.receiver(network)
        network.send(udp_to_subscriber(b"foreign"), src=ELSEWHERE)
        network.send(b"no IPv4 packet, but long enough for one")
        network.send(udp_to_subscriber(b"congested"), tc=3)
        network.send(udp_to_subscriber(b"good"))
        self.assertEqual(network.receive_on(udp)[0], b"good")
        self.send_udp(network, b"last")
        network.run_until(network.packets, "the last packet")
        self.assertEqual([f for f in network.frames if f[IPv6].nh == NEXT_ICMPV6], [])
        counters = self.counters_at_end(process)
        dropped = {name: counters.get(name) for name in ("drop-foreign", "drop-no-ipv4", "drop-ecn", "received")}
        self.assertEqual(dropped, {"drop-foreign": 1, "drop-no-ipv4": 1, "drop-ecn": 1, "received": 1})

    def test_what_is_too_long_is_fragmented_outside(self):
        """RFC 6333 section 5.3: the IPv6 packet is fragmented, also if the inner packet has DF set."""
        network, process = self.set_up("--mtu", "1500")
        payload = os.urandom(1472)
        self.send_udp(network, payload)
        network.run_until(lambda: len(network.frames) >= 2, "two fragments")
        self.assertEqual([f[IPv6].nh for f in network.frames], [NEXT_FRAGMENT] * 2)
        self.assertLessEqual(max(len(f) for f in network.frames), 14 + 1500)
        inner = IP(put_together(network.frames))
        self.assertEqual((inner.len, inner.frag, bytes(inner[UDP].payload)), (1500, 0, payload))
        self.assertEqual(self.counters_at_end(process)["sent"], 1)

    def test_path_mtu_is_learned(self):
        """RFC 8201: after a packet too big, fragments fit the path."""
        network, process = self.set_up()
        payload = os.urandom(1400)
        self.send_udp(network, payload)
        whole = network.next_frame()
        quoted = bytes(whole[IPv6])[:1232]
        network.send_ipv6(IPv6(src=ELSEWHERE, dst=B4) / ICMPv6PacketTooBig(mtu=1280) / quoted)
        # A later packet has arrived, so this one has too.
        udp = self.receiver(network)
        network.send(udp_to_subscriber(b"after"))
        self.assertEqual(network.receive_on(udp)[0], b"after")
        network.frames.clear()
        self.send_udp(network, payload)
        network.run_until(lambda: len(network.frames) >= 2, "two fragments")
        self.assertLessEqual(max(len(f) for f in network.frames), 14 + 1280)
        self.assertEqual(bytes(IP(put_together(network.frames))[UDP].payload), payload)
        counters = self.counters_at_end(process)
        self.assertEqual((counters["sent"], counters["icmpv6-error"]), (2, 1))

    def test_fragments_are_put_together(self):
        """IPv6 fragments in any order become one packet on the device."""
        network, process = self.set_up()
        udp = self.receiver(network)
        payload = os.urandom(4000)
        packet = IPv6(src=BR, dst=B4, nh=NEXT_IPV4) / udp_to_subscriber(payload)
        for fragment in reversed(list(fragments(packet, 1432))):
            network.send_ipv6(fragment)
        self.assertEqual(network.receive_on(udp)[0], payload)
        self.assertEqual(self.counters_at_end(process)["received"], 1)


class Tap(Live):
    def test_ping(self):
        """ARP is answered, and Ethernet headers are removed and added, also when the address of the station changes."""
        network, process = self.set_up("--mode", "tap")
        network.answer = echo_reply
        for mac in (None, "02:00:00:00:00:99"):
            if mac:
                network.subscriber.ip(f"link set softwire0 address {mac}")
            status, output = network.run(*PING, "-c", "2", "-i", "0.1", INTERNET)
            self.assertEqual(status, 0, output)
        counters = self.counters_at_end(process)
        self.assertEqual((counters["sent"], counters["received"]), (4, 4))
        self.assertGreaterEqual(counters["arp-answered"], 1)

    def test_duplicate_address_detection_finds_nobody(self):
        """RFC 5227 section 2.1.1: a probe is not answered; another's address is found."""
        network, process = self.set_up("--mode", "tap")
        probe = ("busybox", "arping", "-D", "-I", "softwire0", "-c", "1", "-w", "1", LEASED)
        status, output = network.run(*probe)
        self.assertEqual(status, 0, output)
        # Until the first answer, there is a request every second.
        status, output = network.run("busybox", "arping", "-f", "-I", "softwire0", "192.0.2.254")
        self.assertRegex(output, r"(?i)02:00:00:00:00:01")
        counters = self.counters_at_end(process)
        self.assertEqual(counters["arp-left"], 1)
        self.assertGreaterEqual(counters["arp-answered"], 1)

    def test_in_before_anything_has_gone_out(self):
        """A packet goes to the device's own station, a broadcast to everybody (RFC 894)."""
        network = self.make_network()
        network.start_b4(*ENDS, "--mode", "tap")
        _, link = network.run("ip", "link", "show", "softwire0")
        station = re.search(r"link/ether (\S+)", link)[1]
        with network.subscriber.entered():
            device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.addCleanup(device.close)
        device.bind(("softwire0", 0))
        device.settimeout(LIMIT_SECONDS)
        for destination, mac in ((LEASED, station), ("255.255.255.255", "ff:ff:ff:ff:ff:ff")):
            network.send(IP(src=RELAY, dst=destination) / UDP(sport=67, dport=68) / b"offer")
            frame = Ether(device.recv(65535))
            self.assertEqual((frame.dst, frame[IP].dst), (mac, destination))


class DhcpServer:
    """A minimal server (RFC 2131) that gives one address to one client. `seen` has every packet that it answered."""

    def __init__(self):
        self.seen = []

    def __call__(self, packet):
        if DHCP not in packet:
            return echo_reply(packet)
        kind = dict(o for o in packet[DHCP].options if isinstance(o, tuple) and len(o) == 2)["message-type"]
        self.seen.append((kind, packet))
        answer = {1: "offer", 3: "ack"}.get(kind)
        if not answer:
            return []
        request = packet[BOOTP]
        fields = {"xid": request.xid, "chaddr": request.chaddr, "flags": request.flags, "yiaddr": LEASED}
        to = "255.255.255.255" if request.flags.B else LEASED
        options = [("message-type", answer), ("server_id", RELAY), ("lease_time", 600)]
        options += [("subnet_mask", "255.255.255.255"), "end"]
        message = BOOTP(op=2, htype=request.htype, hlen=request.hlen, **fields) / DHCP(options=options)
        return [IP(src=RELAY, dst=to) / UDP(sport=67, dport=68) / message]


class Clients(Live):
    """Unmodified DHCP clients get a lease through the softwire, and can use it."""

    def get_lease(self, mode, event, *words):
        network = self.make_network()
        process, _ = network.start_b4(*ENDS, "--mode", mode)
        network.answer = server = DhcpServer()
        with tempfile.TemporaryDirectory() as folder:
            events = pathlib.Path(folder, "events")
            network.start(*(w.replace("FOLDER", folder) for w in words), env={**os.environ, "EVENTS": str(events)})

            def is_bound():
                return events.exists() and f"{event} {LEASED} {RELAY}" in events.read_text()

            network.run_until(is_bound, f"{words[0]} gets its lease")
            status, output = network.run(*PING, "-c", "1", INTERNET)
            self.assertEqual(status, 0, output)
        kind, discover = server.seen[0]
        self.assertEqual(kind, 1)
        self.assertEqual((discover.src, discover.dst), ("0.0.0.0", "255.255.255.255"))
        self.assertEqual((discover[UDP].sport, discover[UDP].dport), (68, 67))
        outer = next(f[IPv6] for f in network.frames if DHCP in f)
        self.assertEqual((outer.src, outer.dst, outer.nh), (B4, BR, NEXT_IPV4))

    @unittest.skipUnless(shutil.which("udhcpc"), "not installed: udhcpc")
    def test_udhcpc_on_tun(self):
        words = ["udhcpc", "-f", "-i", "softwire0", "-x", f"0x3d:{CLIENT_ID}"]
        self.get_lease("tun", "bound", *words, "-s", str(FOLDER.parent / "samples" / "udhcpc-event"))

    @unittest.skipUnless(shutil.which("dhclient"), "not installed: dhclient (isc-dhcp-client)")
    def test_dhclient_on_tap(self):
        words = ["dhclient", "-4", "-d", "-cf", "/dev/null", "-lf", "FOLDER/leases", "-pf", "FOLDER/pid"]
        words += ["-sf", str(FOLDER / "dhclient-event"), "-e", "EVENTS=FOLDER/events", "softwire0"]
        self.get_lease("tap", "BOUND", *words)


if __name__ == "__main__":
    unittest.main()
