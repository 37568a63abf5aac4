# SPDX-License-Identifier: BSD-3-Clause
"""Tests sent and received fragments: RFC 2473 section 7.2, RFC 6333 section 6.3, RFC 7597 section 8.3.2."""

import itertools
import unittest

from harness import (
    GATEWAY6,
    HOST,
    HUB6,
    Frame,
    ReplayTest,
    forwarded,
    from_internet,
    from_softwire,
    outcomes_of,
    to_internet,
    to_softwire,
)
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import Ether
from scapy.packet import Raw

SHARED, BR, B4, OTHER_B4 = "192.0.2.1", "2001:db8:ff::1", "2001:db8:1::1", "2001:db8:1::2"
SOFTWIRES = f"""
binding ipv4 {SHARED} psid-len 6 psid 1 b4 {B4} br {BR}
binding ipv4 {SHARED} psid-len 6 psid 2 b4 {OTHER_B4} br {BR}
"""


def octets(length):
    return Raw(bytes(index * 7 & 0xFF for index in range(length)))


def down(length, port=1024, **ip):
    """`length`: of the whole IPv4 packet."""
    return IP(src=HOST, dst=SHARED, id=0x1234, **ip) / UDP(sport=53, dport=port) / octets(length - 28)


def up(length, port=1024, **ip):
    return IP(src=SHARED, dst=HOST, id=0x1234, **ip) / UDP(sport=port, dport=53) / octets(length - 28)


