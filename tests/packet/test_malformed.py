# SPDX-License-Identifier: BSD-3-Clause
"""Tests malformed frames: none is sent, each has a named drop, and the counters add up."""

import unittest

from harness import HOST, Case, ReplayTest, forwarded, from_internet, from_softwire, to_internet, to_softwire
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import (
    HBHOptUnknown,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    Pad1,
    PadN,
)
from scapy.packet import Raw

ADDRESS, SHARED = "192.0.2.9", "192.0.2.1"
B4, B4_SHARED, BR = "2001:db8:1::9", "2001:db8:1::34", "2001:db8:ff::1"

DOWN = IP(src=HOST, dst=ADDRESS) / UDP(sport=53, dport=5000) / Raw(b"softwire")
UP = IP(src=ADDRESS, dst=HOST) / UDP(sport=5000, dport=53) / Raw(b"softwire")

ETHERNET, IPV6 = 14, 40  # octets


class MalformedTest(ReplayTest):
    softwires = f"""
binding ipv4 {ADDRESS} b4 {B4} br {BR}
binding ipv4 {SHARED} psid-offset 6 psid-len 8 psid 52 b4 {B4_SHARED} br {BR}
"""


def down_dropped(outcome, packet):
    return Case("ipv4", from_internet(packet), outcome)


def up_dropped(outcome, packet, **ipv6):
    return Case("ipv6", from_softwire(B4, BR, packet, **ipv6), outcome)


def up_sent(payload, **ipv6):
    """Returns UP with the headers that `payload` puts before it."""
    return Case("ipv6", from_softwire(B4, BR, payload, **ipv6), "sent-decapsulated", to_internet(forwarded(UP)))


class Truncation(MalformedTest):
    def test_ipv4_frame_cut_at_every_octet(self):
        """RFC 791 3.1: no header and no total length reaches beyond the frame."""
        frame = bytes(from_internet(DOWN))
        self.check(
            [
                Case("ipv4", frame[:octets], "drop-frame-truncated" if octets < ETHERNET else "drop-ipv4-truncated")
                for octets in range(len(frame))
            ]
        )

    def test_ipv6_frame_cut_at_every_octet(self):
        """RFC 8200 3: no header and no payload length reaches beyond the frame."""
        frame = bytes(from_softwire(B4, BR, UP))
        self.check(
            [
                Case("ipv6", frame[:octets], "drop-frame-truncated" if octets < ETHERNET else "drop-ipv6-truncated")
                for octets in range(len(frame))
            ]
        )

    def test_tagged_frame_cut_within_its_tag(self):
        """IEEE 802.1Q: four octets."""
        frame = bytes(from_internet(DOWN))[:12] + bytes.fromhex("810000040800")
        self.check(
            [Case("ipv4", frame[:octets], "drop-frame-truncated") for octets in range(14, 18)]
            + [Case("ipv4", frame, "drop-ipv4-truncated")],
            options={"ipv4.vlan": 4},
        )

    def test_outer_packet_that_ends_within_the_inner_one(self):
        """RFC 2473 3.2: the inner packet ends where the outer one does, even if the frame is longer."""
        frame = bytes(from_softwire(B4, BR, UP))
        inner = len(bytes(UP))
        cases = []
        for octets in range(inner):
            shorter = bytearray(frame)
            shorter[ETHERNET + 4 : ETHERNET + 6] = octets.to_bytes(2, "big")
            cases.append(Case("ipv6", bytes(shorter), "drop-ipv4-truncated"))
        self.check(cases)

    def test_inner_packet_longer_than_the_outer_one(self):
        """RFC 791 3.1: total length beyond the payload of the outer packet, though within the frame."""
        longer = UP.copy()
        longer.len = len(bytes(UP)) + 1
        frame = bytes(from_softwire(B4, BR, Raw(bytes(longer))))
        self.check([Case("ipv6", frame + bytes(20), "drop-ipv4-truncated")])

    def test_packet_that_ends_before_its_ports(self):
        """RFC 768, RFC 792: a shared address needs the port; a whole address does not."""
        cases = []
        for octets in range(4):
            down = IP(src=HOST, dst=SHARED, proto=17) / Raw(bytes(octets))
            up = IP(src=SHARED, dst=HOST, proto=17) / Raw(bytes(octets))
            cases.append(down_dropped("drop-transport-truncated", down))
            cases.append(Case("ipv6", from_softwire(B4_SHARED, BR, up), "drop-transport-truncated"))
        echo = bytes(IP(src=HOST, dst=SHARED, len=27) / ICMP(id=1232))[:27]
        cases.append(Case("ipv4", from_internet(Raw(echo), type=0x0800), "drop-transport-truncated"))
        whole = IP(src=HOST, dst=ADDRESS, proto=17) / Raw(b"x")
        sent = to_softwire(B4, BR, forwarded(whole))
        cases.append(Case("ipv4", from_internet(whole), "sent-encapsulated", sent))
        self.check(cases)


