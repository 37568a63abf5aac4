# SPDX-License-Identifier: BSD-3-Clause
"""Tests the embedded DHCPv4 server: RFC 2131 section 4.3, and leases beside the operator's bindings."""

import unittest

from dhcp_messages import DISCOVER, NAK, RELEASE, REQUEST, message, option, softwire_datagram, v4
from harness import ReplayTest
from test_dhcp import B4_34, BR, SERVER, UNKNOWN_B4, to_relay

HUB, LEASED = "100.64.0.1", "192.0.2.100"
SECOND = 10**9


class ServerTest(ReplayTest):
    softwires = ""
    options = {"dhcp-server.address": HUB, "dhcp-server.pool": "192.0.2.100-192.0.2.103", "br-address": BR}

    def run_of(self, frames, **changes):
        """Sends the frames from softwires, each at its second."""
        return self.replay([], [(second * SECOND, bytes(frame)) for second, frame in frames], 1, **changes)

    def discover(self, b4, address=None):
        return to_relay(b4, message(DISCOVER, option(50, v4(address)) if address else b""))

    def select(self, b4, address):
        return to_relay(b4, message(REQUEST, option(50, v4(address)) + option(54, v4(HUB))))

    def renew(self, b4, address):
        return to_relay(b4, message(REQUEST, ciaddr=address), source=address, destination=HUB)


class OperatorsBindings(ServerTest):
    def test_what_is_bound_to_the_subscriber_is_leased_and_renewed(self):
        """RFC 7596 6.1: the operator's binding excludes others, and lasts longer than the lease."""
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


class AddressesOfTheHub(ServerTest):
    def test_a_pool_around_them_gives_the_others(self):
        """RFC 2131 4.3.1: what cannot be bound is not offered, again and again."""
        options = {"dhcp-server.pool": "198.51.100.1-198.51.100.4", "ipv4.address": "198.51.100.1",
                   "dhcp-relay.server": "198.51.100.2", "dhcp-relay.address": "198.51.100.3",
                   "dhcp-server.address": "198.51.100.3"}
        run = self.run_of([(1, self.discover(UNKNOWN_B4)), (2, self.select(UNKNOWN_B4, "198.51.100.1"))], options=options)
        self.assertEqual(softwire_datagram(run.ipv6[0].octets)[6][16:20], v4("198.51.100.4"))
        self.assertEqual((run.counters["drop-dhcp-lease-not-kept"], run.counters["leases"]), (0, 0))


class Churn(ServerTest):
    def test_a_subscriber_is_given_so_many_leases_in_an_hour(self):
        """RFC 7785 3: each leaves a row in the history."""
        frames, second = [], 1
        for _ in range(3):
            frames += [(second, self.discover(UNKNOWN_B4, LEASED)),
                       (second + 1, self.select(UNKNOWN_B4, LEASED)), (second + 2, self.renew(UNKNOWN_B4, LEASED)),
                       (second + 3, to_relay(UNKNOWN_B4, message(RELEASE, ciaddr=LEASED), source=LEASED, destination=HUB))]
            second += 4
        frames += [(3609, self.discover(UNKNOWN_B4, LEASED)), (3610, self.select(UNKNOWN_B4, LEASED))]
        run = self.run_of(frames, options={"leases.grants-per-hour": 2})
        self.assertEqual(run.counters["drop-dhcp-grant-limit"], 2)  # the third DISCOVER and REQUEST
        self.assertEqual((run.counters["dhcp-tx-ack"], run.counters["dhcp-released"]), (5, 2))
        self.assertEqual(run.counters["leases"], 1)


class LostLease(ServerTest):
    def test_who_renews_what_is_gone_is_told(self):
        """RFC 2131 4.3.2: after a loss of the store, a removal by the operator, an outage."""
        run = self.run_of([(1, self.renew(B4_34, LEASED))])
        outer = softwire_datagram(run.ipv6[0].octets)
        self.assertEqual(outer[:6], (BR, B4_34, HUB, 67, "255.255.255.255", 68))
        self.assertEqual(outer[6][240:243], option(53, bytes([NAK])))
        self.assertEqual((run.counters["dhcp-answered"], run.counters["dhcp-tx-nak"]), (1, 1))

    def test_others_are_not(self):
        """RFC 7596 6.2: not what is sent to all, nor another message, nor what comes for a relayed subscriber."""
        to_all = to_relay(B4_34, message(REQUEST, ciaddr=LEASED), source=LEASED)
        release = to_relay(B4_34, message(RELEASE, ciaddr=LEASED), source=LEASED, destination=HUB)
        run = self.run_of([(1, to_all), (2, release)])
        self.assertEqual(run.counters["drop-dhcp-source-not-owned"], 2)
        run = self.run_of([(1, self.renew(B4_34, LEASED))],
                          options={"dhcp-server.subscribers": "2001:db8:7::/48", "dhcp-relay.server": SERVER,
                                   "dhcp-relay.address": HUB})
        self.assertEqual(run.counters["drop-dhcp-source-not-owned"], 1)


if __name__ == "__main__":
    unittest.main()
