# SPDX-License-Identifier: BSD-3-Clause
"""Tests ICMP: messages of the hub itself, and errors of others about packets that it forwarded."""

import unittest

from harness import (
    GATEWAY6,
    HOST,
    HUB6,
    OWN4,
    Case,
    Frame,
    ReplayTest,
    forwarded,
    from_internet,
    from_softwire,
    to_internet,
    to_softwire,
)
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6PacketTooBig,
    ICMPv6ParamProblem,
    ICMPv6TimeExceeded,
    IPv6,
)
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import checksum

SHARED, WHOLE = "192.0.2.1", "192.0.2.9"
BR, B4_ONE, B4_TWO, B4_WHOLE = "2001:db8:ff::1", "2001:db8:1::1", "2001:db8:1::2", "2001:db8:1::9"
OWN6 = "2001:db8:6::1"

SOFTWIRES = f"""
binding ipv4 {SHARED} psid-len 6 psid 1 b4 {B4_ONE} br {BR}
binding ipv4 {SHARED} psid-len 6 psid 2 b4 {B4_TWO} br {BR}
binding ipv4 {WHOLE} b4 {B4_WHOLE} br {BR}
"""


def without_identification(frame):
    """Packets of the hub have their own identification (RFC 6864 4.3). The checksum with it is verified."""
    octets = bytearray(frame.octets)
    at = 54 if octets[12:14] == b"\x86\xdd" and octets[20] == 4 else 14 if octets[12:14] == b"\x08\0" else None
    if at is None:
        return frame
    header = bytes(octets[at : at + (octets[at] & 0x0F) * 4])
    assert checksum(header) == 0, "IPv4 header checksum"
    octets[at + 4 : at + 6] = octets[at + 10 : at + 12] = b"\0\0"
    return frame._replace(octets=bytes(octets))


def error(about, kind, code, mtu=0):
    """Returns the hub's error: TTL 255, an unpredictable identification, and at most 576 octets."""
    quoted = bytes(about)[:548]
    return IP(src=OWN4, dst=IP(bytes(about)).src, ttl=255, id=0) / ICMP(
        type=kind, code=code, **({"nexthopmtu": mtu} if mtu else {})
    ) / Raw(quoted)


def udp(source, destination, sport, dport, size=20, **ip):
    return IP(src=source, dst=destination, **ip) / UDP(sport=sport, dport=dport) / Raw(bytes(size))


def down(packet, outcome, answer):
    return Case("ipv4", from_internet(packet), outcome, to_internet(answer), "sent-icmpv4-error")


def up(packet, outcome, answer, b4=B4_ONE):
    return Case(
        "ipv6", from_softwire(b4, BR, packet), outcome, to_softwire(b4, BR, answer), "sent-icmpv4-error-softwire"
    )


class IcmpTest(ReplayTest):
    softwires = SOFTWIRES
    options = {"ipv4.generate-icmp-errors": "true", "ipv6.generate-icmp-errors": "true", "ipv6.address": OWN6}

    def assert_same_frames(self, got, expected):
        super().assert_same_frames(*(list(map(without_identification, frames)) for frames in (got, expected)))


