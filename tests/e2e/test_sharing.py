# SPDX-License-Identifier: BSD-3-Clause
"""Tests two subscribers who share one IPv4 address, each behind NAT with its port set."""

import os
import socket
import threading
import unittest

from network import BR, INTERNET
from scenario import PATTERN, Scenario, skip_unless_possible

SHARED = "192.0.2.77"
PSID_LEN = 6  # 1024 ports each
PORTS = {1: (1024, 2047), 2: (2048, 3071)}  # by PSID


@skip_unless_possible()
class Sharing(Scenario):
    def start(self, **options):
        network = self.make_network(**options)
        network.configure_hub("".join(
            f"binding ipv4 {SHARED} psid-len {PSID_LEN} psid {n} b4 2001:db8:1:{n}::2 br {BR}\n" for n in PORTS))
        network.start_hub()
        network.start_echo_servers()
        for number, (first, last) in PORTS.items():
            subscriber = network.add_subscriber(address=f"10.1.{number}.1")
            subscriber.restrict_ports(SHARED, first, last)
        return network

    def test_both_transfer_at_the_same_time(self):
        network = self.start()
        failures = []

        def transfer(subscriber):
            try:
                for _ in range(3):
                    octets = os.urandom(300_000)
                    self.assertEqual(network.transfer(subscriber, octets), octets)
                    seen, back = network.ask(subscriber, PATTERN)
                    self.assertEqual(back, PATTERN)
                    address, _, port = seen.partition(":")
                    first, last = PORTS[subscriber.number]
                    self.assertEqual(address, SHARED)
                    self.assertTrue(first <= int(port) <= last, seen)
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=transfer, args=(s,)) for s in network.subscribers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for failure in failures:
            raise failure
        counters = network.counters()
        self.assertGreater(counters["sent-encapsulated"], 600)
        self.assertGreater(counters["sent-decapsulated"], 600)
        self.assert_counters_add_up(counters)

    def test_port_of_another_is_dropped(self):
        """RFC 7596 5.1: a packet with a port outside the set does not leave."""
        network = self.start()
        one = network.subscribers[0]
        network.run(one.namespace, "nft", "delete", "table", "ip", "nat")
        one.namespace.ip(f"address add {SHARED}/32 dev lo")
        udp = network.socket_in(one.namespace, socket.SOCK_DGRAM)
        udp.bind((SHARED, PORTS[2][0]))
        udp.sendto(b"with the other's port", (INTERNET, 7))
        network.wait_for_counter("drop-wrong-b4")

    def test_datagrams_in_fragments(self):
        """Packets longer than any MTU: both directions need the ports of the first fragment (RFC 7596 5.2, 6.4)."""
        network = self.start()
        octets = os.urandom(4000)
        for subscriber in network.subscribers:
            _, back = network.ask(subscriber, octets)
            self.assertEqual(back, octets)
        counters = network.counters()
        # net_af_packet has already reassembled the packets from the Internet.
        self.assertGreater(counters["reassembled-ipv6-packets"], 0)
        self.assertGreater(counters["sent-fragment"], 0)
        self.assert_counters_add_up(counters)


if __name__ == "__main__":
    unittest.main()
