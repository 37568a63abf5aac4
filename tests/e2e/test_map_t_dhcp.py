# SPDX-License-Identifier: BSD-3-Clause
"""Tests DHCPv4 of MAP-T subscribers between a CE in the access network and a server. The hub translates both ways."""

import contextlib
import ipaddress
import time
import unittest

from dhcp_clients import TranslatedClient, udp6
from network import HUB4, HUB6, INTERNET, LEASED, LIMIT_SECONDS
from scenario import Scenario, skip_unless_possible

DMR = TranslatedClient.DMR
RULE = f"rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8:1::/48 ea-len 16 psid-offset 6 dmr {DMR}\n"
PREFIX, CE = "2001:db8:1:a34::/64", "2001:db8:1:a34:0:c000:20a:34"  # 192.0.2.10, PSID 0x34
NEXT_PREFIX, NEXT_CE = "2001:db8:1:a35::/64", "2001:db8:1:a35:0:c000:20a:35"
OTHER_PREFIX, OTHER_CE = "2001:db8:1:b34::/64", "2001:db8:1:b34:0:c000:20b:34"  # 192.0.2.11
PORT = 1232  # the first of PSID 0x34


class MapTDhcp(Scenario):
    def start(self, keys="", relays=True):
        network = self.make_network()
        network.access.ip(f"-6 route add {DMR} via {HUB6}")
        network.configure_hub(RULE, keys, relays=relays)
        network.start_hub()
        network.start_echo_servers()
        return network

    def client(self, network, ce=CE, prefix=PREFIX):
        client = TranslatedClient(network.prepare_subscriber(ce, prefix))
        self.addCleanup(client.close)
        return client

    def assert_passes_translated_traffic(self, client):
        """The Internet host sees the leased address, and its answer arrives."""
        with client.subscriber.namespace.entered():
            opened = udp6(client.subscriber, PORT)
        with opened:
            opened.settimeout(5)
            deadline = time.monotonic() + LIMIT_SECONDS
            while time.monotonic() < deadline:
                opened.sendto(b"Who am I?", (TranslatedClient.embedded(INTERNET), 7))
                with contextlib.suppress(TimeoutError):
                    self.assertEqual(opened.recv(2048), f"{LEASED}:{PORT} Who am I?".encode())
                    return
        self.fail("no answer from the Internet")

    def assert_serves_a_ce(self, network, client):
        lease = client.lease()
        self.assertEqual((lease.address, lease.server), (LEASED, HUB4))
        self.assertEqual(client.source, (TranslatedClient.embedded(HUB4), 67))
        self.assert_passes_translated_traffic(client)
        self.assertEqual(client.renew(lease).address, LEASED)
        options = client.inform(lease.address, lease.server)
        self.assertEqual(options[3], ipaddress.IPv4Address("192.0.2.1").packed)
        self.assertNotIn(51, options)
        return lease

    @skip_unless_possible("kea-dhcp4")
    def test_a_plain_kea_serves_it(self):
        """draft-ietf-dhc-v4configuration 5.1: DISCOVER from 0.0.0.0; RENEW and INFORM from a shared address."""
        network = self.start()
        network.start_kea("hook")
        client = self.client(network)
        lease = self.assert_serves_a_ce(network, client)
        self.client(network, OTHER_CE, OTHER_PREFIX).release(lease)  # a lease of another client
        network.wait_for_counter("drop-dhcp-source-not-owned")
        client.release(lease)
        network.wait_for_counter("dhcp-rx-release")
        counters = network.counters()
        self.assertEqual(counters["dhcp-tx-release"], 1)
        self.assertEqual(counters["dhcp-relayed"] + 1, counters["punt-dhcp-translated"])
        self.assertEqual(counters["dhcp-delivered"], counters["sent-injected-ipv6"])
        self.assertEqual(counters["sent-injected-softwire"], 0)
        self.assert_counters_add_up(counters)

    def test_the_embedded_server_gives_what_the_rule_says(self):
        """RFC 7618: each CE gets its own part of the address."""
        network = self.start("[dhcp-server]\npool = 203.0.113.0/30\noption = routers 192.0.2.1\n", relays=False)
        client = self.client(network)
        lease = self.assert_serves_a_ce(network, client)
        self.assertEqual(lease.psid, 0x34)
        other = self.client(network, NEXT_CE, NEXT_PREFIX).lease()
        self.assertEqual((other.address, other.psid), (LEASED, 0x35))
        counters = network.counters()
        self.assertEqual((counters["leases"], counters["bindings"]), (0, 0))
        self.assert_counters_add_up(counters)


if __name__ == "__main__":
    unittest.main()
