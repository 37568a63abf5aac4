# SPDX-License-Identifier: BSD-3-Clause
"""Replays a real exchange through the hub: busybox udhcpc behind a softwire, and Kea behind the relay.

The captures are not part of this project. SOFTWIRE_CAPTURES names their folder. Without it the test is skipped.
"""

import os
import pathlib
import unittest

from dhcp_messages import ipv4_datagram, option82, softwire_datagram, v4, without_option
from harness import ReplayTest
from scapy.layers.inet import IP
from scapy.utils import rdpcap

CAPTURES = pathlib.Path(os.environ.get("SOFTWIRE_CAPTURES") or "/nonexistent")
BR, B4, LEASED = "2001:db8:ff::1", "2001:db8:a2::2", "192.0.2.100"
RELAY, SERVER = "100.64.0.1", "10.99.0.1"


def captured(name):
    """Returns [(nanoseconds, octets)...]. These captures have microseconds."""
    return [(int(packet.time * 10**6) * 1000, bytes(packet)) for packet in rdpcap(str(CAPTURES / name))]


@unittest.skipUnless((CAPTURES / "softwire_to_hub.pcap").exists(), "no captures: SOFTWIRE_CAPTURES does not name them")
class RealExchange(ReplayTest):
    softwires = f"binding ipv4 {LEASED} b4 {B4} br {BR}\n"
    options = {"dhcp-relay.server": [SERVER], "dhcp-relay.address": RELAY}

    def test_lease_renewal_and_release(self):
        """draft-ietf-dhc-v4configuration-06 5.1: DISCOVER and REQUEST, RENEW and RELEASE, and what Kea answered."""
        requests, replies = captured("softwire_to_hub.pcap"), captured("server_to_hub.pcap")
        self.assertEqual((len(requests), len(replies)), (4, 3))
        to_server, to_client = [], []
        for time, frame in requests:
            _, _, source, _, destination, _, payload = softwire_datagram(frame)
            unicast = destination == RELAY
            self.assertEqual(source, LEASED if unicast else "0.0.0.0")
            end = without_option(payload, 82).rindex(b"\xff")
            wanted = payload[:3] + b"\x01" + payload[4:24] + v4(RELAY) + payload[28:end]
            wanted = (wanted + option82(B4, RELAY, unicast) + b"\xff").ljust(300, b"\0")
            to_server.append((time, RELAY, 67, SERVER, 67, wanted))
        for time, frame in replies:
            payload = frame[14 + 28 : 14 + IP(frame[14:]).len]  # its UDP checksum was left to the network card
            to_client.append((time, BR, B4, RELAY, 67, LEASED, 68, without_option(payload, 82)))
        for burst, run in self.replay_in_every_burst(replies, requests):
            with self.subTest(burst=burst):
                self.assertEqual([(f.time, *ipv4_datagram(f.octets)) for f in run.ipv4], to_server)
                self.assertEqual([(f.time, *softwire_datagram(f.octets)) for f in run.ipv6], to_client)
                self.assertEqual((run.counters["dhcp-relayed"], run.counters["dhcp-delivered"]), (4, 3))


if __name__ == "__main__":
    unittest.main()