class GeneratedErrors(IcmpTest):
    def test_time_exceeded(self):
        """RFC 1812 5.3.1: to the inner source, through the softwire when that is where it lives."""
        one = udp(HOST, SHARED, 53, 1024, ttl=1)
        with_options = IP(src=HOST, dst=SHARED, ttl=1, options=[IPOption_NOP()] * 4) / TCP(sport=80, dport=2048)
        out = udp(SHARED, HOST, 1024, 53, ttl=1)
        hairpinned = udp(SHARED, WHOLE, 1024, 53, ttl=1)
        self.check(
            [down(p, "drop-ipv4-ttl", error(forwarded(p), 11, 0)) for p in (one, with_options)]
            + [up(p, "drop-ipv4-ttl", error(forwarded(p), 11, 0)) for p in (out, hairpinned)]
        )

    def test_too_big_states_the_mtu_that_fits(self):
        """RFC 2473 7.2, RFC 1191 4: 1500 less 40; of the IPv4 side, its own."""
        big = udp(HOST, SHARED, 53, 1024, 1433, flags="DF")
        hairpinned = udp(SHARED, WHOLE, 1024, 53, 1433, flags="DF")
        out = udp(SHARED, HOST, 1024, 53, 1373, flags="DF")
        self.check(
            [
                down(big, "drop-too-big-for-ipv6", error(forwarded(big), 3, 4, 1460)),
                up(hairpinned, "drop-too-big-for-ipv6", error(forwarded(hairpinned), 3, 4, 1460)),
                up(out, "drop-too-big-for-ipv4", error(forwarded(out), 3, 4, 1400)),
            ],
            options={"ipv4.mtu": 1400},
        )

    def test_unmatched_destination(self):
        """RFC 7596 6.2: ICMPv4 3/1; 8.1: but an echo is silent."""
        nobody = udp(HOST, SHARED, 53, 9)
        echo = IP(src=HOST, dst=SHARED) / ICMP(type=8, id=9)
        self.check(
            [
                down(nobody, "drop-no-binding-destination", error(nobody, 3, 1)),
                Case("ipv4", from_internet(echo), "drop-no-binding-destination"),
            ]
        )

    def test_policy_error_to_the_b4(self):
        """RFC 7596 6.2: ICMPv6 1/5 for a source that no binding has, or that is another's."""
        cases = []
        for port, size, outcome in ((9, 20, "drop-no-binding-source"), (2048, 1400, "drop-wrong-b4")):
            frame = from_softwire(B4_ONE, BR, udp(SHARED, HOST, port, 53, size))
            quoted = bytes(frame[IPv6])[:1232]
            answer = (
                Ether(src=HUB6, dst=GATEWAY6, type=0x86DD)
                / IPv6(src=BR, dst=B4_ONE, hlim=255)
                / ICMPv6DestUnreach(code=5)
                / Raw(quoted)
            )
            cases.append(Case("ipv6", frame, outcome, answer, "sent-icmpv6-error"))
        self.check(cases)

    def test_rate(self):
        """RFC 7596 9: two at once, and no more."""
        frames = [(10**9 + i, bytes(from_internet(udp(HOST, SHARED, 53, 9)))) for i in range(70)]
        for burst, run in self.replay_in_every_burst(
            frames, [], options={"ipv4.generate-icmp-errors": "true", "ipv4.icmp-error-rate": 2}
        ):
            with self.subTest(burst=burst):
                self.assertEqual((len(run.ipv4), run.counters["icmp-errors-suppressed"]), (2, 68))


class Floods(ReplayTest):
    softwires = SOFTWIRES
    options = {
        "ipv4.generate-icmp-errors": "true",
        "ipv4.icmp-error-rate": 100,
        "ipv4.icmp-error-source-rate": 50,
    }

    def test_path_mtu_discovery_goes_on(self):
        """RFC 1191 4: whoever makes the hub send other errors, "fragmentation needed" still reaches its sender."""
        too_big = [bytes(from_internet(udp(HOST, SHARED, 53, 1024, 1433, flags="DF", id=i))) for i in range(20)]
        scans = [
            ("ipv4", [from_internet(udp(f"203.0.113.{1 + j}", SHARED, 53, 9)) for j in range(200)]),
            ("ipv6", [from_softwire(B4_WHOLE, BR, udp(WHOLE, HOST, 1, 2, ttl=1))] * 200),
        ]
        for side, attack in scans:
            attack = [Frame(10**9 + i * 1000, bytes(frame)) for i, frame in enumerate(attack)]
            victim = [Frame(10**9 + 10**6 + i * 1000, frame) for i, frame in enumerate(too_big)]
            ipv4, ipv6 = (attack + victim, []) if side == "ipv4" else (victim, attack)
            for burst, run in self.replay_in_every_burst(ipv4, ipv6):
                with self.subTest(burst=burst, side=side):
                    sent = [IP(frame.octets[14:]) for frame in run.ipv4]
                    self.assertEqual(sum(ip[ICMP].type == 3 and ip[ICMP].code == 4 for ip in sent), 20)
                    self.assertGreater(run.counters["icmp-errors-suppressed"], 90)


ROUTER = "203.0.113.254"
INSIDE = "2001:db8:fe::1"  # a router of the access network


