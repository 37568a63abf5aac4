# SPDX-License-Identifier: BSD-3-Clause
"""Tests DHCP to the hub's own IPv6 address: information requests (RFC 7598), DHCPv4 over DHCPv6 (RFC 7341), and
DHCPv4 in UDP."""

import unittest

from dhcp_messages import ACK, BROADCAST, DISCOVER, OFFER, RELEASE, REQUEST, message, option, option6, option82, v4, v6
from harness import GATEWAY6, HUB6, ReplayTest, from_internet
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

HUB = "2001:db8:6::1"
BR, OTHER = "2001:db8:ff::1", "2001:db8:9::9"
RELAY, SERVER = "100.64.0.1", "10.99.0.1"
B4, CLIENT, SHARED = "2001:db8:1::34", "2001:db8:1::77", "192.0.2.1"
CE = "2001:db8:8000::1"
LEASED = "192.0.2.100"
SECOND = 10**9

SOFTWIRES = f"""
binding ipv4 {SHARED} psid-offset 0 psid-len 6 psid 5 b4 {B4} br {BR}
rule map-e ipv4 203.0.113.0/24 ipv6 2001:db8:8000::/40 ea-len 16 psid-offset 6 br {BR}
"""
OPTIONS = {"ipv6.address": HUB, "dhcp-over-ipv6.dhcpv6": "true", "dhcp-over-ipv6.dhcpv4": "true",
           "dhcp-over-ipv6.relay": ["2001:db8:9::/64"], "dhcp-relay.server": [SERVER], "dhcp-relay.address": RELAY}


def datagram(payload, source=CLIENT, ports=(546, 547), to=HUB):
    return bytes(Ether(src=GATEWAY6, dst=HUB6) / IPv6(src=source, dst=to) / UDP(sport=ports[0], dport=ports[1]) / Raw(payload))


def relayed(payload, peer, link, interface=b"port 7"):
    return bytes([12, 0]) + v6(link) + v6(peer) + option6(18, interface) + option6(9, payload)


def options_of(octets):
    found = {}
    while octets:
        code, size = int.from_bytes(octets[:2], "big"), int.from_bytes(octets[2:4], "big")
        assert code not in found and len(octets) >= 4 + size
        found[code], octets = octets[4:4 + size], octets[4 + size:]
    return found


class OverIpv6(ReplayTest):
    softwires = SOFTWIRES
    options = OPTIONS

    def answers(self, frames, ipv4=(), **changes):
        """Returns (destination, ports, payload) of the UDP packets that leave on the IPv6 side, and the run."""
        run = self.replay([(2 * SECOND + i, frame) for i, frame in enumerate(ipv4)],
                          [(SECOND + i, frame) for i, frame in enumerate(frames)], 1, **changes)
        found = []
        for frame in run.ipv6:
            ip = Ether(frame.octets)[IPv6]
            if ip.nh != 17:
                continue
            self.assertEqual(ip.src, HUB)
            checksum = ip[UDP].chksum
            del ip[UDP].chksum
            self.assertEqual(IPv6(bytes(ip))[UDP].chksum, checksum)
            found.append((ip.dst, (ip[UDP].sport, ip[UDP].dport), bytes(ip[UDP].payload)))
        return found, run

    def query(self, payload, unicast=False, more=b""):
        return bytes([20, 0x80 if unicast else 0, 0, 0]) + option6(87, payload) + more

    def offer(self, client, kind=OFFER, more=b""):
        answer = message(kind, option(51, bytes([0, 0, 2, 88])) + more + option82(client, RELAY), op=2, giaddr=RELAY, yiaddr=LEASED)
        return bytes(from_internet(IP(src=SERVER, dst=RELAY) / UDP(sport=67, dport=67) / Raw(answer)))


