# SPDX-License-Identifier: BSD-3-Clause
"""Tests leases that become bindings (RFC 7596 6.1): the hub knows a subscriber only from its DHCP exchange."""

import datetime
import json
import os
import signal
import subprocess
import unittest

from control import Control
from dhcp_clients import QueryClient, SoftwireClient, Tap, UdpClient, ask_as_relay, ask_for_softwire
from dhcp_options import options4
from network import BR, HUB4, LEASED, LIMIT_SECONDS, SERVER, SUBSCRIBERS, wait_for
from scenario import LEASE, Scenario, skip_unless_possible

SOFTWIRECTL = os.environ.get("SOFTWIRECTL", "softwirectl")
KEYS = f"br-address = {BR}\n[leases]\npool = {SUBSCRIBERS}\n"


class Provisioning(Scenario):
    def ctl(self, network, *words):
        """Returns the JSON output of softwirectl."""
        output = subprocess.run([SOFTWIRECTL, "--socket", network.folder / "control.sock", "--json", *words],
                                check=True, stdout=subprocess.PIPE, timeout=LIMIT_SECONDS).stdout
        return json.loads(output)

    def bindings(self, network):
        return [(one["ipv4"], one["b4"], one["origin"]) for one in self.ctl(network, "show", "bindings")]

    def assert_passes_traffic_by(self, network, subscriber, address, first, last):
        """Tests TCP and UDP from the subscriber's ports of a shared address."""
        octets = os.urandom(200_000)
        self.assertEqual(network.transfer(subscriber, octets), octets)
        seen, back = network.ask(subscriber, b"Who am I?")
        self.assertEqual(back, b"Who am I?")
        seen_address, _, port = seen.partition(":")
        self.assertEqual(seen_address, address)
        self.assertTrue(first <= int(port) <= last, seen)


@skip_unless_possible("kea-dhcp4", "udhcpc")
class LearnedBinding(Provisioning):
    def start(self, keys=KEYS, **kea):
        network = self.make_network()
        network.configure_hub("", keys)
        network.start_hub()
        network.start_kea(**kea)
        network.start_echo_servers()
        return network

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
        lease, = self.ctl(network, "show", "leases")
        self.assertEqual((lease["ipv4"], lease["b4"], lease["server"]), (LEASED, subscriber.b4, SERVER))
        self.assertEqual(self.ctl(network, "lookup", f"{LEASED}:4711")[0]["origin"], "lease")
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
        # Messages of its client about the lease still count.
        subscriber.udhcpc.send_signal(signal.SIGUSR1)
        subscriber.wait_for_event("renew")
        subscriber.udhcpc.send_signal(signal.SIGUSR2)
        wait_for(lambda: self.bindings(network) == [], "the binding ends with the lease")

    def test_ends_when_the_lease_is_not_renewed(self):
        """udhcpc accepts at least 16 seconds."""
        network = self.start(lifetime=16, renew=8)
        begun = datetime.datetime.now(datetime.timezone.utc)
        subscriber = self.lease(network)
        subscriber.udhcpc.kill()
        ended, = wait_for(lambda: self.ctl(network, "show", "history"), "the binding ends with the lease")
        self.assertEqual((ended["ipv4"], ended["b4"], ended["reason"]), (LEASED, subscriber.b4, "expired"))
        lasted = datetime.datetime.fromisoformat(ended["until"]) - begun
        self.assertGreaterEqual(lasted.total_seconds(), 16)
        self.assertEqual(self.bindings(network), [])

    def test_no_client_gets_what_lies_in_no_pool(self):
        network = self.start(f"br-address = {BR}\n[leases]\npool = 203.0.113.0/24\n")
        subscriber = network.add_subscriber()
        subscriber.start_udhcpc()
        network.wait_for_counter("drop-dhcp-lease-not-allowed")
        self.assertEqual(self.bindings(network), [])
        self.assertNotIn("bound", "".join(subscriber.events()))


SHARED = "192.0.2.77"


