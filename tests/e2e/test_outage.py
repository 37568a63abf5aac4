# SPDX-License-Identifier: BSD-3-Clause
"""Tests leases and traffic when the hub or the DHCP server stops for a while."""

import signal
import unittest

from control import Control
from network import wait_for
from scenario import LEASE, Scenario, skip_unless_possible

# The lifetime is longer than any delay. dhclient renews at T1 and repeats; udhcpc renews on request.
RENEW_SECONDS, LIFETIME_SECONDS = 4, 3600


@skip_unless_possible("kea-dhcp4")
class Outage(Scenario):
    @skip_unless_possible("udhcpc")
    def test_hub_restarts_in_mid_lease(self):
        """The hub stores no lease: traffic and renewals continue after it was stopped or killed."""
        network = self.make_network()
        network.configure_hub(LEASE)
        network.start_hub()
        network.start_kea("hook", LIFETIME_SECONDS, RENEW_SECONDS)
        network.start_echo_servers()
        subscriber = network.add_subscriber()
        udhcpc = subscriber.start_udhcpc()
        subscriber.wait_for_event("bound")
        for how in (signal.SIGTERM, signal.SIGKILL):
            network.stop_hub(how)
            network.start_hub()
            self.assert_passes_traffic(network, subscriber, kilobytes=50)
            renewals = sum(event.startswith("renew") for event in subscriber.events())
            udhcpc.send_signal(signal.SIGUSR1)
            subscriber.wait_for_event("renew", renewals + 1)

    @skip_unless_possible("dhclient")
    def test_server_stops_and_starts(self):
        """The client repeats its requests until the server runs. A lease survives an outage of the server."""
        network = self.make_network()
        network.configure_hub(LEASE)
        network.start_hub()
        network.start_echo_servers()
        subscriber = network.add_subscriber("--mode", "tap")
        subscriber.start_dhclient()
        self.wait_for_health(network, "degraded")
        kea = network.start_kea("hook", LIFETIME_SECONDS, RENEW_SECONDS)
        subscriber.wait_for_event("BOUND")
        self.wait_for_health(network, "ok")
        kea.terminate()
        kea.wait()
        requests = network.counters()["dhcp-rx-request"]
        network.wait_for_counter("dhcp-rx-request", requests + 1)  # a renewal without an answer
        self.assert_passes_traffic(network, subscriber, kilobytes=50)
        network.start_kea("hook", LIFETIME_SECONDS, RENEW_SECONDS)
        renewals = sum(event.startswith("RENEW") for event in subscriber.events())
        subscriber.wait_for_event("RENEW", renewals + 1)

    def wait_for_health(self, network, state):
        """Waits for this state of the check of DHCP servers."""
        with Control(network.folder / "control.sock") as control:
            wait_for(lambda: next(check["state"] for check in control("health.get")["checks"]
                                  if check["name"] == "dhcp servers") == state, f"DHCP servers {state}")


if __name__ == "__main__":
    unittest.main()
