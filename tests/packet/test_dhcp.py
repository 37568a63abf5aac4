# SPDX-License-Identifier: BSD-3-Clause
"""Tests DHCPv4 through softwires and the relay: draft-ietf-dhc-v4configuration-06 section 5.1."""

import collections
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
    ipv4_datagram,
    message,
    option,
    option82,
    softwire_datagram,
    v4,
    v6,
)
from harness import FRAMES, HOST, Case, ReplayTest, forwarded, from_internet, from_softwire, outcomes_of, to_internet
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Raw
from test_fragment import in_ipv6_fragments

SHARED, WHOLE = "192.0.2.1", "192.0.2.9"
BR, OTHER_BR = "2001:db8:ff::1", "2001:db8:ff::2"
B4_34, B4_35, B4_WHOLE = "2001:db8:1::34", "2001:db8:1::35", "2001:db8:1::9"
UNKNOWN_B4 = "2001:db8:7::7"  # has no binding yet
RELAY, SERVER, OTHER_SERVER = "100.64.0.1", "10.99.0.1", "10.99.0.2"

SOFTWIRES = f"""
binding ipv4 {SHARED} psid-offset 6 psid-len 8 psid 52 b4 {B4_34} br {BR}
binding ipv4 {SHARED} psid-offset 6 psid-len 8 psid 53 b4 {B4_35} br {BR}
binding ipv4 {WHOLE} b4 {B4_WHOLE} br {BR}
"""

# side, frame, the outcomes that it causes, and the datagrams that leave
Exchange = collections.namedtuple("Exchange", "side frame outcomes ipv4 ipv6", defaults=((), ()))

OPTIONS = option(61, b"\x01client") + option(55, bytes([1, 3, 6, 159])) + option(57, b"\x02\x40")
RELAYED = ("punt-dhcp-request", "dhcp-relayed", "sent-injected-ipv4")
DELIVERED = ("punt-dhcp-reply", "dhcp-delivered", "sent-injected-softwire")


def to_relay(b4, payload, source="0.0.0.0", destination="255.255.255.255", br=BR, ports=(68, 67)):
    packet = IP(src=source, dst=destination) / UDP(sport=ports[0], dport=ports[1]) / Raw(payload)
    return from_softwire(b4, br, packet)


def from_server(payload, source=SERVER, destination=RELAY, ports=(67, 67)):
    return from_internet(IP(src=source, dst=destination) / UDP(sport=ports[0], dport=ports[1]) / Raw(payload))


def relayed(frame, payload, servers=(SERVER,)):
    sent = tuple((RELAY, 67, server, 67, payload) for server in servers)
    return Exchange("ipv6", frame, RELAYED[:2] + RELAYED[2:] * len(servers), ipv4=sent)


def delivered(frame, b4, destination, payload, br=BR):
    sent = ((br, b4, RELAY, 67, destination, 68, payload),)
    return Exchange("ipv4", frame, DELIVERED, ipv6=sent)


def refused(side, frame, outcome):
    punted = "punt-dhcp-request" if side == "ipv6" else "punt-dhcp-reply"
    return Exchange(side, frame, (punted, outcome))


