# SPDX-License-Identifier: BSD-3-Clause
"""Tests lw4o6 with the binding table: RFC 7596 section 6.2 in both directions, and the duties of a tunnel end."""

import unittest

from harness import HOST, OWN4, Case, ReplayTest, forwarded, from_internet, from_softwire, to_internet, to_softwire
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_LSRR, IPOption_NOP, IPOption_RR, IPOption_SSRR
from scapy.layers.sctp import SCTP
from scapy.packet import Raw

SHARED, WHOLE, OFFSET0 = "192.0.2.1", "192.0.2.9", "192.0.2.2"
BR, OTHER_BR = "2001:db8:ff::1", "2001:db8:ff::2"
B4_34, B4_35, B4_WHOLE, B4_OFFSET0 = "2001:db8:1::34", "2001:db8:1::35", "2001:db8:1::9", "2001:db8:2::1"

# Ports of B4_34 (RFC 7597 appendix A): 1232-1235, 2256-2259, ..., 64720-64723; of B4_35: 1236-1239, ...
# B4_OFFSET0 has 1024-2047.
SOFTWIRES = f"""
binding ipv4 {SHARED} psid-offset 6 psid-len 8 psid 52 b4 {B4_34} br {BR}
binding ipv4 {SHARED} psid-offset 6 psid-len 8 psid 53 b4 {B4_35} br {BR}
binding ipv4 {WHOLE} b4 {B4_WHOLE} br {BR}
binding ipv4 {OFFSET0} psid-len 6 psid 1 b4 {B4_OFFSET0} br {OTHER_BR}
"""

PAYLOAD = Raw(b"softwire")


def sctp(source, destination):
    return SCTP(sport=source, dport=destination, tag=7) / PAYLOAD


def udp_lite(source, destination):
    """Returns a UDP-Lite header (RFC 3828): it has a checksum coverage instead of the length."""
    return Raw(source.to_bytes(2, "big") + destination.to_bytes(2, "big") + bytes.fromhex("00080000"))


def down(destination, port, b4, br=BR, transport=UDP, **ip):
    """A packet from the Internet that must reach this softwire."""
    packet = IP(src=HOST, dst=destination, **ip) / transport(sport=53, dport=port) / PAYLOAD
    return Case("ipv4", from_internet(packet), "sent-encapsulated", to_softwire(b4, br, forwarded(packet)))


def up(source, port, b4, br=BR, transport=UDP, **ip):
    """A packet from this softwire that must reach the Internet."""
    packet = IP(src=source, dst=HOST, **ip) / transport(sport=port, dport=53) / PAYLOAD
    return Case("ipv6", from_softwire(b4, br, packet), "sent-decapsulated", to_internet(forwarded(packet)))


def down_dropped(outcome, packet):
    return Case("ipv4", from_internet(packet), outcome)


def up_dropped(outcome, packet, b4=B4_34, br=BR):
    return Case("ipv6", from_softwire(b4, br, packet), outcome)


def udp_to(destination, port, **ip):
    return IP(src=HOST, dst=destination, **ip) / UDP(sport=53, dport=port) / PAYLOAD


def udp_from(source, port, **ip):
    return IP(src=source, dst=HOST, **ip) / UDP(sport=port, dport=53) / PAYLOAD


class Lw4o6Test(ReplayTest):
    softwires = SOFTWIRES


