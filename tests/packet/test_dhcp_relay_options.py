# SPDX-License-Identifier: BSD-3-Clause
"""Tests the relay's options: sub-options, server identifiers, permitted clients, and answers to INFORM."""

import unittest

from dhcp_messages import ACK, INFORM, OFFER, REQUEST, DISCOVER, NAK, message, option, option82, softwire_datagram, v4, v6
from harness import Case, from_internet
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw
from test_dhcp import (
    B4_34,
    B4_35,
    B4_WHOLE,
    DELIVERED,
    RELAY,
    SERVER,
    SHARED,
    UNKNOWN_B4,
    WHOLE,
    DhcpTest,
    delivered,
    from_server,
    refused,
    relayed,
    to_relay,
)

TIME = option(51, (600).to_bytes(4, "big"))


class SubOptions(DhcpTest):
    def test_all_of_them_are_golden(self):
        """RFC 3046 3.1, RFC 3527, RFC 5010, RFC 5107, RFC 6925: compares literal octets."""
        golden = bytes.fromhex("522b 0103627231 0210 20010db8000100000000000000000034 0504c0000200 0a0180 0b0464400001"
                               "0c03627231 ff")
        options = {**self.options, "dhcp-relay.circuit-id": "br1", "dhcp-relay.relay-id": "br1",
                   "dhcp-relay.link-selection": "192.0.2.0"}
        renew = to_relay(B4_34, message(REQUEST, ciaddr=SHARED), source=SHARED, destination=RELAY)
        run = self.replay([], [(10**9, bytes(renew))], 1, options=options)
        self.assertIn(golden, run.ipv4[0].octets)

    def test_the_subscribers_address_may_be_text(self):
        """It returns unchanged (RFC 3046 2.1)."""
        options = {**self.options, "dhcp-relay.client-format": "text"}
        text = UNKNOWN_B4.encode()
        information = option(82, option(2, text) + option(10, b"\0") + option(11, v4(RELAY)))
        wanted = message(DISCOVER, information, hops=1, giaddr=RELAY)
        answer = message(OFFER, information, op=2, giaddr=RELAY, yiaddr=WHOLE)
        bad = message(OFFER, option(82, option(2, v6(UNKNOWN_B4))), op=2, giaddr=RELAY, yiaddr=WHOLE)
        self.check_exchanges([
            relayed(to_relay(UNKNOWN_B4, message(DISCOVER)), wanted),
            delivered(from_server(answer), UNKNOWN_B4, WHOLE, message(OFFER, op=2, giaddr=RELAY, yiaddr=WHOLE)),
            refused("ipv4", from_server(bad), "drop-dhcp-client-address"),
        ], options=options)


class ServerIdentifier(DhcpTest):
    options = {**DhcpTest.options, "dhcp-relay.rewrite-server-identifier": "true"}

    def test_clients_see_ours_and_the_server_its_own(self):
        """RFC 5107 4, for a server that does not support it."""
        information = option82(B4_34, RELAY)
        offers = [
            (option(54, v4(SERVER)) + information, option(54, v4(RELAY))),
            (information + option(54, v4(SERVER)), option(54, v4(RELAY))),
            (option(54, v4(RELAY)) + information, option(54, v4(RELAY))),
        ]
        exchanges = []
        for sent, wanted in offers:
            answer = message(OFFER, sent, op=2, giaddr=RELAY, yiaddr=SHARED)
            exchanges.append(delivered(from_server(answer), B4_34, SHARED,
                                       message(OFFER, wanted, op=2, giaddr=RELAY, yiaddr=SHARED)))
        asked = to_relay(B4_34, message(REQUEST, option(54, v4(RELAY)) + option(50, v4(SHARED))))
        wanted = message(REQUEST, option(54, v4(SERVER)) + option(50, v4(SHARED)) + information, hops=1, giaddr=RELAY)
        exchanges.append(relayed(asked, wanted))
        self.check_exchanges(exchanges)

    def test_an_authenticated_message_is_left_alone(self):
        """RFC 3118: option 90 covers the identifier."""
        kept = option(54, v4(SERVER)) + option(90, bytes(11))
        answer = message(OFFER, kept + option82(B4_34, RELAY), op=2, giaddr=RELAY, yiaddr=SHARED)
        self.check_exchanges([delivered(from_server(answer), B4_34, SHARED,
                                        message(OFFER, kept, op=2, giaddr=RELAY, yiaddr=SHARED))])


