"""Leases that become bindings (RFC 7596 6.1): nobody tells the hub of a subscriber but its DHCP exchange."""

import json
import os
import signal
import subprocess
import unittest

from network import BR, LEASED, LIMIT_SECONDS, SUBSCRIBERS, wait_for
from scenario import Scenario, skip_unless_possible

SOFTWIRECTL = os.environ.get("SOFTWIRECTL", "softwirectl")
KEYS = f"br-address = {BR}\n[leases]\npool = {SUBSCRIBERS}\n"


@skip_unless_possible("kea-dhcp4", "udhcpc")
class LearnedBinding(Scenario):
    def start(self, keys=KEYS, **kea):
        network = self.make_network()
        network.configure_hub("", keys)
        network.start_hub()
        network.start_kea(**kea)
        network.start_echo_servers()
        return network

    def ctl(self, network, *words):
        """What softwirectl prints, as JSON."""
        output = subprocess.run([SOFTWIRECTL, "--socket", network.folder / "control.sock", "--json", *words],
                                check=True, stdout=subprocess.PIPE, timeout=LIMIT_SECONDS).stdout
        return json.loads(output)

    def bindings(self, network):
        return [(one["ipv4"], one["b4"], one["origin"]) for one in self.ctl(network, "show", "bindings")]

    def lease(self, network):
        """A subscriber that has just got its lease."""
        subscriber = network.add_subscriber()
        subscriber.udhcpc = subscriber.start_udhcpc()
        self.assertEqual(subscriber.wait_for_event("bound")[:2], ["bound", LEASED])
        return subscriber

    def test_lasts_from_the_ack_to_the_release(self):
        network = self.start()
        subscriber = self.lease(network)
        self.assert_passes_traffic(network, subscriber)
        self.assertEqual(self.bindings(network), [(LEASED, subscriber.b4, "lease")])
        subscriber.udhcpc.send_signal(signal.SIGUSR2)
        wait_for(lambda: self.bindings(network) == [], "the binding ends with the lease")
        history = self.ctl(network, "show", "history")
        self.assertEqual([(one["b4"], one["reason"]) for one in history], [(subscriber.b4, "released")])
        counters = network.counters()
        self.assertEqual(counters["leases"], 0)
        self.assertEqual(counters["dhcp-delivered"], counters["punt-dhcp-reply"])
        self.assert_counters_add_up(counters)

    def test_survives_a_hub_that_is_killed_when_the_client_has_its_ack(self):
        network = self.start()
        subscriber = self.lease(network)
        network.stop_hub(signal.SIGKILL)
        network.start_hub()
        self.assert_passes_traffic(network, subscriber)
        self.assertEqual(self.bindings(network), [(LEASED, subscriber.b4, "lease")])
        # What its client says of it still counts.
        subscriber.udhcpc.send_signal(signal.SIGUSR1)
        subscriber.wait_for_event("renew")
        subscriber.udhcpc.send_signal(signal.SIGUSR2)
        wait_for(lambda: self.bindings(network) == [], "the binding ends with the lease")

    def test_ends_when_the_lease_is_not_renewed(self):
        network = self.start(lifetime=16, renew=8)
        subscriber = self.lease(network)
        subscriber.udhcpc.kill()
        self.assertEqual(len(self.bindings(network)), 1)
        wait_for(lambda: self.bindings(network) == [], "the binding ends with the lease")
        self.assertEqual(self.ctl(network, "show", "history")[0]["reason"], "expired")

    def test_no_client_gets_what_lies_in_no_pool(self):
        network = self.start(f"br-address = {BR}\n[leases]\npool = 203.0.113.0/24\n")
        subscriber = network.add_subscriber()
        subscriber.start_udhcpc()
        network.wait_for_counter("drop-dhcp-lease-not-allowed")
        self.assertEqual(self.bindings(network), [])
        self.assertNotIn("bound", "".join(subscriber.events()))


if __name__ == "__main__":
    unittest.main()
