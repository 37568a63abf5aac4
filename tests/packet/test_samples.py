# SPDX-License-Identifier: BSD-3-Clause
"""Replays the captures of pcap/samples: every message and every packet must arrive at the right place."""

import collections
import pathlib
import re
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
SAMPLES = TESTS.parent / "pcap" / "samples"
sys.path.insert(0, str(TESTS / "samples"))

import make_samples  # noqa: E402
from harness import (  # noqa: E402
    BURSTS,
    ReplayTest,
    checksums_are_right,
    forwarded,
    outcomes_of,
    read_pcap,
    to_internet,
    to_softwire,
)
from scapy.layers.dhcp import BOOTP, DHCP  # noqa: E402
from scapy.layers.inet import ICMP, IP, UDP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402

OVERRIDE, SERVER, BROADCAST = "198.51.100.1", "198.51.100.67", "255.255.255.255"
MESSAGE_TYPES = ("discover", "offer", "request", "decline", "ack", "nak", "release", "inform")
FIXED_BYTES = 240  # up to the cookie
HOPS, GIADDR = 3, slice(24, 28)


class Message:
    """A DHCP message, and how it was transported."""

    def __init__(self, frame):
        packet = Ether(frame.octets)
        self.ip, self.udp = packet[IP], packet[UDP]
        self.outer = packet[IPv6] if IPv6 in packet else None
        self.octets = bytes(packet[UDP].payload)
        self.bootp = packet[BOOTP]
        self.options = {}
        self.order = []
        at = FIXED_BYTES
        while self.octets[at] != 255:
            code = self.octets[at]
            if code != 0:
                self.options[code] = self.octets[at + 2 : at + 2 + self.octets[at + 1]]
                self.order.append(code)
                at += 1 + self.octets[at + 1]
            at += 1
        self.end = at
        self.type = MESSAGE_TYPES[self.options[53][0] - 1]


def option82(b4, unicast):
    """draft-ietf-dhc-v4configuration-06 5.1 (2), (4), RFC 5010, RFC 5107."""
    flags = "80" if unicast else "00"
    return bytes.fromhex("0210") + make_samples.packed(b4) + bytes.fromhex(f"0a01{flags}0b04c6336401")


def is_dhcp(frame):
    packet = Ether(frame.octets)
    return DHCP in packet and ICMP not in packet


class SamplesTest(ReplayTest):
    def replay_sample(self, name, config, folder=SAMPLES):
        """Reads input and output. The output must be the same for every burst size."""
        text = (SAMPLES / f"{config}.conf").read_text()
        softwires = (SAMPLES / f"{config}-softwires.conf").read_text()
        self.bindings = re.findall(r"^binding ipv4 (\S+).* b4 (\S+) br (\S+)$", softwires, re.MULTILINE)
        self.ipv4 = read_pcap(folder / f"{name}-ipv4.pcap")
        self.ipv6 = read_pcap(folder / f"{name}-softwire.pcap")
        times = [frame.time for frame in self.ipv4 + self.ipv6]
        self.assertEqual(len(times), len(set(times)), "times tell what causes what")
        runs = [self.replay(self.ipv4, self.ipv6, burst, softwires, config=text) for burst in BURSTS]
        self.out, *others = runs
        for other in others:
            # The output of a burst has the time of its last frame.
            self.assertEqual(other.counters, self.out.counters)
            for one, two in ((other.ipv4, self.out.ipv4), (other.ipv6, self.out.ipv6)):
                self.assertCountEqual([frame.octets for frame in one], [frame.octets for frame in two])

    def sent_for(self, frame):
        """Returns [(side, frame)] of the output of this frame."""
        outputs = [("ipv4", sent) for sent in self.out.ipv4] + [("ipv6", sent) for sent in self.out.ipv6]
        return [(side, sent) for side, sent in outputs if sent.time == frame.time]

    def assert_relayed(self, frame):
        message = Message(frame)
        ((side, sent),) = self.sent_for(frame)
        self.assertEqual(side, "ipv4")
        relayed = Message(sent)
        endpoints = (relayed.ip.src, relayed.udp.sport, relayed.ip.dst, relayed.udp.dport)
        self.assertEqual(endpoints, (OVERRIDE, 67, SERVER, 67))
        self.assertTrue(checksums_are_right(bytes(relayed.ip)))
        expected = bytearray(message.octets[: message.end])
        expected[HOPS] += 1
        expected[GIADDR] = make_samples.packed(OVERRIDE)
        agent = option82(message.outer.src, message.ip.dst != BROADCAST)
        expected += bytes([82, len(agent)]) + agent + b"\xff"
        self.assertEqual(relayed.octets, bytes(expected).ljust(300, b"\0"))
        return message.type

    def assert_delivered(self, frame):
        message = Message(frame)
        ((side, sent),) = self.sent_for(frame)
        self.assertEqual(side, "ipv6")
        delivered = Message(sent)
        b4 = message.options[82][2:18]
        self.assertEqual(make_samples.packed(delivered.outer.dst), b4)
        self.assertIn((delivered.outer.dst, delivered.outer.src), {(b4, br) for _, b4, br in self.bindings})
        unicast = message.bootp.yiaddr if message.bootp.ciaddr == "0.0.0.0" else message.bootp.ciaddr
        destination = BROADCAST if message.bootp.flags & 0x8000 else unicast
        endpoints = (delivered.ip.src, delivered.udp.sport, delivered.ip.dst, delivered.udp.dport)
        self.assertEqual(endpoints, (OVERRIDE, 67, destination, 68))
        self.assertTrue(checksums_are_right(bytes(delivered.ip)))
        self.assertEqual(delivered.octets[:FIXED_BYTES], message.octets[:FIXED_BYTES])
        self.assertEqual(delivered.order, [code for code in message.order if code != 82])
        self.assertEqual(delivered.options, {code: v for code, v in message.options.items() if code != 82})
        self.assertEqual(delivered.options[54], make_samples.packed(OVERRIDE))
        return message.type

    def assert_data_goes_both_ways(self):
        """Returns the number of other packets by way: out of a softwire, into one, or from one into another."""
        ways = collections.Counter()
        by_address = collections.defaultdict(list)
        for address, b4, br in self.bindings:
            by_address[address].append((b4, br))
        for side, frames in (("ipv6", self.ipv6), ("ipv4", self.ipv4)):
            for frame in frames:
                if is_dhcp(frame):
                    continue
                inner = Ether(frame.octets)[IP]
                softwires = by_address[inner.dst]
                expected = [bytes(to_softwire(*softwire, forwarded(inner))) for softwire in softwires]
                expected = expected or [bytes(to_internet(forwarded(inner)))]
                ((out, sent),) = self.sent_for(frame)
                self.assertIn(sent.octets, expected)
                ways[side, out] += 1
        return ways

    def exchange(self):
        """Asserts each DHCP message, in the order of their times."""
        frames = [(frame, self.assert_relayed) for frame in self.ipv6] + [
            (frame, self.assert_delivered) for frame in self.ipv4
        ]
        frames.sort(key=lambda each: each[0].time)
        return [check(frame) for frame, check in frames if is_dhcp(frame)]