class EmbeddedServer(Provisioning):
    """The embedded server leases. There is no other server."""

    def start(self, keys):
        network = self.make_network()
        network.configure_hub("", f"br-address = {BR}\n[dhcp-server]\n{keys}", relays=False)
        network.start_hub()
        network.start_echo_servers()
        return network

    @skip_unless_possible("udhcpc")
    def test_udhcpc_has_a_lease_renews_and_releases(self):
        network = self.start(f"pool = {LEASED}-{LEASED}\nlease-time = 3600\noption = routers 192.0.2.1\n")
        subscriber = network.add_subscriber()
        events = Control(network.folder / "control.sock")
        self.addCleanup(events.close)
        events("events.subscribe", kinds=["softwire"])
        udhcpc = subscriber.start_udhcpc()
        self.assertEqual(subscriber.wait_for_event("bound"), ["bound", LEASED, HUB4, "3600"])
        self.assert_passes_traffic(network, subscriber)
        udhcpc.send_signal(signal.SIGUSR1)
        subscriber.wait_for_event("renew")
        self.assertEqual(self.bindings(network), [(LEASED, subscriber.b4, "lease")])
        udhcpc.send_signal(signal.SIGUSR2)
        wait_for(lambda: self.bindings(network) == [], "the binding ends with the lease")
        seen = [events.receive()["params"] for _ in range(2)]
        self.assertEqual([(one["change"], one["origin"]) for one in seen], [("added", "lease"), ("removed", "lease")])
        counters = network.counters()
        self.assertEqual(counters["dhcp-released"], 1)
        self.assertGreaterEqual(counters["dhcp-answered"], 3)
        self.assert_counters_add_up(counters)

    def test_two_subscribers_share_an_address(self):
        """RFC 7618: each has its own ports, and both pass traffic. A hub that was killed still knows both."""
        network = self.start(f"pool = {SHARED}-{SHARED} psid-offset 0 psid-len 6\n")
        leases = []
        for _ in range(2):
            subscriber = network.add_subscriber()
            client = SoftwireClient(subscriber)
            self.addCleanup(client.close)
            lease = client.lease()
            self.assertEqual((lease.address, lease.server), (SHARED, HUB4))
            subscriber.set_address(f"10.1.{subscriber.number}.1")
            subscriber.restrict_ports(lease.address, lease.first, lease.last)
            leases.append((client, lease, subscriber))
        network.stop_hub(signal.SIGKILL)
        network.start_hub()
        self.assertNotEqual(leases[0][1].psid, leases[1][1].psid)
        for client, lease, subscriber in leases:
            self.assert_passes_traffic_by(network, subscriber, SHARED, lease.first, lease.last)
            self.assertEqual(client.renew(lease).ports, lease.ports)
        client, lease, subscriber = leases[0]
        client.release(lease)
        wait_for(lambda: self.bindings(network) == [(SHARED, leases[1][2].b4, "lease")], "one lease is left")


class OverIpv6(Provisioning):
    """Subscribers send DHCP to the hub's own IPv6 address, and set up their softwire from the answer."""

    KEYS = f"[dhcp-over-ipv6]\ndhcpv6 = true\ndhcpv4 = true\n"

    def start(self, softwires="", keys="", relays=True):
        network = self.make_network()
        network.configure_hub(softwires, f"br-address = {BR}\n{keys}{self.KEYS}", relays=relays)
        network.start_hub()
        network.start_echo_servers()
        return network

    def use(self, network, subscriber, address):
        subscriber.start_b4()
        subscriber.set_address(address)
        self.assert_passes_traffic(network, subscriber)

    def leases_and_passes_traffic(self, network, kind):
        subscriber = network.prepare_subscriber()
        client = kind(subscriber)
        self.addCleanup(client.close)
        lease = client.lease()
        self.assertEqual((lease.address, lease.server), (LEASED, HUB4))
        self.use(network, subscriber, lease.address)
        self.assertEqual(self.bindings(network), [(LEASED, subscriber.b4, "lease")])
        self.assertEqual(client.renew(lease).address, LEASED)
        client.release(lease)
        wait_for(lambda: self.bindings(network) == [], "the binding ends with the lease")
        self.assert_counters_add_up(network.counters())

    def with_kea(self, kind):
        network = self.start(keys=f"[leases]\npool = {SUBSCRIBERS}\n")
        network.start_kea("hook")
        self.leases_and_passes_traffic(network, kind)

    @skip_unless_possible("kea-dhcp4")
    def test_dhcpv4_over_dhcpv6_in_front_of_a_plain_kea(self):
        """RFC 7341: the server does not see the DHCPv6 transport."""
        self.with_kea(QueryClient)

    @skip_unless_possible("kea-dhcp4")
    def test_dhcpv4_in_udp_over_ipv6_in_front_of_a_plain_kea(self):
        """draft-ietf-dhc-v4configuration 1.2."""
        self.with_kea(UdpClient)

    def test_dhcpv4_over_dhcpv6_with_the_embedded_server(self):
        """RFC 7341, the hub being the server."""
        network = self.start(keys=f"[dhcp-server]\npool = {LEASED}-{LEASED}\n", relays=False)
        self.leases_and_passes_traffic(network, QueryClient)

    def test_a_softwire_by_an_information_request(self):
        """RFC 7598: DHCPv6 alone."""
        network = self.start(f"binding ipv4 {LEASED} b4 2001:db8:1:1::2 br {BR}\n", relays=False)
        subscriber = network.prepare_subscriber()
        self.assertEqual(ask_for_softwire(subscriber), (LEASED, BR))
        self.use(network, subscriber, LEASED)

    def test_a_softwire_by_a_relay_on_the_hubs_link(self):
        """RFC 8415 7.1: it knows only the group of all servers."""
        softwires = f"binding ipv4 {LEASED} b4 2001:db8:1:1::2 br {BR}\n"
        network = self.start(softwires, keys="[dhcp-over-ipv6]\nrelay = fe80::/10\n", relays=False)
        self.assertEqual(ask_as_relay(network, "2001:db8:1:1::1"), (LEASED, BR))


