# SPDX-License-Identifier: BSD-3-Clause
"""Tests forwarding of plain DHCPv4 from softwires to DHCPv4-over-DHCPv6 servers (RFC 9928)."""

import unittest

from dhcp_messages import (ACK, DISCOVER, NAK, OFFER, REQUEST, ipv4_datagram, message, option, option6, option82, softwire_datagram,
                           v4, v6)
from harness import GATEWAY6, HUB6, ReplayTest, from_internet, from_softwire
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

HUB, SERVER6, OTHER6 = "2001:db8:6::1", "2001:db8:67::2", "2001:db8:67::3"
IDENTIFIER, PLAIN = "198.51.100.67", "10.99.0.1"
BR, B4, CLIENT = "2001:db8:ff::1", "2001:db8:1::34", "2001:db8:1::77"
RELAY, WHOLE, LEASED = "100.64.0.1", "192.0.2.1", "192.0.2.100"
SECOND = 10**9

OPTIONS = {"ipv6.address": HUB, "dhcp-relay.dhcp4o6-server": [f"{SERVER6} {IDENTIFIER}"], "dhcp-relay.address": RELAY}
IDENTIFIES = option(54, v4(IDENTIFIER))
LEASE = option(51, bytes([0, 0, 2, 88]))


def relay_forward(payload, client=CLIENT, unicast=False):
    """Returns the message that the server gets: RFC 8415 9.1, RFC 7341 6."""
    query = bytes([20, 0x80 if unicast else 0, 0, 0]) + option6(87, payload)
    return bytes([12, 0]) + v6(BR) + v6(client) + option6(18, v6(client)) + option6(9, query)


def relay_reply(payload, client=CLIENT, br=BR, interface=None, more=b"", kind=21):
    response = bytes([kind, 0, 0, 0]) + (option6(87, payload) if payload else b"") + more
    return bytes([13, 0]) + v6(br) + v6(client) + option6(18, v6(interface or client)) + option6(9, response)


def from_server(payload, source=SERVER6, port=547):
    return bytes(Ether(src=GATEWAY6, dst=HUB6) / IPv6(src=source, dst=HUB) / UDP(sport=547, dport=port) / Raw(payload))


def asks(payload, client=CLIENT, source="0.0.0.0", to="255.255.255.255"):
    return bytes(from_softwire(client, BR, IP(src=source, dst=to) / UDP(sport=68, dport=67) / Raw(payload)))