class WhoMayAsk(DhcpTest):
    def test_subscribers_in_a_prefix(self):
        """draft 5.1: a source that is not authorised gets no answer."""
        wanted = message(DISCOVER, option82(B4_34, RELAY), hops=1, giaddr=RELAY)
        self.check_exchanges([
            relayed(to_relay(B4_34, message(DISCOVER)), wanted),
            refused("ipv6", to_relay(UNKNOWN_B4, message(DISCOVER)), "drop-dhcp-unauthorised"),
        ], options={**self.options, "dhcp-relay.client": ["2001:db8:1::/48", "2001:db8:2::/48"]})

    def test_subscribers_who_have_a_binding(self):
        """RFC 7596 6.1."""
        wanted = message(DISCOVER, option82(B4_WHOLE, RELAY), hops=1, giaddr=RELAY)
        self.check_exchanges([
            relayed(to_relay(B4_WHOLE, message(DISCOVER)), wanted),
            refused("ipv6", to_relay(UNKNOWN_B4, message(DISCOVER)), "drop-dhcp-unauthorised"),
        ], options={**self.options, "dhcp-relay.client": ["bound"]})

    def test_a_server_cannot_send_to_others_either(self):
        """draft 5.1: a client that may not send gets no message either."""
        answer = message(OFFER, option82(UNKNOWN_B4, RELAY), op=2, giaddr=RELAY, yiaddr=WHOLE)
        self.check_exchanges([refused("ipv4", from_server(answer), "drop-dhcp-unauthorised")],
                             options={**self.options, "dhcp-relay.client": ["bound"]})

    def test_one_subscriber_has_a_rate_of_its_own(self):
        """RFC 7596 9, RFC 7785 3: a flood leaves room for other subscribers. A binding is a subscriber of its own; among
        strangers, the mask's length defines one."""
        bound, strangers = (B4_34, B4_35), ("2001:db8:8000:7::1", "2001:db8:8000:7::2")
        for (one, other), mask, punted in ((bound, 128, 6), (bound, 64, 6), (strangers, 128, 6), (strangers, 64, 5)):
            frames = [(10**9 + i, bytes(to_relay(one, message(DISCOVER)))) for i in range(8)]
            frames.append((10**9 + 8, bytes(to_relay(other, message(DISCOVER)))))
            options = {**self.options, "dhcp-relay.subscriber-rate": 1, "dhcp-relay.subscriber-mask": mask}
            run = self.replay([], frames, 64, options=options)
            self.assertEqual(run.counters["punt-dhcp-request"], punted)
            self.assertEqual(run.counters["drop-punt-subscriber-rate"], 9 - punted)


