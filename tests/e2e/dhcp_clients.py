# SPDX-License-Identifier: BSD-3-Clause
"""Implements DHCP clients that no package contains: for shared addresses (RFC 7618), over DHCPv6 (RFC 7341), in UDP
over IPv6, behind a MAP-T CE (RFC 7599), and for softwires by an information request (RFC 7598)."""

import contextlib
import ipaddress
import os
import socket
import struct
import time
import typing

from dhcp_options import option, option6, options4, options6
from network import HUB6, LIMIT_SECONDS
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw

DISCOVER, OFFER, REQUEST, ACK, NAK, RELEASE, INFORM = 1, 2, 3, 5, 6, 7, 8
ETH_P_IP, ETH_P_ALL = 0x0800, 0x0003
INFORMATION_REQUEST, REPLY, DHCPV4_QUERY, DHCPV4_RESPONSE = 11, 7, 20, 21
RELAY_FORW, RELAY_REPL = 12, 13


class Lease:
    def __init__(self, options, address):
        self.options, self.address = options, address
        self.server = str(ipaddress.IPv4Address(options[54]))
        self.ports = options.get(159)
        if self.ports:
            offset, length, psid = struct.unpack("!BBH", self.ports)
            self.psid = psid >> (16 - length)
            if offset == 0:  # not fragmented
                size = 1 << (16 - length)
                self.first, self.last = self.psid * size, self.psid * size + size - 1


class Held(typing.NamedTuple):
    """A static address of the client, and the server that it asks for options."""

    address: str
    server: str
    ports = None


class Client:
    """DHCPv4 over any transport: put(message, lease), get() -> message."""

    def __init__(self, subscriber):
        self.subscriber = subscriber
        self._identifier = option(61, b"\xff" + struct.pack("!I", subscriber.number) + bytes.fromhex("00030001020000000001"))
        self.xid = os.urandom(4)
        with subscriber.namespace.entered():
            self.socket = self.open()

    def close(self):
        self.socket.close()

    def lease(self):
        """Gets a lease by DISCOVER, OFFER, REQUEST and ACK."""
        offer = Lease(*self._exchange(DISCOVER, b"", OFFER))
        chosen = option(50, ipaddress.IPv4Address(offer.address).packed) + option(54, offer.options[54])
        return Lease(*self._exchange(REQUEST, chosen + self._ports(offer), ACK))

    def renew(self, lease):
        return Lease(*self._exchange(REQUEST, self._ports(lease), ACK, lease))

    def release(self, lease):
        self._send(RELEASE, option(54, lease.options[54]) + self._ports(lease), lease)

    def inform(self, address, server="255.255.255.255"):
        """Returns the options of the answer (RFC 2131 4.4.3)."""
        return self._exchange(INFORM, b"", ACK, Held(address, server))[0]

    @staticmethod
    def _ports(lease):
        return option(159, lease.ports) if lease.ports else b""

    def _send(self, kind, options, lease=None):
        address = lease.address if lease else "0.0.0.0"
        octets = struct.pack("!BBBB4sHH4s", 1, 0, 0, 0, self.xid, 0, 0, ipaddress.IPv4Address(address).packed)
        octets = octets.ljust(236, b"\0") + bytes.fromhex("63825363") + option(53, bytes([kind]))
        octets += self._identifier + options + (option(55, bytes([1, 3, 6, 159])) if kind != RELEASE else b"") + b"\xff"
        self.put(octets.ljust(300, b"\0"), lease)

    def _exchange(self, kind, options, wanted, lease=None):
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            self._send(kind, options, lease)
            self.socket.settimeout(5)
            try:
                while True:
                    message = self.get()
                    if not message or message[4:8] != self.xid:
                        continue
                    found = options4(message)
                    assert found[53] != bytes([NAK]), "NAK"
                    if found[53] == bytes([wanted]):
                        return found, str(ipaddress.IPv4Address(message[16:20]))
            except TimeoutError:
                continue
        raise AssertionError(f"no answer to a DHCP message of type {kind}")


class SoftwireClient(Client):
    """DHCPv4 in the softwire: on a TUN device that has no address yet."""

    def open(self):
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        opened.bind(("softwire0", ETH_P_IP))
        return opened

    def put(self, message, lease):
        to = {"src": lease.address, "dst": lease.server} if lease else {"src": "0.0.0.0", "dst": "255.255.255.255"}
        self.socket.sendto(bytes(IP(**to) / UDP(sport=68, dport=67) / Raw(message)), ("softwire0", ETH_P_IP))

    def get(self):
        packet = IP(self.socket.recv(4096))
        return bytes(packet[UDP].payload) if UDP in packet and packet[UDP].dport == 68 else None


