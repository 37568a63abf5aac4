# SPDX-License-Identifier: BSD-3-Clause
"""Tests MAP-T: RFC 7599 section 8 and the vectors of its appendix A, together with lw4o6 and MAP-E.

Scapy computes every checksum of the expected packets.
"""

import unittest

from harness import (
    GATEWAY4,
    GATEWAY6,
    HOST,
    HUB4,
    HUB6,
    OWN4,
    Case,
    Frame,
    ReplayTest,
    from_internet,
    from_softwire,
    outcomes_of,
    to_internet,
    to_softwire,
)
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6PacketTooBig,
    ICMPv6TimeExceeded,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    PadN,
)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

FAR, FAR6 = "10.2.3.4", "2001:db8:ffff:0:a:203:400:0"
ADDRESS, CE_34, CE_35 = "192.0.2.18", "2001:db8:12:3400:0:c000:212:34", "2001:db8:12:3500:0:c000:212:35"
ADDRESS6 = "2001:db8:ffff:0:c0:2:1200:0"
WHOLE, CE_WHOLE, WHOLE6 = "192.0.2.129", "2001:db8:5700:0:0:c000:281:0", "2001:db8:ffff:0:c0:2:8100:0"
ONE, CE_ONE = "192.0.4.18", "2001:db8:5712:3400:0:c000:412:20"  # an explicit PSID: example 5, consistently
DMR96, CE_96, FAR96 = "192.0.3.18", "2001:db8:5800:1234:0:c000:312:34", "2001:db8:fffe::a02:304"
ENCAPSULATED, CE_E, ENCAPSULATED6 = "10.1.0.7", "2001:db8:5a07:0:0:a01:7:0", "2001:db8:ffff:0:a:100:700:0"
BR = "2001:db8:ff::1"
BOUND, B4, BOUND6 = "203.0.113.200", "2001:db8:1::200", "2001:db8:ffff:0:cb:71:c800:0"

SOFTWIRES = f"""
rule map-t ipv4 192.0.2.0/25 ipv6 2001:db8::/41 ea-len 15 dmr 2001:db8:ffff::/64
rule map-t ipv4 {WHOLE}/32 ipv6 2001:db8:5700::/56 ea-len 0 dmr 2001:db8:ffff::/64
rule map-t ipv4 {ONE}/32 ipv6 2001:db8:5712:3400::/56 ea-len 0 psid-len 8 psid 0x20 dmr 2001:db8:ffff::/64
rule map-t ipv4 192.0.3.0/24 ipv6 2001:db8:5800::/48 ea-len 16 dmr 2001:db8:fffe::/96
rule map-e ipv4 10.1.0.0/24 ipv6 2001:db8:5a00::/40 ea-len 8 br {BR}
binding ipv4 {BOUND} b4 {B4} br {BR}
"""

# Packets from a CE are longer than 1260 octets of IPv4, so that their identification is 0 and foretold.
LONG = Raw(bytes(range(250)) * 5 + b"softwire")


def internet(source, destination, payload, ttl=64, into=True, **fields):
    packet = IP(**{"src": source, "dst": destination, "ttl": ttl, "flags": "DF", "id": 0, **fields}) / payload
    return from_internet(packet) if into else to_internet(packet)


def access(source, destination, payload, hlim=64, into=True, **fields):
    ends = {"src": GATEWAY6, "dst": HUB6} if into else {"src": HUB6, "dst": GATEWAY6}
    return Ether(**ends, type=0x86DD) / IPv6(src=source, dst=destination, hlim=hlim, **fields) / payload


def to_ipv6(from_host, to_ce):
    return Case("ipv4", from_host, "sent-translated-to-ipv6", to_ce)


def to_ipv4(from_ce, to_host):
    return Case("ipv6", from_ce, "sent-translated-to-ipv4", to_host)


def udp(source_port, destination_port):
    return UDP(sport=source_port, dport=destination_port) / LONG


def down(address, port, ce, far6=FAR6):
    return Case(
        "ipv4",
        internet(FAR, address, udp(80, port), tos=0x28),
        "sent-translated-to-ipv6",
        access(far6, ce, udp(80, port), 63, into=False, tc=0x28),
    )