def in_ipv6_fragments(ip, size, identification=7, b4=B4, br=BR):
    """Softwire frames of fragments that carry `size` octets each."""
    whole = bytes(ip)
    return [
        from_softwire(
            b4,
            br,
            IPv6ExtHdrFragment(nh=4, offset=at // 8, m=int(at + size < len(whole)), id=identification)
            / Raw(whole[at : at + size]),
            nh=44,
        )
        for at in range(0, len(whole), size)
    ]


def in_ipv4_fragments(ip, size):
    return fragment(IP(bytes(ip)), fragsize=size)


def frames(packets):
    return [Frame(10**9 + 1001 * index, bytes(packet)) for index, packet in enumerate(packets)]


class FragmentTest(ReplayTest):
    softwires = SOFTWIRES

    def runs(self, ipv4=(), ipv6=(), **changes):
        for burst, run in self.replay_in_every_burst(frames(ipv4), frames(ipv6), **changes):
            with self.subTest(burst=burst):
                yield run

    def assert_octets(self, got, expected):
        self.assertEqual([frame.octets.hex() for frame in got], [bytes(frame).hex() for frame in expected])


class Leaving(FragmentTest):
    def test_ipv6_is_fragmented_after_encapsulation(self):
        """RFC 2473 7.2 (b): without DF the tunnel packet is fragmented; RFC 8200 4.5."""
        packet = down(2720)
        for run in self.runs(ipv4=[from_internet(packet)] * 3, options={"ipv6.mtu": 1280}):
            self.assertEqual(outcomes_of(run), {"sent-encapsulated": 3, "sent-fragment": 6})
            self.assertEqual([len(frame.octets) for frame in run.ipv6], [1294, 1294, 318] * 3)
            identifications = set()
            for index in range(0, 9, 3):
                parts = [Ether(frame.octets) for frame in run.ipv6[index : index + 3]]
                self.assertEqual([part[IPv6].plen for part in parts], [1240, 1240, 264])
                headers = [part[IPv6ExtHdrFragment] for part in parts]
                self.assertEqual([(h.offset, h.m, h.nh) for h in headers], [(0, 1, 4), (154, 1, 4), (308, 0, 4)])
                self.assertEqual(len({h.id for h in headers}), 1)
                identifications.add(headers[0].id)
                payload = b"".join(bytes(part[IPv6ExtHdrFragment].payload)[: part[IPv6].plen - 8] for part in parts)
                whole = bytes(parts[0])[:18] + len(payload).to_bytes(2, "big") + b"\x04" + bytes(parts[0])[21:54]
                self.assertEqual((whole + payload).hex(), bytes(to_softwire(B4, BR, forwarded(packet))).hex())
            self.assertEqual(len(identifications), 3)

    def test_ipv4_is_fragmented_for_a_narrow_internet_side(self):
        """RFC 791 3.2: offsets in units of 8 octets, the identification stays."""
        packet = up(1446)
        for run in self.runs(ipv6=[from_softwire(B4, BR, packet)], options={"ipv4.mtu": 576}):
            self.assertEqual(outcomes_of(run), {"sent-decapsulated": 1, "sent-fragment": 2})
            expected = in_ipv4_fragments(IP(bytes(forwarded(packet))), 552)
            self.assert_octets(run.ipv4, [to_internet(part) for part in expected])

    def test_dont_fragment_is_obeyed(self):
        """RFC 2473 7.2 (a), RFC 791 3.2."""
        options = {"ipv4.mtu": 576, "ipv6.mtu": 1280}
        for run in self.runs([from_internet(down(1241, flags="DF"))], [from_softwire(B4, BR, up(577, flags="DF"))], options=options):
            self.assertEqual(outcomes_of(run), {"drop-too-big-for-ipv4": 1, "drop-too-big-for-ipv6": 1})

    def test_packet_too_big_from_inside_changes_nothing(self):
        """RFC 7597 8.3.1: the BR address may be another hub's too, so errors that come to it narrow no tunnel."""
        packet = down(1460)
        sent = to_softwire(B4, BR, forwarded(packet))
        error = IPv6(src="2001:db8:fe::1", dst=BR) / ICMPv6PacketTooBig(mtu=1280) / Raw(bytes(sent[IPv6])[:1232])
        ipv6 = [Frame(10**9, bytes(Ether(src=GATEWAY6, dst=HUB6) / error))]
        ipv4 = [Frame(2 * 10**9, bytes(from_internet(packet)))]
        for burst, run in self.replay_in_every_burst(ipv4, ipv6):
            with self.subTest(burst=burst):
                self.assert_octets(run.ipv6, [sent])


class ComingIn(FragmentTest):
    def test_ipv6_is_reassembled_before_decapsulation(self):
        """RFC 6333 6.3: whatever the order."""
        packet = up(1480)
        orders = [*itertools.permutations(in_ipv6_fragments(packet, 600))]
        for run in self.runs(ipv6=itertools.chain(*orders)):
            self.assertEqual(outcomes_of(run), {"sent-decapsulated": 6, "joined-fragment": 12})
            self.assert_octets(run.ipv4, [to_internet(forwarded(packet))] * 6)
            # The time is that of the frame that completed it.
            self.assertEqual([frame.time for frame in run.ipv4], [10**9 + 1001 * at for at in range(2, 18, 3)])
            self.assertEqual(run.counters["reassembled-ipv6-packets"], 6)

    def test_ipv4_from_the_internet_goes_by_the_port_of_the_first(self):
        """RFC 7597 8.3.2."""
        packet = down(1446, port=2048)
        orders = itertools.permutations(in_ipv4_fragments(packet, 536))
        for run in self.runs(ipv4=map(from_internet, itertools.chain(*orders))):
            self.assertEqual(outcomes_of(run), {"sent-encapsulated": 6, "joined-fragment": 12})
            self.assert_octets(run.ipv6, [to_softwire(OTHER_B4, BR, forwarded(packet))] * 6)

    def test_every_inner_fragment_must_come_through_the_softwire_of_the_port(self):
        """RFC 7596 6.2."""
        parts = in_ipv4_fragments(up(1446), 800)
        for run in self.runs(ipv6=[from_softwire(B4, BR, part) for part in parts]):
            self.assertEqual(outcomes_of(run), {"sent-decapsulated": 1, "joined-fragment": 1})
        for run in self.runs(ipv6=[from_softwire(OTHER_B4, BR, part) for part in parts]):
            self.assertEqual(outcomes_of(run), {"drop-wrong-b4": 1, "joined-fragment": 1})
        for run in self.runs(ipv6=[from_softwire(B4, BR, parts[0]), from_softwire(OTHER_B4, BR, parts[1])]):
            self.assertEqual(outcomes_of(run), {})
            self.assertEqual(run.counters["held-packets"], 2)

    def test_overlap_drops_the_packet(self):
        """RFC 5722 4: all of it, and what comes later too."""
        whole = in_ipv6_fragments(up(1480), 800)
        other = in_ipv6_fragments(up(1480), 808)
        for run in self.runs(ipv6=[whole[0], other[0], whole[1]]):
            self.assertEqual(outcomes_of(run), {"drop-fragment-overlap": 3})

    def test_late_fragment_is_dropped(self):
        """RFC 8200 4.5: 60 seconds at most; reassembly-timeout says how many here."""
        first, second = (bytes(frame) for frame in in_ipv6_fragments(up(1480), 800))
        # A frame of the other side between them, so that no burst has both.
        between = Frame(2 * 10**9, bytes(from_internet(down(100))))
        for seconds, outcomes, held in (
            (4, {"sent-encapsulated": 1, "sent-decapsulated": 1, "joined-fragment": 1}, 0),
            (5, {"sent-encapsulated": 1, "drop-reassembly-timeout": 1}, 1),
        ):
            ipv6 = [Frame(10**9, first), Frame((1 + seconds) * 10**9, second)]
            options = {"ipv6.reassembly-timeout": 5}
            for burst, run in self.replay_in_every_burst([between], ipv6, options=options):
                with self.subTest(burst=burst, seconds=seconds):
                    self.assertEqual(outcomes_of(run), outcomes)
                    self.assertEqual(run.counters["held-packets"], held)

    def test_limits(self):
        frames_of_three = in_ipv6_fragments(up(1480), 600)
        for run in self.runs(ipv6=frames_of_three, options={"ipv6.reassembly-fragments": 2}):
            self.assertEqual(outcomes_of(run), {"drop-fragment-excess": 3})
        firsts = [in_ipv6_fragments(up(1480), 800, identification)[0] for identification in range(5)]
        for run in self.runs(ipv6=firsts, options={"ipv6.reassembly-datagrams": 2}):
            self.assertEqual(outcomes_of(run), {"drop-reassembly-full": 3})


def stray_of_host(j):
    """A fragment of a packet that is never complete, from an Internet host of its own."""
    ip = IP(src=f"198.18.{j >> 8 & 255}.{j & 255}", dst=SHARED, id=j & 7, flags="MF", proto=17)
    return from_internet(ip / Raw(bytes(8)))


class Floods(FragmentTest):
    """Fragments of an attacker do not keep those of others from being put together. The victim's fragments are among
    those of the attacker, so that each packet waits while the attacker sends."""

    PACKETS = 20
    BETWEEN = 30  # fragments of the attacker between two of the victim

    def flood(self, victim, attack):
        """victim(i): the two fragments of packet i. attack(j): fragment j of the attacker."""
        return self.among([frame for i in range(self.PACKETS) for frame in victim(i)], attack)

    def among(self, frames, attack):
        mixed = []
        for i, frame in enumerate(frames):
            mixed += [bytes(attack(i * self.BETWEEN + j)) for j in range(self.BETWEEN)] + [bytes(frame)]
        return [Frame(10**9 + i * 1000, frame) for i, frame in enumerate(mixed)]

    def inner_fragments(self, i):
        return in_ipv6_fragments(up(1400), 800, identification=i, b4=B4)

    def stray(self, b4):
        return lambda j: from_softwire(
            b4, BR, IPv6ExtHdrFragment(nh=4, offset=0, m=1, id=10**6 + j) / Raw(bytes(8)), nh=44
        )

    def expect_all(self, side, frames, sent, **options):
        for limits in ({"datagrams": 40, "source-datagrams": 10}, {"datagrams": 40, "source-datagrams": 1000}):
            words = {f"{side}.reassembly-{key}": value for key, value in limits.items()}
            ipv4, ipv6 = (frames, []) if side == "ipv4" else ([], frames)
            for burst, run in self.replay_in_every_burst(ipv4, ipv6, options={**options, **words}):
                with self.subTest(burst=burst, limits=limits):
                    self.assertEqual(run.counters[sent], self.PACKETS)

    def test_victims_keep_their_packets(self):
        """From another subscriber; with DHCP, from an address without a softwire; from many Internet hosts."""
        relay = {"dhcp-relay.server": "192.0.2.67", "dhcp-relay.address": "198.51.100.1"}
        self.expect_all("ipv6", self.flood(self.inner_fragments, self.stray(OTHER_B4)), "sent-decapsulated")
        self.expect_all("ipv6", self.flood(self.inner_fragments, self.stray("2001:db8:dead::1")), "sent-decapsulated")
        self.expect_all(
            "ipv6", self.flood(self.inner_fragments, self.stray("2001:db8:dead::1")), "sent-decapsulated", **relay
        )

        def victim(i):
            packet = down(1400)
            packet.id = i
            return [from_internet(part) for part in fragment(packet, 800)]

        # Each host sends as little as the victim, so that only the oldest goes.
        self.expect_all("ipv4", self.flood(victim, stray_of_host), "sent-encapsulated")

    def test_many_fragments_are_not_too_many(self):
        """Among stray fragments of as many hosts as packets may wait, packets of three and of ten fragments, two at a time,
        in order and reversed."""
        frames = []
        for i, size in enumerate((464, 464, 144, 144)):
            packets = [down(1400), down(1400)]
            packets[0].id, packets[1].id = 2 * i, 2 * i + 1
            parts = [fragment(packet, size) for packet in packets]
            pairs = list(zip(*parts, strict=True))
            for pair in reversed(pairs) if i % 2 else pairs:
                frames += map(from_internet, pair)
        options = {"ipv4.reassembly-datagrams": 640}
        before = [stray_of_host(10**4 + j) for j in range(640)]
        flood = [Frame(10**8 + j, bytes(frame)) for j, frame in enumerate(before)] + self.among(frames, stray_of_host)
        for burst, run in self.replay_in_every_burst(flood, [], options=options):
            with self.subTest(burst=burst):
                self.assertEqual(run.counters["sent-encapsulated"], 8)
                self.assertLessEqual(run.counters["held-packets"], 640)

    def test_strangers_hold_nothing(self):
        """RFC 7596 6.2: what no binding can have sent."""
        frames = [Frame(10**9 + j, bytes(self.stray("2001:db8:dead::1")(j))) for j in range(70)]
        for burst, run in self.replay_in_every_burst([], frames):
            with self.subTest(burst=burst):
                self.assertEqual(outcomes_of(run), {"drop-fragment-stranger": 70})
                self.assertEqual(run.counters["held-packets"], 0)


if __name__ == "__main__":
    unittest.main()