class Tap:
    """Captures the IPv4 packets of a device in both directions."""

    def __init__(self, namespace, device):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            self._socket.bind((device, ETH_P_ALL))
        self._socket.setblocking(False)

    def close(self):
        self._socket.close()

    def udp_to_port(self, port):
        """Returns (IPv4 destination, octets of the datagram) of the packets since the last call."""
        seen = []
        with contextlib.suppress(BlockingIOError):
            while True:
                octets, (_, protocol, *_) = self._socket.recvfrom(65536)
                packet = IP(octets) if protocol == ETH_P_IP else None
                if packet and UDP in packet and packet[UDP].dport == port:
                    seen.append((packet.dst, bytes(packet[UDP].payload)))
        return seen


def udp6(subscriber, port):
    opened = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    opened.bind((subscriber.b4, port))
    return opened


class QueryClient(Client):
    """DHCPv4 over DHCPv6: the client's address is the end of the softwire (RFC 7341, RFC 8539)."""

    def open(self):
        return udp6(self.subscriber, 546)

    def put(self, message, lease):
        flags = b"\x80\0\0" if lease else bytes(3)
        octets = bytes([DHCPV4_QUERY]) + flags + option6(87, message) + option6(6, struct.pack("!H", 90))
        self.socket.sendto(octets, (HUB6, 547))

    def get(self):
        octets = self.socket.recv(4096)
        assert octets[:4] == bytes([DHCPV4_RESPONSE, 0, 0, 0]), octets.hex()
        found = options6(octets[4:])
        self.br = str(ipaddress.IPv6Address(found[90]))
        return found[87]


class UdpClient(Client):
    """DHCPv4 in UDP over IPv6."""

    def open(self):
        return udp6(self.subscriber, 68)

    def put(self, message, lease):
        self.socket.sendto(message, (HUB6, 67))

    def get(self):
        return self.socket.recv(4096)


class TranslatedClient(Client):
    """A MAP-T CE translates the messages of its client: IPv4 destinations are embedded in the DMR (RFC 7599)."""

    DMR = ipaddress.IPv6Network("2001:db8:ffff::/64")

    @classmethod
    def embedded(cls, address):
        """Embeds an IPv4 address in a prefix of 64 bits (RFC 6052 2.2)."""
        return str(cls.DMR[int(ipaddress.IPv4Address(address)) << 24])

    def open(self):
        return udp6(self.subscriber, 68)

    def put(self, message, lease):
        self.socket.sendto(message, (self.embedded(lease.server if lease else "255.255.255.255"), 67))

    def get(self):
        octets, source = self.socket.recvfrom(4096)
        self.source = source[:2]
        return octets


def ask_for_softwire(subscriber):
    """Returns (IPv4 address, BR address) of the lw4o6 container in the reply to an information request."""
    with subscriber.namespace.entered():
        asking = udp6(subscriber, 546)
    with asking:
        asking.settimeout(5)
        request = bytes([INFORMATION_REQUEST, 1, 2, 3]) + option6(1, b"\0\3\0\1abcdef") + option6(6, struct.pack("!H", 96))
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            asking.sendto(request, (HUB6, 547))
            try:
                reply = asking.recv(4096)
            except TimeoutError:
                continue
            assert reply[:4] == bytes([REPLY, 1, 2, 3]), reply.hex()
            container = options6(options6(reply[4:])[96])
            return str(ipaddress.IPv4Address(container[92][:4])), str(ipaddress.IPv6Address(container[90]))
    raise AssertionError("no answer to an information request")


def ask_as_relay(network, link):
    """Does the same for a client on the link, through a DHCPv6 relay on the hub's link that asks all servers there."""
    with network.access.entered():
        asking = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        interface = socket.if_nametoindex("hub")
        asking.bind(("fe80::1", 547, 0, interface))
    with asking:
        asking.settimeout(5)
        request = bytes([INFORMATION_REQUEST, 1, 2, 3]) + option6(6, struct.pack("!H", 96))
        peer = ipaddress.IPv6Address(link).packed + ipaddress.IPv6Address("fe80::2").packed
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            asking.sendto(bytes([RELAY_FORW, 0]) + peer + option6(9, request), ("ff02::1:2", 547, 0, interface))
            try:
                reply = asking.recv(4096)
            except TimeoutError:
                continue
            assert reply[:34] == bytes([RELAY_REPL, 0]) + peer, reply.hex()
            container = options6(options6(options6(reply[34:])[9][4:])[96])
            return str(ipaddress.IPv4Address(container[92][:4])), str(ipaddress.IPv6Address(container[90]))
    raise AssertionError("no answer by a relay")
