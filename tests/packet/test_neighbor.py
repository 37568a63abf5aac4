# SPDX-License-Identifier: BSD-3-Clause
"""Tests ARP (RFC 826) and Neighbor Discovery (RFC 4861): answers and requests of the hub, and packets that wait."""

import unittest

from harness import (
    BURSTS,
    FRAMES,
    GATEWAY4,
    GATEWAY6,
    HOST,
    HUB4,
    HUB6,
    OWN4,
    Frame,
    ReplayTest,
    forwarded,
    from_internet,
    from_softwire,
    outcomes_of,
    to_internet,
    to_softwire,
)
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import (
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6NDOptUnknown,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    in6_getnsma,
    in6_getnsmac,
)
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw
from scapy.pton_ntop import inet_ntop, inet_pton
from socket import AF_INET6

SHARED, WHOLE, B4, BR = "192.0.2.1", "192.0.2.9", "2001:db8:1::9", "2001:db8:ff::1"
OWN6, ROUTER4, ROUTER6 = "2001:db8:6::1", "198.51.100.254", "2001:db8:6::254"
ASKER, ASKER4, ASKER6 = "02:00:00:00:0a:01", "198.51.100.7", "2001:db8:6::7"
NEW = "02:00:00:00:0b:01"
BROADCAST = "ff:ff:ff:ff:ff:ff"
SOFTWIRES = f"""
binding ipv4 {SHARED} psid-len 6 psid 1 b4 2001:db8:1::1 br {BR}
binding ipv4 {WHOLE} b4 {B4} br {BR}
"""
DOWN = IP(src=HOST, dst=WHOLE) / UDP(sport=53, dport=5000) / Raw(b"down")
UP = IP(src=WHOLE, dst=HOST) / UDP(sport=5000, dport=53) / Raw(b"up")

ASKING = f"""\
[ipv4]
mac = {HUB4}
gateway = {ROUTER4}
address = {OWN4}
[ipv6]
mac = {HUB6}
gateway = {ROUTER6}
address = {OWN6}
"""


def group_of(address):
    """Returns (IPv6 group, MAC address) of a solicitation for the address (RFC 4291 2.7.1, RFC 2464 7)."""
    group = in6_getnsma(inet_pton(AF_INET6, address))
    return inet_ntop(AF_INET6, group), in6_getnsmac(group)


def arp_request(target, sender=ASKER4, mac=ASKER, to=BROADCAST):
    return Ether(src=mac, dst=to) / ARP(op=1, hwsrc=mac, psrc=sender, hwdst="00:00:00:00:00:00", pdst=target)


def arp_reply(sender, mac, target, to):
    return Ether(src=mac, dst=to) / ARP(op=2, hwsrc=mac, psrc=sender, hwdst=to, pdst=target)


def solicitation(target, source=ASKER6, mac=ASKER, to=None, to_mac=None, option=True, **ipv6):
    group, group_mac = group_of(target)
    packet = Ether(src=mac, dst=to_mac or group_mac) / IPv6(src=source, dst=to or group, hlim=255, **ipv6)
    packet /= ICMPv6ND_NS(tgt=target)
    return packet / ICMPv6NDOptSrcLLAddr(lladdr=mac) if option else packet


def advertisement(target, mac, to, to_mac, **flags):
    packet = Ether(src=mac, dst=to_mac) / IPv6(src=target, dst=to, hlim=255)
    return packet / ICMPv6ND_NA(tgt=target, **flags) / ICMPv6NDOptDstLLAddr(lladdr=mac)


def announced_by_hub(target, override=1):
    return advertisement(target, HUB6, ASKER6, ASKER, R=1, S=1, O=override)


def tagged(frame, vlan):
    ether = Ether(bytes(frame))
    return Ether(src=ether.src, dst=ether.dst, type=0x8100) / Dot1Q(vlan=vlan, type=ether.type) / ether.payload


