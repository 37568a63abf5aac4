# SPDX-License-Identifier: BSD-3-Clause
"""Tests what the hub does with ARP (RFC 826) and Neighbor Discovery (RFC 4861) messages about its gateways that it did
not ask for."""

import unittest

from harness import GATEWAY6, HUB4, HUB6, OWN4, Frame
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether
from test_neighbor import (
    ANSWER4,
    ANSWER6,
    ASKING,
    BROADCAST,
    DOWN_FRAME,
    DOWN_SENT,
    NEW,
    OWN6,
    PROBE4,
    PROBE6,
    QUESTION4,
    QUESTION6,
    ROUTER4,
    ROUTER6,
    UP_FRAME,
    UP_SENT,
    NeighborTest,
    advertisement,
    arp_reply,
    arp_request,
    solicitation,
)


class GatewayClaims(NeighborTest):
    def sent(self, *frames):
        return [bytes(frame) for frame in frames]

    def moved(self, frame):
        """The frame as it leaves to the other MAC address."""
        frame = Ether(bytes(frame))
        frame.dst = NEW
        return frame

    def claims4(self):
        return (
            arp_request(ROUTER4, sender=ROUTER4, mac=NEW),  # RFC 5227 2.3: an announcement
            arp_reply(ROUTER4, NEW, ROUTER4, BROADCAST),  # a gratuitous reply
            arp_reply(ROUTER4, NEW, OWN4, HUB4),  # an answer that nobody asked for
            arp_request(OWN4, sender=ROUTER4, mac=NEW),  # a question
        )

    def claims6(self):
        return (
            advertisement(ROUTER6, NEW, "ff02::1", "33:33:00:00:00:01", R=1, O=1),
            advertisement(ROUTER6, NEW, OWN6, HUB6, R=1, S=1, O=1),
            solicitation(OWN6, source=ROUTER6, mac=NEW),
        )

    def test_rfc826_a_claim_is_asked_and_not_believed(self):
        """The MAC address in use and the claimed one are asked at once. No packet goes to the claimed one."""
        probe = arp_request(ROUTER4, sender=OWN4, mac=HUB4, to=NEW)
        for claim in self.claims4():
            story = ((1, "ipv4", ANSWER4), (5, "ipv4", claim), (5, "ipv6", UP_FRAME), (5, "ipv4", ANSWER4), (6, "ipv6", UP_FRAME))
            for _, ipv4, _ in self.story(*story):
                answer = [arp_reply(OWN4, HUB4, ROUTER4, NEW)] if claim[ARP].pdst == OWN4 and claim[ARP].op == 1 else []
                self.assertEqual(sorted(ipv4[1:-2]), sorted(self.sent(PROBE4, probe, *answer)))
                self.assertEqual(ipv4[-2:], self.sent(UP_SENT, UP_SENT))

    def test_rfc4861_725_a_claim_is_asked_and_not_believed(self):
        probe = solicitation(ROUTER6, source=OWN6, mac=HUB6, to=ROUTER6, to_mac=NEW)
        for claim in self.claims6():
            story = ((1, "ipv6", ANSWER6), (5, "ipv6", claim), (5, "ipv4", DOWN_FRAME), (5, "ipv6", ANSWER6), (6, "ipv4", DOWN_FRAME))
            for _, _, ipv6 in self.story(*story):
                sent = [frame for frame in ipv6 if frame in self.sent(PROBE6, probe)]
                self.assertEqual(sorted(sent), sorted(self.sent(PROBE6, probe)))
                self.assertEqual(ipv6[-2:], self.sent(DOWN_SENT, DOWN_SENT))

    def test_rfc826_a_new_mac_is_used_after_its_answer(self):
        """Less than a second after the claim, when the old one is silent."""
        answer = arp_reply(ROUTER4, NEW, OWN4, HUB4)
        for claim in self.claims4():
            story = ((1, "ipv4", ANSWER4), (5, "ipv4", claim), (5, "ipv4", answer), (6, "ipv6", UP_FRAME))
            for _, ipv4, _ in self.story(*story):
                self.assertEqual(ipv4[-1], bytes(self.moved(UP_SENT)))

    def test_rfc4861_725_a_new_mac_is_used_after_its_answer(self):
        answer = advertisement(ROUTER6, NEW, OWN6, HUB6, R=1, S=1, O=1)
        for claim in self.claims6():
            story = ((1, "ipv6", ANSWER6), (5, "ipv6", claim), (5, "ipv6", answer), (6, "ipv4", DOWN_FRAME))
            for _, _, ipv6 in self.story(*story):
                self.assertEqual(ipv6[-1], bytes(self.moved(DOWN_SENT)))

    def test_while_the_old_mac_answers_it_stays(self):
        """Also when both answer, whoever is first."""
        other = arp_reply(ROUTER4, NEW, OWN4, HUB4)
        for answers in ((ANSWER4, other), (other, ANSWER4)):
            story = ((1, "ipv4", ANSWER4), (5, "ipv4", self.claims4()[0]), (5, "ipv4", *answers))
            for _, ipv4, _ in self.story(*story, *((second, "ipv6", UP_FRAME) for second in (5, 6, 7))):
                self.assertEqual([frame for frame in ipv4 if frame[12:14] == b"\x08\x00"], self.sent(*[UP_SENT] * 3))

    def test_rfc4861_725_an_answer_that_nobody_asked_for_confirms_nothing(self):
        """Thirty seconds after the last answer to a request, the hub asks again."""
        story = ((1, "ipv4", ANSWER4), (1, "ipv6", ANSWER6), (20, "ipv4", ANSWER4), (20, "ipv6", ANSWER6), (31, "ipv6", UP_FRAME))
        for run, ipv4, ipv6 in self.story(*story):
            self.assertEqual(ipv4, self.sent(QUESTION4, PROBE4, UP_SENT))
            self.assertEqual(ipv6, self.sent(QUESTION6, PROBE6))

    def test_one_bad_answer_at_the_start_costs_less_than_a_second(self):
        """The first answer to the request is of a station that is not there; the gateway's own comes next."""
        bad = arp_reply(ROUTER4, NEW, OWN4, HUB4)
        story = ((1, "ipv4", bad), (1, "ipv4", ANSWER4), (1, "ipv4", ANSWER4), (2, "ipv6", UP_FRAME))
        for _, ipv4, _ in self.story(*story):
            self.assertEqual(ipv4[-1], bytes(UP_SENT))

    def told_at(self, side, events):
        """Events: (millisecond, side, frame), in order. Yields each run with the destinations of data frames on `side`."""
        inputs = {"ipv4": [], "ipv6": []}
        for number, (millisecond, of_side, frame) in enumerate(sorted(events, key=lambda event: event[0])):
            time = millisecond * 10**6 + number
            inputs[of_side].append(Frame(time, bytes(frame)))
            inputs["ipv6" if of_side == "ipv4" else "ipv4"].append(Frame(time, b"\0"))  # ends the burst
        data = b"\x08\x00" if side == "ipv4" else b"\x86\xdd"
        for burst, run in self.replay_in_every_burst(**inputs, config=ASKING):
            with self.subTest(burst=burst, side=side):
                frames = [frame.octets for frame in (run.ipv4 if side == "ipv4" else run.ipv6)]
                yield run, [
                    Ether(frame).dst for frame in frames if frame[12:14] == data and not (side == "ipv6" and frame[20] == 58)
                ]

    def liars(self):
        """For each side: the data frame, the gateway's answer and its MAC address, the liar's answer."""
        return (
            ("ipv4", "ipv6", UP_FRAME, ANSWER4, arp_reply(ROUTER4, NEW, OWN4, HUB4)),
            ("ipv6", "ipv4", DOWN_FRAME, ANSWER6, advertisement(ROUTER6, NEW, OWN6, HUB6, R=1, S=1, O=1)),
        )

    def test_rfc4861_725_at_the_start_the_station_that_answers_wins(self):
        """Another one sends answers that nobody asked for all the time. It is the first."""
        for side, other, data, answer, lie in self.liars():
            events = [(1000 + at, side, lie) for at in range(0, 9000, 50)]
            events += [(1001, side, answer), (1002, side, answer)]  # to everybody, and to the gateway alone
            events += [(at, other, data) for at in (2000, 5000, 9000)]
            for run, to in self.told_at(side, events):
                self.assertEqual(to, [answer.src] * 3)

    def test_rfc4861_725_after_a_silence_the_station_that_answers_wins(self):
        """The gateway is silent for a while, and another station sends answers that nobody asked for."""
        for side, other, data, answer, lie in self.liars():
            events = [(at, side, lie) for at in range(5000, 62000, 100)]
            events += [(1000, side, answer), (5001, side, answer)]
            events += [(at, other, data) for at in (5500, 20000, 40000, 45500, 60000)]
            events += [(45000, side, answer)]
            for run, to in self.told_at(side, events):
                self.assertEqual(to, [answer.src, NEW, NEW, answer.src, answer.src])

    def test_rfc4861_725_without_override_the_old_mac_is_asked(self):
        doubt = advertisement(ROUTER6, NEW, "ff02::1", "33:33:00:00:00:01", R=1, O=0)
        story = ((1, "ipv6", ANSWER6), (5, "ipv6", doubt), (5, "ipv4", DOWN_FRAME))
        for _, _, ipv6 in self.story(*story):
            self.assertEqual(ipv6, self.sent(QUESTION6, PROBE6, DOWN_SENT))

    def test_rfc4861_712_advertisements_from_afar_are_invalid(self):
        """Hop limit 254: it has passed a router."""
        far = advertisement(ROUTER6, NEW, OWN6, HUB6, R=1, S=1, O=1)
        far[IPv6].hlim = 254
        for run, _, ipv6 in self.story((1, "ipv6", far), (1, "ipv4", DOWN_FRAME)):
            self.assertEqual(run.counters["drop-nd-invalid"], 1)
            self.assertEqual(ipv6, self.sent(QUESTION6))

    def test_rfc4861_61_router_advertisements_say_nothing(self):
        """The hub is a router; its gateway is configured."""
        router = Ether(src=NEW, dst="33:33:00:00:00:01") / IPv6(src=ROUTER6, dst="ff02::1", hlim=255)
        router /= ICMPv6ND_RA() / ICMPv6NDOptSrcLLAddr(lladdr=NEW)
        for _, _, ipv6 in self.story((1, "ipv6", ANSWER6), (5, "ipv6", router), (6, "ipv4", DOWN_FRAME)):
            self.assertEqual(ipv6, self.sent(QUESTION6, DOWN_SENT))


if __name__ == "__main__":
    unittest.main()
