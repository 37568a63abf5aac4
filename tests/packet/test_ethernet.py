# SPDX-License-Identifier: BSD-3-Clause
"""Tests the Ethernet frame around the IP packet: padding, VLAN tags, MAC addresses, Ethernet types."""

import unittest

from harness import (
    GATEWAY4,
    GATEWAY6,
    HOST,
    HUB4,
    HUB6,
    Case,
    ReplayTest,
    forwarded,
    from_internet,
    from_softwire,
    to_internet,
    to_softwire,
)
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

ADDRESS, B4, BR = "192.0.2.9", "2001:db8:1::9", "2001:db8:ff::1"
DOWN = IP(src=HOST, dst=ADDRESS) / UDP(sport=53, dport=5000) / Raw(b"x")
UP = IP(src=ADDRESS, dst=HOST) / UDP(sport=5000, dport=53) / Raw(b"x")
ENCAPSULATED = to_softwire(B4, BR, forwarded(DOWN))
DECAPSULATED = to_internet(forwarded(UP))


def tagged(frame, vlan, priority=0):
    """The frame with a tag behind its addresses."""
    ether = Ether(bytes(frame))
    return Ether(src=ether.src, dst=ether.dst, type=0x8100) / Dot1Q(vlan=vlan, prio=priority, type=ether.type) / ether.payload


class EthernetTest(ReplayTest):
    softwires = f"binding ipv4 {ADDRESS} b4 {B4} br {BR}\n"


class Padding(EthernetTest):
    def test_padding_is_trimmed(self):
        """RFC 894, RFC 2464 3: what follows the IP packet in the frame is not part of it."""
        for padding in (b"\0" * 17, b"\xff" * 60):
            self.check(
                [
                    Case("ipv4", bytes(from_internet(DOWN)) + padding, "sent-encapsulated", ENCAPSULATED),
                    Case("ipv6", bytes(from_softwire(B4, BR, UP)) + padding, "sent-decapsulated", DECAPSULATED),
                ]
            )

    def test_rest_of_the_outer_packet_is_trimmed(self):
        """RFC 2473 3.2: the inner packet ends by its own length, though the outer one goes on."""
        frame = from_softwire(B4, BR, Raw(bytes(UP) + b"\xee" * 9))
        self.check([Case("ipv6", frame, "sent-decapsulated", DECAPSULATED)])


class Vlan(EthernetTest):
    def test_each_side_has_its_own_tag(self):
        """IEEE 802.1Q: taken off one side's frames, put onto the other's."""
        self.check(
            [
                Case("ipv4", tagged(from_internet(DOWN), 4), "sent-encapsulated", tagged(ENCAPSULATED, 4094)),
                Case("ipv6", tagged(from_softwire(B4, BR, UP), 4094), "sent-decapsulated", tagged(DECAPSULATED, 4)),
            ],
            options={"ipv4.vlan": 4, "ipv6.vlan": 4094},
        )

    def test_one_side_tagged(self):
        """IEEE 802.1Q: a tag on the IPv6 side alone."""
        self.check(
            [
                Case("ipv4", from_internet(DOWN), "sent-encapsulated", tagged(ENCAPSULATED, 6)),
                Case("ipv6", tagged(from_softwire(B4, BR, UP), 6), "sent-decapsulated", DECAPSULATED),
            ],
            options={"ipv6.vlan": 6},
        )

    def test_priority_of_the_tag_does_not_matter(self):
        """IEEE 802.1Q: only the identifier selects; ours have priority 0."""
        self.check(
            [Case("ipv4", tagged(from_internet(DOWN), 4, priority=7), "sent-encapsulated", tagged(ENCAPSULATED, 4))],
            options={"ipv4.vlan": 4, "ipv6.vlan": 4},
        )

    def test_other_tag_is_dropped(self):
        """IEEE 802.1Q: another identifier, none where one is expected, one where none is."""
        up = from_softwire(B4, BR, UP)
        self.check(
            [
                Case("ipv4", tagged(from_internet(DOWN), 5), "drop-foreign-vlan"),
                Case("ipv4", from_internet(DOWN), "drop-foreign-vlan"),
                Case("ipv4", tagged(from_internet(DOWN), 0, priority=3), "drop-foreign-vlan"),
                Case("ipv6", tagged(up, 4), "drop-foreign-vlan"),
            ],
            options={"ipv4.vlan": 4},
        )

    def test_priority_tag_counts_as_untagged(self):
        """IEEE 802.1Q: identifier 0 carries a priority, no VLAN."""
        self.check(
            [
                Case("ipv4", tagged(from_internet(DOWN), 0, priority=5), "sent-encapsulated", ENCAPSULATED),
                Case("ipv6", tagged(from_softwire(B4, BR, UP), 0, priority=5), "sent-decapsulated", DECAPSULATED),
            ]
        )


