# SPDX-License-Identifier: BSD-3-Clause
"""Tests forwarding of plain DHCPv4 to Kea as a DHCPv4-over-DHCPv6 server (RFC 9928)."""

import signal
import unittest

from kea_4o6 import IDENTIFIER, SERVER6, start_kea_4o6
from network import HUB4, LEASED, wait_for
from scenario import skip_unless_possible
from test_provisioning import KEYS, Provisioning


@skip_unless_possible("kea-dhcp4", "kea-dhcp6", "udhcpc")
class KeaPair(Provisioning):
    def lease(self, keys, identifier):
        network = self.make_network()
        network.configure_hub("", f"{KEYS}[dhcp-relay]\ndhcp4o6-server = {SERVER6} {IDENTIFIER}\n{keys}", relays=False)
        network.start_hub()
        start_kea_4o6(network)
        network.start_echo_servers()
        subscriber = network.add_subscriber()
        udhcpc = subscriber.start_udhcpc()
        self.assertEqual(subscriber.wait_for_event("bound")[:3], ["bound", LEASED, identifier])
        self.assert_passes_traffic(network, subscriber)
        lease, = self.ctl(network, "show", "leases")
        self.assertEqual((lease["ipv4"], lease["b4"], lease["server"]), (LEASED, subscriber.b4, IDENTIFIER))
        renewed = network.counters()["dhcp-rx-ack"]
        udhcpc.send_signal(signal.SIGUSR1)
        subscriber.wait_for_event("renew")
        self.assertGreater(network.counters()["dhcp-rx-ack"], renewed)
        udhcpc.send_signal(signal.SIGUSR2)
        wait_for(lambda: self.bindings(network) == [], "the binding ends with the lease")
        wait_for(lambda: network.log("kea-4o6-4").count("DHCP4_RELEASE") > 0, "Kea receives the release")
        counters = network.counters()
        self.assertEqual(counters["dhcp-delivered"], counters["punt-dhcpv6"])
        self.assert_counters_add_up(counters)

    def test_udhcpc_has_a_lease_renews_at_the_server_and_releases(self):
        """The server's own address is in option 54: messages to it are intercepted."""
        self.lease("", IDENTIFIER)

    def test_the_same_with_the_identifier_rewritten(self):
        self.lease("rewrite-server-identifier = true\n", HUB4)


if __name__ == "__main__":
    unittest.main()