class DhcpTest(ReplayTest):
    softwires = SOFTWIRES
    options = {"dhcp-relay.server": [SERVER], "dhcp-relay.address": RELAY, "dhcp-relay.subscriber-rate": 1000000}
    read_ipv6 = staticmethod(softwire_datagram)  # reads frames that leave on the IPv6 side

    def check_exchanges(self, exchanges, **changes):
        """Does the same as check(), for frames that cause any number of frames."""
        exchanges = exchanges * -(-FRAMES // len(exchanges))
        inputs, outcomes = {"ipv4": [], "ipv6": []}, collections.Counter()
        expected = {"ipv4": [], "ipv6": []}
        for index, exchange in enumerate(exchanges):
            time = 10**9 + index * 1001
            inputs[exchange.side].append((time, bytes(exchange.frame)))
            outcomes.update(exchange.outcomes)
            expected["ipv4"] += [(time, *sent) for sent in exchange.ipv4]
            expected["ipv6"] += [(time, *sent) for sent in exchange.ipv6]
        for burst, run in self.replay_in_every_burst(**inputs, **changes):
            with self.subTest(burst=burst):
                self.assertEqual(outcomes_of(run), dict(outcomes))
                self.assertEqual([(f.time, *ipv4_datagram(f.octets)) for f in run.ipv4], expected["ipv4"])
                self.assertEqual([(f.time, *self.read_ipv6(f.octets)) for f in run.ipv6], expected["ipv6"])


class Floods(DhcpTest):
    def flood(self, seconds, strangers, softwires=SOFTWIRES, **options):
        """Replays DISCOVERs of so many strangers a second, each from a prefix of its own, and ten a second of a
        subscriber. Yields each run, how many there were of both, and how many of the subscriber left."""
        frames, xid = [], 7
        template = bytes(to_relay("2001:db8:8000::1", message(DISCOVER)))
        for number in range(seconds * strangers):
            site = (number & 0xFFFF).to_bytes(2, "big")
            frame = template[:28] + site + template[30:]  # the third group of the source address and the next one
            frames.append((10**9 + number * 10**9 // strangers, frame))
        for number in range(seconds * 10):
            victim = to_relay(B4_34, message(DISCOVER, xid=xid + number))
            frames.append((10**9 + number * 10**8 + 5 * 10**7, bytes(victim)))
        frames.sort()
        run = self.replay([], frames, 64, softwires=softwires,
                          options={**self.options, "dhcp-relay.subscriber-rate": 20, **options})
        xids = {(xid + number).to_bytes(4, "big") for number in range(seconds * 10)}
        sent = sum(ipv4_datagram(frame.octets)[-1][4:8] in xids for frame in run.ipv4)
        return run, sent

    def test_strangers_leave_the_rate_of_subscribers_alone(self):
        """Ten times the rate of the hub: every message of the subscriber is relayed, and half of the rate is left to
        strangers. RFC 7596 9."""
        run, sent = self.flood(2, 10000, **{"dhcp-relay.rate": 1000, "dhcp-relay.server-rate": 1000000})
        self.assertEqual(sent, 20)
        self.assertGreater(run.counters["drop-punt-rate"], 18000)
        self.assertLess(run.counters["punt-dhcp-request"], 20 + 2 * 500 + 51)

    def test_addresses_inside_a_rule_leave_the_rate_of_bindings_alone(self):
        """The 65,536 end-user prefixes of a rule: three quarters of the rate are for them. RFC 7596 9."""
        rule = f"rule map-e ipv4 203.0.113.0/24 ipv6 2001:db8:8000::/48 ea-len 16 psid-offset 6 br {BR}\n"
        options = {"dhcp-relay.rate": 1000, "dhcp-relay.server-rate": 500}
        run, sent = self.flood(2, 20000, softwires=SOFTWIRES + rule, **options)
        self.assertEqual(sent, 20)
        self.assertGreater(run.counters["drop-punt-rate"], 38000)
        self.assertGreater(run.counters["punt-dhcp-request"], 2 * 700)
        self.assertLess(run.counters["punt-dhcp-request"], 20 + 2 * 750 + 76)

    def test_servers_get_no_more_than_their_rate(self):
        """dhcp-relay.server-rate; half of it is only for subscribers."""
        run, sent = self.flood(2, 4000, **{"dhcp-relay.server-rate": 500, "dhcp-relay.server": [SERVER, OTHER_SERVER]})
        self.assertEqual(sent, 2 * 20)
        self.assertLess(len(run.ipv4), 2 * (20 + 2 * 250 + 26))
        self.assertGreater(len(run.ipv4), 2 * (2 * 250))
        self.assertGreater(run.counters["drop-dhcp-server-rate"], 7000)


class Requests(DhcpTest):
    def test_discover_from_the_unspecified_address_is_relayed(self):
        """draft 5.1 (1), (2), (4); RFC 1542 4.1.1; RFC 3046 2.1: giaddr, hops, option 82 last, the rest unchanged."""
        exchanges = []
        for b4 in (B4_34, B4_35, B4_WHOLE, UNKNOWN_B4):
            asked = message(DISCOVER, OPTIONS, flags=BROADCAST)
            wanted = message(DISCOVER, OPTIONS + option82(b4, RELAY), flags=BROADCAST, hops=1, giaddr=RELAY)
            exchanges.append(relayed(to_relay(b4, asked), wanted))
        self.check_exchanges(exchanges)

    def test_option_82_is_golden(self):
        """draft 5.1 (2), (4): compares literal octets, which no function of the tests has made."""
        golden = bytes.fromhex("521b021020010db80001000000000000000000340a01000b0464400001ff")
        run = self.replay([], [(10**9, bytes(to_relay(B4_34, message(DISCOVER))))], 1)
        self.assertIn(golden, run.ipv4[0].octets)

    def test_every_message_of_a_client_is_relayed(self):
        """RFC 2131 4.3: REQUEST and DECLINE come from 0.0.0.0 too."""
        exchanges = []
        for kind in (DISCOVER, REQUEST, DECLINE):
            options = option(50, v4(SHARED)) + option(54, v4(RELAY))
            wanted = message(kind, options + option82(B4_34, RELAY), hops=1, giaddr=RELAY)
            exchanges.append(relayed(to_relay(B4_34, message(kind, options)), wanted))
        self.check_exchanges(exchanges)

    def test_renew_and_release_to_the_override_address_are_relayed(self):
        """RFC 5107 4, draft 5.1 (3), (4): source port 68 is in no port set; flag "unicast" (RFC 5010 3)."""
        exchanges = []
        for kind in (REQUEST, RELEASE, INFORM):
            for b4, address in ((B4_34, SHARED), (B4_35, SHARED), (B4_WHOLE, WHOLE)):
                fields = {"ciaddr": address, "xid": int(b4.rpartition(":")[2], 16)}
                asked = message(kind, OPTIONS, **fields)
                option_82 = option82(b4, RELAY, unicast=True)
                wanted = message(kind, OPTIONS + option_82, hops=1, giaddr=RELAY, **fields)
                exchanges.append(relayed(to_relay(b4, asked, source=address, destination=RELAY), wanted))
        self.check_exchanges(exchanges)

    def test_rebinding_by_broadcast_is_relayed(self):
        """RFC 2131 4.3.2: from the leased address to 255.255.255.255; flag "unicast" is not set."""
        asked = message(REQUEST, OPTIONS, ciaddr=SHARED)
        wanted = message(REQUEST, OPTIONS + option82(B4_35, RELAY), ciaddr=SHARED, hops=1, giaddr=RELAY)
        self.check_exchanges([relayed(to_relay(B4_35, asked, source=SHARED), wanted)])

    def test_every_server_gets_every_message(self):
        """RFC 1542 4.1.1, RFC 5107 4: in the order of the configuration; one outcome."""
        servers = (SERVER, OTHER_SERVER, "10.99.0.3")
        wanted = message(DISCOVER, option82(B4_34, RELAY), hops=1, giaddr=RELAY)
        self.check_exchanges(
            [relayed(to_relay(B4_34, message(DISCOVER)), wanted, servers)],
            options={"dhcp-relay.server": list(servers)},
        )

    def test_what_goes_to_a_servers_own_address_is_relayed(self):
        """draft 5.1 (4), RFC 5107 4: for servers that ignore the override; with the key off it is data."""
        exchanges = []
        for kind in (REQUEST, RELEASE):
            asked = message(kind, OPTIONS, ciaddr=WHOLE)
            option_82 = option82(B4_WHOLE, RELAY, unicast=True)
            wanted = message(kind, OPTIONS + option_82, ciaddr=WHOLE, hops=1, giaddr=RELAY)
            exchanges.append(relayed(to_relay(B4_WHOLE, asked, source=WHOLE, destination=SERVER), wanted))
        self.check_exchanges(exchanges)
        packet = IP(src=WHOLE, dst=SERVER) / UDP(sport=68, dport=67) / Raw(message(REQUEST, ciaddr=WHOLE))
        self.check(
            [Case("ipv6", from_softwire(B4_WHOLE, BR, packet), "sent-decapsulated", to_internet(forwarded(packet)))],
            options={**self.options, "dhcp-relay.intercept-server-addresses": "false"},
        )

    def test_without_room_for_option_82_it_is_dropped(self):
        """RFC 3046 2.1 asks to relay it without option 82. But the answer could then not be delivered."""
        mtu, added = 1400, len(option82(B4_34, RELAY))

        def options_of(octets):
            """Returns options that make a message of this many octets."""
            rest = octets - len(message(DISCOVER).rstrip(b"\0"))
            return option(250, bytes(255)) * (rest // 257) + option(250, bytes(rest % 257 - 2))

        fits, not_one_more = (options_of(mtu - 28 - added + more) for more in (0, 1))
        wanted = message(DISCOVER, fits + option82(B4_34, RELAY), hops=1, giaddr=RELAY)
        self.assertEqual(len(wanted), mtu - 28)
        self.check_exchanges(
            [
                relayed(to_relay(B4_34, message(DISCOVER, fits)), wanted),
                refused("ipv6", to_relay(B4_34, message(DISCOVER, not_one_more)), "drop-dhcp-no-room"),
            ],
            options={**self.options, "ipv4.mtu": mtu},
        )

    def test_what_comes_in_ipv6_fragments_is_relayed(self):
        """RFC 6333 6.3, RFC 2473 7.2: in any order. While a fragment is missing, nothing is relayed."""
        packet = IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / Raw(message(DISCOVER, OPTIONS))
        pieces = in_ipv6_fragments(packet, 104, b4=B4_34, br=BR)
        self.assertEqual(len(pieces), 4)
        wanted = message(DISCOVER, OPTIONS + option82(B4_34, RELAY), hops=1, giaddr=RELAY)
        for order in ((0, 1, 2, 3), (3, 1, 0, 2)):
            frames = [(10**9 + at, bytes(pieces[index])) for at, index in enumerate(order)]
            for burst, run in self.replay_in_every_burst([], frames):
                with self.subTest(order=order, burst=burst):
                    sent = [ipv4_datagram(frame.octets) for frame in run.ipv4]
                    self.assertEqual(sent, [(RELAY, 67, SERVER, 67, wanted)])
            for _, run in self.replay_in_every_burst([], frames[:-1]):
                self.assertEqual((run.counters["punt-dhcp-request"], run.ipv4), (0, []))

    def test_address_of_another_subscriber_is_refused(self):
        """RFC 7596 6.2: source or ciaddr that does not belong to the softwire it came from."""
        renew = message(REQUEST, ciaddr=SHARED)
        self.check_exchanges(
            [
                refused("ipv6", frame, "drop-dhcp-source-not-owned")
                for frame in (
                    to_relay(B4_WHOLE, renew, source=SHARED, destination=RELAY),
                    to_relay(B4_WHOLE, renew, source=WHOLE, destination=RELAY),
                    to_relay(B4_WHOLE, renew, source=SHARED),
                    to_relay(UNKNOWN_B4, renew, source=SHARED),
                    to_relay(B4_WHOLE, renew),
                )
            ]
        )

    def test_what_is_anothers_is_not_given_up(self):
        """RFC 7596 6.2; RFC 2131 4.3.3, 4.4.4; RFC 7618 7 for a shared address: a server would accept it."""
        of_34, of_35 = (option(159, bytes([6, 8, psid, 0])) for psid in (52, 53))
        own = message(DECLINE, option(50, v4(SHARED)) + of_34)
        wanted = message(DECLINE, option(50, v4(SHARED)) + of_34 + option82(B4_34, RELAY), hops=1, giaddr=RELAY)
        self.check_exchanges([relayed(to_relay(B4_34, own), wanted)] + [
            refused("ipv6", frame, "drop-dhcp-source-not-owned")
            for frame in (
                to_relay(B4_34, message(DECLINE, option(50, v4(WHOLE)))),
                to_relay(UNKNOWN_B4, message(DECLINE, option(50, v4(WHOLE)))),
                to_relay(B4_34, message(DECLINE)),
                to_relay(B4_34, message(DECLINE, option(50, v4(SHARED)) + of_35)),
                to_relay(B4_34, message(DECLINE, option(50, v4(SHARED)) + option(159, b"\0"))),
                to_relay(B4_34, message(RELEASE, of_35, ciaddr=SHARED), source=SHARED, destination=RELAY),
                to_relay(B4_34, message(RELEASE)),
            )
        ])

    def test_nothing_else_from_the_unspecified_address_passes(self):
        """draft 5.1 (1), RFC 1812 5.3.7: TCP, ICMP, other ports, other destinations, not our BR address."""
        discover = message(DISCOVER)

        def stray(transport, destination="255.255.255.255"):
            return from_softwire(B4_34, BR, IP(src="0.0.0.0", dst=destination) / transport)

        self.check(
            [
                Case("ipv6", stray(TCP(sport=68, dport=67)), "drop-ipv4-martian"),
                Case("ipv6", stray(ICMP(id=1232)), "drop-ipv4-martian"),
                Case("ipv6", stray(UDP(sport=1232, dport=53), HOST), "drop-ipv4-martian"),
                Case("ipv6", stray(UDP(sport=68, dport=68)), "drop-ipv4-martian"),
                Case("ipv6", to_relay(B4_34, discover, destination=HOST), "drop-dhcp-martian"),
                Case("ipv6", to_relay(B4_34, discover, destination=RELAY), "drop-dhcp-martian"),
                Case("ipv6", to_relay(B4_34, discover, destination=SERVER), "drop-dhcp-martian"),
                Case("ipv6", to_relay(B4_34, discover, ports=(67, 67)), "drop-dhcp-martian"),
                Case("ipv6", to_relay(B4_34, discover, br="2001:db8:ff::9"), "drop-not-our-br"),
            ]
        )

    def test_client_port_of_the_relay_is_nobodys(self):
        """RFC 1542 4.1: UDP port 68 at the relay is discarded."""
        self.check(
            [
                Case("ipv6", to_relay(B4_WHOLE, b"", WHOLE, RELAY, ports=(67, 68)), "drop-dhcp-client-port"),
                Case("ipv4", from_server(b"", ports=(67, 68)), "drop-dhcp-client-port"),
            ]
        )

    def test_server_port_of_others_is_data(self):
        """draft 5.1 (1): the relay takes only packets to its own addresses."""
        packet = IP(src=WHOLE, dst=HOST) / UDP(sport=68, dport=67) / Raw(message(REQUEST, ciaddr=WHOLE))
        sent = to_internet(forwarded(packet))
        self.check([Case("ipv6", from_softwire(B4_WHOLE, BR, packet), "sent-decapsulated", sent)])

    def test_bad_message_of_a_client_is_dropped(self):
        """RFC 1542 4.1.1, RFC 3046 2.1, RFC 2131 2: each with its own outcome."""
        discover = message(DISCOVER)
        for_client = {
            "drop-dhcp-truncated": discover[:239],
            "drop-dhcp-cookie": message(DISCOVER, cookie=bytes(4)),
            "drop-dhcp-hardware-length": message(DISCOVER, hlen=17),
            "drop-dhcp-op": message(DISCOVER, op=2),
            "drop-dhcp-options": message(DISCOVER, b"\x3d\xff", end=b""),
            "drop-dhcp-message-type": message(OFFER),
            "drop-dhcp-hops": message(DISCOVER, hops=5),
            "drop-dhcp-own-giaddr": message(DISCOVER, giaddr=RELAY),
            "drop-dhcp-foreign-giaddr": message(DISCOVER, giaddr="10.0.0.1"),
            "drop-dhcp-option82-present": message(DISCOVER, option82(B4_35, RELAY)),
        }
        exchanges = [refused("ipv6", to_relay(B4_34, payload), name) for name, payload in for_client.items()]
        bad_checksum = IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67, chksum=1) / Raw(discover)
        exchanges.append(refused("ipv6", from_softwire(B4_34, BR, bad_checksum), "drop-dhcp-checksum"))
        self.check_exchanges(exchanges)

    def test_request_without_udp_checksum_is_relayed(self):
        """RFC 768: a checksum of zero means no checksum; the relayed message has one (RFC 1542 4.1.1)."""
        packet = IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67, chksum=0)
        frame = from_softwire(B4_34, BR, packet / Raw(message(DISCOVER)))
        wanted = message(DISCOVER, option82(B4_34, RELAY), hops=1, giaddr=RELAY)
        self.check_exchanges([relayed(frame, wanted)])

    def test_private_suboption_can_carry_the_address(self):
        """draft 5.1 (2): the code is configurable."""
        asked = message(DISCOVER)
        information = option(224, v6(B4_34)) + option(10, b"\0") + option(11, v4(RELAY))
        wanted = message(DISCOVER, option(82, information), hops=1, giaddr=RELAY)
        answer = message(OFFER, option(82, information), op=2, giaddr=RELAY, yiaddr=SHARED)
        clean = message(OFFER, op=2, giaddr=RELAY, yiaddr=SHARED)
        self.check_exchanges(
            [relayed(to_relay(B4_34, asked), wanted), delivered(from_server(answer), B4_34, SHARED, clean)],
            options={"dhcp-relay.client-suboption": 224},
        )


class Replies(DhcpTest):
    @staticmethod
    def answers(kind, b4, before=b"", after=b"", **fields):
        """Returns the message of the server, and the message that the client must get."""
        fields = {"op": 2, "giaddr": RELAY, "hops": 1, **fields}
        return (
            message(kind, before + option82(b4, RELAY) + after, **fields),
            message(kind, before + after, **fields),
        )

    def test_subscribers_who_share_an_address_get_their_own_replies(self):
        """draft 5.1 (2), (4): sub-option 2 identifies the softwire; port 68 is in no port set."""
        exchanges = []
        for kind in (OFFER, ACK):
            for b4, address in ((B4_34, SHARED), (B4_35, SHARED), (B4_WHOLE, WHOLE), (UNKNOWN_B4, WHOLE)):
                sent, wanted = self.answers(kind, b4, option(54, v4(RELAY)) + option(51, bytes(4)), yiaddr=address)
                exchanges.append(delivered(from_server(sent), b4, address, wanted))
        self.check_exchanges(exchanges)

    def test_option_82_is_removed_wherever_it_stands(self):
        """RFC 3046 2.1: the options around it keep their order."""
        before, after = option(54, v4(RELAY)) + option(1, v4("255.255.255.0")), option(3, v4("192.0.2.254"))
        exchanges = []
        for front, back in ((b"", before), (before, after), (before + after, b"")):
            sent, wanted = self.answers(OFFER, B4_34, front, back, yiaddr=SHARED)
            exchanges.append(delivered(from_server(sent), B4_34, SHARED, wanted))
        self.check_exchanges(exchanges)

    def test_reordered_suboptions_are_read_by_code(self):
        """RFC 3046 2.2: a server may sort them."""
        information = option(11, v4(RELAY)) + option(10, b"\0") + option(2, v6(B4_35))
        sent = message(OFFER, option(82, information), op=2, giaddr=RELAY, yiaddr=SHARED)
        wanted = message(OFFER, op=2, giaddr=RELAY, yiaddr=SHARED)
        self.check_exchanges([delivered(from_server(sent), B4_35, SHARED, wanted)])

    def test_destination_follows_the_message(self):
        """RFC 1542 4.1.2, RFC 2131 4.3.2: BROADCAST and NAK go to 255.255.255.255; others to ciaddr, else yiaddr."""
        exchanges = []
        for kind, fields, destination in (
            (OFFER, {"yiaddr": SHARED}, SHARED),
            (OFFER, {"yiaddr": SHARED, "flags": BROADCAST}, "255.255.255.255"),
            (ACK, {"yiaddr": SHARED, "ciaddr": SHARED}, SHARED),
            (ACK, {"ciaddr": WHOLE}, WHOLE),
            (NAK, {}, "255.255.255.255"),
            (NAK, {"flags": BROADCAST}, "255.255.255.255"),
        ):
            sent, wanted = self.answers(kind, B4_34, **fields)
            exchanges.append(delivered(from_server(sent), B4_34, destination, wanted))
        self.check_exchanges(exchanges)

    def test_second_server_is_heard_too(self):
        """RFC 5107 4: replies of all servers are delivered."""
        sent, wanted = self.answers(OFFER, B4_34, yiaddr=SHARED)
        self.check_exchanges(
            [
                delivered(from_server(sent, source=server), B4_34, SHARED, wanted)
                for server in (SERVER, OTHER_SERVER)
            ],
            options={"dhcp-relay.server": [SERVER, OTHER_SERVER]},
        )

    def test_bad_message_of_a_server_is_dropped(self):
        """RFC 1542 4.1.2, RFC 3046 2, draft 5.1 (2): each with its own outcome."""
        good, _ = self.answers(OFFER, B4_34, yiaddr=SHARED)

        def with_option82(value):
            return message(OFFER, option(82, value), op=2, giaddr=RELAY)

        once = option82(B4_34, RELAY)
        exchanges = [
            Exchange("ipv4", from_server(good, source=OTHER_SERVER), ("drop-dhcp-not-server",)),
            Exchange("ipv4", from_server(good, ports=(68, 67)), ("drop-dhcp-not-server",)),
        ]
        for payload, outcome in (
            (message(OFFER, once, op=1, giaddr=RELAY), "drop-dhcp-op"),
            (message(OFFER, once, op=2, giaddr="100.64.0.2"), "drop-dhcp-giaddr"),
            (message(DISCOVER, once, op=2, giaddr=RELAY), "drop-dhcp-message-type"),
            (message(OFFER, op=2, giaddr=RELAY), "drop-dhcp-no-option82"),
            (message(OFFER, once + once, op=2, giaddr=RELAY), "drop-dhcp-option82"),
            (with_option82(b"\x02\x10" + v6(B4_34)[:15]), "drop-dhcp-option82"),
            (with_option82(option(2, v6(B4_34)[:15])), "drop-dhcp-client-address"),
            (with_option82(option(2, v6(B4_34)) * 2), "drop-dhcp-client-address"),
            (with_option82(option(11, v4(RELAY))), "drop-dhcp-client-address"),
            (with_option82(option(2, v6("ff02::1"))), "drop-dhcp-client-address"),
            (with_option82(option(2, v6("::ffff:192.0.2.1"))), "drop-dhcp-client-address"),
            (with_option82(option(2, v6(BR))), "drop-dhcp-client-address"),
        ):
            exchanges.append(refused("ipv4", from_server(payload), outcome))
        self.check_exchanges(exchanges)

    def test_reply_keeps_its_data_traffic_apart(self):
        """draft 5.1 (3): to port 68 of a shared address from another port of a server."""
        packet = IP(src=SERVER, dst=SHARED) / UDP(sport=53, dport=68) / Raw(message(ACK, op=2, ciaddr=SHARED))
        self.check([Case("ipv4", from_internet(packet), "drop-no-binding-destination")])


class BrAddresses(DhcpTest):
    """With several BR addresses, sub-option 1 has the one that the client used."""

    softwires = SOFTWIRES + f"binding ipv4 192.0.2.20 b4 2001:db8:1::20 br {OTHER_BR}\n"

    def test_reply_comes_from_the_br_address_of_the_request(self):
        """RFC 2473 3.1: a client accepts packets only from the tunnel end that it uses."""
        exchanges = []
        for b4, br in ((UNKNOWN_B4, BR), (UNKNOWN_B4, OTHER_BR)):
            information = option(1, v6(br)) + option(2, v6(b4)) + option(10, b"\0") + option(11, v4(RELAY))
            wanted = message(DISCOVER, option(82, information), hops=1, giaddr=RELAY)
            exchanges.append(relayed(to_relay(b4, message(DISCOVER), br=br), wanted))
            answer = message(OFFER, option(82, information), op=2, giaddr=RELAY, yiaddr=WHOLE)
            clean = message(OFFER, op=2, giaddr=RELAY, yiaddr=WHOLE)
            exchanges.append(delivered(from_server(answer), b4, WHOLE, clean, br))
        self.check_exchanges(exchanges)

    def test_reply_that_names_no_br_address_of_ours_is_dropped(self):
        """RFC 2473 3.1."""
        exchanges = []
        for value in (option(2, v6(UNKNOWN_B4)), option(1, v6("2001:db8:ff::9")) + option(2, v6(UNKNOWN_B4))):
            answer = message(OFFER, option(82, value), op=2, giaddr=RELAY, yiaddr=WHOLE)
            exchanges.append(refused("ipv4", from_server(answer), "drop-dhcp-br-address"))
        self.check_exchanges(exchanges)


class RelayOff(ReplayTest):
    softwires = SOFTWIRES

    def test_relay_is_off_until_a_server_is_named(self):
        """RFC 1542 4, RFC 3046 2.1: not one message is relayed by default."""
        renew = message(REQUEST, ciaddr=WHOLE)
        self.check(
            [
                Case("ipv6", to_relay(B4_34, message(DISCOVER)), "drop-ipv4-martian"),
                Case("ipv6", to_relay(B4_WHOLE, renew, source=WHOLE), "drop-ipv4-destination"),
                Case("ipv4", from_server(message(OFFER, op=2, giaddr=RELAY)), "drop-no-binding-destination"),
            ]
        )


if __name__ == "__main__":
    unittest.main()
