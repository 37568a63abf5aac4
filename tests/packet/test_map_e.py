# SPDX-License-Identifier: BSD-3-Clause
"""Tests MAP-E: RFC 7597 section 8 and the vectors of its appendix A, together with an lw4o6 binding."""

import unittest

import test_dhcp
from dhcp_messages import ACK, DISCOVER, OFFER, RELEASE, REQUEST, message, option82
from harness import (
    HOST,
    OWN4,
    Case,
    Frame,
    ReplayTest,
    forwarded,
    from_internet,
    from_softwire,
    outcomes_of,
    to_internet,
    to_softwire,
)
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import IPv6ExtHdrFragment
from scapy.packet import Raw

BR = "2001:db8:ffff::1"
ADDRESS, CE_34, CE_35 = "192.0.2.18", "2001:db8:12:3400:0:c000:212:34", "2001:db8:12:3500:0:c000:212:35"
ONE, CE_ONE = "192.0.3.18", "2001:db8:5612:3400:0:c000:312:34"  # an explicit PSID: example 5
WHOLE, CE_WHOLE = "192.0.4.18", "2001:db8:5712:3400:0:c000:412:0"  # no PSID: example 4
LONG, CE_LONG = "198.18.2.18", "2001:db8:5800:12:3400:c612:212:34"  # an end-user prefix of 72 bits
PREFIX, CE_PREFIX = "10.1.18.200", "2001:db8:5912:0:0:a01:1200:0"  # a CE that has 10.1.18.0/24
INNER, CE_INNER = "10.1.19.5", "2001:db8:5a00:0:0:a01:1305:0"  # a longer rule within
BOUND, B4 = "192.0.2.200", "2001:db8:1::200"

SOFTWIRES = f"""
rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br {BR}
rule map-e ipv4 {ONE}/32 ipv6 2001:db8:5612:3400::/56 ea-len 0 psid-len 8 psid 0x34 br {BR}
rule map-e ipv4 {WHOLE}/32 ipv6 2001:db8:5712:3400::/56 ea-len 0 br {BR}
rule map-e ipv4 198.18.2.0/24 ipv6 2001:db8:5800::/56 ea-len 16 br {BR}
rule map-e ipv4 10.1.0.0/16 ipv6 2001:db8:5900::/40 ea-len 8 br {BR}
rule map-e ipv4 10.1.19.4/31 ipv6 2001:db8:5a00::/63 ea-len 1 br {BR}
binding ipv4 {BOUND} b4 {B4} br {BR}
"""

PAYLOAD = Raw(b"softwire")


def udp(source, source_port, destination, destination_port):
    return IP(src=source, dst=destination) / UDP(sport=source_port, dport=destination_port) / PAYLOAD


def down(destination, port, ce):
    packet = udp("1.2.3.4", 80, destination, port)
    return Case("ipv4", from_internet(packet), "sent-encapsulated", to_softwire(ce, BR, forwarded(packet)))


def up(source, port, ce):
    packet = udp(source, port, "1.2.3.4", 80)
    return Case("ipv6", from_softwire(ce, BR, packet), "sent-decapsulated", to_internet(forwarded(packet)))


def up_dropped(outcome, source, port, ce, br=BR):
    return Case("ipv6", from_softwire(ce, br, udp(source, port, HOST, 80)), outcome)