class Encapsulation(Lw4o6Test):
    def test_port_of_a_shared_address_leads_to_its_subscriber(self):
        """RFC 7596 6.2: IPv4 destination and port find the softwire; RFC 7597 5.1: PSID offset 6."""
        self.check(
            [down(SHARED, port, B4_34) for port in (1232, 1235, 2256, 64720, 64723)]
            + [down(SHARED, port, B4_35) for port in (1236, 1239, 64727)]
            + [down(OFFSET0, port, B4_OFFSET0, OTHER_BR) for port in (1024, 1500, 2047)]
        )

    def test_port_of_nobody_is_dropped(self):
        """RFC 7596 6.2: no binding for the port, no packet."""
        self.check(
            [
                down_dropped("drop-no-binding-destination", udp_to(address, port))
                for address, ports in ((SHARED, (1231, 1240, 65535)), (OFFSET0, (1023, 2048, 65535)))
                for port in ports
            ]
            + [down_dropped("drop-no-binding-destination", udp_to("192.0.2.77", 1232))]
        )

    def test_ports_with_a_zero_belong_to_nobody(self):
        """RFC 7597 5.1: with a PSID offset, A = 0 is in no port set; 208 to 211 carry PSID 52 there."""
        self.check([down_dropped("drop-no-binding-destination", udp_to(SHARED, port)) for port in range(208, 212)])

    def test_whole_address_takes_every_port(self):
        """RFC 7596 6.2: without a port set the address alone decides, for UDP port 68 too."""
        self.check([down(WHOLE, port, B4_WHOLE) for port in (0, 67, 68, 1232, 65535)])

    def test_protocols_with_ports(self):
        """RFC 7597 5.1: TCP, SCTP, DCCP and UDP-Lite have their ports where UDP has them."""
        cases = []
        for protocol, transport in (
            (6, TCP(sport=80, dport=1232) / PAYLOAD),
            (132, sctp(80, 1232)),
            (33, udp_lite(80, 1232)),
            (136, udp_lite(80, 1232)),
        ):
            packet = IP(src=HOST, dst=SHARED, proto=protocol) / transport
            sent = to_softwire(B4_34, BR, forwarded(packet))
            cases.append(Case("ipv4", from_internet(packet), "sent-encapsulated", sent))
        self.check(cases)

    def test_echo_goes_by_its_identifier(self):
        """RFC 7596 8.1: request and reply. An identifier in no port set is dropped."""
        cases = []
        for kind in ("echo-request", "echo-reply"):
            packet = IP(src=HOST, dst=SHARED) / ICMP(type=kind, id=2257, seq=1) / PAYLOAD
            sent = to_softwire(B4_34, BR, forwarded(packet))
            cases.append(Case("ipv4", from_internet(packet), "sent-encapsulated", sent))
            stray = IP(src=HOST, dst=SHARED) / ICMP(type=kind, id=1240, seq=1)
            cases.append(down_dropped("drop-no-binding-destination", stray))
        self.check(cases)

    def test_protocol_without_ports_reaches_whole_addresses_only(self):
        """RFC 7597 5.1: without a port, the subscriber is unknown."""
        whole = IP(src=HOST, dst=WHOLE, proto=47) / Raw(bytes(8))
        shared = IP(src=HOST, dst=SHARED, proto=47) / Raw(bytes(8))
        sent = to_softwire(B4_WHOLE, BR, forwarded(whole))
        self.check(
            [
                Case("ipv4", from_internet(whole), "sent-encapsulated", sent),
                down_dropped("drop-protocol-no-port", shared),
            ]
        )

    def test_fragment_reaches_whole_addresses(self):
        """RFC 7597 8.3.2: only a shared address needs the port that later fragments lack."""
        cases = []
        for flags, offset in (("MF", 0), ("MF", 100), (0, 200)):
            fragment = IP(src=HOST, dst=WHOLE, proto=17, id=5, flags=flags, frag=offset) / Raw(bytes(64))
            sent = to_softwire(B4_WHOLE, BR, forwarded(fragment))
            cases.append(Case("ipv4", from_internet(fragment), "sent-encapsulated", sent))
        self.check(cases)

    def test_outer_header_is_ours(self):
        """RFC 2473 6.3: hop limit as configured, not copied; flow label 0; payload length of the packet."""
        packet = udp_to(SHARED, 1232, ttl=200)
        sent = to_softwire(B4_34, BR, forwarded(packet), hlim=17)
        case = Case("ipv4", from_internet(packet), "sent-encapsulated", sent)
        self.check([case], options={"hop-limit": 17})

    def test_type_of_service_becomes_traffic_class(self):
        """RFC 6333 7.1, RFC 6040 4.1: all eight bits, ECN included."""
        self.check([down(SHARED, 1232, B4_34, tos=tos) for tos in (0, 1, 2, 3, 0x2E << 2, 0xB9, 0xFF)])

    def test_time_to_live_goes_down_by_one(self):
        """RFC 1812 5.3.1: 2 becomes 1, 1 and 0 are dropped."""
        self.check(
            [down(SHARED, 1232, B4_34, ttl=ttl) for ttl in (255, 64, 2)]
            + [down_dropped("drop-ipv4-ttl", udp_to(SHARED, 1232, ttl=ttl)) for ttl in (1, 0)]
        )

    def test_options_travel_along(self):
        """RFC 791 3.1: the header may be longer. The port is behind it."""
        options = [IPOption_RR(routers=["0.0.0.0"] * 3), IPOption_NOP()]
        self.check([down(SHARED, 1232, B4_34, options=options), down(WHOLE, 9, B4_WHOLE, options=options)])

    def test_source_route_is_dropped(self):
        """RFC 7126 4.3 and 4.4: the sender must not choose the route, wherever the option is."""
        routes = [IPOption_LSRR(routers=["192.0.2.1"]), IPOption_SSRR(routers=["192.0.2.1"])]
        self.check(
            [
                down_dropped(
                    "drop-ipv4-source-route",
                    IP(src=HOST, dst=SHARED, options=[*ahead, route]) / UDP(dport=1232),
                )
                for route in routes
                for ahead in ([], [IPOption_NOP()], [IPOption_RR(routers=["0.0.0.0"])])
            ]
        )

    def test_source_that_nobody_may_have_is_dropped(self):
        """RFC 1812 5.3.7: this network, loopback, multicast, broadcast."""
        self.check(
            [
                down_dropped("drop-ipv4-martian", IP(src=source, dst=SHARED) / UDP(dport=1232))
                for source in ("0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255")
            ]
        )

    def test_destination_that_is_not_forwarded_is_dropped(self):
        """RFC 1812 5.3.7 and 5.2.4: broadcast, multicast, loopback, and our own address."""
        self.check(
            [
                down_dropped("drop-ipv4-destination", udp_to(destination, 1232))
                for destination in ("255.255.255.255", "224.0.0.5", "127.0.0.1", "0.0.0.0")
            ]
            + [down_dropped("drop-ipv4-local", udp_to(OWN4, 1232))]
        )

    def test_packet_fits_the_ipv6_mtu_with_its_outer_header(self):
        """RFC 2473 7.2: the softwire's MTU is that of IPv6 less 40."""

        def sized(octets):
            return IP(src=HOST, dst=SHARED, flags="DF") / UDP(sport=53, dport=1232) / Raw(bytes(octets - 28))

        fits = sized(1360)
        sent = to_softwire(B4_34, BR, forwarded(fits))
        self.check(
            [
                Case("ipv4", from_internet(fits), "sent-encapsulated", sent),
                down_dropped("drop-too-big-for-ipv6", sized(1361)),
            ],
            options={"ipv6.mtu": 1400},
        )


