#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Demonstrates the hub: a subscriber behind a softwire gets an IPv4 lease through the hub, and uses it. Prints each
step. The DHCP server is Kea; with the argument `embedded`, or without Kea, it is the embedded server. Exit status: 1
when a step fails, 77 when this machine cannot run the network."""

import os
import shutil
import signal
import sys
import time

from network import BR, HUB4, INTERNET, LEASED, SERVER, SUBSCRIBERS, Network, missing, wait_for
from scenario import LEASE

SHARED, PORTS = "192.0.2.77", {2: (1024, 2047), 3: (2048, 3071)}
SHOWN = ("sent-encapsulated", "sent-decapsulated", "punt-dhcp-request", "drop-wrong-b4", "drop-no-binding-source")


def title(text):
    print(f"\n=== {text}\n", flush=True)


def say(text):
    print(f"    {text}", flush=True)


def show_transfer(network, subscriber, kilobytes):
    octets = os.urandom(kilobytes * 1024)
    start = time.monotonic()
    if network.transfer(subscriber, octets) != octets:
        raise AssertionError("what came back is not what was sent")
    seconds = time.monotonic() - start
    say(f"TCP: {kilobytes} KB to {INTERNET} and back in {seconds:.2f} s, unchanged")
    seen, _ = network.ask(subscriber, b"Who am I?")
    say(f"UDP: the Internet sees this subscriber as {seen}")
    return seen


class Kea:
    """A server outside the hub, which relays."""

    title = "busybox udhcpc, Kea, and the hub in between"
    place = f"Kea is at {SERVER}, and sends its own address as server identifier (option 54)."
    drawn = f"   \\--- DHCP server {SERVER}"
    softwires, keys, relays = LEASE, "", True
    renewal = "sent to the server's own address, relayed by the hub all the same"
    shown = ("punt-dhcp-reply", "dhcp-relayed", "dhcp-delivered")

    @staticmethod
    def start(network):
        network.start_kea("no", 600, 200)

    @staticmethod
    def has_address_back(network):
        return "DHCP4_RELEASE " in network.log("kea")


class Embedded:
    """The server in the hub. There is no other server, and the lease makes the binding."""

    title = "busybox udhcpc, and the hub that is the server too"
    place = "The hub is the DHCP server. Each lease makes a binding."
    drawn = ""
    softwires, relays = "", False
    keys = f"br-address = {BR}\n[dhcp-server]\npool = {LEASED}-{LEASED}\nlease-time = 600\noption = routers 192.0.2.1\n"
    renewal = "the hub, which has the lease in its store before the client hears of it"
    shown = ("dhcp-answered", "dhcp-released", "leases")

    @staticmethod
    def start(network):
        pass

    @staticmethod
    def has_address_back(network):
        return network.counters()["leases"] == 0


def choose(words):
    if "embedded" in words:
        return Embedded
    if shutil.which("kea-dhcp4"):
        return Kea
    print("kea-dhcp4 is not installed: the hub's own DHCP server takes its place.")
    return Embedded


def lease(network, server):
    title(f"A lease through a softwire: {server.title}")
    say(server.place)
    server.start(network)
    subscriber = network.add_subscriber()
    say(f"The subscriber has IPv6 only: {subscriber.b4}. softwire-b4 gives it the device softwire0 towards {BR}.")
    client = subscriber.start_udhcpc()
    _, address, identifier, seconds = subscriber.wait_for_event("bound")
    for line in network.log("client-1").splitlines():
        say(line)
    say(f"-> {address} for {seconds} s")
    title("Ping and transfer through the softwire")
    for line in subscriber.ping().splitlines():
        say(line)
    show_transfer(network, subscriber, 2048)
    title("Renewal by unicast, and release")
    client.send_signal(signal.SIGUSR1)
    subscriber.wait_for_event("renew")
    say(f"renewed with {identifier}: {server.renewal}")
    client.send_signal(signal.SIGUSR2)
    wait_for(lambda: server.has_address_back(network), "the server takes the address back")
    say("released; the server has the address back")


def sharing(network):
    title(f"Two subscribers share {SHARED}, each behind NAT with ports of its own")
    for number, (first, last) in PORTS.items():
        subscriber = network.add_subscriber(address=f"10.1.{number}.1")
        subscriber.restrict_ports(SHARED, first, last)
        say(f"{subscriber.b4} has the ports {first} to {last}:")
        port = int(show_transfer(network, subscriber, 512).partition(":")[2])
        if not first <= port <= last:
            raise AssertionError(f"port {port} is not this subscriber's")


def main():
    why = missing("udhcpc")
    if why:
        print(f"The live demo cannot run here: {why}.")
        return 77
    server = choose(sys.argv[1:])
    network = Network()
    try:
        network.configure_hub(server.softwires + "".join(
            f"binding ipv4 {SHARED} psid-len 6 psid {number - 1} b4 2001:db8:1:{number}::2 br {BR}\n"
            for number in PORTS), server.keys, relays=server.relays)
        print(f"""
Everything below happens now, in network namespaces of this process; no other network is touched:

    subscribers -- access router -- hub -- edge router -- a host in the Internet, {INTERNET}
                     (IPv6 only)            (IPv4){server.drawn}

The hub is softwired on two ports (veth, DPDK's net_af_packet). Its own address is {HUB4}; the subscribers'
addresses are in {SUBSCRIBERS}, {LEASED} is the one to lease.""")
        network.start_hub()
        network.start_echo_servers()
        lease(network, server)
        sharing(network)
        title("What the hub has counted")
        counters = network.counters()
        for name in SHOWN + server.shown:
            say(f"{name:24} {counters[name]:8}")
        dropped = {name: value for name, value in counters.items() if name.startswith("drop-") and value}
        say("dropped: " + (", ".join(f"{count} {name}" for name, count in dropped.items()) or "nothing"))
        if "drop-ipv6-not-softwire" in dropped:
            say("drop-ipv6-not-softwire: multicast listener reports of the routers, which are normal")
        network.stop_hub()
    except AssertionError as failure:
        print(f"\nDEMO FAILED: {failure}\n{network.logs()}", file=sys.stderr)
        return 1
    finally:
        network.close()
        network.remove()
    print("\nEverything happened as it should.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
