# SPDX-License-Identifier: BSD-3-Clause
"""DHCP clients of many subscribers in one namespace: they take leases of the embedded server, renew, release, or forget
them. A program of its own.

    crowd.py --rate N --router-mac MAC

Every client has a /64 of its own. After SIGTERM it waits for the answers to open questions, and prints a line of JSON: the
counts, what went wrong, and the leases that are held."""

import argparse
import ipaddress
import json
import pathlib
import random
import select
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import frames as f  # noqa: E402
import lab_facts as facts  # noqa: E402
from dhcp_options import options4  # noqa: E402
from processes import end_with_parent  # noqa: E402

CLIENTS = 200  # with the leases that are released but not yet free, fewer than the pool has addresses
ANSWER_SECONDS = 10
ETH_P_IPV6 = 0x86DD
ETHERNET, IPV6, IPV4, UDP = 14, 40, 20, 8
MESSAGE = ETHERNET + IPV6 + IPV4 + UDP


class Client:
    def __init__(self, number):
        self.b4 = str(ipaddress.IPv6Network(facts.CROWD_PREFIX)[(number << 64) + 2])
        self.address = self.server = None
        self.until = 0.0
        self.asked = None  # (kind, transaction, time, whether it renews)


class Crowd:
    def __init__(self, device, router_mac):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IPV6))
        self._socket.bind((device, ETH_P_IPV6))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.setblocking(False)
        self._router = f.mac(router_mac)
        self._own = self._socket.getsockname()[4][:6]
        self._clients = [Client(number) for number in range(1, CLIENTS + 1)]
        self._by_b4 = {f.v6(client.b4): client for client in self._clients}
        self._holders = {}  # address: client
        self.counts = {"asked": 0, "answered": 0, "lost": 0, "granted": 0, "renewed": 0, "released": 0, "refused": 0}
        self.wrong = []

    def _send(self, client, kind, options=b"", ciaddr="0.0.0.0"):
        transaction = random.getrandbits(32)
        message = f.dhcp(kind, transaction, f.option(61, b"\0" + f.v6(client.b4)) + options, ciaddr)
        unicast = {"source": ciaddr, "destination": client.server} if ciaddr != "0.0.0.0" else {}
        self._socket.send(f.frame6(self._router, self._own, f.dhcp_in_softwire(client.b4, facts.BR, message, **unicast)))
        if kind != f.RELEASE:
            client.asked = (kind, transaction, time.monotonic(), ciaddr != "0.0.0.0")
            self.counts["asked"] += 1

    def act(self):
        """One client does the next thing: asks for a lease, renews it, releases it, or forgets it."""
        now, client = time.monotonic(), random.choice(self._clients)
        if client.asked:
            return
        if client.address is None or now > client.until:
            self._let_go(client)
            self._send(client, f.DISCOVER)
            return
        chance = random.random()
        if chance < 0.5:
            self._send(client, f.REQUEST, ciaddr=client.address)
        elif chance < 0.8:
            self._send(client, f.RELEASE, f.option(54, f.v4(client.server)), client.address)
            self.counts["released"] += 1
            self._let_go(client)

    def _let_go(self, client):
        if client.address is not None and self._holders.get(client.address) is client:
            del self._holders[client.address]
        client.address = None

    def listen(self, seconds):
        if not select.select([self._socket], [], [], seconds)[0]:
            return
        try:
            while True:
                octets, (_, _, kind, *_) = self._socket.recvfrom(2048)
                if kind != socket.PACKET_OUTGOING and len(octets) > MESSAGE + 244 and octets[20] == f.IPV4:
                    self._take(octets)
        except BlockingIOError:
            pass

    def _take(self, octets):
        client, message = self._by_b4.get(octets[ETHERNET + 24:ETHERNET + 40]), octets[MESSAGE:]
        if client is None or not client.asked or message[4:8] != struct.pack("!I", client.asked[1]):
            return
        options, (_, _, asked, renews) = options4(message), client.asked
        client.asked = None
        self.counts["answered"] += 1
        kind, address = options[53][0], socket.inet_ntoa(message[16:20])
        if kind == f.OFFER:
            self._send(client, f.REQUEST, f.option(50, message[16:20]) + f.option(54, options[54]))
        elif kind == f.ACK:
            self._keep(client, address, options, asked)
            self.counts["renewed" if renews else "granted"] += 1
        else:
            self.counts["refused"] += 1
            self._let_go(client)

    def _keep(self, client, address, options, asked):
        """The lease counts from the request on (RFC 2131 4.4.1), and so ends before the hub gives it to another."""
        now, holder = time.monotonic(), self._holders.get(address)
        if holder not in (None, client) and holder.until > now:
            self.wrong.append(f"{address} was given to {client.b4} while {holder.b4} had it")
        client.address, client.server = address, socket.inet_ntoa(options[54])
        client.until = asked + struct.unpack("!I", options[51])[0]
        self._holders[address] = client

    def give_up(self):
        """Notes what was not answered in time. Returns whether questions are open."""
        now, waiting = time.monotonic(), False
        for client in self._clients:
            if client.asked and now - client.asked[2] > ANSWER_SECONDS:
                client.asked = None
                self.counts["lost"] += 1
            waiting = waiting or client.asked is not None
        return waiting

    def held(self):
        """Returns {address: (B4 address, end of the lease on the machine's monotonic clock)}."""
        return {address: (client.b4, client.until) for address, client in self._holders.items()}


def main():
    end_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--router-mac", required=True)
    wanted = parser.parse_args()
    crowd, ended = Crowd("uplink", wanted.router_mac), []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    print("started", flush=True)
    looked = next_at = time.monotonic()
    while not ended or crowd.give_up():
        now = time.monotonic()
        if not ended and now >= next_at:
            next_at = max(next_at + 1 / wanted.rate, now)
            crowd.act()
        crowd.listen(min(max(next_at - time.monotonic(), 0.001), 0.05))
        if now - looked > 1:
            crowd.give_up()
            looked = now
    print(json.dumps({**crowd.counts, "wrong": crowd.wrong[:10], "held": crowd.held()}), flush=True)


if __name__ == "__main__":
    main()