def up(address, port, ce, far6=FAR6):
    return Case(
        "ipv6",
        access(ce, far6, udp(port, 80), tc=0x28, fl=0x12345),
        "sent-translated-to-ipv4",
        internet(address, FAR, udp(port, 80), 63, into=False, tos=0x28),
    )


class MapTTest(ReplayTest):
    softwires = SOFTWIRES

    def test_the_vectors_of_appendix_a(self):
        """RFC 7599 appendix A, examples 1 to 5 as far as they agree with themselves, and a DMR of 96 bits."""
        rule = "rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 dmr 2001:db8:ffff::/64"
        self.check(
            [down(ADDRESS, port, CE_34) for port in (1232, 1235, 2256, 64720, 64723)]
            + [up(ADDRESS, port, CE_34) for port in (1232, 1235, 2256, 64720, 64723)]
            + [down(ADDRESS, 1236, CE_35), up(ADDRESS, 1236, CE_35)],
            softwires=rule,
        )
        self.check(
            [down(ONE, port, CE_ONE) for port in (1152, 1155, 2176, 64643)]
            + [up(ONE, 1152, CE_ONE), up(ONE, 64643, CE_ONE)]
            + [down(WHOLE, 1, CE_WHOLE), up(WHOLE, 68, CE_WHOLE)]
            + [down(DMR96, 1232, CE_96, FAR96), up(DMR96, 1232, CE_96, FAR96)]
        )

    def test_tcp_and_extension_headers(self):
        """RFC 7915 4.5, 5.1 and 5.5."""
        segment = TCP(sport=1, dport=2, flags="PA", seq=1) / LONG
        options = IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")]) / segment
        self.check(
            [
                to_ipv6(internet(FAR, WHOLE, segment), access(FAR6, CE_WHOLE, segment, 63, False)),
                to_ipv4(access(CE_WHOLE, FAR6, segment), internet(WHOLE, FAR, segment, 63, False)),
                to_ipv4(access(CE_WHOLE, FAR6, options), internet(WHOLE, FAR, segment, 63, False)),
            ]
        )

    def test_spoofed_sources_are_dropped(self):
        """RFC 7599 8.3: the whole IPv6 source must be that of IPv4 address and port; the DMR must be the rule's."""
        spoofed = [
            ("drop-wrong-ce", 1236, CE_34, FAR6),
            ("drop-wrong-ce", 1232, "2001:db8:12:3400:0:c000:212:35", FAR6),
            ("drop-wrong-ce", 1232, "2001:db8:12:3401:0:c000:212:34", FAR6),
            ("drop-no-binding-source", 210, CE_34, FAR6),
            ("drop-no-binding-source", 1232, CE_E, FAR6),
            ("drop-no-binding-source", 1232, "2001:db8:4444::1", FAR6),
            ("drop-wrong-dmr", 1232, CE_34, FAR96),
            ("drop-ipv6-not-softwire", 1232, CE_34, "2001:db8:fffd::1"),
        ]
        self.check([Case("ipv6", access(ce, to, udp(port, 80)), outcome) for outcome, port, ce, to in spoofed])

    def test_hairpin(self):
        """RFC 7599 8: from CE to CE, to MAP-E and lw4o6 subscribers, and back; one hop each."""
        cases = [
            Case(
                "ipv6",
                access(CE_WHOLE, ADDRESS6, udp(7, 1232)),
                "sent-hairpinned",
                access(WHOLE6, CE_34, udp(7, 1232), 63, False),
            )
        ]
        for address, address6, end in ((BOUND, BOUND6, B4), (ENCAPSULATED, ENCAPSULATED6, CE_E)):
            there = IP(src=ADDRESS, dst=address, flags="DF", id=0, ttl=63) / udp(1232, 80)
            back = IP(src=address, dst=ADDRESS, flags="DF", id=0) / udp(80, 1232)
            cases += [
                Case("ipv6", access(CE_34, address6, udp(1232, 80)), "sent-hairpinned", to_softwire(end, BR, there)),
                Case(
                    "ipv6",
                    from_softwire(end, BR, back),
                    "sent-hairpinned",
                    access(address6, CE_34, udp(80, 1232), 63, False),
                ),
            ]
        self.check(cases)

    def test_echo_goes_by_its_identifier(self):
        """RFC 7599 9, RFC 7915 4.2 and 5.2."""
        ping4, pong6 = ICMP(type=8, id=1232, seq=9) / LONG, ICMPv6EchoReply(id=1232, seq=9, data=LONG.load)
        pong4, ping6 = ICMP(type=0, id=1232, seq=9) / LONG, ICMPv6EchoRequest(id=1232, seq=9, data=LONG.load)
        self.check(
            [
                to_ipv6(internet(FAR, ADDRESS, ping4), access(FAR6, CE_34, ping6, 63, False)),
                to_ipv4(access(CE_34, FAR6, pong6), internet(ADDRESS, FAR, pong4, 63, False)),
            ]
        )

    def test_errors_with_what_they_quote(self):
        """RFC 7599 9, RFC 7915 4.2, 4.3, 5.2 and 5.3; RFC 6791 for a router that has no IPv4 address."""
        quote4 = IP(src=ADDRESS, dst=FAR, flags="DF", id=0, ttl=3) / udp(1232, 80)
        quote6 = IPv6(src=CE_34, dst=FAR6, hlim=3) / udp(1232, 80)
        router6 = "2001:db8:ffff:0:cb:71:5000:0"
        cases = [
            Case(
                "ipv4",
                internet(HOST, ADDRESS, error4 / Raw(bytes(quote4)[:28])),
                "sent-translated-to-ipv6",
                access(router6, CE_34, error6 / Raw(bytes(quote6)[:48]), 63, False),
            )
            for error4, error6 in (
                (ICMP(type=3, code=3), ICMPv6DestUnreach(code=4)),
                (ICMP(type=3, code=13), ICMPv6DestUnreach(code=1)),
                (ICMP(type=3, code=4, nexthopmtu=1300), ICMPv6PacketTooBig(mtu=1320)),
                (ICMP(type=11, code=0), ICMPv6TimeExceeded(code=0)),
            )
        ]
        quote4 = IP(src=FAR, dst=ADDRESS, flags="DF", id=0, ttl=61) / udp(80, 1232)
        quote6 = IPv6(src=FAR6, dst=CE_34, hlim=61) / udp(80, 1232)
        for source6, source4 in ((CE_34, ADDRESS), ("2001:db8:4444::1", OWN4)):
            for error6, error4 in (
                (ICMPv6DestUnreach(code=4), ICMP(type=3, code=3)),
                (ICMPv6PacketTooBig(mtu=1400), ICMP(type=3, code=4, nexthopmtu=1380)),
                (ICMPv6TimeExceeded(code=0), ICMP(type=11, code=0)),
            ):
                cases.append(
                    Case(
                        "ipv6",
                        access(source6, FAR6, error6 / Raw(bytes(quote6)[:1272])),
                        "sent-translated-to-ipv4",
                        internet(source4, FAR, error4 / Raw(bytes(quote4)[:1252]), 63, False),
                    )
                )
        nested = IP(src=ADDRESS, dst=FAR) / ICMP(type=3) / Raw(b"\0" * 28)
        cases += [
            Case("ipv4", internet(HOST, ADDRESS, ICMP(type=3, code=1) / nested), "drop-icmp-quote"),
            Case("ipv4", internet(HOST, WHOLE, ICMP(type=13)), "drop-icmp-not-translated"),
            Case(
                "ipv6",
                access(CE_34, FAR6.replace("400", "500"), ICMPv6DestUnreach() / Raw(bytes(quote6))),
                "drop-icmp-quote",
            ),
        ]
        self.check(cases)

    def test_udp_without_checksum(self):
        """RFC 7915 4.5: computed for a whole datagram."""
        without = UDP(sport=80, dport=1232, chksum=0) / LONG
        self.check(
            [
                to_ipv6(internet(FAR, ADDRESS, without), access(FAR6, CE_34, udp(80, 1232), 63, False)),
                Case("ipv4", internet(FAR, WHOLE, without, flags="MF"), "drop-udp-without-checksum"),
            ]
        )

    def test_hops_and_sizes(self):
        """RFC 7915 4.1 and 5.1: a hop less; what must not be fragmented and is too big."""
        big = UDP(sport=80, dport=1232) / Raw(bytes(1460))
        self.check(
            [
                Case("ipv4", internet(FAR, ADDRESS, udp(80, 1232), 1), "drop-ipv4-ttl"),
                Case("ipv6", access(CE_34, FAR6, udp(1232, 80), 1), "drop-ipv4-ttl"),
                Case("ipv4", internet(FAR, ADDRESS, big), "drop-too-big-for-ipv6"),
            ]
        )

    def test_what_may_be_fragmented_is_cut_to_1280_octets(self):
        """RFC 7915 4: with the identification of the IPv4 packet."""
        frame = internet(FAR, ADDRESS, udp(80, 1232), flags=0, id=0xABCD)
        datagram = bytes(IPv6(src=FAR6, dst=CE_34) / udp(80, 1232))[40:]
        expected = [
            access(FAR6, CE_34, IPv6ExtHdrFragment(nh=17, offset=at // 8, m=more, id=0xABCD) / Raw(part), 63, False)
            for at, more, part in ((0, 1, datagram[:1232]), (1232, 0, datagram[1232:]))
        ]
        for burst, run in self.replay_in_every_burst([Frame(10**9 + at, bytes(frame)) for at in range(3)], []):
            with self.subTest(burst=burst):
                self.assertEqual(outcomes_of(run), {"sent-translated-to-ipv6": 3, "sent-fragment": 3})
                self.assertEqual([f.octets for f in run.ipv6], [bytes(p) for p in expected] * 3)

    def test_fragments(self):
        """RFC 7599 10: of a shared address put together, of a whole one translated one by one."""
        datagram = bytes(IPv6(src=CE_34, dst=FAR6) / udp(1232, 80))[40:]
        parts = [
            access(CE_34, FAR6, IPv6ExtHdrFragment(nh=17, offset=at // 8, m=int(at == 0), id=0x1BEEF) / Raw(part))
            for at, part in ((0, datagram[:800]), (800, datagram[800:]))
        ]
        whole = internet(ADDRESS, FAR, udp(1232, 80), 63, False, flags=0, id=0xBEEF)
        frames = [Frame(10**9 + at, bytes(p)) for at, p in enumerate(parts[::-1])]
        for burst, run in self.replay_in_every_burst([], frames):
            with self.subTest(burst=burst):
                self.assertEqual(outcomes_of(run), {"sent-translated-to-ipv4": 1, "joined-fragment": 1})
                self.assertEqual([f.octets for f in run.ipv4], [bytes(whole)])
        later4 = internet(FAR, WHOLE, Raw(b"x" * 64), 64, flags=0, frag=10, id=7, proto=17)
        later6 = access(FAR6, CE_WHOLE, IPv6ExtHdrFragment(nh=17, offset=10, id=7) / Raw(b"x" * 64), 63, False)
        icmp = internet(FAR, WHOLE, Raw(b"x" * 64), 64, flags=0, frag=10, id=7, proto=1)
        self.check(
            [
                Case("ipv4", later4, "sent-translated-to-ipv6", later6),
                Case("ipv4", icmp, "drop-icmp-fragment"),
            ]
        )

    def test_no_way_to_a_dhcp_server_past_the_relay(self):
        """RFC 3046 section 5: a subscriber cannot act as a relay to a server."""
        server = "2001:db8:ffff:0:c6:3364:4300:0"
        self.check(
            [Case("ipv6", access(CE_WHOLE, server, udp(67, 67)), "drop-dhcp-translated")],
            options={"dhcp-relay.server": "198.51.100.67"},
        )


class MapTErrorsTest(ReplayTest):
    def test_rules_that_cannot_be(self):
        """An error has file, line, reason and remedy."""
        first = "rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 dmr 2001:db8:ffff::/64\n"
        binding = "binding ipv4 10.0.0.1 b4 2001:db8:1::1 br 2001:db8:ffff::1\n"
        for statements, line, text in (
            (first.replace("ffff::/64", "ffff::/65"), 1, "must be 64 or 96"),
            (first.replace("ea-len 16", "ea-len 7"), 1, "must be 8 at least"),
            (first.replace("dmr 2001:db8:ffff::/64", ""), 1, "no dmr"),
            (first + "\n" + first, 3, "a prefix can have one rule only"),
            (binding + first, 2, "the BR address 2001:db8:ffff::1 is in dmr"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(AssertionError, rf"softwires.conf:{line}: .*{text}"):
                self.replay([], [], 1, softwires=statements)


if __name__ == "__main__":
    unittest.main()
