# SPDX-License-Identifier: BSD-3-Clause
"""Tests the metrics of a running hub: they agree with its counters, cost no packet, and follow the configuration."""

import http.client
import os
import re
import socket
import threading
import time
import unittest

from network import INTERNET, LIMIT_SECONDS, SERVER, stop
from scenario import LEASE, Scenario, skip_unless_possible, whole_address

ONE = "192.0.2.21"
SOFTWIRECTL = os.environ.get("SOFTWIRECTL", "softwirectl")
DATAGRAMS = 6000
ON_THE_WAY = 64  # most datagrams in transit, so that no queue overflows even if it is served late
LOOKS = 10  # scrapes or samples of each client
SAMPLE = re.compile(r'^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    """A scrape. Sums the samples of a name that have these labels."""

    def __init__(self, text):
        self.samples = []
        for line in text.splitlines():
            if not line.startswith("#"):
                name, labels, value = SAMPLE.match(line).groups()
                self.samples.append((name, dict(LABEL.findall(labels or "")), float(value)))

    def sum(self, name, **labels):
        found = [value for sample, has, value in self.samples if sample == name and labels.items() <= has.items()]
        if not found:
            raise AssertionError(f"no {name} with {labels}")
        return sum(found)

    def sides(self, name):
        """Returns the label of all samples whose name matches."""
        return {labels["side"] for sample, labels, _ in self.samples if re.fullmatch(name, sample)}


class Scraper:
    """A connection to the hub's metrics in its own namespace, for many scrapes."""

    def __init__(self, network, address=("127.0.0.1", 9600)):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        with network.hub.entered():
            self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.settimeout(LIMIT_SECONDS)
        try:
            self._socket.connect(address)
        except OSError:
            self._socket.close()
            raise
        self._connection = http.client.HTTPConnection(address[0], address[1])
        self._connection.sock = self._socket
        self._connection.auto_open = 0

    def text(self, **headers):
        self._connection.request("GET", "/metrics", headers=headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise AssertionError(f"{answer.status}: {text}")
        self.content_type = answer.headers["Content-Type"]
        return text

    def scrape(self):
        return Metrics(self.text())

    def close(self):
        self._connection.close()


@skip_unless_possible()
class HubMetrics(Scenario):
    def start(self, listen, keys="", softwires=whole_address(ONE)):
        network = self.make_network()
        network.hub.ip("link set lo up")
        network.configure_hub(softwires, f"{keys}[metrics]\nlisten = {listen}\n")
        network.start_hub()
        return network

    def scraper(self, network, *address):
        scraper = Scraper(network, *address)
        self.addCleanup(scraper.close)
        return scraper

    def wait_for_both_ways(self, network, packets):
        """Waits until this many are counted each way. A worker publishes its counters after the subscriber has its answer."""
        for name in ("sent-decapsulated", "sent-encapsulated"):
            network.wait_for_counter(name, packets)

    def assert_says_what_counters_say(self, network, scraper):
        """Compares all common values: a scrape lies between two readings of the counters."""
        before, it, after = network.counters(), scraper.scrape(), network.counters()
        values = {"bindings": it.sum("softwire_bindings"), "rules": it.sum("softwire_rules"), "leases": it.sum("softwire_leases"),
                  "generated-packets": it.sum("softwire_generated_packets_total")}
        for what in ("received", "sent", "dropped", "reassembled"):
            for side in ("ipv4", "ipv6"):
                for unit in ("packets", "bytes"):
                    values[f"{what}-{side}-{unit}"] = it.sum(f"softwire_{what}_{unit}_total", side=side)
        for name, labels, _ in it.samples:
            if name in ("softwire_outcomes_total", "softwire_dhcp_outcomes_total"):
                values[labels["outcome"]] = it.sum(name, outcome=labels["outcome"])
            elif name == "softwire_dhcp_messages_total":
                direction = {"received": "rx", "sent": "tx"}[labels["direction"]]
                values[f"dhcp-{direction}-{labels['type']}"] = it.sum(name, **labels)
            elif re.fullmatch("softwire_port_(receive|transmit)_.*_total", name):
                kind = name.removeprefix("softwire_port_").removesuffix("_total").replace("_", "-")
                values[f"port-{labels['side']}-{kind}"] = it.sum(name, **labels)
        told = {"held-packets", "icmp-errors-suppressed", "dhcp-server-identifier-not-overridden"}
        self.assertEqual(set(values) | told, set(before))
        for name, value in values.items():
            self.assertLessEqual(before[name], value, name)
            self.assertGreaterEqual(after[name], value, name)
        return it

    def test_scrapes_cost_no_packet(self):
        """Two scrapers at 10 Hz while a subscriber pings by two workers."""
        network = self.start("127.0.0.1:9600", "workers = 2\n")
        subscriber = network.add_subscriber(address=ONE)
        subscriber.ping()  # now the gateways are known
        self.wait_for_both_ways(network, 2)
        watcher = self.scraper(network)
        before = watcher.scrape()
        done, texts, failures = threading.Event(), [], []

        def scrape(scraper):
            try:
                while not done.wait(0.1):
                    texts.append(scraper.text())
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=scrape, args=(self.scraper(network),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        pings, deadline = 0, time.monotonic() + LIMIT_SECONDS
        try:
            while pings == 0 or len(texts) <= LOOKS:
                self.assertEqual(failures, [])
                self.assertLess(time.monotonic(), deadline, f"{len(texts)} scrapes")
                self.assertIn("3 packets transmitted, 3 packets received", subscriber.ping(3))
                pings += 3
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])
        self.wait_for_both_ways(network, 2 + pings)
        after = self.assert_says_what_counters_say(network, watcher)
        for outcome in ("sent-encapsulated", "sent-decapsulated"):
            sent = [m.sum("softwire_outcomes_total", outcome=outcome, disposition="sent") for m in (before, after)]
            self.assertEqual(sent, [2, 2 + pings], outcome)
        for loss in ("receive_missed", "receive_errors", "receive_no_buffer", "transmit_errors", "transmit_ring_full"):
            self.assertEqual(after.sum(f"softwire_port_{loss}_total"), 0, loss)
        self.assertEqual(after.sum("softwire_held_packets"), 0)
        self.assertEqual(after.sum("softwire_port_up"), 2)
        self.assertEqual(after.sum("softwire_gateway_known"), 2)
        self.assertEqual(after.sum("softwire_br_addresses"), 1)
        self.assertEqual(after.sum("softwire_dhcp_server_messages_total", server=SERVER), 0)
        self.assertGreater(after.sum("softwire_table_size_bytes"), after.sum("softwire_table_used_bytes"))
        self.assertGreater(after.sum("softwire_packet_buffers", state="free"), after.sum("softwire_packet_buffers") / 2)
        self.assertGreater(after.sum("process_cpu_seconds_total"), before.sum("process_cpu_seconds_total"))
        self.assertGreater(after.sum("process_open_fds"), 3)
        # Received and generated packets have outcomes, in the metrics and the counters. All are from one snapshot.
        into = after.sum("softwire_received_packets_total") + after.sum("softwire_generated_packets_total")
        self.assertEqual(after.sum("softwire_outcomes_total") + after.sum("softwire_held_packets"), into)

    def test_who_looks_costs_no_packet(self):
        """With two softwirectl and a scraper at 10 Hz, the hub loses nothing of a steady stream."""
        network = self.start("127.0.0.1:9600")
        subscriber = network.add_subscriber(address=ONE)
        subscriber.ping()  # now the gateways are known
        network.start_echo_servers()
        before = network.counters()
        words = ("--socket", network.folder / "control.sock", "--json", "top", "--interval", "0.1")
        lookers = [network.start(network.hub, f"top-{number}", SOFTWIRECTL, *words) for number in (1, 2)]
        scraper, done, texts = self.scraper(network), threading.Event(), []

        def scrape():
            while not done.wait(0.1):
                texts.append(scraper.text())

        def looks():
            return min(len(texts), *(network.log(f"top-{number}").count("\n") for number in (1, 2)))

        thread = threading.Thread(target=scrape)
        thread.start()
        udp = network.socket_in(subscriber.namespace, socket.SOCK_DGRAM)
        sent, deadline = 0, time.monotonic() + LIMIT_SECONDS
        try:
            while sent < DATAGRAMS or looks() <= LOOKS:
                self.assertLess(time.monotonic(), deadline, f"{sent} datagrams, {looks()} looks")
                for _ in range(ON_THE_WAY):
                    udp.sendto(bytes(200), (INTERNET, 7))
                for _ in range(ON_THE_WAY):
                    udp.recv(2048)  # TimeoutError when one is lost
                sent += ON_THE_WAY
        finally:
            done.set()
            thread.join()
        for looker in lookers:
            self.assertIsNone(looker.poll())
            stop(looker)
        self.wait_for_both_ways(network, before["sent-decapsulated"] + sent)
        counters = network.counters()
        changed = {name: value - before[name] for name, value in counters.items() if value != before[name]}
        self.assertEqual((changed["sent-decapsulated"], changed["sent-encapsulated"]), (sent, sent))
        lost = [name for name in changed if name.startswith("drop-") or "missed" in name or "full" in name]
        self.assertEqual(lost, [])
        self.assert_counters_add_up(counters)

    def test_both_formats_on_a_stick(self):
        """Both formats agree, over IPv6. A port for both sides appears once."""
        network = self.make_network()
        network.hub.ip("link set lo up")
        network.make_stick()
        keys = "on-a-stick = true\n[metrics]\nlisten = [::1]:9600\n"
        network.configure_hub(whole_address(ONE), keys, ports=("net_af_packet0,iface=stick",) * 2)
        network.start_hub()
        network.add_subscriber(address=ONE).ping()
        scraper = self.scraper(network, ("::1", 9600))
        text = scraper.text()
        self.assertEqual(scraper.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.assertTrue(text.endswith("\n# EOF\n"))
        older = scraper.text(Accept="text/plain")
        self.assertEqual(scraper.content_type, "text/plain; version=0.0.4; charset=utf-8")
        self.assertNotIn("# EOF", older)
        names = [[name for name, _, _ in Metrics(t).samples] for t in (text, older)]
        self.assertEqual(names[0], names[1])
        it = Metrics(text)
        self.assertEqual(it.sides("softwire_port_.*"), {"both"})
        self.assertIn(("softwire_port_up", {"side": "both"}, 1), it.samples)
        self.assertGreaterEqual(it.sum("softwire_port_received_packets_total"),
                                it.sum("softwire_received_packets_total"))
        self.assertEqual(it.sides("softwire_received_packets_total"), {"ipv4", "ipv6"})

    @skip_unless_possible("kea-dhcp4", "udhcpc")
    def test_dhcp_messages_of_a_lease(self):
        """Counts messages by type in both directions, and answers by server; one of two servers is running."""
        other = "198.18.67.99"
        keys = f"[dhcp-relay]\nserver = {other}\n"
        network = self.start("127.0.0.1:9600", keys, LEASE)
        network.start_kea("hook")
        subscriber = network.add_subscriber()
        subscriber.start_udhcpc()
        subscriber.wait_for_event("bound")
        network.wait_for_counter("dhcp-tx-ack")
        it = self.assert_says_what_counters_say(network, self.scraper(network))
        for kind, sender in (("discover", "received"), ("offer", "sent"), ("request", "received"), ("ack", "sent")):
            self.assertGreaterEqual(it.sum("softwire_dhcp_messages_total", direction=sender, type=kind), 1, kind)
        for kind in ("offer", "ack", "nak"):
            told = it.sum("softwire_dhcp_server_messages_total", server=SERVER, type=kind)
            self.assertEqual(told, it.sum("softwire_dhcp_messages_total", direction="received", type=kind), kind)
        self.assertEqual(it.sum("softwire_dhcp_server_messages_total", server=other), 0)

    def test_reload(self):
        """The listening address follows the configuration. Metrics show the result of the reload."""
        network = self.start("127.0.0.1:9600")
        config = network.folder / "softwired.conf"
        text = config.read_text()
        old = self.scraper(network)
        started = old.scrape()
        self.assertEqual(started.sum("softwire_config_last_reload_successful"), 1)
        config.write_text(text.replace("127.0.0.1:9600", "[::1]:9601"))
        network.reload_hub()
        with self.assertRaises(ConnectionError):
            self.scraper(network)
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            old.text()
        new = self.scraper(network, ("::1", 9601))
        self.assertEqual(new.scrape().sum("softwire_config_reloads_total", result="success"), 1)
        # An address that the machine does not have: nothing changes, and the metrics show the failure.
        config.write_text(text.replace("127.0.0.1:9600", "192.0.2.1:9600"))
        network.reload_hub("the previous configuration stays in effect")
        self.assertIn("softwired.conf: metrics.listen: 192.0.2.1:9600: cannot listen on this address: "
                      "Cannot assign requested address; give ", network.log("softwired"))
        refused = new.scrape()
        self.assertEqual(refused.sum("softwire_config_last_reload_successful"), 0)
        self.assertEqual(refused.sum("softwire_config_reloads_total", result="failure"), 1)
        self.assertGreaterEqual(refused.sum("softwire_config_last_reload_success_timestamp_seconds"),
                                started.sum("softwire_config_last_reload_success_timestamp_seconds"))
        config.write_text(text.replace("listen = 127.0.0.1:9600", ""))
        network.reload_hub()
        with self.assertRaises(ConnectionError):
            self.scraper(network, ("::1", 9601))

    def test_a_port_that_is_taken_is_said_at_the_start(self):
        network = self.make_network()
        network.hub.ip("link set lo up")
        with network.hub.entered():
            taken = socket.create_server(("127.0.0.1", 9600))
        self.addCleanup(taken.close)
        network.configure_hub(whole_address(ONE), "[metrics]\nlisten = 127.0.0.1:9600\n")
        with self.assertRaisesRegex(AssertionError, r"softwired\.conf: metrics\.listen: 127\.0\.0\.1:9600: cannot "
                                                    "listen on this address: Address already in use; give "):
            network.start_hub()


if __name__ == "__main__":
    unittest.main()
