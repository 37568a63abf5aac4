# SPDX-License-Identifier: BSD-3-Clause
"""Tests leases from a real server to real clients through the hub: granted, used, renewed by unicast, released."""

import signal
import unittest

from network import HUB4, LEASED, SERVER, wait_for
from scenario import LEASE, Scenario, skip_unless_possible

# The lifetime is longer than any delay. dhclient renews at T1, udhcpc on request or at half of the lifetime.
RENEW_SECONDS, LIFETIME_SECONDS = 4, 3600


@skip_unless_possible("kea-dhcp4", "udhcpc")
class Lease(Scenario):
    def start(self, overrides_identifier):
        network = self.make_network()
        network.configure_hub(LEASE)
        network.start_hub()
        network.start_kea(overrides_identifier, LIFETIME_SECONDS, RENEW_SECONDS)
        network.start_echo_servers()
        return network

    def udhcpc_has_a_lease_renews_and_releases(self, overrides_identifier, identifier):
        network = self.start(overrides_identifier)
        subscriber = network.add_subscriber()
        udhcpc = subscriber.start_udhcpc()
        self.assertEqual(subscriber.wait_for_event("bound"), ["bound", LEASED, identifier, str(LIFETIME_SECONDS)])
        self.assert_passes_traffic(network, subscriber)
        udhcpc.send_signal(signal.SIGUSR1)
        subscriber.wait_for_event("renew")
        # By unicast to the server that the client uses. The hub relays it in any case.
        self.assertIn(f"sending renew to server {identifier}", network.log("client-1"))
        udhcpc.send_signal(signal.SIGUSR2)
        wait_for(lambda: "DHCP4_RELEASE " in network.log("kea"), "Kea takes the address back")
        counters = network.counters()
        self.assertGreaterEqual(counters["dhcp-rx-request"], 2)
        self.assertEqual(counters["dhcp-rx-release"], 1)
        self.assertEqual(counters["dhcp-relayed"], counters["punt-dhcp-request"])
        self.assertEqual(counters["dhcp-delivered"], counters["punt-dhcp-reply"])
        self.assertEqual(counters["drop-dhcp-source-not-owned"], 0)
        self.assert_counters_add_up(counters)

    def test_server_with_the_override_by_a_hook(self):
        """RFC 5107: Kea sends the server identifier of option 82."""
        self.udhcpc_has_a_lease_renews_and_releases("hook", HUB4)

    def test_server_with_the_override_by_an_option(self):
        """Kea is configured with the relay's address as server identifier."""
        self.udhcpc_has_a_lease_renews_and_releases("option", HUB4)

    def test_server_that_says_its_own_address(self):
        """Renewals go to the server's own address: the hub intercepts them."""
        self.udhcpc_has_a_lease_renews_and_releases("no", SERVER)

    def dhclient_has_a_lease_renews_and_releases(self, overrides_identifier, identifier):
        network = self.start(overrides_identifier)
        subscriber = network.add_subscriber("--mode", "tap")
        subscriber.start_dhclient()
        self.assertEqual(subscriber.wait_for_event("BOUND"), ["BOUND", LEASED, identifier])
        self.assert_passes_traffic(network, subscriber)
        subscriber.wait_for_event("RENEW")
        self.assertIn(f"on softwire0 to {identifier} port 67", network.log("client-1"))
        subscriber.start_dhclient("-r")
        wait_for(lambda: "DHCP4_RELEASE " in network.log("kea"), "Kea takes the address back")
        counters = network.counters()
        self.assertEqual(counters["dhcp-relayed"], counters["punt-dhcp-request"])
        self.assertEqual(counters["dhcp-rx-release"], 1)
        self.assert_counters_add_up(counters)

    @skip_unless_possible("dhclient")
    def test_dhclient_on_tap(self):
        self.dhclient_has_a_lease_renews_and_releases("hook", HUB4)

    @skip_unless_possible("dhclient")
    def test_dhclient_on_tap_with_a_server_that_says_its_own_address(self):
        self.dhclient_has_a_lease_renews_and_releases("no", SERVER)


if __name__ == "__main__":
    unittest.main()