class MapETest(ReplayTest):
    softwires = SOFTWIRES

    def test_the_vectors_of_appendix_a(self):
        """RFC 7597 appendix A: examples 1 to 5, and an end-user prefix beyond 64 bits (section 5.2)."""
        self.check(
            [down(ADDRESS, port, CE_34) for port in (1232, 1235, 2256, 64720, 64723)]
            + [up(ADDRESS, port, CE_34) for port in (1232, 1235, 2256, 64720, 64723)]
            + [down(ADDRESS, 1236, CE_35), up(ADDRESS, 1236, CE_35)]
            + [down(ONE, 1232, CE_ONE), up(ONE, 1232, CE_ONE)]
            + [down(WHOLE, 1, CE_WHOLE), up(WHOLE, 1, CE_WHOLE)]
            + [down(LONG, 1232, CE_LONG), up(LONG, 1232, CE_LONG)]
            + [down(PREFIX, 1, CE_PREFIX), up(PREFIX, 68, CE_PREFIX)]
        )

    def test_longest_prefix_wins(self):
        """RFC 7597 section 5: a rule within a rule, and a binding within a rule."""
        outside, ce_outside = "10.1.19.6", "2001:db8:5913:0:0:a01:1300:0"
        self.check(
            [down(INNER, 1, CE_INNER.replace("5a00:0:", "5a00:1:")), up(INNER, 1, CE_INNER.replace("5a00:0:", "5a00:1:"))]
            + [down(outside, 1, ce_outside), up(outside, 1, ce_outside)]
            + [down(BOUND, 1232, B4), up(BOUND, 1, B4)]
            + [up_dropped("drop-wrong-b4", INNER, 1, ce_outside)]
            + [up_dropped("drop-wrong-b4", BOUND, 1232, "2001:db8:c8:3400:0:c000:2c8:34")]
        )

    def test_rule_of_the_outer_source_is_the_longest(self):
        """RFC 7597 8.1: 192.0.2.18 would have CE addresses that are another rule's."""
        softwires = f"""
rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br {BR}
rule map-e ipv4 192.0.3.0/24 ipv6 2001:db8:12::/48 ea-len 8 br {BR}
"""
        other, ce_other = "192.0.3.52", "2001:db8:12:3400:0:c000:334:0"
        neighbour, ce_neighbour = "192.0.2.19", "2001:db8:13:3400:0:c000:213:34"
        self.check(
            [down(other, 1, ce_other), up(other, 1, ce_other)]
            + [down(neighbour, 1232, ce_neighbour), up(neighbour, 1232, ce_neighbour)]
            + [up_dropped("drop-no-binding-source", ADDRESS, 1232, CE_34)]
            + [Case("ipv4", from_internet(udp(HOST, 80, ADDRESS, 1232)), "drop-no-binding-destination")],
            softwires=softwires,
        )

    def test_end_user_prefix_is_enough_when_asked_for(self):
        """RFC 7597 8.1: only the fields in the EA bits are compared; answers go to the CE's own address."""
        for_ce = "2001:db8:12:34ff:ffff:ffff:ffff:ffff"
        self.check(
            [up(ADDRESS, 1232, CE_34), up(ADDRESS, 1232, for_ce), down(ADDRESS, 1232, CE_34)]
            + [up_dropped("drop-wrong-b4", ADDRESS, 1236, for_ce)]
            + [up_dropped("drop-wrong-b4", ADDRESS, 1232, "2001:db8:12:3500:0:c000:212:34")]
            + [up_dropped("drop-wrong-b4", BOUND, 1, "2001:db8:1::201")],
            options={"strict-ce-address": "false"},
        )

    def test_fragments_go_by_the_port_of_the_first(self):
        """RFC 7597 8.3.2, in both directions, and RFC 6333 6.3: IPv6 fragments."""
        packet = IP(src=HOST, dst=ADDRESS, id=7) / UDP(sport=80, dport=1236) / Raw(bytes(range(250)) * 4)
        back = IP(src=ADDRESS, dst=HOST, id=7) / UDP(sport=1236, dport=80) / Raw(bytes(range(250)) * 4)
        outer = [
            from_softwire(CE_35, BR, IPv6ExtHdrFragment(nh=4, offset=at // 8, m=int(at == 0), id=9) / part, nh=44)
            for at, part in ((0, Raw(bytes(back)[:600])), (600, Raw(bytes(back)[600:])))
        ]
        for name, ipv4, ipv6, outcomes in (
            ("down", [from_internet(p) for p in fragment(packet, 600)][::-1], [], "sent-encapsulated"),
            ("up", [], [from_softwire(CE_35, BR, p) for p in fragment(back, 600)][::-1], "sent-decapsulated"),
            ("outer", [], outer[::-1], "sent-decapsulated"),
        ):
            frames = [[Frame(10**9 + at, bytes(p)) for at, p in enumerate(side)] for side in (ipv4, ipv6)]
            for burst, run in self.replay_in_every_burst(*frames):
                with self.subTest(name=name, burst=burst):
                    self.assertEqual(outcomes_of(run), {outcomes: 1, "joined-fragment": 1})
                    sent = to_internet(forwarded(back)) if ipv6 else to_softwire(CE_35, BR, forwarded(packet))
                    self.assertEqual([f.octets for f in run.ipv4 + run.ipv6], [bytes(sent)])

    def test_protocol_without_ports_reaches_whole_addresses_only(self):
        """RFC 7597 8.2 says where a port comes from; GRE has none."""
        to_prefix, to_shared = (IP(src=HOST, dst=address, proto=47) / PAYLOAD for address in (PREFIX, ADDRESS))
        self.check(
            [
                Case("ipv4", from_internet(to_prefix), "sent-encapsulated", to_softwire(CE_PREFIX, BR, forwarded(to_prefix))),
                Case("ipv4", from_internet(to_shared), "drop-protocol-no-port"),
            ]
        )

    def test_spoofed_sources_are_dropped(self):
        """RFC 7597 8.1: inner source address and port must be those of the outer source, whole."""
        self.check(
            [
                up_dropped("drop-wrong-b4", ADDRESS, 1236, CE_34),
                up_dropped("drop-wrong-b4", "192.0.2.19", 1232, CE_34),
                up_dropped("drop-wrong-b4", ADDRESS, 1232, "2001:db8:12:3400:0:c000:212:35"),
                up_dropped("drop-wrong-b4", ADDRESS, 1232, "2001:db8:12:3401:0:c000:212:34"),
                up_dropped("drop-wrong-b4", ADDRESS, 1232, BR),
                up_dropped("drop-no-binding-source", ADDRESS, 210, CE_34),
                up_dropped("drop-no-binding-source", ONE, 1236, CE_ONE),
                up_dropped("drop-no-binding-source", "192.0.5.1", 1232, CE_34),
                up_dropped("drop-not-our-br", ADDRESS, 1232, CE_34, "2001:db8:ffff::2"),
            ]
        )

    def test_ports_of_nobody_are_dropped(self):
        """RFC 7597 5.1: A = 0; and an address that no rule covers."""
        self.check(
            [
                Case("ipv4", from_internet(udp(HOST, 80, address, port)), "drop-no-binding-destination")
                for address, port in ((ADDRESS, 210), (ADDRESS, 1023), (ONE, 1236), ("192.0.5.1", 1232))
            ]
        )

    def test_hairpin(self):
        """RFC 7597 8: hub and spoke, from CE to CE and to an lw4o6 subscriber and back."""
        cases = []
        for b4, packet, to in (
            (CE_34, udp(ADDRESS, 1232, ADDRESS, 1236), CE_35),
            (CE_34, udp(ADDRESS, 1232, BOUND, 1), B4),
            (B4, udp(BOUND, 1, ADDRESS, 1232), CE_34),
            (CE_34, udp(ADDRESS, 1232, LONG, 1232), CE_LONG),
            (CE_PREFIX, udp(PREFIX, 1, WHOLE, 2), CE_WHOLE),
        ):
            cases.append(
                Case(
                    "ipv6", from_softwire(b4, BR, packet), "sent-hairpinned", to_softwire(to, BR, forwarded(packet))
                )
            )
        self.check(cases)

    def test_echo_goes_by_its_identifier(self):
        """RFC 7597 8.2: the ICMP identifier in the place of a port."""
        packet = IP(src=HOST, dst=ADDRESS) / ICMP(type=8, id=1232) / PAYLOAD
        segment = IP(src=HOST, dst=ADDRESS) / TCP(sport=80, dport=1232) / PAYLOAD
        self.check(
            [
                Case("ipv4", from_internet(p), "sent-encapsulated", to_softwire(CE_34, BR, forwarded(p)))
                for p in (packet, segment)
            ]
        )


class MapEDhcpTest(test_dhcp.DhcpTest):
    """draft-ietf-dhc-v4configuration-06 section 5.1 for CEs: the outer addresses are all that the relay needs."""

    softwires = SOFTWIRES

    def relayed(self, payload, wanted, ce=CE_34, **addresses):
        return test_dhcp.relayed(test_dhcp.to_relay(ce, payload, br=BR, **addresses), wanted)

    def wanted(self, kind, ce, **fields):
        relay = test_dhcp.RELAY
        return message(kind, option82(ce, relay, unicast="ciaddr" in fields), hops=1, giaddr=relay, **fields)

    def test_lease_renewal_and_release(self):
        """The CE has a part of the address, the whole address, or a prefix."""
        relay = test_dhcp.RELAY
        exchanges = [self.relayed(message(DISCOVER), self.wanted(DISCOVER, CE_34))]
        for ce, address in ((CE_34, ADDRESS), (CE_35, ADDRESS), (CE_ONE, ONE), (CE_WHOLE, WHOLE), (CE_PREFIX, PREFIX)):
            for kind in (REQUEST, RELEASE):
                payload, wanted = message(kind, ciaddr=address), self.wanted(kind, ce, ciaddr=address)
                exchanges.append(self.relayed(payload, wanted, ce, source=address, destination=relay))
        for kind in (OFFER, ACK):
            answer = message(kind, option82(CE_34, relay), op=2, giaddr=relay, yiaddr=ADDRESS)
            clean = message(kind, op=2, giaddr=relay, yiaddr=ADDRESS)
            exchanges.append(
                test_dhcp.delivered(test_dhcp.from_server(answer), CE_34, ADDRESS, clean, br=BR)
            )
        self.check_exchanges(exchanges)

    def test_client_speaks_for_its_own_address_only(self):
        """Not for one that its EA bits do not name, and not from another address of its prefix."""
        stranger = "2001:db8:12:3400:0:c000:212:35"
        self.check_exchanges(
            [
                test_dhcp.refused(
                    "ipv6",
                    test_dhcp.to_relay(ce, message(REQUEST, ciaddr=address), address, test_dhcp.RELAY, br=BR),
                    "drop-dhcp-source-not-owned",
                )
                for ce, address in ((CE_34, "192.0.2.19"), (CE_34, WHOLE), (CE_34, BOUND), (stranger, ADDRESS))
            ]
        )


class MapEErrorsTest(ReplayTest):
    def refused(self, statements, line, text, **options):
        with self.assertRaisesRegex(AssertionError, rf"softwires.conf:{line}: .*{text}"):
            self.replay([], [], 1, softwires=statements, options=options)

    def test_rules_that_cannot_be(self):
        """An error has file, line, reason and remedy."""
        first = f"rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br {BR}\n"
        self.refused(first + "\n" + first, 3, "a prefix can have one rule only")
        self.refused(first + first.replace("192.0.2", "192.0.3"), 2, "the ipv6 of .* a prefix can have one rule only")
        self.refused(first.replace("br", "psid-offset 0 br"), 1, "UDP port 68.* psid-offset from 1 to 8")
        self.refused(first.replace("ea-len 16", "ea-len 20"), 1, "psid-offset 6 and a PSID of 12 bits are 18 bits")
        self.refused(first.replace("192.0.2.0/24", "198.51.100.0/24"), 1, f"contains {OWN4}, which is ipv4.address")
        other_br = "binding ipv4 10.0.0.1 b4 2001:db8:1::1 br 2001:db8:12:3400:0:c000:212:34\n"
        self.refused(other_br + first, 2, "the BR address .* is the address of a CE under this rule")


if __name__ == "__main__":
    unittest.main()