class Decapsulation(Lw4o6Test):
    def test_packet_of_a_binding_is_forwarded(self):
        """RFC 7596 6.2: outer source, outer destination, inner source and port are those of one binding."""
        self.check(
            [up(SHARED, port, B4_34) for port in (1232, 1235, 2256, 64723)]
            + [up(SHARED, 1236, B4_35), up(OFFSET0, 1024, B4_OFFSET0, OTHER_BR)]
            + [up(WHOLE, port, B4_WHOLE) for port in (0, 68, 65535)]
        )

    def test_inner_address_of_nobody_is_dropped(self):
        """RFC 7596 6.2: the inner source address is in no binding."""
        self.check([up_dropped("drop-no-binding-source", udp_from("192.0.2.77", 1232))])

    def test_inner_address_of_another_subscriber_is_dropped(self):
        """RFC 7596 6.2: the inner source address is bound, but not to this softwire."""
        self.check(
            [
                up_dropped("drop-wrong-b4", udp_from(WHOLE, 1232)),
                up_dropped("drop-wrong-b4", udp_from(SHARED, 1232), b4=B4_WHOLE),
            ]
        )

    def test_inner_port_of_nobody_is_dropped(self):
        """RFC 7596 6.2; RFC 7597 5.1: ports with A = 0, such as 208, belong to no subscriber."""
        self.check([up_dropped("drop-no-binding-source", udp_from(SHARED, port)) for port in (1231, 1240, 208, 68)])

    def test_inner_port_of_another_subscriber_is_dropped(self):
        """RFC 7596 6.2: the port belongs to a neighbour who shares the address."""
        self.check([up_dropped("drop-wrong-b4", udp_from(SHARED, port)) for port in (1236, 1239)])

    def test_wrong_outer_source_is_dropped(self):
        """RFC 7596 6.2: for a shared address, and for a whole one."""
        self.check(
            [
                up_dropped("drop-wrong-b4", udp_from(SHARED, 1232), b4="2001:db8:1::66"),
                up_dropped("drop-wrong-b4", udp_from(WHOLE, 1232), b4="2001:db8:1::66"),
            ]
        )

    def test_wrong_outer_destination_is_dropped(self):
        """RFC 7596 6.2: a BR address of ours that is another binding's; RFC 2473 3.2: none of ours."""
        self.check(
            [
                up_dropped("drop-wrong-br", udp_from(SHARED, 1232), br=OTHER_BR),
                up_dropped("drop-wrong-br", udp_from(WHOLE, 1232), b4=B4_WHOLE, br=OTHER_BR),
                up_dropped("drop-not-our-br", udp_from(SHARED, 1232), br="2001:db8:ff::3"),
                up_dropped("drop-not-our-br", udp_from(WHOLE, 1232), b4=B4_WHOLE, br="2001:db8:ff::3"),
                up_dropped("drop-not-our-br", udp_from("192.0.2.77", 1232), br="2001:db8:ff::3"),
            ]
        )

    def test_configured_br_address_is_ours(self):
        """RFC 2473 3.2: an address of br-address is a tunnel end even when no binding names it yet."""
        case = up_dropped("drop-wrong-br", udp_from(SHARED, 1232), br="2001:db8:ff::3")
        self.check([case], options={"br-address": ["2001:db8:ff::3"]})

    def test_echo_goes_by_its_identifier(self):
        """RFC 7596 8.1: the identifier is the port, of requests and of replies."""
        cases = []
        for kind in ("echo-request", "echo-reply"):
            packet = IP(src=SHARED, dst=HOST) / ICMP(type=kind, id=1233, seq=1) / PAYLOAD
            sent = to_internet(forwarded(packet))
            cases.append(Case("ipv6", from_softwire(B4_34, BR, packet), "sent-decapsulated", sent))
            cases.append(up_dropped("drop-wrong-b4", packet, b4=B4_35))
        self.check(cases)

    def test_protocol_without_ports_comes_from_whole_addresses_only(self):
        """RFC 7597 5.1: without a port, the subscriber is unknown."""
        whole = IP(src=WHOLE, dst=HOST, proto=47) / Raw(bytes(8))
        shared = IP(src=SHARED, dst=HOST, proto=47) / Raw(bytes(8))
        sent = to_internet(forwarded(whole))
        self.check(
            [
                Case("ipv6", from_softwire(B4_WHOLE, BR, whole), "sent-decapsulated", sent),
                up_dropped("drop-protocol-no-port", shared),
            ]
        )

    def test_time_to_live_goes_down_by_one(self):
        """RFC 1812 5.3.1: the inner time to live decides, with any outer hop limit."""
        self.check(
            [up(SHARED, 1232, B4_34, ttl=ttl) for ttl in (255, 64, 2)]
            + [up_dropped("drop-ipv4-ttl", udp_from(SHARED, 1232, ttl=ttl)) for ttl in (1, 0)]
        )

    def test_options_travel_along(self):
        """RFC 791 3.1."""
        options = [IPOption_RR(routers=["0.0.0.0"] * 9)]
        self.check([up(SHARED, 1232, B4_34, options=options), up(WHOLE, 9, B4_WHOLE, options=options)])

    def test_congestion_marks_follow_the_table(self):
        """RFC 6040 4.2, figure 4: every pair of inner and outer codepoint; RFC 6333 7.1: DSCP of the outer header."""
        not_ect, ect1, ect0, ce = 0, 1, 2, 3
        table = {
            not_ect: {not_ect: not_ect, ect0: not_ect, ect1: not_ect, ce: None},
            ect0: {not_ect: ect0, ect0: ect0, ect1: ect1, ce: ce},
            ect1: {not_ect: ect1, ect0: ect1, ect1: ect1, ce: ce},
            ce: {not_ect: ce, ect0: ce, ect1: ce, ce: ce},
        }
        cases = []
        for inner, row in table.items():
            for outer, result in row.items():
                packet = udp_from(SHARED, 1232, tos=0x0A << 2 | inner)
                frame = from_softwire(B4_34, BR, packet, tc=0x2E << 2 | outer)
                if result is None:
                    cases.append(Case("ipv6", frame, "drop-ecn-not-capable"))
                else:
                    sent = to_internet(forwarded(packet, tos=0x2E << 2 | result))
                    cases.append(Case("ipv6", frame, "sent-decapsulated", sent))
        self.assertEqual(len(cases), 16)
        self.check(cases)

    def test_packet_fits_the_ipv4_mtu(self):
        """RFC 1812 5.2.6."""

        def sized(octets):
            return IP(src=SHARED, dst=HOST, flags="DF") / UDP(sport=1232, dport=53) / Raw(bytes(octets - 28))

        fits = sized(1300)
        self.check(
            [
                Case("ipv6", from_softwire(B4_34, BR, fits), "sent-decapsulated", to_internet(forwarded(fits))),
                up_dropped("drop-too-big-for-ipv4", sized(1301)),
            ],
            options={"ipv4.mtu": 1300},
        )

    def test_jumbo_frame_goes_through_in_segments(self):
        """RFC 2473 3.1: a packet in several buffers is sent whole and in order."""
        payload = Raw(bytes(index % 251 for index in range(9000)))
        packet = IP(src=SHARED, dst=HOST) / UDP(sport=1232, dport=53) / payload
        back = IP(src=HOST, dst=SHARED) / UDP(sport=53, dport=1232) / payload
        sent = to_internet(forwarded(packet))
        sent_back = to_softwire(B4_34, BR, forwarded(back))
        self.check(
            [
                Case("ipv6", from_softwire(B4_34, BR, packet), "sent-decapsulated", sent),
                Case("ipv4", from_internet(back), "sent-encapsulated", sent_back),
            ],
            options={"ipv4.mtu": 9600, "ipv6.mtu": 9600},
        )

    def test_source_that_nobody_may_have_is_dropped(self):
        """RFC 1812 5.3.7; draft-ietf-dhc-v4configuration-06 5.1 (1): 0.0.0.0 is for DHCP alone."""
        self.check(
            [
                up_dropped("drop-ipv4-martian", udp_from(source, 1232))
                for source in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255")
            ]
        )

    def test_destination_that_is_not_forwarded_is_dropped(self):
        """RFC 1812 5.3.7."""
        self.check(
            [
                up_dropped(outcome, IP(src=SHARED, dst=destination) / UDP(sport=1232, dport=53))
                for destination, outcome in (
                    ("255.255.255.255", "drop-ipv4-destination"),
                    ("224.0.0.5", "drop-ipv4-destination"),
                    ("127.0.0.1", "drop-ipv4-destination"),
                    (OWN4, "drop-ipv4-local"),
                )
            ]
        )


