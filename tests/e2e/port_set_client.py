"""A DHCPv4 client that shares its address (RFC 7618): no packaged one asks for option 159 and repeats it."""

import ipaddress
import os
import socket
import struct
import time

from network import LIMIT_SECONDS
from scapy.layers.inet import IP, UDP
from scapy.packet import Raw

DISCOVER, OFFER, REQUEST, ACK, NAK, RELEASE = 1, 2, 3, 5, 6, 7
ETH_P_IP = 0x0800


def option(code, value):
    return bytes([code, len(value)]) + value


class Lease:
    def __init__(self, options, address):
        self.options, self.address = options, address
        self.server = str(ipaddress.IPv4Address(options[54]))
        self.ports = options[159]
        offset, length, psid = struct.unpack("!BBH", self.ports)
        assert offset == 0, "this client takes port sets in one piece"
        self.psid = psid >> (16 - length)
        size = 1 << (16 - length)
        self.first, self.last = self.psid * size, self.psid * size + size - 1


class PortSetClient:
    def __init__(self, subscriber):
        self._identifier = option(61, b"\xff" + struct.pack("!I", subscriber.number) + b"\x00\x03\x00\x01\x02\x00\x00\x00\x00\x01")
        with subscriber.namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
            self._socket.bind(("softwire0", ETH_P_IP))
        self._xid = os.urandom(4)

    def close(self):
        self._socket.close()

    def lease(self):
        """DISCOVER, OFFER, REQUEST, ACK."""
        offer = Lease(*self._exchange(DISCOVER, b"", OFFER))
        chosen = option(50, ipaddress.IPv4Address(offer.address).packed) + option(54, offer.options[54]) + option(159, offer.ports)
        return Lease(*self._exchange(REQUEST, chosen, ACK))

    def renew(self, lease):
        return Lease(*self._exchange(REQUEST, option(159, lease.ports), ACK, lease))

    def release(self, lease):
        self._send(RELEASE, option(54, lease.options[54]) + option(159, lease.ports), lease)

    def _send(self, kind, options, lease=None):
        address = lease.address if lease else "0.0.0.0"
        octets = struct.pack("!BBBB4sHH4s", 1, 0, 0, 0, self._xid, 0, 0, ipaddress.IPv4Address(address).packed)
        octets = octets.ljust(236, b"\0") + bytes.fromhex("63825363") + option(53, bytes([kind]))
        octets += self._identifier + options + (option(55, bytes([1, 3, 6, 159])) if kind != RELEASE else b"") + b"\xff"
        to = lease.server if lease else "255.255.255.255"
        packet = IP(src=address, dst=to, ttl=64) / UDP(sport=68, dport=67) / Raw(octets.ljust(300, b"\0"))
        self._socket.sendto(bytes(packet), ("softwire0", ETH_P_IP))

    def _exchange(self, kind, options, wanted, lease=None):
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            self._send(kind, options, lease)
            self._socket.settimeout(1)
            try:
                while True:
                    answer = self._read(self._socket.recv(4096))
                    if answer and answer[0][53] == bytes([wanted]):
                        return answer
                    assert not answer or answer[0][53] != bytes([NAK]), "NAK"
            except TimeoutError:
                continue
        raise AssertionError(f"no answer to a DHCP message of type {kind}")

    def _read(self, octets):
        """(options by code, yiaddr) of an answer to this client."""
        packet = IP(octets)
        if UDP not in packet or packet[UDP].dport != 68:
            return None
        message = bytes(packet[UDP].payload)
        if message[4:8] != self._xid:
            return None
        options, at = {}, 240
        while message[at] != 255:
            if message[at] == 0:
                at += 1
                continue
            options[message[at]] = message[at + 2:at + 2 + message[at + 1]]
            at += 2 + message[at + 1]
        return options, str(ipaddress.IPv4Address(message[16:20]))
