# SPDX-License-Identifier: BSD-3-Clause
"""Tests DHCPv4 of MAP-T subscribers: translated packets at the relay and the embedded server (RFC 7599, and
draft-ietf-dhc-v4configuration-06 section 5.1 as docs/decisions/0016 applies it)."""

import unittest

from dhcp_messages import (
    ACK,
    BROADCAST,
    DECLINE,
    DISCOVER,
    INFORM,
    NAK,
    OFFER,
    RELEASE,
    REQUEST,
    message,
    option,
    option82,
    v4,
)
from harness import GATEWAY6, HUB6, Case, from_internet, to_internet
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, PadN
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from test_dhcp import RELAY, SERVER, DhcpTest, Exchange, from_server

DMR, OTHER_DMR = "2001:db8:ffff::/64", "2001:db8:fffe::/96"
EVERYBODY6 = "2001:db8:ffff:0:ff:ffff:ff00:0"
RELAY6 = "2001:db8:ffff:0:64:4000:100:0"  # 100.64.0.1
SERVER6 = "2001:db8:ffff:0:a:6300:100:0"  # 10.99.0.1
HOST6 = "2001:db8:ffff:0:cb:71:5000:0"  # 203.0.113.80
SHARED, CE_34, CE_35 = "192.0.2.18", "2001:db8:12:3400:0:c000:212:34", "2001:db8:12:3500:0:c000:212:35"
ROUTER, UNNUMBERED = "2001:db8:12:3400::1", "2001:db8:12:3400::34"  # both in the end-user prefix of CE_34
WHOLE, CE_WHOLE = "192.0.3.5", "2001:db8:8005::c000:305:0"
FAR_CE, FAR_ADDRESS = "2001:db8:5800:1234:0:c000:412:34", "192.0.4.18"  # its DMR is the other one
FAR_RELAY6, FAR_EVERYBODY6 = "2001:db8:fffe::6440:1", "2001:db8:fffe::ffff:ffff"

SOFTWIRES = f"""
rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 dmr {DMR}
rule map-t ipv4 192.0.3.0/24 ipv6 2001:db8:8000::/40 ea-len 8 dmr {DMR}
rule map-t ipv4 192.0.4.0/24 ipv6 2001:db8:5800::/48 ea-len 16 dmr {OTHER_DMR}
"""
B4, BR, BOUND = "2001:db8:1:1::1", "2001:db8:ff::1", "203.0.113.200"
WITH_BINDINGS = SOFTWIRES + f"""
binding ipv4 {BOUND} b4 {B4} br {BR}
binding ipv4 203.0.113.201 b4 2001:db8:1:1::2 br 2001:db8:ff::2
"""

PUNTED = "punt-dhcp-translated"
PORTS = option(159, bytes([6, 8, 0x34, 0]))  # PSID offset, length, PSID: RFC 7618 section 9


def from_ce(ce, destination, transport):
    return Ether(src=GATEWAY6, dst=HUB6, type=0x86DD) / IPv6(src=ce, dst=destination) / transport


def asks(ce, payload, destination=EVERYBODY6, ports=(68, 67), **fields):
    return from_ce(ce, destination, UDP(sport=ports[0], dport=ports[1], **fields) / Raw(payload))


def relayed(frame, payload):
    sent = ((RELAY, 67, SERVER, 67, payload),)
    return Exchange("ipv6", frame, (PUNTED, "dhcp-relayed", "sent-injected-ipv4"), ipv4=sent)


def delivered(frame, ce, payload, hub=RELAY6):
    sent = ((hub, ce, 67, 68, payload),)
    return Exchange("ipv4", frame, ("punt-dhcp-reply", "dhcp-delivered", "sent-injected-ipv6"), ipv6=sent)


def refused(side, frame, outcome):
    return Exchange(side, frame, (PUNTED if side == "ipv6" else "punt-dhcp-reply", outcome))


def translated_datagram(frame):
    """Returns (source, destination, ports, payload) of a frame of the IPv6 side. Verifies the checksum with Scapy."""
    ether = Ether(frame)
    ip = ether[IPv6]
    assert (ether.src, ether.dst, ip.nh, ip.hlim, ip.plen) == (HUB6, GATEWAY6, 17, 64, len(frame) - 54)
    checksum = ip[UDP].chksum
    del ip[UDP].chksum
    assert checksum != 0 and IPv6(bytes(ip))[UDP].chksum == checksum, f"wrong checksum: {frame.hex()}"
    return ip.src, ip.dst, ip[UDP].sport, ip[UDP].dport, frame[62:]