@skip_unless_possible("kea-dhcp4")
class Inform(Provisioning):
    """draft-ietf-dhc-v4configuration 1.4: the softwire exists; DHCPINFORM gets the other options. The server's answer
    goes straight to the client's address (RFC 2131 4.3.5), which of a shared one is not enough to find it."""

    def start(self, softwires):
        network = self.make_network()
        network.configure_hub(softwires)
        network.start_hub()
        network.start_kea()
        network.start_echo_servers()
        self.at_server = self.tap(network.server, "eth0")
        return network

    def tap(self, namespace, device):
        tap = Tap(namespace, device)
        self.addCleanup(tap.close)
        return tap

    def client_of(self, subscriber):
        """A client, and the packets that arrive at its place."""
        client = SoftwireClient(subscriber)
        self.addCleanup(client.close)
        return client, self.tap(subscriber.namespace, "softwire0")

    def ask(self, client, address, *server):
        options = client.inform(address, *server)
        self.assertEqual(options[3], bytes([192, 0, 2, 1]))  # it has asked for routers
        self.assertEqual(options[54], bytes(map(int, SERVER.split("."))))
        self.assertNotIn(51, options)  # no lease
        answers = self.at_server.udp_to_port(68)
        self.assertTrue(answers)
        for destination, message in answers:
            self.assertEqual((destination, message[24:28]), (address, bytes(4)))
            self.assertNotIn(82, options4(message))

    def test_the_holder_of_an_address_has_its_answer(self):
        network = self.start(LEASE)
        subscriber = network.add_subscriber(address=LEASED)
        client, _ = self.client_of(subscriber)
        self.ask(client, LEASED)
        self.ask(client, LEASED, HUB4)
        self.assert_passes_traffic(network, subscriber)
        counters = network.counters()
        self.assertEqual(counters["dhcp-relayed"], counters["dhcp-rx-inform"])
        self.assertEqual(counters["dhcp-delivered"], counters["punt-dhcp-reply"])
        self.assert_counters_add_up(counters)

    def test_each_who_shares_an_address_has_its_own_answer(self):
        network = self.start("".join(
            f"binding ipv4 {SHARED} psid-len 6 psid {number} b4 2001:db8:1:{number}::2 br {BR}\n" for number in (1, 2)))
        subscribers = [network.add_subscriber(address=f"10.1.{number}.1") for number in (1, 2)]
        clients = [self.client_of(subscriber) for subscriber in subscribers]
        for client, _ in (*clients, clients[0]):
            self.ask(client, SHARED)
        for subscriber, (client, tap) in zip(subscribers, clients):
            self.assertEqual({message[4:8] for _, message in tap.udp_to_port(68)}, {client.xid})
            first = subscriber.number * 1024
            subscriber.restrict_ports(SHARED, first, first + 1023)
            self.assert_passes_traffic_by(network, subscriber, SHARED, first, first + 1023)
        counters = network.counters()
        self.assertEqual(counters["dhcp-delivered"], counters["punt-dhcp-reply"])
        self.assert_counters_add_up(counters)


if __name__ == "__main__":
    unittest.main()