class Dhcp4o6Forwarding(ReplayTest):
    softwires = f"binding ipv4 {WHOLE} b4 {B4} br {BR}\n"
    options = OPTIONS

    def run_with(self, *frames, ipv4=(), **changes):
        return self.replay([(9 * SECOND + i, frame) for i, frame in enumerate(ipv4)],
                           [((1 + i) * SECOND, frame) for i, frame in enumerate(frames)], 1, **changes)

    def payloads(self, run, to=SERVER6):
        """Returns the DHCPv6 messages that leave for the server."""
        found = []
        for frame in run.ipv6:
            ip = Ether(frame.octets)[IPv6]
            if ip.dst != to:
                continue
            self.assertEqual((ip.src, ip.nh, ip[UDP].sport, ip[UDP].dport), (HUB, 17, 547, 547))
            checksum = ip[UDP].chksum
            del ip[UDP].chksum
            self.assertEqual(IPv6(bytes(ip))[UDP].chksum, checksum)
            found.append(bytes(ip[UDP].payload))
        return found

    def test_a_message_is_forwarded_unchanged_with_the_subscriber_as_peer(self):
        """9928: without giaddr and option 82, because DHCPv6 names the subscriber."""
        discover = message(DISCOVER)
        run = self.run_with(asks(discover))
        self.assertEqual(self.payloads(run), [relay_forward(discover)])
        self.assertEqual(run.ipv4, [])
        self.assertEqual(run.counters["dhcp-relayed"], 1)

    def test_a_renewal_at_the_servers_own_address_is_intercepted(self):
        """9928, 7341 6.2: the client sends to the address in option 54; the unicast flag is set."""
        renewal = message(REQUEST, ciaddr=WHOLE)
        run = self.run_with(asks(renewal, B4, WHOLE, IDENTIFIER))
        self.assertEqual(self.payloads(run), [relay_forward(renewal, B4, unicast=True)])

    def test_the_response_goes_into_the_softwire_of_the_peer(self):
        offer = message(OFFER, LEASE + IDENTIFIES, op=2, yiaddr=LEASED)
        run = self.run_with(asks(message(DISCOVER)), from_server(relay_reply(offer)))
        self.assertEqual(softwire_datagram(run.ipv6[1].octets), (BR, CLIENT, RELAY, 67, LEASED, 68, offer))
        self.assertEqual(run.counters["dhcp-delivered"], 1)
        self.assertEqual(run.counters["dhcp-rx-offer"], 1)

    def test_an_ack_becomes_a_binding_that_its_server_may_end(self):
        """7596 6.1. Option 54 identifies the server (2131 table 3)."""
        options = {**OPTIONS, "leases.pool": f"{LEASED}/32"}
        ack = from_server(relay_reply(message(ACK, LEASE + IDENTIFIES, op=2, yiaddr=LEASED)))
        data = bytes(from_internet(IP(src="203.0.113.80", dst=LEASED) / UDP(sport=53, dport=4000) / Raw(b"data")))
        run = self.run_with(asks(message(REQUEST)), ack, ipv4=[data], options=options)
        self.assertEqual(run.counters["leases"], 1)
        inner = Ether(run.ipv6[-1].octets)[IPv6]
        self.assertEqual((inner.src, inner.dst, inner.nh), (BR, CLIENT, 4))
        others = from_server(relay_reply(message(NAK, option(54, v4(PLAIN)), op=2)))
        its = from_server(relay_reply(message(NAK, IDENTIFIES, op=2)))
        self.assertEqual(self.run_with(ack, others, options=options).counters["leases"], 1)
        self.assertEqual(self.run_with(ack, its, options=options).counters["leases"], 0)

    def test_every_server_gets_the_message_by_its_protocol(self):
        options = {**OPTIONS, "dhcp-relay.server": [PLAIN],
                   "dhcp-relay.dhcp4o6-server": [f"{SERVER6} {IDENTIFIER}", OTHER6]}
        discover = message(DISCOVER)
        run = self.run_with(asks(discover), options=options)
        wanted = message(DISCOVER, option82(CLIENT, RELAY), hops=1, giaddr=RELAY)
        self.assertEqual([ipv4_datagram(frame.octets) for frame in run.ipv4], [(RELAY, 67, PLAIN, 67, wanted)])
        for server in (SERVER6, OTHER6):
            self.assertEqual(self.payloads(run, server), [relay_forward(discover)])

    def test_the_identifier_is_rewritten_both_ways_if_configured(self):
        ours, options = option(54, v4(RELAY)), {**OPTIONS, "dhcp-relay.rewrite-server-identifier": "true"}
        offer = from_server(relay_reply(message(OFFER, LEASE + IDENTIFIES, op=2, yiaddr=LEASED)))
        run = self.run_with(offer, asks(message(REQUEST, ours)), options=options)
        self.assertEqual(softwire_datagram(run.ipv6[0].octets)[6], message(OFFER, LEASE + ours, op=2, yiaddr=LEASED))
        self.assertEqual(self.payloads(run), [relay_forward(message(REQUEST, IDENTIFIES))])
        self.assertEqual(run.counters["dhcp-server-identifier-not-overridden"], 1)

    def test_invalid_server_messages_are_dropped(self):
        """9928, 7341 9, 8415 19.1."""
        offer = message(OFFER, LEASE, op=2, yiaddr=LEASED)
        for wrong, why in (
            (relay_reply(b""), "drop-dhcp6-dhcpv4-message"),
            (relay_reply(offer, more=option6(87, offer)), "drop-dhcp6-dhcpv4-message"),
            (relay_reply(offer, interface=B4), "drop-dhcp6-relay-reply"),
            (relay_reply(offer, kind=7), "drop-dhcp6-message-type"),
            (relay_reply(offer)[:-1], "drop-dhcp6-malformed"),
            (relay_reply(offer, br=B4), "drop-dhcp-br-address"),
            (relay_reply(offer, client="fe80::7"), "drop-dhcp-client-address"),
            (relay_reply(message(DISCOVER)), "drop-dhcp-op"),
            (relay_reply(message(DISCOVER, op=2)), "drop-dhcp-message-type"),
            (relay_reply(message(OFFER, op=2, giaddr=RELAY)), "drop-dhcp-giaddr"),
            (relay_reply(message(OFFER, option82(CLIENT, RELAY), op=2)), "drop-dhcp-option82"),
            (relay_forward(offer), "drop-dhcp-unauthorised"),
        ):
            with self.subTest(why=why):
                run = self.run_with(from_server(wrong))
                self.assertEqual((run.counters[why], run.ipv6), (1, []))

    def test_messages_of_other_servers_are_dropped(self):
        """Without DHCPv6 for clients they are not punted. With it they are punted and dropped."""
        reply = relay_reply(message(OFFER, LEASE, op=2, yiaddr=LEASED))
        frames = [from_server(reply, OTHER6), from_server(reply, port=546)]
        self.assertEqual(self.run_with(*frames).counters["punt-dhcpv6"], 0)
        with_clients = self.run_with(*frames, options={**OPTIONS, "dhcp-over-ipv6.dhcpv6": "true"})
        self.assertEqual(with_clients.counters["drop-dhcp-unknown-server"], 1)


if __name__ == "__main__":
    unittest.main()