class Ipv4Header(MalformedTest):
    def test_version_is_4(self):
        """RFC 1122 3.2.1.1: on both sides; the type of the frame, or the next header, only announces it."""
        cases = []
        for version in (0, 3, 5, 6, 15):
            down, up = DOWN.copy(), UP.copy()
            down.version = up.version = version
            cases.append(Case("ipv4", from_internet(Raw(bytes(down)), type=0x0800), "drop-ipv4-version"))
            cases.append(up_dropped("drop-ipv4-version", Raw(bytes(up))))
        self.check(cases)

    def test_header_length_is_five_words_or_more(self):
        """RFC 791 3.1."""
        cases = []
        for words in range(5):
            down, up = DOWN.copy(), UP.copy()
            down.ihl = up.ihl = words
            cases.append(down_dropped("drop-ipv4-header-length", down))
            cases.append(up_dropped("drop-ipv4-header-length", up))
        self.check(cases)

    def test_header_is_not_longer_than_the_packet(self):
        """RFC 791 3.1: total length below the header length; a header beyond the end of the frame."""
        cases = []
        for length in (0, 19):
            down, up = DOWN.copy(), UP.copy()
            down.len = up.len = length
            cases.append(down_dropped("drop-ipv4-header-length", down))
            cases.append(up_dropped("drop-ipv4-header-length", up))
        down, up = DOWN.copy(), UP.copy()
        down.ihl = up.ihl = 15
        cases.append(down_dropped("drop-ipv4-truncated", down))
        cases.append(up_dropped("drop-ipv4-truncated", up))
        self.check(cases)

    def test_header_checksum_is_right(self):
        """RFC 1122 3.2.1.2: one bit anywhere in the header is enough, options included."""
        with_options = IP(src=HOST, dst=ADDRESS, options=b"\x01\x01\x01\x01") / UDP(sport=53, dport=5000)
        cases = []
        for packet in (DOWN, with_options):
            octets = bytes(packet)
            for at in range(1, (octets[0] & 15) * 4):  # the first octet is version and length
                wrong = bytearray(octets)
                wrong[at] ^= 0x10
                if at in (2, 3):
                    continue  # total length: the checks of the length may come first
                cases.append(Case("ipv4", from_internet(Raw(bytes(wrong)), type=0x0800), "drop-ipv4-checksum"))
        wrong = UP.copy()
        wrong.chksum = 0xFFFF
        cases.append(up_dropped("drop-ipv4-checksum", wrong))
        self.check(cases)


