# SPDX-License-Identifier: BSD-3-Clause
"""Makes captures of both sides of a hub that span months, with a model of what the hub must make of them.

Subscribers take leases of the embedded server, renew them, release them or let them expire, so that others get the address;
holders and former holders send and receive packets, whole and in fragments; fragments get lost; the routers ask for the hub's
MAC addresses; some packets cause ICMP errors; and every ten days a flood of stray fragments comes, with datagrams of a
subscriber in it."""

import heapq
import ipaddress
import pathlib
import random
import struct

import frames as f
import lab_facts as facts

DAY, LEASE_SECONDS = 86400, 86400
START = 1_800_000_000  # seconds since 1970
STEP_SECONDS = 2.0  # the least time between two events, each of which is shorter
CLIENTS, FIRST, PLACES = 44, "192.0.2.100", 40
HUB4, GATEWAY4 = f.mac("02:00:00:00:04:01"), f.mac("02:00:00:00:04:fe")
HUB6, GATEWAY6 = f.mac("02:00:00:00:06:01"), f.mac("02:00:00:00:06:fe")
HOST = "203.0.113.80"
MAGIC = b"softwire soak:"  # in front of the number of a packet that the model follows
FLOOD = 2000

CONFIG = f"""softwires = softwires.conf
br-address = {facts.BR}
[ipv4]
mac = 02:00:00:00:04:01
gateway-mac = 02:00:00:00:04:fe
address = {facts.HUB4}
[ipv6]
mac = 02:00:00:00:06:01
gateway-mac = 02:00:00:00:06:fe
address = {facts.HUB6}
[dhcp-server]
pool = {FIRST}-{ipaddress.IPv4Address(FIRST) + PLACES - 1}
lease-time = {LEASE_SECONDS}
"""
SOFTWIRES = f"""binding ipv4 {facts.SHARED} psid-len 6 psid 1 b4 2001:db8:1:1::2 br {facts.BR}
binding ipv4 {facts.SHARED} psid-len 6 psid 2 b4 {facts.ATTACKER_B4} br {facts.BR}
"""