class Hairpinning(Lw4o6Test):
    @staticmethod
    def packet(port, destination=SHARED, **ip):
        return IP(src=WHOLE, dst=destination, **ip) / UDP(sport=5000, dport=port) / PAYLOAD

    def hairpinned(self, port, b4, br=BR, destination=SHARED, **ip):
        packet = self.packet(port, destination, **ip)
        sent = to_softwire(b4, br, forwarded(packet))
        return Case("ipv6", from_softwire(B4_WHOLE, BR, packet), "sent-hairpinned", sent)

    def test_packet_between_subscribers_turns_around(self):
        """RFC 7596 6.2: validated like any other, then encapsulated for the other, and for oneself."""
        self.check(
            [
                self.hairpinned(1232, B4_34),
                self.hairpinned(1236, B4_35),
                self.hairpinned(1024, B4_OFFSET0, OTHER_BR, OFFSET0),
                self.hairpinned(5000, B4_WHOLE, destination=WHOLE),
                up_dropped("drop-wrong-b4", self.packet(1232), b4=B4_35),
            ]
        )

    def test_time_to_live_goes_down_once(self):
        """RFC 1812 5.3.1: one pass, one hop."""
        self.check(
            [self.hairpinned(1232, B4_34, ttl=ttl) for ttl in (64, 2)]
            + [up_dropped("drop-ipv4-ttl", self.packet(1232, ttl=ttl), b4=B4_WHOLE) for ttl in (1, 0)]
        )

    def test_port_of_nobody_does_not_leave(self):
        """RFC 7596 6.2: the address belongs to subscribers, so the packet must not leave."""
        self.check([up_dropped("drop-no-binding-destination", self.packet(1240), b4=B4_WHOLE)])

    def test_congestion_mark_is_kept(self):
        """RFC 6040: decapsulation marks the inner packet, encapsulation copies it out again."""
        packet = self.packet(1232, tos=2)
        sent = to_softwire(B4_34, BR, forwarded(packet, tos=3))
        frame = from_softwire(B4_WHOLE, BR, packet, tc=3)
        self.check([Case("ipv6", frame, "sent-hairpinned", sent)])

    def test_off_sends_it_to_the_internet(self):
        """RFC 7596 6.2: hairpinning is configurable."""
        packet = self.packet(1232)
        case = Case("ipv6", from_softwire(B4_WHOLE, BR, packet), "sent-decapsulated", to_internet(forwarded(packet)))
        self.check([case], options={"hairpinning": "false"})

    def test_subscriber_source_from_the_internet_is_spoofed(self):
        """RFC 2827: unless the operator says that another device serves the same addresses, or turns packets around."""
        packet = self.packet(1232)
        frame = from_internet(packet)
        sent = Case("ipv4", frame, "sent-encapsulated", to_softwire(B4_34, BR, forwarded(packet)))
        self.check([Case("ipv4", frame, "drop-ipv4-spoofed")])
        self.check([sent], options={"ipv4.accept-subscriber-sources": "true"})
        self.check([sent], options={"hairpinning": "false"})


class DhcpClientPort(ReplayTest):
    """UDP port 68 is in no shared port set (draft-ietf-dhc-v4configuration-06 5.1 (3))."""

    softwires = f"binding ipv4 {SHARED} psid-len 6 psid 0 b4 {B4_34} br {BR}\n"
    options = {"port-68": "exclude"}

    def test_port_68_of_a_shared_address_is_nobodys(self):
        """draft-ietf-dhc-v4configuration-06 5.1 (3): the ports beside it are in the set."""
        self.check(
            [
                down(SHARED, 67, B4_34),
                down(SHARED, 69, B4_34),
                up(SHARED, 69, B4_34),
                down_dropped("drop-no-binding-destination", udp_to(SHARED, 68)),
                up_dropped("drop-no-binding-source", udp_from(SHARED, 68)),
            ]
        )


if __name__ == "__main__":
    unittest.main()