class NeighborTest(ReplayTest):
    softwires = SOFTWIRES

    def answered(self, side, exchanges, **changes):
        """Expects the second frame of each pair as the answer to the first. None: no answer."""
        exchanges = exchanges * -(-FRAMES // len(exchanges))
        frames = [Frame(10**9 + 1001 * index, bytes(frame)) for index, (frame, _) in enumerate(exchanges)]
        expected = [
            Frame(frame.time, bytes(answer)) for frame, (_, answer) in zip(frames, exchanges) if answer is not None
        ]
        inputs = {"ipv4": [], "ipv6": [], side: frames}
        changes["options"] = {"ipv6.address": OWN6, **changes.get("options", {})}
        for burst, run in self.replay_in_every_burst(**inputs, **changes):
            with self.subTest(burst=burst):
                self.assert_same_frames(getattr(run, side), expected)
                self.assertEqual(run.counters["generated-packets"], len(expected))
                yield outcomes_of(run), len(frames)

    def dropped(self, side, outcome, *frames, **changes):
        for outcomes, count in self.answered(side, [(frame, None) for frame in frames], **changes):
            self.assertEqual(outcomes, {outcome: count})

    def all_answered(self, side, *exchanges, **changes):
        names = {"ipv4": ("handled-arp", "sent-arp-reply"), "ipv6": ("handled-nd", "sent-nd-advertisement")}[side]
        for outcomes, count in self.answered(side, list(exchanges), **changes):
            self.assertEqual(outcomes, dict.fromkeys(names, count))

    def story(self, *steps, config=ASKING, **changes):
        """Steps: (second, side, frame...). No burst spans two steps, because a dummy frame on the other
        side ends it. Yields each run with the octets that left on each side."""
        inputs = {"ipv4": [], "ipv6": []}
        for number, (second, side, *frames) in enumerate(steps):
            time = second * 10**9 + number * 10**6  # a little later each time: what was due is due
            inputs[side] += [Frame(time + index, bytes(frame)) for index, frame in enumerate(frames)]
            inputs["ipv6" if side == "ipv4" else "ipv4"].append(Frame(time + len(frames), b"\0"))
        for burst, run in self.replay_in_every_burst(**inputs, config=config, **changes):
            with self.subTest(burst=burst):
                self.assertEqual(run.counters["drop-frame-truncated"], len(steps))
                yield run, [frame.octets for frame in run.ipv4], [frame.octets for frame in run.ipv6]


class Arp(NeighborTest):
    def test_rfc826_own_address(self):
        """RFC 826: the reply is unicast to the requester."""
        self.all_answered(
            "ipv4",
            (arp_request(OWN4), arp_reply(OWN4, HUB4, ASKER4, ASKER)),
            (arp_request(OWN4, to=HUB4), arp_reply(OWN4, HUB4, ASKER4, ASKER)),
        )

    def test_rfc826_padding_does_not_matter(self):
        self.all_answered("ipv4", (bytes(arp_request(OWN4)) + bytes(18), arp_reply(OWN4, HUB4, ASKER4, ASKER)))

    def test_rfc826_address_of_the_relay(self):
        relay = "198.51.100.3"
        options = {"dhcp-relay.server": "198.51.100.67", "dhcp-relay.address": relay}
        self.all_answered("ipv4", (arp_request(relay), arp_reply(relay, HUB4, ASKER4, ASKER)), options=options)

    def test_rfc826_other_addresses(self):
        """Addresses that are not ours get no answer without proxy-arp."""
        self.dropped("ipv4", "drop-arp-not-ours", *map(arp_request, (ROUTER4, SHARED, WHOLE, HOST, "0.0.0.0")))

    def test_rfc1027_bound_addresses(self):
        """proxy-arp: shared and whole ones; of a shared one, whatever its ports."""
        self.all_answered(
            "ipv4",
            *((arp_request(bound), arp_reply(bound, HUB4, ASKER4, ASKER)) for bound in (SHARED, WHOLE)),
            options={"ipv4.proxy-arp": "true"},
        )

    def test_rfc5227_probes(self):
        """Our own address is defended; a proxied one is not."""
        probe = arp_request(OWN4, sender="0.0.0.0")
        options = {"ipv4.proxy-arp": "true"}
        self.all_answered("ipv4", (probe, arp_reply(OWN4, HUB4, "0.0.0.0", ASKER)), options=options)
        self.dropped(
            "ipv4",
            "drop-arp-not-ours",
            arp_request(WHOLE, sender="0.0.0.0"),
            arp_request(WHOLE, sender=WHOLE),
            options=options,
        )

    def test_rfc5227_24_conflict_is_answered_once_in_ten_seconds(self):
        """Whoever claims our address, the hub keeps it and tells the link whose it is, RFC 5227 2.4 (c)."""
        claims = (arp_request(OWN4, sender=OWN4), arp_reply(OWN4, ASKER, OWN4, BROADCAST))
        options = {"ipv4.gateway-mac": GATEWAY4, "ipv6.gateway-mac": GATEWAY6}
        ours = arp_request(OWN4, sender=OWN4, mac=HUB4)
        story = ((1, "ipv4", *claims), (10, "ipv4", *claims), (12, "ipv4", *claims))
        for run, ipv4, ipv6 in self.story(*story, options=options):
            self.assertEqual(run.counters["drop-neighbor-conflict"], 6)
            self.assertEqual(run.counters["sent-arp-announcement"], 2)
            self.assertEqual((ipv4, ipv6), ([bytes(ours)] * 2, []))

    def test_rfc826_malformed(self):
        def changed(**fields):
            frame = arp_request(OWN4)
            for field, value in fields.items():
                setattr(frame[ARP], field, value)
            return frame

        self.dropped(
            "ipv4",
            "drop-arp-invalid",
            bytes(arp_request(OWN4))[:-1],
            Ether(src=ASKER, dst=BROADCAST, type=0x0806),
            changed(hwtype=6),
            changed(ptype=0x86DD),
            changed(hwlen=8),
            changed(plen=16),
            changed(op=3),
            changed(hwsrc=BROADCAST),
            changed(hwsrc="00:00:00:00:00:00"),
            changed(psrc="255.255.255.255"),
            changed(psrc="224.0.0.1"),
            changed(psrc="127.0.0.1"),
        )

    def test_tag_is_kept(self):
        """IEEE 802.1Q."""
        frame, answer = arp_request(OWN4), arp_reply(OWN4, HUB4, ASKER4, ASKER)
        self.all_answered("ipv4", (tagged(frame, 4), tagged(answer, 4)), options={"ipv4.vlan": 4})


class NeighborDiscovery(NeighborTest):
    def test_rfc4861_724_own_addresses(self):
        """Unicast to the asker, from the target. A BR address may be another hub's too (7.2.7): no override."""
        link_local = "fe80::ff:fe00:601"
        self.all_answered(
            "ipv6",
            (solicitation(OWN6), announced_by_hub(OWN6)),
            (solicitation(link_local), announced_by_hub(link_local)),
            (solicitation(BR), announced_by_hub(BR, override=0)),
            (solicitation(OWN6, to="ff02::1", to_mac="33:33:00:00:00:01"), announced_by_hub(OWN6)),
        )

    def test_rfc4861_733_unicast_probe(self):
        """With its option or without: then the Ethernet header says who asked."""
        self.all_answered(
            "ipv6",
            (solicitation(OWN6, to=OWN6, to_mac=HUB6), announced_by_hub(OWN6)),
            (solicitation(OWN6, to=OWN6, to_mac=HUB6, option=False), announced_by_hub(OWN6)),
        )

    def test_rfc4862_543_duplicate_address_detection(self):
        """From ::, answered to all nodes, unsolicited."""
        answer = advertisement(OWN6, HUB6, "ff02::1", "33:33:00:00:00:01", R=1, S=0, O=1)
        nonce = solicitation(OWN6, source="::", option=False) / ICMPv6NDOptUnknown(type=14, len=1, data=b"nonce!")
        self.all_answered("ipv6", (solicitation(OWN6, source="::", option=False), answer), (nonce, answer))

    def test_rfc4861_723_other_nodes(self):
        self.dropped(
            "ipv6",
            "drop-nd-not-ours",
            solicitation(B4),
            solicitation(ROUTER6, source="::", option=False),
            solicitation(OWN6, to=group_of(ASKER6)[0]),
            advertisement(ROUTER6, GATEWAY6, OWN6, HUB6, R=1, S=1, O=1),  # its gateway-mac is given
        )

    def test_rfc4862_544_conflict_is_answered_once_in_ten_seconds(self):
        """The answer is an unsolicited advertisement with the override flag, RFC 4861 7.2.6."""
        claims = (
            advertisement(OWN6, ASKER, "ff02::1", "33:33:00:00:00:01", O=1),
            solicitation(BR, source=OWN6),
        )
        options = {"ipv4.gateway-mac": GATEWAY4, "ipv6.gateway-mac": GATEWAY6}
        ours = advertisement(OWN6, HUB6, "ff02::1", "33:33:00:00:00:01", R=1, S=0, O=1)
        for run, ipv4, ipv6 in self.story((1, "ipv6", *claims), (10, "ipv6", *claims), (12, "ipv6", *claims), options=options):
            self.assertEqual(run.counters["drop-neighbor-conflict"], 6)
            self.assertEqual(run.counters["sent-nd-announcement"], 2)
            self.assertEqual((ipv4, ipv6), ([], [bytes(ours)] * 2))

    def test_rfc4861_727_another_hub_may_have_our_br_address(self):
        """An advertisement without the override flag does not claim to be the only one."""
        self.dropped("ipv6", "drop-nd-not-ours", advertisement(BR, ASKER, "ff02::1", "33:33:00:00:00:01", R=1, O=0))

    def test_rfc4861_711_invalid_solicitations(self):
        def changed(**fields):
            frame = solicitation(OWN6)
            for field, value in fields.items():
                setattr(frame[ICMPv6ND_NS], field, value)
            return frame

        short = Ether(src=ASKER, dst=HUB6) / IPv6(src=ASKER6, dst=OWN6, hlim=255, nh=58)
        no_length = solicitation(OWN6, option=False) / Raw(bytes((1, 0, 0, 0, 0, 0, 0, 0)))
        too_long = solicitation(OWN6, option=False) / Raw(bytes((14, 2, 0, 0, 0, 0, 0, 0)))
        lone = solicitation(OWN6, option=False) / Raw(b"\1")
        message = bytes(solicitation(OWN6)[ICMPv6ND_NS])
        hop_limit = solicitation(OWN6)
        hop_limit[IPv6].hlim = 254
        self.dropped(
            "ipv6",
            "drop-nd-invalid",
            hop_limit,
            changed(cksum=0x1234),
            changed(code=1),
            changed(tgt="ff02::1"),
            short / Raw(message[:20]),
            no_length,
            too_long,
            lone,
            solicitation(OWN6, source="::"),
            solicitation(OWN6, source="::", option=False, to=OWN6),
            solicitation(OWN6, source="::", option=False, to="ff02::1"),
            solicitation(OWN6, mac="33:33:00:00:00:01"),
        )

    def test_rfc6980_5_no_fragment_header(self):
        message = bytes(solicitation(OWN6)[ICMPv6ND_NS])
        frame = Ether(src=ASKER, dst=HUB6) / IPv6(src=ASKER6, dst=OWN6, hlim=255)
        self.dropped(
            "ipv6",
            "drop-nd-invalid",
            frame / IPv6ExtHdrFragment(nh=58) / Raw(message),
            frame / IPv6ExtHdrDestOpt(nh=58) / Raw(message),
        )

    def test_other_icmpv6_is_not_for_neighbors(self):
        """RFC 4861 6.2.6: the hub does not answer router solicitations."""
        router_solicitation = Ether(src=ASKER, dst=HUB6) / IPv6(src=ASKER6, dst=OWN6, hlim=255) / ICMPv6ND_RS()
        self.dropped("ipv6", "drop-icmpv6-type", router_solicitation)

    def test_tag_is_kept(self):
        """IEEE 802.1Q."""
        self.all_answered(
            "ipv6", (tagged(solicitation(OWN6), 6), tagged(announced_by_hub(OWN6), 6)), options={"ipv6.vlan": 6}
        )


QUESTION4 = arp_request(ROUTER4, sender=OWN4, mac=HUB4)
QUESTION6 = solicitation(ROUTER6, source=OWN6, mac=HUB6)
PROBE4 = arp_request(ROUTER4, sender=OWN4, mac=HUB4, to=GATEWAY4)
PROBE6 = solicitation(ROUTER6, source=OWN6, mac=HUB6, to=ROUTER6, to_mac=GATEWAY6)
ANSWER4 = arp_reply(ROUTER4, GATEWAY4, OWN4, HUB4)
ANSWER6 = advertisement(ROUTER6, GATEWAY6, OWN6, HUB6, R=1, S=1, O=1)
UP_FRAME, DOWN_FRAME = from_softwire(B4, BR, UP), from_internet(DOWN)
UP_SENT, DOWN_SENT = to_internet(forwarded(UP)), to_softwire(B4, BR, forwarded(DOWN))


class Gateway(NeighborTest):
    def sent(self, *frames):
        return [bytes(frame) for frame in frames]

    def test_asked_at_the_start(self):
        """Also without any frame."""
        for burst in BURSTS:
            run = self.replay([], [], burst, config=ASKING)
            self.assertEqual([frame.octets for frame in run.ipv4], self.sent(QUESTION4))
            self.assertEqual([frame.octets for frame in run.ipv6], self.sent(QUESTION6))

    def test_rfc4861_722_packets_wait_for_the_answer(self):
        """Held, then sent in order and with the time of the answer."""
        story = ((1, "ipv6", *[UP_FRAME] * 70), (1, "ipv4", *[DOWN_FRAME] * 70), (2, "ipv4", ANSWER4), (2, "ipv6", ANSWER6))
        for run, ipv4, ipv6 in self.story(*story):
            self.assertEqual(ipv4, self.sent(QUESTION4, QUESTION4, *[UP_SENT] * 70))
            self.assertEqual(ipv6, self.sent(QUESTION6, QUESTION6, *[DOWN_SENT] * 70))
            self.assertEqual({frame.time for frame in run.ipv4[2:]}, {2 * 10**9 + 2 * 10**6})
            self.assertEqual(run.counters["held-packets"], 0)
            self.assertEqual(run.counters["sent-arp-request"], 2)
            self.assertEqual(run.counters["sent-nd-solicitation"], 2)

    def test_rfc4861_722_given_up_after_three_questions(self):
        story = ((1, "ipv6", UP_FRAME), (2, "ipv6", UP_FRAME), (3, "ipv6"), (4, "ipv6", UP_FRAME), (5, "ipv4", ANSWER4))
        for run, ipv4, _ in self.story(*story):
            self.assertEqual(ipv4, self.sent(*[QUESTION4] * 5, UP_SENT))
            self.assertEqual(run.counters["drop-neighbor-unresolved"], 2)
            self.assertEqual(run.counters["dropped-ipv6-packets"], 2 + 1)  # and one that ends a burst

    def test_rfc4861_722_queue_is_bounded(self):
        """256 packets wait; the oldest are dropped."""
        packets = [IP(src=WHOLE, dst=HOST, id=number) / UDP(sport=1024, dport=53) for number in range(300)]
        frames = [from_softwire(B4, BR, packet) for packet in packets]
        for run, ipv4, _ in self.story((1, "ipv6", *frames), (1, "ipv4", ANSWER4)):
            self.assertEqual(ipv4, self.sent(QUESTION4, *(to_internet(forwarded(packet)) for packet in packets[44:])))
            self.assertEqual(run.counters["drop-neighbor-queue-full"], 44)

    def test_rfc4861_733_probed_by_unicast_while_in_use(self):
        """30 seconds after the last answer it is probed. It is used until three probes had no answer."""
        times = ((1, "ipv4", ANSWER4), (1, "ipv6", ANSWER6), (30, "ipv6", UP_FRAME), (31, "ipv6", UP_FRAME))
        times += ((32, "ipv6", UP_FRAME), (33, "ipv6", UP_FRAME), (34, "ipv6", UP_FRAME))
        for run, ipv4, ipv6 in self.story(*times):
            probes = [PROBE4, UP_SENT] * 3
            self.assertEqual(ipv4, self.sent(QUESTION4, UP_SENT, *probes, QUESTION4))
            self.assertEqual(ipv6, self.sent(QUESTION6, *[PROBE6] * 3, QUESTION6))
            self.assertEqual(run.counters["held-packets"], 1)

    def test_rfc4861_733_an_answer_to_the_probe_is_enough(self):
        """A unicast answer may come without the option (4.4)."""
        plain = Ether(src=GATEWAY6, dst=HUB6) / IPv6(src=ROUTER6, dst=OWN6, hlim=255) / ICMPv6ND_NA(tgt=ROUTER6, S=1, O=1)
        story = ((1, "ipv6", ANSWER6), (31, "ipv6", plain), (60, "ipv4", DOWN_FRAME), (61, "ipv4", DOWN_FRAME))
        for _, _, ipv6 in self.story(*story):
            self.assertEqual(ipv6, self.sent(QUESTION6, PROBE6, DOWN_SENT, PROBE6, DOWN_SENT))

    def test_link_local_gateway(self):
        """Asked from the link-local address of our own MAC address, RFC 4861 4.3."""
        router, own = "fe80::1", "fe80::ff:fe00:601"
        answer = advertisement(router, GATEWAY6, own, HUB6, R=1, S=1, O=1)
        config = ASKING.replace(ROUTER6, router)
        for _, _, ipv6 in self.story((1, "ipv4", DOWN_FRAME), (1, "ipv6", answer), config=config):
            self.assertEqual(ipv6, self.sent(solicitation(router, source=own, mac=HUB6), DOWN_SENT))

    def test_gateway_mac_is_the_override(self):
        """With a configured MAC address, nothing is asked, and no answer is believed."""
        options = {"ipv4.gateway-mac": GATEWAY4, "ipv6.gateway-mac": GATEWAY6}
        wrong = arp_reply(ROUTER4, NEW, OWN4, HUB4)
        for run, ipv4, ipv6 in self.story((1, "ipv4", wrong), (99, "ipv6", UP_FRAME), (99, "ipv4", DOWN_FRAME), options=options):
            self.assertEqual((ipv4, ipv6), (self.sent(UP_SENT), self.sent(DOWN_SENT)))
            self.assertEqual(run.counters["generated-packets"], 0)


if __name__ == "__main__":
    unittest.main()