def about(packet, source, destination, kind=3, code=1, **icmp):
    """Returns an ICMPv4 error of another node."""
    return IP(src=source, dst=destination) / ICMP(type=kind, code=code, **icmp) / Raw(bytes(packet))


def echo(source, destination, kind="echo-request", identifier=1100, **ip):
    return IP(src=source, dst=destination, **ip) / ICMP(type=kind, id=identifier, seq=5) / Raw(b"abcdefg")


class RelayedErrors(IcmpTest):
    def test_inbound_by_the_embedded_source(self):
        """RFC 7596 8.1: the port, or the identifier, that the quoted packet was sent from."""
        cases = []
        for quoted, b4 in (
            (udp(SHARED, HOST, 1024, 53), B4_ONE),
            (IP(src=SHARED, dst=HOST) / TCP(sport=2050, dport=80, flags="S"), B4_TWO),
            (IP(src=SHARED, dst=HOST, options=[IPOption_NOP()] * 8) / UDP(sport=2100, dport=53), B4_TWO),
            (echo(SHARED, HOST, identifier=2100), B4_TWO),
            (udp(WHOLE, HOST, 7, 53), B4_WHOLE),
        ):
            for kind, code, icmp in ((3, 1, {}), (3, 4, {"nexthopmtu": 1400}), (11, 0, {}), (12, 0, {"ptr": 9})):
                packet = about(quoted, ROUTER, quoted.src, kind, code, **icmp)
                cases.append(
                    Case("ipv4", from_internet(packet), "sent-encapsulated", to_softwire(b4, BR, forwarded(packet)))
                )
        self.check(cases)

    def test_inbound_refused(self):
        """RFC 7596 8.1, RFC 5508 REQ-3: unmatched, not its sender, damaged, cut short, or of a later fragment."""
        mine = udp(SHARED, HOST, 1024, 53)
        damaged = bytearray(bytes(mine))
        damaged[8] ^= 1

        def case(packet, outcome):
            return Case("ipv4", from_internet(packet), outcome)

        self.check(
            [
                case(about(udp(SHARED, HOST, 9, 53), ROUTER, SHARED), "drop-no-binding-destination"),
                case(about(udp(HOST, ROUTER, 1024, 53), ROUTER, SHARED), "drop-icmp-quote"),
                case(about(about(mine, SHARED, HOST), ROUTER, SHARED), "drop-icmp-quote"),
                case(about(bytes(damaged), ROUTER, SHARED), "drop-icmp-checksum"),
                case(about(mine, ROUTER, SHARED, chksum=1), "drop-icmp-checksum"),
                case(about(bytes(mine)[:22], ROUTER, SHARED), "drop-icmp-quote-truncated"),
                case(
                    about(IP(src=SHARED, dst=HOST, frag=185, proto=17) / Raw(bytes(40)), ROUTER, SHARED),
                    "drop-icmp-quote-fragment",
                ),
                case(IP(src=HOST, dst=SHARED) / ICMP(type=13, id=1024), "drop-icmp-type"),
            ]
        )

    def test_outbound_by_the_embedded_destination(self):
        """RFC 7596 8.1, 6.2: a subscriber may send errors only about packets to its own ports."""
        port = about(udp(HOST, SHARED, 53, 1024), SHARED, HOST, 3, 3)
        identifier = about(echo(HOST, SHARED, identifier=1200), SHARED, HOST, 11, 1)
        others = about(udp(HOST, SHARED, 53, 2050), SHARED, HOST, 3, 3)
        quoted = bytes(from_softwire(B4_ONE, BR, others)[IPv6])
        policy = (
            Ether(src=HUB6, dst=GATEWAY6, type=0x86DD)
            / IPv6(src=BR, dst=B4_ONE, hlim=255)
            / ICMPv6DestUnreach(code=5)
            / Raw(quoted)
        )
        self.check(
            [
                Case("ipv6", from_softwire(B4_ONE, BR, each), "sent-decapsulated", to_internet(forwarded(each)))
                for each in (port, identifier)
            ]
            + [
                Case("ipv6", from_softwire(B4_ONE, BR, others), "drop-wrong-b4", policy, "sent-icmpv6-error"),
                Case(
                    "ipv6",
                    from_softwire(B4_ONE, BR, about(udp(HOST, WHOLE, 53, 1024), SHARED, HOST)),
                    "drop-icmp-quote",
                ),
            ]
        )

    def test_hairpinned(self):
        """RFC 7596 6.2: from one subscriber about a packet of another, also when they share the address."""
        one = about(udp(WHOLE, SHARED, 7, 1024), SHARED, WHOLE, 3, 3)
        two = about(udp(SHARED, SHARED, 2050, 1024), SHARED, SHARED, 3, 3)
        self.check(
            [
                Case("ipv6", from_softwire(B4_ONE, BR, packet), "sent-hairpinned", to_softwire(b4, BR, forwarded(packet)))
                for packet, b4 in ((one, B4_WHOLE), (two, B4_TWO))
            ]
        )

    def test_accept_icmp(self):
        """RFC 8676 icmp-policy: no ICMPv4 comes in to a subscriber; what it sends itself does go out."""
        out = echo(SHARED, HOST)
        self.check(
            [
                Case("ipv4", from_internet(packet), "drop-icmp-not-accepted")
                for packet in (
                    echo(HOST, SHARED),
                    echo(HOST, WHOLE, "echo-reply"),
                    about(udp(SHARED, HOST, 1024, 53), ROUTER, SHARED),
                )
            ]
            + [Case("ipv6", from_softwire(B4_ONE, BR, out), "sent-decapsulated", to_internet(forwarded(out)))],
            options={"ipv4.accept-icmp": "false"},
        )


