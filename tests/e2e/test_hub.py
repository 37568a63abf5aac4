# SPDX-License-Identifier: BSD-3-Clause
"""Tests the running hub: reload under traffic, several workers, both sides on one port, jumbo frames, MAP-E."""

import contextlib
import json
import os
import socket
import sys
import threading
import time
import unittest

from control import Control
from network import BR, EDGE, HUB4, INTERNET, SOFTWIRED, wait_for
from scenario import PATTERN, Scenario, skip_unless_possible, whole_address

ONE, OTHER = "192.0.2.21", "192.0.2.22"


@skip_unless_possible()
class Hub(Scenario):
    def start(self, softwires, keys="", **options):
        network = self.make_network(**options)
        network.configure_hub(softwires, keys)
        network.start_hub()
        network.start_echo_servers()
        return network

    def test_a_port_may_be_the_name_of_an_interface(self):
        network = self.make_network()
        network.configure_hub(whole_address(ONE), ports=("v4", "v6"))
        network.start_hub()
        network.add_subscriber(address=ONE).ping()
        log = network.log("softwired")
        self.assertIn("port net_af_packet0,iface=v4, because v4 is a network interface of the kernel", log)
        self.assertIn("port net_af_packet1,iface=v6, because v6 is a network interface of the kernel", log)
        network.reload_hub()
        with Control(network.folder / "control.sock") as control:
            self.assertEqual([port["device"] for port in control("ports.list")["ports"]],
                             ["net_af_packet0,iface=v4", "net_af_packet1,iface=v6"])
        network.stop_hub()
        # An interface that is missing is named when it is tested and when it is started.
        network.hub.ip("link delete v6")
        for words in ([], ["--test"]):
            with self.assertRaisesRegex(AssertionError, "ipv6.port: 'v6' is neither a network interface"):
                network.run(network.hub, SOFTWIRED, "--config", network.folder / "softwired.conf", *words)

    def test_reload_loses_nothing(self):
        """A binding is added; a stream of datagrams through another one has no gap; a wrong file changes nothing."""
        network = self.start(whole_address(ONE))
        streaming = network.add_subscriber(address=ONE)
        late = network.add_subscriber(address=OTHER)
        streaming.ping(1)
        stream = network.socket_in(streaming.namespace, socket.SOCK_DGRAM)
        stream.connect((INTERNET, 7))
        # Limits the datagrams in transit, so that no queue overflows even if it is served late.
        back, sent, window, done = set(), 0, 64, threading.Event()

        def receive():
            with contextlib.suppress(OSError):
                while octets := stream.recv(2048):
                    back.add(int(octets.split()[1]))

        network.serve(receive)

        def send():
            nonlocal sent
            while not done.is_set():
                if sent - len(back) < window:
                    stream.send(b"%d" % sent)
                    sent += 1
                time.sleep(0.001)

        sender = threading.Thread(target=send)
        sender.start()
        softwires = network.folder / "softwires.conf"
        try:
            for _ in range(5):
                softwires.write_text(whole_address(ONE) + whole_address(OTHER, 2))
                network.reload_hub()
                late.ping(1)
                softwires.write_text(whole_address(ONE) + "binding ipv4 nonsense\n")
                network.reload_hub("the previous configuration stays in effect")
                late.ping(1)
                softwires.write_text(whole_address(ONE))
                network.reload_hub()
        finally:
            done.set()
            sender.join()
        self.assertIn("softwires.conf:2: ", network.log("softwired"))
        wait_for(lambda: len(back) == sent, f"all of {sent} datagrams come back")
        # The binding is removed: packets of its subscriber are dropped.
        dropped = network.counters()["drop-no-binding-source"]
        with network.socket_in(late.namespace, socket.SOCK_DGRAM) as udp:
            udp.sendto(PATTERN, (INTERNET, 7))
        network.wait_for_counter("drop-no-binding-source", dropped + 1)
        counters = network.counters()
        self.assertEqual(counters["bindings"], 1)
        self.assert_counters_add_up(counters)

    def test_what_takes_a_restart_is_said(self):
        network = self.start(whole_address(ONE))
        config = network.folder / "softwired.conf"
        config.write_text(config.read_text().replace("idle = sleep", "idle = poll"))
        network.reload_hub("idle has changed; restart softwired to apply it; the previous configuration "
                           "stays in effect")

    def test_two_workers(self):
        """Flows are spread over two queues. Both workers know the gateways, whichever received the answer."""
        softwires = "".join(whole_address(f"192.0.2.{20 + n}", n) for n in range(1, 5))
        network = self.make_network()
        network.configure_hub(softwires, "workers = 2\n")
        begun = time.monotonic()
        network.start_hub()
        network.wait_for_counter("handled-nd")
        # One worker resolves the gateway for both, with at most one request a second (RFC 4861 7.2.2).
        asked = network.counters()["sent-nd-solicitation"]
        self.assertLessEqual(asked, 1 + int(time.monotonic() - begun))
        network.start_echo_servers()
        for number in range(1, 5):
            network.add_subscriber(address=f"192.0.2.{20 + number}")
        failures = []

        def transfer(subscriber):
            try:
                for _ in range(2):
                    self.assert_passes_traffic(network, subscriber, kilobytes=200)
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
        self.assertEqual(counters["drop-neighbor-unresolved"], 0)
        self.assert_counters_add_up(counters)

    def send_arp(self, network, operation, station, sender, target):
        """Sends an ARP packet from the edge router's link with any sender."""
        packet = b"\xff" * 6 + station + b"\x08\x06" + bytes((0, 1, 8, 0, 6, 4, 0, operation))
        packet += station + socket.inet_aton(sender) + bytes(6) + socket.inet_aton(target)
        code = f"import socket; s = socket.socket(17, 3); s.bind(('hub', 0)); s.send(bytes.fromhex('{packet.hex()}'))"
        network.run(network.edge, sys.executable, "-c", code)

    def test_a_claim_of_our_address_is_logged_once_listed_and_answered(self):
        """RFC 5227 2.4 (c). The router's cache names the claimer for a moment only, so traffic goes on."""
        network = self.start(whole_address(ONE))
        subscriber = network.add_subscriber(address=ONE)
        subscriber.ping(1)
        station = bytes.fromhex("020000000c01")
        for _ in range(5):
            self.send_arp(network, 2, station, HUB4, HUB4)
        network.wait_for_counter("drop-neighbor-conflict", 5)
        network.wait_for_counter("sent-arp-announcement")
        says = f"the station 02:00:00:00:0c:01 claims our address {HUB4}"
        wait_for(lambda: says in network.log("softwired"), "softwired names the station")
        self.assert_passes_traffic(network, subscriber)
        self.assertEqual(network.log("softwired").count("claims our address"), 1)
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(network.folder / "control.sock"))
            control.sendall(b'{"jsonrpc":"2.0","id":1,"method":"neighbors.list"}\n')
            result = json.loads(control.makefile().readline())["result"]
        (conflict,) = result["conflicts"]
        self.assertEqual((conflict["side"], conflict["address"], conflict["mac"]), ("ipv4", HUB4, "02:00:00:00:0c:01"))
        self.assertEqual(conflict["frames"], 5)
        self.assertEqual([neighbor["state"] for neighbor in result["neighbors"]], ["reachable", "reachable"])

    def test_a_claim_of_the_gateways_address_changes_nothing(self):
        """RFC 4861 7.2.5: with two workers, whichever receives the claim. The true gateway answers, and stays."""
        network = self.make_network()
        network.configure_hub(whole_address(ONE), "workers = 2\n")
        network.start_hub()
        network.start_echo_servers()
        subscriber = network.add_subscriber(address=ONE)
        subscriber.ping(1)
        for number in range(20):
            self.send_arp(network, 2, bytes((2, 0, 0, 0, 13, number)), EDGE, EDGE)
            subscriber.ping(1)
        counters = network.counters()
        self.assertEqual(counters["drop-neighbor-unresolved"], 0)
        self.assert_counters_add_up(counters)

    def test_jumbo_frames(self):
        """MTU 9000 on both sides: packets of 8960 octets pass in one piece."""
        network = self.start(whole_address(ONE), mtu=9000)
        subscriber = network.add_subscriber("--mtu", "8960", address=ONE)
        octets = os.urandom(8960 - 28)
        _, back = network.ask(subscriber, octets[:-30])  # the answer has the sender's address in front
        self.assertEqual(back, octets[:-30])
        self.assert_passes_traffic(network, subscriber)
        counters = network.counters()
        self.assertEqual(counters["sent-fragment"], 0)
        self.assertEqual(counters["reassembled-ipv6-packets"], 0)

    def test_map_e(self):
        """RFC 7597: a CE computes its address and ports from the rule, the hub its softwire."""
        rule = f"rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8:1::/48 ea-len 16 psid-offset 6 br {BR}"
        network = self.start(rule + "\n")
        # EA bits 0x4d05: 192.0.2.77, PSID 5.
        prefix = "2001:db8:1:4d05::/64"
        ce = "2001:db8:1:4d05:0:c000:24d:5"
        subscriber = network.prepare_subscriber(ce, prefix)
        subscriber.start_b4("--rule", rule, "--end-user-prefix", prefix)
        said = network.log(subscriber.name)
        self.assertIn("ipv4 192.0.2.77", said)
        self.assertIn("psid 5", said)
        first = next(line for line in said.splitlines() if line.startswith("ports ")).split()[1]
        low, high = map(int, first.split("-"))
        subscriber.set_address("10.9.9.9")
        subscriber.restrict_ports("192.0.2.77", low, high)
        octets = os.urandom(100_000)
        self.assertEqual(network.transfer(subscriber, octets), octets)
        seen, back = network.ask(subscriber, PATTERN)
        self.assertEqual(back, PATTERN)
        self.assertTrue(low <= int(seen.partition(":")[2]) <= high, seen)
        self.assert_counters_add_up(network.counters())

    def test_on_a_stick(self):
        """Both sides are on one port. The Ethernet type tells the side of a frame."""
        self.check_on_a_stick("")

    def test_on_a_stick_with_a_mac_address_for_each_side(self):
        self.check_on_a_stick("[ipv4]\nmac = 02:00:00:00:00:44\n[ipv6]\nmac = 02:00:00:00:00:66\n")

    def check_on_a_stick(self, keys):
        network = self.make_network()
        network.make_stick()
        network.configure_hub(whole_address(ONE), "on-a-stick = true\n" + keys, ports=("net_af_packet0,iface=stick",) * 2)
        network.start_hub()
        network.start_echo_servers()
        subscriber = network.add_subscriber(address=ONE)
        self.assert_passes_traffic(network, subscriber)
        self.assert_counters_add_up(network.counters())

    def test_echo_to_the_hub(self):
        """The hub's own addresses answer from both sides, one of them without a gateway."""
        network = self.start(whole_address(ONE))
        subscriber = network.add_subscriber(address=ONE)
        for namespace, address in ((subscriber.namespace, HUB4), (network.internet, HUB4), (network.edge, HUB4)):
            network.ping(namespace, address)
        network.ping(subscriber.namespace, BR, 1, "-6")
        network.ping(subscriber.namespace, EDGE)


if __name__ == "__main__":
    unittest.main()
