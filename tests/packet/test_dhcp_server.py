"""The embedded DHCPv4 server behind softwires: RFC 2131 section 4.3, and what the operator has bound besides."""

import unittest

from dhcp_messages import DISCOVER, REQUEST, message, option, v4
from harness import ReplayTest
from test_dhcp import BR, B4_34, UNKNOWN_B4, to_relay

HUB, LEASED = "100.64.0.1", "192.0.2.100"
SECOND = 10**9


class ServerTest(ReplayTest):
    softwires = ""
    options = {"dhcp-server.address": HUB, "dhcp-server.pool": "192.0.2.100-192.0.2.103", "br-address": BR}

    def run_of(self, frames, **changes):
        """The frames come from softwires, each at its second."""
        return self.replay([], [(second * SECOND, bytes(frame)) for second, frame in frames], 1, **changes)

    def discover(self, b4):
        return to_relay(b4, message(DISCOVER))

    def select(self, b4, address):
        return to_relay(b4, message(REQUEST, option(50, v4(address)) + option(54, v4(HUB))))

    def renew(self, b4, address):
        return to_relay(b4, message(REQUEST, ciaddr=address), source=address, destination=HUB)


class OperatorsBindings(ServerTest):
    def test_what_is_bound_to_the_subscriber_is_leased_and_renewed(self):
        """RFC 7596 6.1: nobody else has it, and it outlasts the lease."""
        run = self.run_of(
            [(1, self.discover(B4_34)), (2, self.select(B4_34, LEASED)), (1802, self.renew(B4_34, LEASED))],
            softwires=f"binding ipv4 {LEASED} b4 {B4_34} br {BR}\n",
            options={"dhcp-server.static": f"{B4_34}/128 {LEASED}"},
        )
        self.assertEqual((run.counters["dhcp-tx-ack"], run.counters["dhcp-tx-nak"]), (2, 0))
        self.assertEqual((run.counters["bindings"], run.counters["leases"]), (1, 0))

    def test_what_is_bound_to_another_is_not(self):
        """RFC 7596 6.1."""
        run = self.run_of([(1, self.discover(UNKNOWN_B4)), (2, self.select(UNKNOWN_B4, LEASED))],
                          softwires=f"binding ipv4 {LEASED} b4 {B4_34} br {BR}\n")
        self.assertEqual((run.counters["dhcp-tx-offer"], run.counters["dhcp-tx-nak"]), (1, 1))


if __name__ == "__main__":
    unittest.main()
