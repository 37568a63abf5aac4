# SPDX-License-Identifier: BSD-3-Clause
"""Base class and helpers of the end-to-end tests."""

import os
import unittest

from network import BR, LEASED, Network, missing

PATTERN = bytes(range(256)) * 4


def skip_unless_possible(*programs):
    why = missing(*programs)
    return unittest.skipIf(why, why or "")


class Scenario(unittest.TestCase):
    """Makes a network for each test. A failed test prints the output of its programs."""

    def make_network(self, **options):
        network = Network(**options)
        self.addCleanup(network.remove)
        self.addCleanup(lambda: self._show(network))
        self.addCleanup(network.close)
        return network

    def _show(self, network):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors) or not self._outcome.success:
            print(network.logs(), flush=True)

    def assert_passes_traffic(self, network, subscriber, kilobytes=500):
        """Tests ping, TCP and UDP, and compares the answers with what was sent."""
        subscriber.ping()
        octets = os.urandom(kilobytes * 1024)
        self.assertEqual(network.transfer(subscriber, octets), octets)
        _, back = network.ask(subscriber, PATTERN)
        self.assertEqual(back, PATTERN)

    def assert_counters_add_up(self, counters):
        """docs/counters.md: every packet has one outcome."""
        into = sum(counters[f"received-{side}-packets"] for side in ("ipv4", "ipv6")) + counters["generated-packets"]
        out = sum(value for name, value in counters.items()
                  if name.startswith(("sent-", "drop-", "handled-", "joined-", "punt-")) and not name.endswith(("packets", "bytes")))
        relay = sum(value for name, value in counters.items() if name.startswith(("drop-dhcp-", "drop-dhcp6-")))
        self.assertGreaterEqual(out + counters["held-packets"], into)
        self.assertLessEqual(out + counters["held-packets"] - relay, into)


def whole_address(address, number=1):
    """Returns the binding of subscriber `number` as a statement of softwires.conf."""
    return f"binding ipv4 {address} b4 2001:db8:1:{number}::2 br {BR}\n"


LEASE = whole_address(LEASED)