class TunnelErrors(IcmpTest):
    def says(self, icmp, inner, b4=B4_ONE, destination=BR, **outer):
        quoted = bytes(IPv6(**{"src": BR, "dst": b4, "nh": 4, "hlim": 61, **outer}) / inner)
        frame = Ether(src=GATEWAY6, dst=HUB6, type=0x86DD) / IPv6(src=INSIDE, dst=destination) / icmp
        return frame / Raw(quoted[: 1280 - 48])

    def test_become_host_unreachable(self):
        """RFC 2473 8.3: destination unreachable, hop limit, parameter problem."""
        for_whole = echo(HOST, WHOLE)
        for_shared = udp(HOST, SHARED, 53, 1024, 1000, flags="DF")
        self.check(
            [
                Case(
                    "ipv6",
                    self.says(icmp, inner, b4),
                    "handled-tunnel-error",
                    to_internet(error(inner, 3, 1)),
                    "sent-icmpv4-error",
                )
                for icmp in (ICMPv6DestUnreach(code=3), ICMPv6TimeExceeded(code=0), ICMPv6ParamProblem(code=1, ptr=6))
                for inner, b4 in ((for_whole, B4_WHOLE), (for_shared, B4_ONE))
            ]
        )

    def test_too_big_states_the_mtu_inside(self):
        """RFC 2473 8.3: 3/4 with the MTU less 40, if DF was set; RFC 8201 4: not below 1280."""
        inner = udp(HOST, SHARED, 53, 1024, 1400, flags="DF")
        hairpinned = udp(WHOLE, SHARED, 53, 1024, 1400, flags="DF")
        divisible = udp(HOST, SHARED, 53, 1024, 1400)
        self.check(
            [
                Case(
                    "ipv6",
                    self.says(ICMPv6PacketTooBig(mtu=1280), inner),
                    "handled-tunnel-error",
                    to_internet(error(inner, 3, 4, 1240)),
                    "sent-icmpv4-error",
                ),
                Case(
                    "ipv6",
                    self.says(ICMPv6PacketTooBig(mtu=1452), hairpinned),
                    "handled-tunnel-error",
                    to_softwire(B4_WHOLE, BR, error(hairpinned, 3, 4, 1412)),
                    "sent-icmpv4-error-softwire",
                ),
                Case("ipv6", self.says(ICMPv6PacketTooBig(mtu=1280), divisible), "drop-icmpv6-too-big"),
                Case("ipv6", self.says(ICMPv6PacketTooBig(mtu=1279), inner), "drop-icmpv6-too-big"),
            ]
        )

    def test_only_about_what_the_hub_can_have_sent(self):
        """RFC 2473 8: BR source, and the B4 that the IPv4 destination and port are bound to."""
        unreachable = ICMPv6DestUnreach()
        inner = udp(HOST, SHARED, 53, 1024)
        self.check(
            [
                Case("ipv6", frame, "drop-icmp-quote")
                for frame in (
                    self.says(unreachable, inner, B4_TWO),
                    self.says(unreachable, udp(HOST, SHARED, 53, 9)),
                    self.says(unreachable, inner, src="2001:db8::bad"),
                    self.says(unreachable, inner, destination=OWN6),
                    self.says(unreachable, about(udp(WHOLE, HOST, 7, 53), ROUTER, WHOLE), B4_WHOLE),
                    self.says(unreachable, inner, nh=17),
                )
            ]
            + [
                Case("ipv6", self.says(ICMPv6DestUnreach(cksum=1), inner), "drop-icmp-checksum"),
                Case("ipv6", self.says(ICMPv6TimeExceeded(code=1), inner), "drop-icmpv6-type"),
            ]
        )

    def test_accept_icmp(self):
        """interfaces.md: the key of the IPv6 side is about ICMPv6 errors from inside the tunnels."""
        frame = self.says(ICMPv6DestUnreach(), udp(HOST, SHARED, 53, 1024))
        self.check([Case("ipv6", frame, "drop-icmp-not-accepted")], options={"ipv6.accept-icmp": "false"})