class Addresses(EthernetTest):
    def test_frames_leave_from_our_mac_to_the_gateways(self):
        """RFC 894, RFC 2464: the addresses of each side are those of its section of the configuration."""
        run = self.replay([(10**9, bytes(from_internet(DOWN)))], [(10**9, bytes(from_softwire(B4, BR, UP)))], 1)
        ipv4, ipv6 = Ether(run.ipv4[0].octets), Ether(run.ipv6[0].octets)
        self.assertEqual((ipv4.src, ipv4.dst, ipv4.type), (HUB4, GATEWAY4, 0x0800))
        self.assertEqual((ipv6.src, ipv6.dst, ipv6.type), (HUB6, GATEWAY6, 0x86DD))

    def test_gateway_macs_are_configurable(self):
        """RFC 894, RFC 2464: with gateway-mac, nothing is resolved."""
        down, up = Ether(bytes(ENCAPSULATED)), Ether(bytes(DECAPSULATED))
        down.dst, up.dst = "02:aa:aa:aa:aa:06", "02:aa:aa:aa:aa:04"
        self.check(
            [
                Case("ipv4", from_internet(DOWN), "sent-encapsulated", down),
                Case("ipv6", from_softwire(B4, BR, UP), "sent-decapsulated", up),
            ],
            config=f"[ipv4]\nmac = {HUB4}\ngateway-mac = {up.dst}\n[ipv6]\nmac = {HUB6}\ngateway-mac = {down.dst}\n",
        )

    def test_replay_takes_frames_for_any_station(self):
        """A capture may be from another port: its MAC addresses are not the hub's."""
        frame = from_internet(DOWN, dst="02:bb:bb:bb:bb:bb")
        self.check([Case("ipv4", frame, "sent-encapsulated", ENCAPSULATED)])

    def test_replay_needs_no_mac_of_its_own(self):
        """mac defaults to the port's; a replay has no port and takes a locally administered one."""
        run = self.replay(
            [(10**9, bytes(from_internet(DOWN)))],
            [(10**9, bytes(from_softwire(B4, BR, UP)))],
            1,
            config=f"[ipv4]\ngateway-mac = {GATEWAY4}\n[ipv6]\ngateway-mac = {GATEWAY6}\n",
        )
        for frame in (*run.ipv4, *run.ipv6):
            self.assertEqual(int(Ether(frame.octets).src[:2], 16) & 3, 2)


class Types(EthernetTest):
    def test_other_ethernet_type_is_dropped(self):
        """RFC 894, RFC 2464: IPv4 on one side, IPv6 on the other, and nothing else."""
        plain_ipv6 = Ether(dst=HUB4) / IPv6(src=B4, dst=BR) / UDP()
        self.check(
            [
                Case("ipv4", plain_ipv6, "drop-unknown-ethertype"),
                Case("ipv4", Ether(dst=HUB4, type=0x88CC) / Raw(bytes(46)), "drop-unknown-ethertype"),
                Case("ipv4", Ether(dst=HUB4, type=46) / Raw(bytes(46)), "drop-unknown-ethertype"),
                Case("ipv6", Ether(dst=HUB6) / UP, "drop-unknown-ethertype"),
                Case("ipv6", Ether(dst=HUB6) / ARP(), "drop-unknown-ethertype"),
            ]
        )

    def test_second_tag_is_an_unknown_type(self):
        """IEEE 802.1ad: double tags are not accepted."""
        inner = tagged(from_internet(DOWN), 4)
        self.check([Case("ipv4", tagged(inner, 4), "drop-unknown-ethertype")], options={"ipv4.vlan": 4})


if __name__ == "__main__":
    unittest.main()