class Lease(SamplesTest):
    """A real udhcpc and a real Kea."""

    def test_lease_renewal_and_release(self):
        self.replay_sample("lease", "lease")
        exchange = self.exchange()
        self.assertEqual(exchange, ["discover", "offer", "request", "ack", "request", "ack", "release"])
        ways = self.assert_data_goes_both_ways()
        # Two pings, and a page in more than one segment.
        self.assertEqual(set(ways), {("ipv6", "ipv4"), ("ipv4", "ipv6")})
        self.assertGreater(min(ways.values()), 5)
        self.assertEqual(
            outcomes_of(self.out),
            {
                "punt-dhcp-request": 4,
                "dhcp-relayed": 4,
                "sent-injected-ipv4": 4,
                "punt-dhcp-reply": 3,
                "dhcp-delivered": 3,
                "sent-injected-softwire": 3,
                "sent-decapsulated": ways["ipv6", "ipv4"],
                "sent-encapsulated": ways["ipv4", "ipv6"],
            },
        )

    def test_renewal_is_unicast_to_the_override_address(self):
        """RFC 5107: a client's message to its server is received by the relay."""
        self.replay_sample("lease", "lease")
        renewal, release = [Message(frame) for frame in self.ipv6 if is_dhcp(frame)][-2:]
        for message in (renewal, release):
            self.assertEqual((message.ip.src, message.ip.dst), (message.bootp.ciaddr, OVERRIDE))


class Shared(SamplesTest):
    def test_two_subscribers_of_one_address(self):
        self.replay_sample("shared", "shared")
        self.assertEqual(
            self.exchange(), 2 * ["discover", "offer", "request", "ack"] + ["request", "ack", "release"]
        )
        ways = self.assert_data_goes_both_ways()
        self.assertEqual(ways, {("ipv6", "ipv4"): 6, ("ipv4", "ipv6"): 6, ("ipv6", "ipv6"): 2})
        self.assertEqual(self.out.counters["sent-hairpinned"], 2)

    def test_each_port_leads_to_its_subscriber(self):
        self.replay_sample("shared", "shared")
        for frame in self.ipv4:
            inner = Ether(frame.octets)[IP]
            if inner.dst != make_samples.SHARED:
                continue
            port = inner[ICMP].id if ICMP in inner else inner.dport
            (subscriber,) = [s for s in (make_samples.ONE, make_samples.TWO) if port in s.ports]
            ((_, sent),) = self.sent_for(frame)
            self.assertEqual(Ether(sent.octets)[IPv6].dst, subscriber.b4)


class Dropped(SamplesTest):
    def test_each_for_its_reason(self):
        self.replay_sample("dropped", "shared")
        expected = collections.Counter(outcome for _, outcome in make_samples.dropped())
        got = {name: value for name, value in outcomes_of(self.out).items() if name.startswith("drop-")}
        self.assertEqual(got, dict(expected))


class Generated(unittest.TestCase):
    def test_committed_captures_are_those_of_the_script(self):
        with tempfile.TemporaryDirectory() as folder:
            make_samples.make(pathlib.Path(folder))
            made = sorted(pathlib.Path(folder).iterdir())
            self.assertEqual(len(made), 4)
            for file in made:
                self.assertEqual(file.read_bytes(), (SAMPLES / file.name).read_bytes(), file.name)


if __name__ == "__main__":
    unittest.main()
