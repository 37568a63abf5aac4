# SPDX-License-Identifier: BSD-3-Clause
"""Makes DHCPv4 messages octet by octet, and parses frames that carry them."""

import ipaddress
import struct

from harness import checksums_are_right
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
COOKIE = bytes.fromhex("63825363")
BROADCAST = 0x8000


def v4(address):
    return ipaddress.IPv4Address(address).packed


def v6(address):
    return ipaddress.IPv6Address(address).packed


def option(code, value):
    return bytes([code, len(value)]) + value


def option6(code, value):
    """Of DHCPv6: RFC 8415 section 21.1."""
    return struct.pack("!HH", code, len(value)) + value


def option82(client, override, unicast=False):
    """52 1b 02 10 <client> 0a 01 <flags> 0b 04 <override>: RFC 3046, RFC 5010, RFC 5107."""
    return bytes.fromhex("521b0210") + v6(client) + bytes([10, 1, 0x80 if unicast else 0, 11, 4]) + v4(override)


def message(
    kind,
    options=b"",
    *,
    op=1,
    hops=0,
    xid=0x12345678,
    flags=0,
    ciaddr="0.0.0.0",
    yiaddr="0.0.0.0",
    giaddr="0.0.0.0",
    hlen=6,
    cookie=COOKIE,
    end=b"\xff",
):
    """Returns a message (RFC 2131 section 2) with option 53 and the options, padded to 300 octets (RFC 1542 2.1)."""
    octets = struct.pack("!BBBBIHH", op, 1, hlen, hops, xid, 3, flags)
    octets += v4(ciaddr) + v4(yiaddr) + bytes(4) + v4(giaddr)
    octets += bytes.fromhex("020000000001").ljust(16, b"\0") + bytes(192) + cookie
    octets += (option(53, bytes([kind])) if kind else b"") + options + end
    return octets.ljust(300, b"\0")


def without_option(payload, code):
    """Returns the message without one option of its options field, padded as in message()."""
    kept, at = payload[:240], 240
    while payload[at] != 255:
        if payload[at] == 0:
            size = 1
        else:
            size = 2 + payload[at + 1]
        if payload[at] != code:
            kept += payload[at : at + size]
        at += size
    return (kept + b"\xff").ljust(300, b"\0")


def datagram(ip_octets):
    """Returns (source, source port, destination, destination port, payload) of a packet with correct checksums."""
    if not checksums_are_right(ip_octets):
        raise AssertionError(f"wrong checksum: {ip_octets.hex()}")
    ip = IP(ip_octets)
    return ip.src, ip[UDP].sport, ip.dst, ip[UDP].dport, ip_octets[ip.ihl * 4 + 8 : ip.len]


def ipv4_datagram(frame):
    """Does the same for a frame of the IPv4 side."""
    ether = Ether(frame)
    assert ether.type == 0x0800
    return datagram(frame[14:])


def softwire_datagram(frame):
    """Returns (outer source, outer destination, the rest as in datagram()) of a frame of the IPv6 side."""
    outer = Ether(frame)[IPv6]
    assert (outer.nh, outer.hlim, outer.plen) == (4, 64, len(frame) - 54)
    return outer.src, outer.dst, *datagram(frame[54:])