class Information(OverIpv6):
    """RFC 7598; RFC 8415 18.3.6."""

    def request(self, *codes):
        return bytes([11, 1, 2, 3]) + option6(1, b"\0\3\0\1abcdef") + option6(6, b"".join(c.to_bytes(2, "big") for c in codes))

    def ask(self, payload, **changes):
        answers, run = self.answers([datagram(payload, **changes)])
        self.assertEqual(run.counters["dhcp6-answered"], 1)
        self.assertEqual(len(answers), 1)
        return answers[0]

    def test_a_softwire_by_the_link_of_who_asks(self):
        destination, ports, reply = self.ask(self.request(96))
        self.assertEqual((destination, ports), (CLIENT, (547, 546)))
        self.assertEqual(reply[:4], bytes([7, 1, 2, 3]))
        found = options_of(reply[4:])
        self.assertEqual(found[1], b"\0\3\0\1abcdef")
        self.assertEqual(found[2], bytes.fromhex("00030001") + bytes.fromhex(HUB6.replace(":", "")))
        softwire = options_of(found[96])
        self.assertEqual(softwire[90], v6(BR))
        bind = softwire[92]
        self.assertEqual(bind[:21], v4(SHARED) + bytes([128]) + v6(B4))
        self.assertEqual(options_of(bind[21:]), {93: bytes.fromhex("00061400")})

    def test_the_rule_of_a_ce_behind_a_relay(self):
        destination, ports, reply = self.ask(relayed(self.request(94), "fe80::5", CE), source=OTHER, ports=(547, 547))
        self.assertEqual((destination, ports), (OTHER, (547, 547)))
        self.assertEqual(reply[:34], bytes([13, 0]) + v6(CE) + v6("fe80::5"))
        outer = options_of(reply[34:])
        self.assertEqual(outer[18], b"port 7")
        container = options_of(options_of(outer[9][4:])[94])
        self.assertEqual(container[90], v6(BR))
        self.assertEqual(container[89][:7], bytes([0, 16, 24]) + v4("203.0.113.0"))

    def test_a_relay_that_names_no_link_leaves_it_to_the_next(self):
        """8415 13.1: the link-address of a lightweight relay (RFC 6221) is ::."""
        lightweight = relayed(self.request(94), "fe80::5", "::")
        _, _, reply = self.ask(relayed(lightweight, "fe80::6", CE), source=OTHER, ports=(547, 547))
        inner = options_of(options_of(reply[34:])[9][34:])[9]
        self.assertIn(94, options_of(inner[4:]))

    def test_who_has_nothing_is_told_nothing(self):
        _, _, reply = self.ask(self.request(94, 95, 96), source=OTHER)
        self.assertFalse({94, 95, 96} & options_of(reply[4:]).keys())

    def test_who_asks_on_the_link_is_answered_there(self):
        """8415 7.1, 13: a client or relay on the hub's own link, other than the gateway."""
        group, station, local = "ff02::1:2", "02:00:00:00:06:77", "fe80::77"
        for payload in (self.request(32), relayed(self.request(32), CLIENT, "2001:db8:1::1")):
            frame = Ether(datagram(payload, source=local, to=group))
            frame.src, frame.dst = station, "33:33:00:01:00:02"
            answers, run = self.answers([bytes(frame)], options={**OPTIONS, "dhcp-over-ipv6.relay": ["fe80::/10"]})
            self.assertEqual((len(answers), answers[0][0]), (1, local))
            answer = Ether(run.ipv6[0].octets)
            self.assertEqual((answer.src, answer.dst), (HUB6, station))

    def test_who_may_not_ask_is_told_nothing(self):
        """dhcp-relay.client decides, as for leases. The link identifies a relayed client."""
        direct = datagram(self.request(96))
        behind_a_relay = datagram(relayed(self.request(96), "fe80::5", "2001:db8:1::1"), source=OTHER, ports=(547, 547))
        stranger = datagram(self.request(96), source=OTHER)
        for client, frames, answered in (
            ("2001:db8:1::/48", [direct, behind_a_relay], 2),
            ("2001:db8:77::/48", [direct, behind_a_relay], 0),
            ("bound", [direct, behind_a_relay], 2),
            ("bound", [stranger, datagram(self.request(96), source="fe80::7")], 0),
        ):
            with self.subTest(client=client, answered=answered):
                answers, run = self.answers(frames, options={**OPTIONS, "dhcp-relay.client": [client]})
                self.assertEqual(len(answers), answered)
                self.assertEqual(run.counters["drop-dhcp-unauthorised"], 2 - answered)

    def test_an_address_that_no_host_has_is_not_answered(self):
        _, run = self.answers([datagram(self.request(96), source="::ffff:192.0.2.1")])
        self.assertEqual((run.counters["drop-dhcp-unauthorised"], run.ipv6), (1, []))

    def test_a_lease_is_told_by_dhcpv4_alone(self):
        """A container has no end time, so a lease is not in one. A subscriber does not get a neighbor's container."""
        leased = "2001:db8:1::55"
        request = bytes([20, 0, 0, 0]) + option6(87, message(REQUEST))
        ack = self.offer(leased, ACK)
        run = self.replay([(2 * SECOND, ack)], [(SECOND, datagram(request, source=leased)),
                                                (3 * SECOND, datagram(self.request(96), source=leased)),
                                                (4 * SECOND, datagram(self.request(96)))], 1,
                          options={**OPTIONS, "leases.pool": f"{LEASED}/32"})
        self.assertEqual(run.counters["leases"], 1)
        told = [options_of(bytes(Ether(frame.octets)[UDP].payload)[4:]) for frame in run.ipv6[1:]]
        self.assertNotIn(96, told[0])
        self.assertIn(v6(B4), told[1][96])

    def test_is_off_until_wanted(self):
        _, run = self.answers([datagram(self.request(96))], options={**OPTIONS, "dhcp-over-ipv6.dhcpv6": "false"})
        self.assertEqual(run.counters["punt-dhcpv6"], 0)
        self.assertEqual(run.ipv6, [])