def offer(ce, kind=OFFER, options=b"", yiaddr=SHARED, **fields):
    """Returns (frame of the server, message that the client must get)."""
    answer = {"op": 2, "yiaddr": yiaddr, "giaddr": RELAY, **fields}
    return from_server(message(kind, options + option82(ce, RELAY), **answer)), message(kind, options, **answer)


class MapTDhcpTest(DhcpTest):
    softwires = SOFTWIRES
    read_ipv6 = staticmethod(translated_datagram)


class Requests(MapTDhcpTest):
    def test_discover_from_the_unspecified_address_is_relayed(self):
        """draft 5.1 (1), (2), (4): from any address of the end-user prefix, which option 82 names."""
        exchanges = []
        for ce, everybody in (
            (CE_34, EVERYBODY6),
            (ROUTER, EVERYBODY6),
            (UNNUMBERED, EVERYBODY6),
            (CE_WHOLE, EVERYBODY6),
            (FAR_CE, FAR_EVERYBODY6),
        ):
            client = option(61, b"\x01client")
            asked = message(DISCOVER, client, flags=BROADCAST)
            wanted = message(DISCOVER, client + option82(ce, RELAY), flags=BROADCAST, hops=1, giaddr=RELAY)
            exchanges.append(relayed(asks(ce, asked, everybody), wanted))
        self.check_exchanges(exchanges)

    def test_option_82_is_golden(self):
        """draft 5.1 (2), (4): compares literal octets; with several BR addresses there is a sub-option 1."""
        golden = bytes.fromhex("521b021020010db80012340000 00c00002120034 0a01000b0464400001ff")
        run = self.replay([], [(10**9, bytes(asks(CE_34, message(DISCOVER))))], 1)
        self.assertIn(golden, run.ipv4[0].octets)
        named = bytes.fromhex("522d011020010db800ff00000000000000000001021020010db80012340000 00c00002120034")
        run = self.replay([], [(10**9, bytes(asks(CE_34, message(DISCOVER))))], 1, softwires=WITH_BINDINGS)
        self.assertIn(named, run.ipv4[0].octets)

    def test_renew_and_release_to_the_override_address_are_relayed(self):
        """RFC 5107 4, draft 5.1 (3): port 68 is in no port set. A message to the server itself is relayed too."""
        exchanges = []
        for kind in (REQUEST, RELEASE, INFORM):
            for ce, address, to in (
                (CE_34, SHARED, RELAY6),
                (CE_35, SHARED, SERVER6),
                (CE_WHOLE, WHOLE, RELAY6),
                (FAR_CE, FAR_ADDRESS, FAR_RELAY6),
            ):
                fields = {"ciaddr": address, "xid": int(ce[-3:].replace(":", ""), 16)}
                wanted = message(kind, option82(ce, RELAY, unicast=True), hops=1, giaddr=RELAY, **fields)
                exchanges.append(relayed(asks(ce, message(kind, **fields), to), wanted))
        self.check_exchanges(exchanges)

    def test_what_its_rule_gives_may_be_declined_and_nothing_else(self):
        """RFC 7596 6.2, RFC 2131 4.4.4: from 0.0.0.0; any address of the end-user prefix means that."""
        exchanges, given = [], option(50, v4(SHARED))
        for ce in (CE_34, UNNUMBERED):
            for options in (given, given + PORTS):
                wanted = message(DECLINE, options + option82(ce, RELAY), hops=1, giaddr=RELAY)
                exchanges.append(relayed(asks(ce, message(DECLINE, options)), wanted))
            for options in (option(50, v4(WHOLE)), given + option(159, bytes([6, 8, 0x35, 0]))):
                exchanges.append(refused("ipv6", asks(ce, message(DECLINE, options)), "drop-dhcp-source-not-owned"))
        self.check_exchanges(exchanges)

    def test_rebinding_by_broadcast_is_relayed(self):
        """RFC 2131 4.3.2; flag "unicast" not set (RFC 5010 3)."""
        wanted = message(REQUEST, option82(CE_35, RELAY), ciaddr=SHARED, hops=1, giaddr=RELAY)
        self.check_exchanges([relayed(asks(CE_35, message(REQUEST, ciaddr=SHARED)), wanted)])

    def test_extension_headers_and_fragments(self):
        """RFC 7599 10; RFC 7915 5.1."""
        wanted = message(DISCOVER, option82(CE_WHOLE, RELAY), hops=1, giaddr=RELAY)
        options = IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")])
        datagram = UDP(sport=68, dport=67) / Raw(message(DISCOVER))
        self.check_exchanges([relayed(from_ce(CE_WHOLE, EVERYBODY6, options / datagram), wanted)])
        octets = bytes(IPv6(src=CE_WHOLE, dst=EVERYBODY6) / datagram)[40:]
        parts = [
            from_ce(CE_WHOLE, EVERYBODY6, IPv6ExtHdrFragment(nh=17, offset=at // 8, m=int(at == 0), id=7) / Raw(part))
            for at, part in ((0, octets[:160]), (160, octets[160:]))
        ]
        for burst, run in self.replay_in_every_burst([], [(10**9 + i, bytes(p)) for i, p in enumerate(parts[::-1])]):
            with self.subTest(burst=burst):
                self.assertEqual((run.counters["joined-fragment"], run.counters["dhcp-relayed"]), (1, 1))
                self.assertEqual(run.ipv4[0].octets[42:], wanted)

    def test_nothing_else_from_the_unspecified_address_passes(self):
        """draft 5.1 (1), RFC 7915 5.1: an address other than the CE's may only broadcast."""
        discover = message(DISCOVER)
        self.check_exchanges(
            [refused("ipv6", asks(UNNUMBERED, discover, to), "drop-dhcp-source-not-owned") for to in (RELAY6, SERVER6)]
            + [refused("ipv6", asks(UNNUMBERED, message(REQUEST, ciaddr=SHARED)), "drop-dhcp-source-not-owned")]
        )
        strays = [
            (UNNUMBERED, HOST6, UDP(sport=68, dport=67) / Raw(discover), "drop-no-binding-source"),
            (UNNUMBERED, HOST6, UDP(sport=1232, dport=53), "drop-wrong-ce"),
            (UNNUMBERED, EVERYBODY6, UDP(sport=1232, dport=68), "drop-wrong-ce"),
            (UNNUMBERED, EVERYBODY6, TCP(sport=68, dport=67), "drop-no-binding-source"),
            (UNNUMBERED, EVERYBODY6, ICMPv6EchoRequest(id=1232), "drop-wrong-ce"),
            ("2001:db8:4444::1", EVERYBODY6, UDP(sport=68, dport=67) / Raw(discover), "drop-no-binding-source"),
            (CE_34, FAR_EVERYBODY6, UDP(sport=68, dport=67) / Raw(discover), "drop-wrong-dmr"),
        ]
        self.check([Case("ipv6", from_ce(*packet), outcome) for *packet, outcome in strays])

    def test_an_address_of_another_is_refused(self):
        """RFC 7599 8.3: the IPv6 source must be the CE's address, and ciaddr its IPv4 address."""
        renew = message(REQUEST, ciaddr=SHARED)
        forged = [
            asks("2001:db8:12:3400:0:c000:212:35", renew, RELAY6),
            asks("2001:db8:12:3401:0:c000:212:34", renew, RELAY6),
            asks(CE_WHOLE, renew, RELAY6),
            asks(CE_WHOLE, renew),
            asks(CE_34, message(RELEASE, ciaddr=WHOLE), RELAY6),
        ]
        self.check_exchanges([refused("ipv6", frame, "drop-dhcp-source-not-owned") for frame in forged])

    def test_no_ce_is_a_relay(self):
        """RFC 3046 5: from port 67, or with fields that only a relay sets."""
        discover = message(DISCOVER)
        from_relay = [asks(CE_34, discover, to, (67, 67)) for to in (EVERYBODY6, RELAY6, SERVER6)]
        from_relay.append(asks(CE_WHOLE, discover, ports=(1232, 67)))
        self.check([Case("ipv6", frame, "drop-dhcp-translated") for frame in from_relay])
        self.check_exchanges([
            refused("ipv6", asks(CE_34, message(DISCOVER, option82(CE_35, RELAY))), "drop-dhcp-option82-present"),
            refused("ipv6", asks(CE_34, message(DISCOVER, giaddr="10.0.0.1")), "drop-dhcp-foreign-giaddr"),
            refused("ipv6", asks(CE_34, message(DISCOVER, giaddr=RELAY)), "drop-dhcp-own-giaddr"),
        ])

    def test_checksums(self):
        """RFC 8200 8.1: the pseudo header is that of IPv6, and 0 is no checksum."""
        self.check_exchanges([
            refused("ipv6", asks(CE_34, message(DISCOVER), chksum=wrong), "drop-dhcp-checksum") for wrong in (0, 0x1234)
        ])

    def test_is_data_where_the_relay_has_no_part(self):
        """draft 5.1 (4): nothing is punted when it is off, or for a server's address that is not intercepted."""
        long = Raw(bytes(1300))
        frame = from_ce(CE_WHOLE, SERVER6, UDP(sport=68, dport=67) / long)
        sent = IP(src=WHOLE, dst=SERVER, flags="DF", id=0, ttl=63) / UDP(sport=68, dport=67) / long
        for options in (
            {"dhcp-relay.server": [], "dhcp-relay.address": []},
            {"dhcp-relay.intercept-server-addresses": "false"},
        ):
            self.check([Case("ipv6", frame, "sent-translated-to-ipv4", to_internet(sent))], options=options)
        self.check(
            [
                Case("ipv6", asks(CE_34, message(DISCOVER)), "drop-no-binding-source"),
                Case("ipv6", asks(CE_WHOLE, message(DISCOVER)), "drop-ipv4-destination"),
            ],
            options={"dhcp-relay.server": [], "dhcp-relay.address": []},
        )

    def test_an_end_user_prefix_has_one_rate(self):
        """RFC 7596 9: the limit holds for a subscriber with all its addresses."""
        flood = [(10**9 + i, bytes(asks(f"2001:db8:12:3400::{i + 1:x}", message(DISCOVER, xid=i)))) for i in range(8)]
        run = self.replay([], flood, 64, options={"dhcp-relay.subscriber-rate": 1})
        self.assertEqual((run.counters[PUNTED], run.counters["drop-punt-subscriber-rate"]), (5, 3))


class Replies(MapTDhcpTest):
    def test_offer_comes_back_translated(self):
        """RFC 7599 8.4: from the override address in the CE's DMR to the address that asked; option 82 is gone."""
        exchanges = []
        for index, (ce, everybody, hub) in enumerate((
            (CE_34, EVERYBODY6, RELAY6),
            (CE_35, EVERYBODY6, RELAY6),
            (UNNUMBERED, EVERYBODY6, RELAY6),
            (FAR_CE, FAR_EVERYBODY6, FAR_RELAY6),
        )):
            fields = {"xid": index, "flags": BROADCAST if index % 2 else 0}
            wanted = message(DISCOVER, option82(ce, RELAY), hops=1, giaddr=RELAY, **fields)
            frame, payload = offer(ce, options=PORTS, **fields)
            asked = asks(ce, message(DISCOVER, **fields), everybody)
            exchanges += [relayed(asked, wanted), delivered(frame, ce, payload, hub)]
        self.check_exchanges(exchanges)

    def test_renewal_is_acknowledged(self):
        """RFC 2131 4.3.2."""
        wanted = message(REQUEST, option82(CE_34, RELAY, unicast=True), ciaddr=SHARED, hops=1, giaddr=RELAY)
        frame, payload = offer(CE_34, ACK, option(51, bytes([0, 0, 2, 88])), ciaddr=SHARED)
        asked = asks(CE_34, message(REQUEST, ciaddr=SHARED), RELAY6)
        self.check_exchanges([relayed(asked, wanted), delivered(frame, CE_34, payload)])

    def test_beside_softwires_each_gets_its_own_way(self):
        """draft 5.1 (4): a softwire's client is answered in its softwire, from the BR address that it used."""
        inner = IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / Raw(message(DISCOVER))
        softwire = Ether(src=GATEWAY6, dst=HUB6) / IPv6(src=B4, dst=BR, nh=4) / inner
        frames6 = [(10**9, bytes(softwire)), (10**9 + 1, bytes(asks(CE_34, message(DISCOVER))))]
        asked = self.replay([], frames6, 1, softwires=WITH_BINDINGS)
        answers = []
        for index, frame in enumerate(asked.ipv4):
            request = frame.octets[42:]
            answer = b"\x02" + request[1:16] + v4(SHARED) + request[20:242] + bytes([OFFER]) + request[243:]
            answers.append((2 * 10**9 + index, bytes(from_server(answer))))
        run = self.replay(answers, frames6, 1, softwires=WITH_BINDINGS)
        first, second = (Ether(frame.octets)[IPv6] for frame in run.ipv6)
        self.assertEqual((first.src, first.dst, first.nh), (BR, B4, 4))
        self.assertEqual(translated_datagram(run.ipv6[1].octets)[:4], (RELAY6, CE_34, 67, 68))

    def test_an_answer_that_is_not_awaited_has_nowhere_to_go(self):
        """The relay records for 30 seconds the way of the client's message."""
        discover, (answer, _) = asks(CE_34, message(DISCOVER)), offer(CE_34)
        for seconds, outcome in ((29, "dhcp-delivered"), (30, "drop-dhcp-br-address")):
            run = self.replay([((1 + seconds) * 10**9, bytes(answer))], [(10**9, bytes(discover))], 1)
            self.assertEqual(run.counters[outcome], 1)

    def test_who_may_ask(self):
        """draft 5.1: a subscriber with a rule counts as bound."""
        asked = [(10**9, bytes(asks(CE_34, message(DISCOVER))))]
        for client, outcome in (("bound", "dhcp-relayed"), ("2001:db8:13::/48", "drop-dhcp-unauthorised")):
            run = self.replay([], asked, 1, options={"dhcp-relay.client": client})
            self.assertEqual(run.counters[outcome], 1)


class Inform(MapTDhcpTest):
    """RFC 2131 4.3.5: the answer goes to ciaddr, port 68, with giaddr 0 and without option 82."""

    def answer(self, address, kind=ACK):
        payload = message(kind, option(6, v4("198.51.100.53")), op=2, ciaddr=address)
        return from_internet(IP(src=SERVER, dst=address) / UDP(sport=67, dport=68) / Raw(payload)), payload

    def test_reaches_who_asked_whether_the_address_is_shared_or_whole(self):
        """draft 1.4."""
        exchanges = []
        for ce, address, to in ((CE_34, SHARED, EVERYBODY6), (CE_WHOLE, WHOLE, RELAY6)):
            frame, payload = self.answer(address)
            wanted = message(INFORM, option82(ce, RELAY, unicast=to == RELAY6), ciaddr=address, hops=1, giaddr=RELAY)
            exchanges += [relayed(asks(ce, message(INFORM, ciaddr=address), to), wanted), delivered(frame, ce, payload)]
        self.check_exchanges(exchanges)

    def test_what_nobody_asked_for(self):
        """draft 5.1 (3): nobody gets it for a shared address. The holder of a whole address gets it (RFC 3203)."""
        shared, _ = self.answer(SHARED)
        whole, payload = self.answer(WHOLE, kind=9)
        self.check_exchanges([refused("ipv4", shared, "drop-dhcp-not-awaited"), delivered(whole, CE_WHOLE, payload)])

    def test_another_ces_that_is_the_same_is_refused(self):
        """The answers could not be distinguished."""
        inform = message(INFORM, ciaddr=SHARED)
        run = self.replay([], [(10**9 + i, bytes(asks(ce, inform))) for i, ce in enumerate((CE_34, CE_35))], 1)
        self.assertEqual((run.counters["dhcp-relayed"], run.counters["drop-dhcp-inform-refused"]), (1, 1))


class Leases(MapTDhcpTest):
    """RFC 7596 6.1: an address of a rule needs no binding; a lease of another address is refused."""

    options = {**MapTDhcpTest.options, "leases.pool": ["203.0.113.0/24", "192.0.2.0/24 psid-offset 6 psid-len 8"]}
    TIME = option(51, bytes([0, 0, 2, 88]))

    def acknowledge(self, options, yiaddr):
        frame, payload = offer(CE_34, ACK, self.TIME + options, yiaddr)
        run = self.replay([(2 * 10**9, bytes(frame))], [(10**9, bytes(asks(CE_34, message(REQUEST))))], 1)
        return run, payload

    def test_of_the_address_and_ports_of_the_rule(self):
        """RFC 7618 9."""
        run, payload = self.acknowledge(PORTS, SHARED)
        self.assertEqual(translated_datagram(run.ipv6[0].octets)[4], payload)
        self.assertEqual((run.counters["leases"], run.counters["bindings"]), (0, 0))

    def test_of_anything_else(self):
        """The CE translates, so it could not use this softwire."""
        for options, yiaddr in ((b"", "203.0.113.9"), (option(159, bytes([6, 8, 0x35, 0])), SHARED), (b"", SHARED)):
            run, _ = self.acknowledge(options, yiaddr)
            refusals = run.counters["drop-dhcp-lease-not-allowed"] + run.counters["drop-dhcp-lease-conflict"]
            self.assertEqual((run.ipv6, refusals, run.counters["bindings"]), ([], 1, 0))


class EmbeddedServer(MapTDhcpTest):
    """A MAP-T subscriber gets the address and ports of its rule (RFC 2131 4.3, RFC 7618)."""

    options = {
        "ipv4.address": RELAY,
        "dhcp-server.pool": "203.0.113.0/29",
        "dhcp-server.option": "domain-name-servers 198.51.100.53",
        "dhcp-relay.subscriber-rate": 1000000,
    }
    LIST = option(55, bytes([6, 159]))

    def served(self, ce, asked, wanted, to=EVERYBODY6):
        """Returns the options that an answer must have in addition to those of every answer."""
        run = self.replay([], [(10**9, bytes(asks(ce, asked, to)))], 1)
        self.assertEqual(run.counters["dhcp-answered"], 1)
        self.assertEqual(run.counters["leases"], 0)
        source, destination, *ports, payload = translated_datagram(run.ipv6[0].octets)
        self.assertEqual((source, destination, *ports), (RELAY6, ce, 67, 68))
        found, at = {}, 240
        while payload[at] != 255:
            found[payload[at]] = payload[at + 2 : at + 2 + payload[at + 1]]
            at += 2 + payload[at + 1]
        self.assertEqual({code: found.get(code) for code in wanted}, wanted)
        self.assertEqual(found[54], v4(RELAY))
        return payload

    def test_offers_and_acknowledges_the_rule(self):
        """RFC 7618 8: with option 159."""
        ports = {159: bytes([6, 8, 0x34, 0]), 6: v4("198.51.100.53")}
        for ce in (CE_34, UNNUMBERED):
            payload = self.served(ce, message(DISCOVER, self.LIST), {53: bytes([OFFER]), **ports})
            self.assertEqual(payload[16:20], v4(SHARED))
            select = option(50, v4(SHARED)) + option(54, v4(RELAY)) + PORTS + self.LIST
            payload = self.served(ce, message(REQUEST, select), {53: bytes([ACK]), **ports})
            self.assertEqual(payload[16:20], v4(SHARED))
        renew = message(REQUEST, PORTS + self.LIST, ciaddr=SHARED)
        payload = self.served(CE_34, renew, {53: bytes([ACK]), **ports}, RELAY6)
        self.assertEqual(payload[12:20], v4(SHARED) + v4(SHARED))

    def test_a_whole_address_has_no_ports(self):
        """RFC 7618 8: the client need not request them."""
        payload = self.served(CE_WHOLE, message(DISCOVER), {53: bytes([OFFER]), 159: None})
        self.assertEqual(payload[16:20], v4(WHOLE))

    def test_says_no_to_anything_else(self):
        """RFC 2131 4.3.2."""
        shared, of_the_pool = option(50, v4(SHARED)), option(50, v4("203.0.113.1"))
        for wanted in (of_the_pool, shared, shared + option(159, bytes([6, 8, 0x35, 0]))):
            self.served(CE_34, message(REQUEST, wanted), {53: bytes([NAK]), 159: None})

    def test_informs(self):
        """RFC 2131 4.3.5: with options, but without those of a lease."""
        inform = message(INFORM, self.LIST, ciaddr=SHARED)
        self.served(CE_34, inform, {53: bytes([ACK]), 6: v4("198.51.100.53"), 51: None, 159: None}, RELAY6)

    def test_what_gets_no_answer(self):
        """RFC 7618 8; RFC 2131 4.3.4: an address of a rule has no lease that could be released."""
        self.check_exchanges([
            refused("ipv6", asks(CE_34, message(DISCOVER)), "drop-dhcp-port-set-not-asked"),
            refused("ipv6", asks(CE_34, message(RELEASE, ciaddr=SHARED), RELAY6), "drop-dhcp-no-lease"),
            refused("ipv6", asks(UNNUMBERED, message(INFORM, ciaddr=SHARED)), "drop-dhcp-source-not-owned"),
        ])


class Configuration(MapTDhcpTest):
    def test_a_relay_needs_somebody_to_serve(self):
        """Clients send to BR addresses, or to a DMR."""
        with self.assertRaisesRegex(AssertionError, "no BR address is known"):
            self.replay([], [], 1, softwires="")
        with self.assertRaisesRegex(AssertionError, "no BR address is known"):
            self.replay([], [], 1, options={"ipv6.address": "2001:db8:6::1", "dhcp-over-ipv6.dhcpv4": "true"})


if __name__ == "__main__":
    unittest.main()