class Inform(DhcpTest):
    """RFC 2131 4.3.5: the answer goes to ciaddr, port 68, with giaddr 0 and without option 82."""

    def answer(self, address, destination=None, source=SERVER, ports=(67, 68), **fields):
        payload = message(fields.pop("kind", ACK), option(6, v4("198.51.100.53")), op=2, ciaddr=address, **fields)
        packet = IP(src=source, dst=destination or address) / UDP(sport=ports[0], dport=ports[1]) / Raw(payload)
        return from_internet(packet), payload

    def ask(self, b4, address):
        wanted = message(INFORM, option82(b4, RELAY, unicast=False), ciaddr=address, hops=1, giaddr=RELAY)
        return relayed(to_relay(b4, message(INFORM, ciaddr=address), source=address), wanted)

    def test_reaches_who_asked_whether_the_address_is_shared_or_whole(self):
        """draft 1.4."""
        exchanges = []
        for b4, address in ((B4_34, SHARED), (B4_WHOLE, WHOLE)):
            frame, payload = self.answer(address)
            exchanges += [self.ask(b4, address), delivered(frame, b4, address, payload)]
        self.check_exchanges(exchanges)

    def test_of_a_shared_address_what_nobody_asked_for_is_dropped(self):
        """draft 5.1 (3): port 68 is in no port set."""
        frame, _ = self.answer(SHARED)
        self.check_exchanges([refused("ipv4", frame, "drop-dhcp-not-awaited")])

    def test_of_a_whole_address_the_holder_gets_it(self):
        """RFC 3203: a FORCERENEW is not an answer."""
        frame, payload = self.answer(WHOLE, kind=9)
        self.check_exchanges([delivered(frame, B4_WHOLE, WHOLE, payload)])

    def test_what_it_may_not_be(self):
        """RFC 2131 4.3.5, 4.3.2."""
        nak, _ = self.answer(WHOLE, kind=NAK)
        with_giaddr, _ = self.answer(WHOLE, giaddr=RELAY)
        of_another, _ = self.answer(WHOLE, destination=SHARED)
        self.check_exchanges([
            refused("ipv4", nak, "drop-dhcp-message-type"),
            refused("ipv4", with_giaddr, "drop-dhcp-giaddr"),
            refused("ipv4", of_another, "drop-dhcp-not-awaited"),
        ])

    def test_from_others_than_servers_it_is_data(self):
        """draft 5.1 (3): a whole address has port 68."""
        shared, _ = self.answer(SHARED, source="203.0.113.9")
        self.check([Case("ipv4", shared, "drop-no-binding-destination")])

    def test_is_not_waited_for_longer_than_half_a_minute(self):
        """The request is stored in memory, so its time is limited."""
        inform = bytes(to_relay(B4_34, message(INFORM, ciaddr=SHARED), source=SHARED))
        frame, _ = self.answer(SHARED)
        for seconds, outcome in ((29, "dhcp-delivered"), (30, "drop-dhcp-not-awaited")):
            run = self.replay([((1 + seconds) * 10**9, bytes(frame))], [(10**9, inform)], 1)
            self.assertEqual(run.counters[outcome], 1)

    def test_another_subscribers_that_is_the_same_is_refused(self):
        """The answers could not be distinguished: the hardware address of a TUN device is zero."""
        self.check_exchanges([self.ask(B4_34, SHARED), refused(
            "ipv6", to_relay(B4_35, message(INFORM, ciaddr=SHARED), source=SHARED), "drop-dhcp-inform-refused")])

    def test_no_more_wait_than_a_subscriber_may_have(self):
        """Requests are stored in memory, so their number is limited."""
        informs = [(10**9 + i, bytes(to_relay(B4_34, message(INFORM, ciaddr=SHARED, xid=i), source=SHARED))) for i in range(9)]
        run = self.replay([], informs, 1)
        self.assertEqual(run.counters["drop-dhcp-inform-refused"], 1)
        self.assertEqual(run.counters["dhcp-relayed"], 8)
        # Another binding in the same /64 has places of its own.
        more = to_relay(B4_35, message(INFORM, ciaddr=SHARED, xid=9), source=SHARED)
        for mask in (64, 128):
            run = self.replay([], informs[:8] + [(2 * 10**9, bytes(more))], 1, options={"dhcp-relay.subscriber-mask": mask})
            self.assertEqual(run.counters["dhcp-relayed"], 9)