class OverDhcpv6(OverIpv6):
    """RFC 7341: a plain DHCPv4 server behind the hub."""

    def test_a_direct_query_and_its_response(self):
        """7341 6, 8: one option 87; flags of the response are zero."""
        answers, run = self.answers([datagram(self.query(message(DISCOVER)))], [self.offer(CLIENT)])
        wanted = message(DISCOVER, option82(CLIENT, RELAY), hops=1, giaddr=RELAY)
        self.assertIn(wanted, run.ipv4[0].octets)
        destination, ports, response = answers[0]
        self.assertEqual((destination, ports, response[:4]), (CLIENT, (547, 546), bytes([21, 0, 0, 0])))
        inner = options_of(response[4:])[87]
        self.assertEqual(inner, message(OFFER, option(51, bytes([0, 0, 2, 88])), op=2, giaddr=RELAY, yiaddr=LEASED))
        self.assertEqual(run.counters["dhcp-delivered"], 1)

    def test_the_flag_says_that_it_was_unicast(self):
        """7341 6.2; RFC 5010 3."""
        _, run = self.answers([datagram(self.query(message(REQUEST), unicast=True))])
        self.assertIn(option82(CLIENT, RELAY, unicast=True), run.ipv4[0].octets)

    def test_a_relayed_query_and_its_response(self):
        """7341 10, RFC 8415 19: the answer takes the relay's way back; option 109 names the softwire."""
        claimed = option(109, v6(B4))
        query = relayed(self.query(message(DISCOVER, claimed), more=option6(6, b"\0\x5a\0\x89")), "fe80::5", "2001:db8:1::1")
        answers, run = self.answers([datagram(query, source=OTHER, ports=(547, 547))], [self.offer(B4)])
        destination, ports, reply = answers[0]
        self.assertEqual((destination, ports), (OTHER, (547, 547)))
        response = options_of(options_of(reply[34:])[9][4:])
        self.assertEqual(response[90], v6(BR))
        self.assertEqual(response[137], bytes([128]) + v6(B4))
        self.assertIn(87, response)

    def test_the_br_is_that_of_the_subscriber(self):
        """The lowest address of the link is for clients that have none yet."""
        second, holder = "2001:db8:ff::2", "2001:db8:1::99"
        softwires = SOFTWIRES + f"binding ipv4 192.0.2.99 b4 {holder} br {second}\n"
        query = self.query(message(REQUEST), more=option6(6, b"\0\x5a"))
        for source, br in ((holder, second), (CLIENT, BR)):
            told = bytes([1, 16]) + v6(br)
            _, run = self.answers([datagram(query, source=source)], softwires=softwires)
            self.assertIn(told, run.ipv4[0].octets)
            _, run = self.answers([datagram(message(REQUEST), source=source, ports=(68, 67))], softwires=softwires)
            self.assertIn(told, run.ipv4[0].octets)

    def test_a_softwire_source_on_another_link_is_refused(self):
        """RFC 8539: a client cannot speak for a subscriber elsewhere."""
        query = self.query(message(DISCOVER, option(109, v6("2001:db8:2::34"))))
        _, run = self.answers([datagram(query)])
        self.assertEqual(run.counters["drop-dhcp-client-address"], 1)

    def test_what_would_have_to_be_remembered_of_relays_is_limited(self):
        """All relays together may have 512 octets of option 18."""
        frames = [datagram(relayed(self.query(message(DISCOVER)), CLIENT, "::", bytes(size)), source=OTHER, ports=(547, 547))
                  for size in (512, 513)]
        _, run = self.answers(frames)
        self.assertEqual((run.counters["dhcp-relayed"], run.counters["drop-dhcp6-too-big"]), (1, 1))

    def test_not_exactly_one_message_is_refused(self):
        """7341 9."""
        two = self.query(message(DISCOVER), more=option6(87, message(DISCOVER)))
        none = bytes([20, 0, 0, 0]) + option6(6, b"\0\x5a")
        _, run = self.answers([datagram(two), datagram(none)])
        self.assertEqual(run.counters["drop-dhcp6-dhcpv4-message"], 2)

    def test_an_ack_makes_the_binding_of_the_softwire(self):
        """RFC 8539 7; RFC 7596 6.1."""
        data = bytes(from_internet(IP(src="198.18.0.80", dst=LEASED) / UDP(sport=53, dport=4000) / Raw(b"data")))
        request = datagram(self.query(message(REQUEST, option(109, v6("2001:db8:1::55")))))
        _, run = self.answers([request], [self.offer("2001:db8:1::55", ACK), data],
                              options={**OPTIONS, "leases.pool": f"{LEASED}/32"})
        self.assertEqual(run.counters["leases"], 1)
        inner = Ether(run.ipv6[-1].octets)[IPv6]
        self.assertEqual((inner.src, inner.dst, inner.nh), (BR, "2001:db8:1::55", 4))

    def test_a_retransmission_is_awaited_anew(self):
        """RFC 2131 4.1: up to 64 seconds between two messages. The answer goes to the source of the last one."""
        discover = datagram(self.query(message(DISCOVER)))
        for seconds, over_ipv6 in ((58, True), (59, False)):
            run = self.replay([((1 + seconds) * SECOND, self.offer(CLIENT))],
                              [(SECOND, discover), (30 * SECOND, discover)], 1)
            self.assertEqual(Ether(run.ipv6[-1].octets)[IPv6].nh == 17, over_ipv6)

    def test_the_embedded_server_answers_at_once(self):
        """The draft allows the hub to be the server."""
        options = {"ipv6.address": HUB, "ipv4.address": RELAY, "dhcp-over-ipv6.dhcpv6": "true",
                   "dhcp-server.pool": f"{LEASED}-{LEASED}", "br-address": BR}
        answers, run = self.answers([datagram(self.query(message(DISCOVER)))], softwires="", options=options)
        inner = options_of(answers[0][2][4:])[87]
        self.assertEqual(inner[16:20], v4(LEASED))
        self.assertEqual(run.counters["dhcp-answered"], 1)