class Capture:
    """A pcap file with nanoseconds, written as the frames come."""

    def __init__(self, path):
        self._file = open(path, "wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        self.frames = 0

    def add(self, at, octets):
        seconds = int(at)
        self._file.write(struct.pack("<IIII", seconds, int((at - seconds) * 1e9), len(octets), len(octets)) + octets)
        self.frames += 1

    def close(self):
        self._file.close()


class Client:
    def __init__(self, number):
        self.b4 = f"2001:db8:9:{number:x}::2"
        self.address, self.until, self.before = None, 0.0, None


class Months:
    """Writes ipv4-in and ipv6-in into the folder. Then has what is right: expected4 and expected6 (number of a packet that
    leaves on the IPv4 side; and on the IPv6 side, with its B4), leases, acknowledged."""

    def __init__(self, folder, months, seed):
        self._random = random.Random(seed)
        self.ipv4, self.ipv6 = (Capture(pathlib.Path(folder) / name) for name in ("ipv4-in", "ipv6-in"))
        self.expected4, self.expected6 = set(), {}
        self.acknowledged = self.number = 0
        self._clients = [Client(number) for number in range(1, CLIENTS + 1)]
        self._holders = {}  # address: client
        self._addresses = [str(ipaddress.IPv4Address(FIRST) + number) for number in range(PLACES)]
        self._events, self._order = [], 0
        self._run(START + months * 30 * DAY)
        self.ipv4.close()
        self.ipv6.close()

    def _run(self, end):
        for client in self._clients:
            self._at(START + self._random.uniform(1, 3 * DAY), self._wants, client)
        for seconds, event in ((3600, self._neighbors), (6 * 3600, self._icmp), (DAY, self._lost_fragment), (10 * DAY, self._flood)):
            self._at(START + seconds, self._repeat, seconds, event)
        now = START
        while self._events and self._events[0][0] < end:
            at, _, event, arguments = heapq.heappop(self._events)
            now = max(at, now + STEP_SECONDS)
            event(now, *arguments)
        now = max(end, now + STEP_SECONDS)
        for late in (0, 60, 120):  # the clock of a replay is that of its frames
            self._neighbors(now + late)
        self.leases = sum(1 for client in self._holders.values() if client.until > now)

    def _at(self, when, event, *arguments):
        self._order += 1
        heapq.heappush(self._events, (when, self._order, event, arguments))

    def _repeat(self, now, seconds, event):
        event(now)
        self._at(now + seconds, self._repeat, seconds, event)

    # --- leases ---

    def _dhcp(self, at, client, kind, options=b"", ciaddr="0.0.0.0"):
        self.number += 1
        message = f.dhcp(kind, self.number & 0xFFFFFFFF, options, ciaddr)
        ends = {"source": ciaddr, "destination": facts.HUB4} if ciaddr != "0.0.0.0" else {}
        self.ipv6.add(at, f.frame6(HUB6, GATEWAY6, f.dhcp_in_softwire(client.b4, facts.BR, message, **ends)))

    def _wants(self, now, client):
        """Takes a free address; the one that it had before only if it is free."""
        free = [address for address in self._addresses
                if address not in self._holders or self._holders[address].until < now - 120]
        if not free:
            self._at(now + self._random.uniform(3600, DAY), self._wants, client)
            return
        address = self._random.choice(free)
        self._dhcp(now, client, f.DISCOVER, f.option(50, f.v4(address)))
        self._dhcp(now + 0.5, client, f.REQUEST, f.option(50, f.v4(address)) + f.option(54, f.v4(facts.HUB4)))
        self.acknowledged += 1
        if self._holders.get(client.before) is client:
            del self._holders[client.before]  # ended, and taken by nobody since
        self._holders[address] = client
        client.address, client.until = address, now + 0.5 + LEASE_SECONDS
        self._at(now + LEASE_SECONDS / 2, self._renews, client)
        self._at(now + 60, self._traffic, client, address)

    def _renews(self, now, client):
        chance = self._random.random()
        if chance < 0.9:
            self._dhcp(now, client, f.REQUEST, ciaddr=client.address)
            self.acknowledged += 1
            client.until = now + LEASE_SECONDS
            self._at(now + LEASE_SECONDS / 2, self._renews, client)
            return
        if chance < 0.95:
            self._dhcp(now, client, f.RELEASE, f.option(54, f.v4(facts.HUB4)), client.address)
            del self._holders[client.address]
            client.until = now
        client.before, client.address = client.address, None
        self._at(max(client.until, now) + self._random.uniform(3600, 3 * DAY), self._wants, client)

    # --- packets ---

    def _payload(self, length=40):
        self.number += 1
        return (MAGIC + struct.pack("!Q", self.number)).ljust(length, b"\0"), self.number

    def _holds(self, client, address, now):
        """Whether the hub must know the lease; None near its end."""
        if self._holders.get(address) is not client:
            return False
        return None if abs(client.until - now) < 120 else client.until > now

    def _traffic(self, now, client, address):
        """Packets of a client from the address that it has, or had, and to it."""
        holds = self._holds(client, address, now)
        if holds is not None:
            self._send_out(now, client, address, holds)
            self._send_in(now + 0.5, address, client.b4 if holds else None)
        if client.address in (address, None):  # a former holder goes on sending for a while
            self._at(now + self._random.uniform(3600, 4 * 3600), self._traffic, client, address)

    def _send_out(self, now, client, address, passes):
        payload, number = self._payload(self._random.choice((40, 40, 2000)))
        inner = f.ipv4(address, HOST, f.UDP, f.udp(4711, 53, payload), number)
        if len(inner) < 1400:
            packets = [f.in_softwire(client.b4, facts.BR, inner)]
        else:
            packets = [f.ipv6_fragment(client.b4, facts.BR, number & 0xFFFFFFFF, at, at + 1232 < len(inner), inner[at:at + 1232])
                       for at in range(0, len(inner), 1232)]
            self._random.shuffle(packets)
        for index, packet in enumerate(packets):
            self.ipv6.add(now + index * 0.01, f.frame6(HUB6, GATEWAY6, packet))
        if passes:
            self.expected4.add(number)

    def _send_in(self, now, address, b4):
        """b4: of the holder; None if the client holds the address no more; another may."""
        holder = self._holders.get(address)
        if b4 is None and holder is not None:
            if holder.until < now + 120:
                return  # near its end, or at it
            b4 = holder.b4
        payload, number = self._payload()
        self.ipv4.add(now, f.frame4(HUB4, GATEWAY4, f.ipv4(HOST, address, f.UDP, f.udp(53, 4711, payload), number)))
        if b4 is not None:
            self.expected6[number] = b4

    # --- what comes at its time ---

    def _neighbors(self, now):
        self.ipv4.add(now, f.arp(b"\xff" * 6, GATEWAY4, 1, GATEWAY4, facts.EDGE, bytes(6), facts.HUB4))
        self.ipv6.add(now, f.frame6(HUB6, GATEWAY6, f.solicitation(facts.ACCESS, facts.HUB6, GATEWAY6, facts.HUB6)))

    def _icmp(self, now):
        """A packet whose time to live ends, and one that is too big for the softwire and must not be fragmented."""
        for ttl, size, flags in ((1, 20, 0), (64, 1472, f.DONT_FRAGMENT)):
            packet = f.ipv4(HOST, facts.SHARED, f.UDP, f.udp(53, 1024, bytes(size)), 1, flags, ttl)
            self.ipv4.add(now + size / 10000, f.frame4(HUB4, GATEWAY4, packet))

    def _lost_fragment(self, now):
        """The rest never comes."""
        self.number += 1
        packet = f.ipv6_fragment("2001:db8:1:1::2", facts.BR, self.number & 0xFFFFFFFF, 0, True, bytes(1232))
        self.ipv6.add(now, f.frame6(HUB6, GATEWAY6, packet))
        self.ipv4.add(now, f.frame4(HUB4, GATEWAY4, f.ipv4(HOST, facts.SHARED, f.UDP, f.udp(53, 1024, bytes(64)), self.number,
                                                          f.MORE_FRAGMENTS)))

    def _flood(self, now):
        """Stray fragments of a subscriber and of Internet hosts, and in the middle datagrams to and from a subscriber."""
        for index in range(FLOOD):
            at = now + index / FLOOD
            self.number += 1
            stray = f.ipv6_fragment(facts.ATTACKER_B4, facts.BR, self.number & 0xFFFFFFFF, 0, True, bytes(8))
            self.ipv6.add(at, f.frame6(HUB6, GATEWAY6, stray))
            stray = f.ipv4(f"203.0.{index >> 8}.{index & 255}", facts.SHARED, f.UDP, bytes(8), self.number, f.MORE_FRAGMENTS)
            self.ipv4.add(at, f.frame4(HUB4, GATEWAY4, stray))
            if index % 100 == 50:
                self._fragments_in(at)

    def _fragments_in(self, now):
        payload, number = self._payload(2000)
        datagram = f.udp(53, 1024 + number % 1000, payload)
        for at in range(0, len(datagram), 1200):
            more = f.MORE_FRAGMENTS if at + 1200 < len(datagram) else 0
            self.ipv4.add(now + at * 1e-7, f.frame4(HUB4, GATEWAY4, f.ipv4(HOST, facts.SHARED, f.UDP, datagram[at:at + 1200],
                                                                           number, at // 8 | more)))
        self.expected6[number] = "2001:db8:1:1::2"