class Leases(DhcpTest):
    """RFC 7596 6.1: bindings begin and end with their leases, by the clock of the captures."""

    softwires = ""
    options = {**DhcpTest.options, "br-address": "2001:db8:ff::1",
               "leases.pool": [f"{SHARED}/32 psid-offset 0 psid-len 6", f"{WHOLE}/32"]}
    PORTS = option(159, bytes([0, 6, 0x14, 0]))  # PSID 5: ports 5120 to 6143

    def ack(self, b4, address, more=b""):
        return from_server(message(ACK, TIME + more + option82(b4, RELAY), op=2, giaddr=RELAY, yiaddr=address))

    def data(self, port):
        return bytes(from_internet(IP(src="203.0.113.9", dst=SHARED) / UDP(sport=53, dport=port) / Raw(b"data")))

    def test_the_ports_of_option_159_are_the_subscribers_until_the_lease_ends(self):
        """RFC 7618 9; RFC 7596 6.1."""
        second = 10**9
        frames = [(second, bytes(self.ack(B4_34, SHARED, self.PORTS))), (2 * second, self.data(5120)),
                  (3 * second, self.data(6144)), (601 * second - 1, self.data(6143)), (601 * second, self.data(6143))]
        run = self.replay(frames, [], 1)
        self.assertEqual(run.counters["sent-encapsulated"], 2)
        self.assertEqual(run.counters["drop-no-binding-destination"], 2)
        self.assertEqual((run.counters["bindings"], run.counters["leases"]), (0, 0))

    def test_two_softwires_leased_the_same_conflict(self):
        """RFC 7596 6.1; seen when two clients send one client identifier."""
        frames = [(10**9 + i, bytes(self.ack(b4, WHOLE))) for i, b4 in enumerate((B4_34, B4_35, B4_34))]

        def told(run):
            return [softwire_datagram(frame.octets)[1] for frame in run.ipv6]

        run = self.replay(frames, [], 1)
        self.assertEqual(told(run), [B4_34, B4_34])
        self.assertEqual(run.counters["drop-dhcp-lease-conflict"], 1)
        moved = self.replay(frames[:2], [], 1, options={**self.options, "leases.conflict": "move"})
        self.assertEqual(told(moved), [B4_34, B4_35])
        self.assertEqual(moved.counters["bindings"], 1)

    def test_a_server_is_not_asked_for_more_than_a_subscriber_may_have(self):
        """RFC 7785 3: the server would reserve addresses that the hub then refuses."""
        asked = [bytes(to_relay(B4_34, message(DISCOVER, more))) for more in (b"", option(61, b"\0another"))]
        run = self.replay([(10**9, bytes(self.ack(B4_34, WHOLE)))], [(2 * 10**9 + i, frame) for i, frame in enumerate(asked)],
                          1, options={"leases.per-subscriber": 1})
        self.assertEqual(run.counters["dhcp-relayed"], 1)
        self.assertEqual(run.counters["drop-dhcp-client-limit"], 1)

    def test_what_is_a_rules_or_the_hubs_is_not_leased(self):
        """RFC 7597 5.1: the same for a rule with CEs that lack port 0; RFC 7596 6.1."""
        rule = "rule map-e ipv4 203.0.113.0/24 ipv6 2001:db8:8000::/40 ea-len 16 psid-offset 6 br 2001:db8:ff::1\n"
        frames = [(10**9 + i, bytes(self.ack(B4_34, address))) for i, address in enumerate(("203.0.113.7", RELAY))]
        run = self.replay(frames, [], 1, softwires=rule, options={"leases.pool": ["203.0.113.0/24", f"{RELAY}/32"]})
        self.assertEqual(run.counters["drop-dhcp-lease-conflict"], 2)
        self.assertEqual(run.counters["leases"], 0)

    def test_a_release_ends_it(self):
        """RFC 7596 6.1."""
        release = to_relay(B4_34, message(7, option(54, v4(RELAY)), ciaddr=WHOLE), source=WHOLE, destination=RELAY)
        run = self.replay([(10**9, bytes(self.ack(B4_34, WHOLE)))], [(2 * 10**9, bytes(release))], 1)
        self.assertEqual(run.counters["dhcp-relayed"], 1)
        self.assertEqual(run.counters["bindings"], 0)


if __name__ == "__main__":
    unittest.main()