class SoftwireSource(OverIpv6):
    """RFC 8539: option 109 names the end of the softwire. Link and client identifier identify other messages."""

    embedded = {"ipv6.address": HUB, "ipv4.address": RELAY, "dhcp-over-ipv6.dhcpv6": "true", "br-address": BR,
                "dhcp-over-ipv6.relay": ["2001:db8:9::/64"], "dhcp-server.pool": f"{LEASED}-{LEASED}"}
    END, MOVED = "2001:db8:1::55", "2001:db8:1::66"
    data = bytes(from_internet(IP(src="198.18.0.80", dst=LEASED) / UDP(sport=53, dport=4000) / Raw(b"data")))

    def request(self, end=None, **fields):
        more = b"" if "ciaddr" in fields else option(54, v4(RELAY)) + option(50, v4(LEASED))
        return message(REQUEST, more + (option(109, v6(end)) if end else b""), **fields)

    def talk(self, *messages, source=CLIENT, path=lambda query: query, ipv4=(), **changes):
        """Sends queries at intervals of a second, and then a packet to the leased address."""
        frames = [((2 * i + 1) * SECOND, datagram(path(self.query(dhcpv4)), source=source)) for i, dhcpv4 in enumerate(messages)]
        return self.replay([*ipv4, (60 * SECOND, self.data)], frames, 1, **changes)

    def responses(self, run, of=lambda payload: payload):
        """Returns (message type, options) of the DHCPv4 messages in the responses."""
        found = []
        for frame in run.ipv6:
            packet = Ether(frame.octets)
            if packet[IPv6].nh == 17:
                dhcpv4 = options_of(of(bytes(packet[UDP].payload))[4:])[87]
                at, options = 240, {}
                while dhcpv4[at] != 255:
                    options[dhcpv4[at]] = dhcpv4[at + 2:at + 2 + dhcpv4[at + 1]]
                    at += 2 + dhcpv4[at + 1]
                found.append((options[53][0], options))
        return found

    def end_of_softwire(self, run):
        packet = Ether(run.ipv6[-1].octets)[IPv6]
        return packet.dst if packet.nh == 4 else None

    def test_a_discover_need_not_say_it_and_the_ack_does(self):
        run = self.talk(message(DISCOVER), self.request(self.END), softwires="", options=self.embedded)
        (offer, _), (ack, options) = self.responses(run)
        self.assertEqual((offer, ack, options[109]), (OFFER, ACK, v6(self.END)))
        self.assertEqual(self.end_of_softwire(run), self.END)

    def test_who_does_not_say_it_is_not_told_it(self):
        run = self.talk(message(DISCOVER), self.request(), softwires="", options=self.embedded)
        self.assertEqual([kind for kind, _ in self.responses(run)], [OFFER, ACK])
        self.assertNotIn(109, self.responses(run)[1][1])
        self.assertEqual(self.end_of_softwire(run), CLIENT)

    def test_a_renewal_moves_it_on_the_link(self):
        run = self.talk(message(DISCOVER), self.request(self.END), self.request(self.MOVED, ciaddr=LEASED), softwires="",
                        options=self.embedded)
        self.assertEqual([options[109] for kind, options in self.responses(run) if kind == ACK], [v6(self.END), v6(self.MOVED)])
        self.assertEqual((self.end_of_softwire(run), run.counters["leases"]), (self.MOVED, 1))

    def test_a_release_is_of_the_lease_of_who_sends_it(self):
        """A client is identified from any address on the link. Another client's lease is not affected."""
        release = message(RELEASE, option(54, v4(RELAY)), ciaddr=LEASED)
        run = self.talk(message(DISCOVER), self.request(self.END), release, softwires="", options=self.embedded)
        self.assertEqual((run.counters["dhcp-released"], run.counters["leases"]), (1, 0))
        other = message(RELEASE, option(54, v4(RELAY)) + option(61, b"\0other"), ciaddr=LEASED)
        run = self.talk(message(DISCOVER), self.request(self.END), other, softwires="", options=self.embedded)
        self.assertEqual((run.counters["drop-dhcp-source-not-owned"], run.counters["leases"]), (1, 1))

    def test_where_a_subscriber_is_one_address_neighbors_are_others(self):
        """RFC 7785 3: with a mask of 128, no client on the link can act for another end, or move its lease."""
        mask = {"dhcp-relay.subscriber-mask": 128}
        request = datagram(self.query(self.request(self.END)), source=self.END)
        release = message(RELEASE, option(61, b"\0evil") + option(109, v6(self.END)), ciaddr=LEASED)
        forged = datagram(self.query(release), source="2001:db8:1::bad")
        acks = [(2 * SECOND, self.offer(self.END, ACK)), (60 * SECOND, self.data)]
        for options, why in (({}, None), (mask, "drop-dhcp-client-address")):
            run = self.replay(acks, [(SECOND, request), (3 * SECOND, forged)], 1,
                              options={**OPTIONS, **options, "leases.pool": f"{LEASED}/32"})
            self.assertEqual(self.end_of_softwire(run), self.END if why else None)
            self.assertEqual(run.counters["drop-dhcp-client-address"], 1 if why else 0)
        moving = datagram(self.query(self.request(ciaddr=LEASED)), source="2001:db8:1::bad")
        discover = datagram(self.query(message(DISCOVER)), source=self.END)
        frames = [(SECOND // 2, discover), (SECOND, request), (3 * SECOND, moving)]
        run = self.replay([(60 * SECOND, self.data)], frames, 1, softwires="",
                          options={**self.embedded, **mask})
        self.assertEqual((self.end_of_softwire(run), run.counters["drop-dhcp-source-not-owned"]), (self.END, 1))

    def test_what_a_map_t_rule_gives_is_the_ces_however_it_asks(self):
        """RFC 7599: this makes no lease and no binding."""
        ce, address, ports = "2001:db8:8012:3400:0:cb00:7112:34", "203.0.113.18", option(159, bytes([6, 8, 0x34, 0]))
        rule = "rule map-t ipv4 203.0.113.0/24 ipv6 2001:db8:8000::/40 ea-len 16 psid-offset 6 dmr 64:ff9b::/96\n"
        ack = message(ACK, option(51, bytes([0, 0, 2, 88])) + ports + option82(ce, RELAY), op=2, giaddr=RELAY, yiaddr=address)
        answer = bytes(from_internet(IP(src=SERVER, dst=RELAY) / UDP(sport=67, dport=67) / Raw(ack)))
        request = message(REQUEST, option(55, bytes([159])))
        for payload, dports in ((self.query(request), (546, 547)), (request, (68, 67))):
            run = self.replay([(2 * SECOND, answer)], [(SECOND, datagram(payload, source=ce, ports=dports))], 1, softwires=rule,
                              options={**OPTIONS, "br-address": BR, "leases.pool": "192.0.2.0/24"})
            self.assertEqual((run.counters["dhcp-delivered"], run.counters["leases"]), (1, 0))

    def test_so_with_a_server_behind_a_relay(self):
        """The server knows neither option. An authenticated ACK is unchanged."""
        options = {**OPTIONS, "leases.pool": f"{LEASED}/32"}
        acks = [(2 * SECOND, self.offer(self.END, ACK)), (4 * SECOND, self.offer(self.MOVED, ACK))]
        messages = self.request(self.END), self.request(self.MOVED, ciaddr=LEASED)
        run = self.talk(*messages, ipv4=acks, options=options)
        self.assertEqual([options[109] for _, options in self.responses(run)], [v6(self.END), v6(self.MOVED)])
        self.assertEqual((self.end_of_softwire(run), run.counters["leases"]), (self.MOVED, 1))
        run = self.talk(*messages, message(RELEASE, ciaddr=LEASED), ipv4=acks, options=options)
        self.assertEqual((run.counters["dhcp-relayed"], run.counters["leases"]), (3, 0))
        signed = [(2 * SECOND, self.offer(self.END, ACK, option(90, bytes(11))))]
        run = self.talk(self.request(self.END), ipv4=signed, options=options)
        self.assertNotIn(109, self.responses(run)[0][1])

    def test_a_relayed_client_with_a_link_local_address(self):
        """A DISCOVER gets an address of the link; a REQUEST must name the end."""
        def path(query):
            return relayed(query, "fe80::5", "2001:db8:1::1")

        def of(payload):
            return options_of(payload[34:])[9]

        run = self.talk(message(DISCOVER), self.request(self.END), source=OTHER, path=path, softwires="", options=self.embedded)
        self.assertEqual([kind for kind, _ in self.responses(run, of)], [OFFER, ACK])
        self.assertEqual(self.end_of_softwire(run), self.END)
        run = self.talk(message(DISCOVER), self.request(), source=OTHER, path=path, softwires="", options=self.embedded)
        self.assertEqual(run.counters["drop-dhcp-client-address"], 1)
        # B4 has the only binding of the link.
        run = self.talk(message(DISCOVER), source=OTHER, path=path)
        self.assertIn(option82(B4, RELAY), run.ipv4[0].octets)


class Relays(OverIpv6):
    """RFC 8415 22: a relay names its client, so only configured relays are accepted."""

    def test_who_is_no_relay_is_not_heard(self):
        """It gets neither a subscriber's softwire nor its lease, from any source port."""
        information = bytes([11, 1, 2, 3]) + option6(6, b"\0\x60")
        for inner in (information, self.query(message(RELEASE, ciaddr=SHARED))):
            for port in (546, 547, 5000):
                forged = datagram(relayed(inner, B4, "::"), source="2001:db8:10::9", ports=(port, 547))
                answers, run = self.answers([forged])
                self.assertEqual((answers, run.counters["drop-dhcp6-unknown-relay"]), ([], 1))

    def test_without_the_key_nobody_is_a_relay(self):
        query = relayed(self.query(message(DISCOVER)), B4, "::")
        _, run = self.answers([datagram(query, source=OTHER, ports=(547, 547))], options={"dhcp-over-ipv6.relay": []})
        self.assertEqual(run.counters["drop-dhcp6-unknown-relay"], 1)


class Floods(OverIpv6):
    """RFC 7596 9: what has no binding, lease or rule leaves half of each limit to subscribers."""

    def relayed_of(self, frames, xid, **options):
        """Returns how many messages with this xid reached the server, and the run."""
        _, run = self.answers(frames, options={**OPTIONS, "dhcp-relay.rate": 40, **options})
        return sum(frame.octets[42 + 4:42 + 8] == xid.to_bytes(4, "big") for frame in run.ipv4), run

    def test_strangers_leave_subscribers_their_part_on_every_way(self):
        """By the /64 of a B4 address, over DHCPv6 and UDP; by a rule; in the softwire."""
        discover = message(DISCOVER, xid=0x5EED)
        in_softwire = IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / Raw(discover)
        for victim in (
            datagram(self.query(discover)),
            datagram(discover, ports=(68, 67)),
            datagram(self.query(discover), source=CE),
            bytes(Ether(src=GATEWAY6, dst=HUB6) / IPv6(src=B4, dst=BR) / in_softwire),
        ):
            flood = [datagram(self.query(message(DISCOVER)), source=f"2001:db8:7:{site:x}::1") for site in range(100)]
            count, run = self.relayed_of(flood + [victim] * 5, 0x5EED)
            self.assertEqual(count, 5)
            self.assertEqual(run.counters["drop-punt-rate"], 100 - 16)

    def test_a_client_behind_a_relay_has_a_rate_of_its_own(self):
        """So has every other one behind the same relay."""
        greedy = datagram(relayed(self.query(message(DISCOVER)), "2001:db8:7:1::1", "2001:db8:7:1::9"), OTHER, (547, 547))
        other = datagram(relayed(self.query(message(DISCOVER, xid=0x5EED)), "2001:db8:7:2::1", "2001:db8:7:2::9"), OTHER, (547, 547))
        options = {"dhcp-relay.subscriber-rate": 2, "dhcp-relay.rate": 1000}
        count, run = self.relayed_of([greedy] * 60 + [other], 0x5EED, **options)
        self.assertEqual(count, 1)
        self.assertEqual(run.counters["drop-punt-subscriber-rate"], 50)

    def test_a_client_behind_a_relay_that_changes_its_address_is_one_client(self):
        """RFC 7785 3: it has any address of its prefix."""
        queries = [self.query(message(DISCOVER))] * 60
        greedy = [datagram(relayed(query, f"2001:db8:7:1::{i + 1:x}", "2001:db8:7:1::ffff"), OTHER, (547, 547))
                  for i, query in enumerate(queries)]
        options = {"dhcp-relay.subscriber-rate": 2, "dhcp-relay.rate": 1000}
        _, run = self.relayed_of(greedy, 0x5EED, **options)
        self.assertEqual(run.counters["drop-punt-subscriber-rate"], 50)


class InUdp(OverIpv6):
    """draft-ietf-dhc-v4configuration 1.2: DHCPv4 itself in UDP over IPv6."""

    def test_there_and_back(self):
        """The answer goes to the configured port, because implementations differ."""
        offer = self.offer(CLIENT)
        for reply_port, port in (("source", 4000), ("67", 67), ("68", 68)):
            options = {**OPTIONS, "dhcp-over-ipv6.dhcpv4-reply-port": reply_port}
            answers, run = self.answers([datagram(message(DISCOVER, flags=BROADCAST), ports=(4000, 67))], [offer], options=options)
            wanted = message(DISCOVER, option82(CLIENT, RELAY), flags=BROADCAST, hops=1, giaddr=RELAY)
            self.assertIn(wanted, run.ipv4[0].octets)
            self.assertEqual(answers[0][:2], (CLIENT, (67, port)))
            self.assertEqual(answers[0][2], message(OFFER, option(51, bytes([0, 0, 2, 88])), op=2, giaddr=RELAY, yiaddr=LEASED))

    def test_an_address_of_another_is_refused(self):
        """RFC 7596 6.2."""
        release = message(RELEASE, ciaddr=SHARED)
        _, run = self.answers([datagram(release, ports=(68, 67)), datagram(release, source=B4, ports=(68, 67))])
        self.assertEqual(run.counters["drop-dhcp-source-not-owned"], 1)
        self.assertEqual(run.counters["dhcp-relayed"], 1)

    def test_a_link_local_client_is_nobody(self):
        """A link-local address is not the end of a softwire."""
        _, run = self.answers([datagram(message(DISCOVER), source="fe80::7", ports=(68, 67))])
        self.assertEqual(run.counters["drop-dhcp-unauthorised"], 1)


if __name__ == "__main__":
    unittest.main()