class Echo(IcmpTest):
    # With any setting for errors.
    options = {**IcmpTest.options, "ipv4.accept-icmp": "false", "ipv4.generate-icmp-errors": "false"}

    def answer(self, request):
        reply = IP(bytes(request))
        reply.src, reply.dst, reply.ttl, reply.flags = request.dst, request.src, 64, 0
        reply[ICMP].type = 0
        del reply.chksum, reply[ICMP].chksum
        return reply

    def test_icmpv4(self):
        """RFC 1122 3.2.2.6: from the Internet, and from a subscriber back through its softwire."""
        down = echo(HOST, OWN4, tos=0xB8, ttl=3, flags="DF")
        cases = [
            Case("ipv4", from_internet(down), "handled-echo", to_internet(self.answer(down)), "sent-icmpv4-echo-reply")
        ]
        for source, b4 in ((SHARED, B4_ONE), (WHOLE, B4_WHOLE)):
            up = echo(source, OWN4, tos=0x03)
            reply = to_softwire(b4, BR, self.answer(up))
            cases.append(
                Case("ipv6", from_softwire(b4, BR, up), "handled-echo", reply, "sent-icmpv4-echo-reply-softwire")
            )
        cases += [
            Case("ipv4", from_internet(echo(HOST, OWN4, "echo-reply")), "drop-ipv4-local"),
            Case("ipv4", from_internet(echo(HOST, OWN4, frag=3)), "drop-ipv4-local"),
            Case("ipv4", from_internet(IP(src=HOST, dst=OWN4) / ICMP(chksum=1)), "drop-icmp-checksum"),
        ]
        self.check(cases)

    def test_icmpv6(self):
        """RFC 4443 4.2: to the interface's address and to a BR address, from the one that was asked."""
        cases = []
        for own in (OWN6, BR):
            fields = {"id": 7, "seq": 9, "data": b"abcdefg"}
            request = Ether(src=GATEWAY6, dst=HUB6) / IPv6(src=INSIDE, dst=own) / ICMPv6EchoRequest(**fields)
            reply = Ether(src=HUB6, dst=GATEWAY6) / IPv6(src=own, dst=INSIDE, hlim=64) / ICMPv6EchoReply(**fields)
            cases.append(Case("ipv6", request, "handled-echo", reply, "sent-icmpv6-echo-reply"))
        other = Ether(src=GATEWAY6, dst=HUB6) / IPv6(src=INSIDE, dst="2001:db8::77") / ICMPv6EchoRequest()
        group = Ether(src=GATEWAY6, dst=HUB6) / IPv6(src="ff02::1", dst=OWN6) / ICMPv6EchoRequest()
        self.check(cases + [Case("ipv6", each, "drop-ipv6-not-softwire") for each in (other, group)])


if __name__ == "__main__":
    unittest.main()