class Ipv6Header(MalformedTest):
    def test_version_is_6(self):
        """RFC 8200 3."""
        self.check([up_dropped("drop-ipv6-version", UP, version=version) for version in (0, 4, 5, 7, 15)])

    def test_only_ipv4_is_a_softwire_packet(self):
        """RFC 2473 3: next header 4; UDP, ESP, no next header and IPv6 in IPv6 are not."""
        self.check([up_dropped("drop-ipv6-not-softwire", UP, nh=protocol) for protocol in (17, 50, 59, 41)])

    def test_tunnel_encapsulation_limit_is_skipped(self):
        """RFC 2473 4.1.1: in destination options, as Linux sends it. The tunnel end ignores it."""
        limit = HBHOptUnknown(otype=4, optdata=b"\x04")
        self.check([up_sent(IPv6ExtHdrDestOpt(nh=4, options=[limit, PadN(optdata=b"\0")]) / UP, nh=60)])

    def test_option_that_may_be_skipped_is_skipped(self):
        """RFC 8200 4.2: highest bits 00; hop-by-hop and destination options, one behind the other."""
        unknown = HBHOptUnknown(otype=0x1E, optdata=bytes(9))
        self.check(
            [
                up_sent(IPv6ExtHdrHopByHop(nh=60, options=[unknown]) / IPv6ExtHdrDestOpt(nh=4, options=[Pad1()]) / UP, nh=0),
                up_sent(IPv6ExtHdrDestOpt(nh=4, options=[]) / UP, nh=60),
            ]
        )

    def test_option_that_must_not_be_skipped_is_a_drop(self):
        """RFC 8200 4.2: highest bits 01, 10 and 11."""
        self.check(
            [
                up_dropped(
                    "drop-ipv6-extension-headers",
                    header(nh=4, options=[HBHOptUnknown(otype=bits | 0x1E, optdata=b"")]) / UP,
                    nh=number,
                )
                for bits in (0x40, 0x80, 0xC0)
                for number, header in ((60, IPv6ExtHdrDestOpt), (0, IPv6ExtHdrHopByHop))
            ]
        )

    def test_option_longer_than_its_header_is_a_drop(self):
        """RFC 8200 4.2: an option ends within the header."""
        self.check([up_dropped("drop-ipv6-extension-headers", Raw(bytes.fromhex("0400010600000000")) / UP, nh=60)])

    def test_routing_header_at_its_last_stop_is_skipped(self):
        """RFC 8200 4.4: with segments left 0. Otherwise the packet has another destination."""
        self.check(
            [
                up_sent(IPv6ExtHdrRouting(nh=4, segleft=0) / UP, nh=43),
                up_dropped("drop-ipv6-extension-headers", IPv6ExtHdrRouting(nh=4, segleft=1) / UP, nh=43),
            ]
        )

    def test_atomic_fragment_is_a_whole_packet(self):
        """RFC 6946 4: a fragment header with offset 0 and no more fragments."""
        self.check([up_sent(IPv6ExtHdrFragment(nh=4, offset=0, m=0, id=7) / UP, nh=44)])

    def test_fragment_of_something_else_is_not_held(self):
        """RFC 2473 3: only a possible IPv4 packet is reassembled."""
        self.check(
            [
                up_dropped("drop-ipv6-not-softwire", IPv6ExtHdrFragment(nh=6, offset=offset, m=more, id=7) / UP, nh=44)
                for offset, more in ((0, 1), (1, 0), (100, 1))
            ]
        )

    def test_extension_headers_cut_at_every_octet(self):
        """RFC 8200 4: a header ends within the packet."""
        headers = bytes(IPv6ExtHdrHopByHop(nh=60, options=[HBHOptUnknown(otype=4, optdata=b"\x04")]))
        headers += bytes(IPv6ExtHdrDestOpt(nh=4, options=[HBHOptUnknown(otype=4, optdata=bytes(11))]))
        self.check(
            [
                up_dropped("drop-ipv6-truncated", Raw(headers[:octets]), nh=0)
                for octets in range(len(headers))
            ]
            + [up_dropped("drop-ipv4-truncated", Raw(headers), nh=0)]
        )

    def test_endless_extension_headers_are_a_drop(self):
        """RFC 8200 4.1: four extension headers are accepted; a softwire packet has fewer."""
        options = bytes.fromhex("3c00010400000000")
        last = bytes.fromhex("0400010400000000")
        self.check(
            [
                up_sent(Raw(options * 3 + last + bytes(UP)), nh=60),
                up_dropped("drop-ipv6-extension-headers", Raw(options * 4 + last + bytes(UP)), nh=60),
                up_dropped("drop-ipv6-extension-headers", Raw(options * 100 + last + bytes(UP)), nh=60),
            ]
        )


class Anything(MalformedTest):
    def test_every_octet_of_a_frame_set_to_anything(self):
        """No damaged frame is sent, the program does not crash, and the counters add up."""
        down, up = bytes(from_internet(DOWN)), bytes(from_softwire(B4, BR, UP))

        def changed(frame):
            for at in range(len(frame)):
                for value in (0, 1, 0x7F, 0x80, 0xFF):
                    yield frame[:at] + bytes([value]) + frame[at + 1 :]

        inputs = {
            side: [(10**9 + index, frame) for index, frame in enumerate(changed(original))]
            for side, original in (("ipv4", down), ("ipv6", up))
        }
        runs = self.replay_in_every_burst(**inputs)
        for burst, run in runs[1:]:
            with self.subTest(burst=burst):
                self.assertEqual(run.counters, runs[0][1].counters)
                self.assert_same_frames(run.ipv4, runs[0][1].ipv4)
                self.assert_same_frames(run.ipv6, runs[0][1].ipv6)
        # The rest of each packet, after the headers that are rewritten, must be unchanged.
        for frame in runs[0][1].ipv6:
            self.assertEqual(frame.octets[ETHERNET + 6 : ETHERNET + 8], b"\x04\x40")
            self.assertTrue(IP(frame.octets[ETHERNET + IPV6 :]).dst == ADDRESS)


if __name__ == "__main__":
    unittest.main()
