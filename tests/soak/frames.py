# SPDX-License-Identifier: BSD-3-Clause
"""Makes Ethernet frames octet by octet, fast enough for months of them. Addresses are text, ports are numbers."""

import functools
import socket
import struct

ICMP, IPV4, TCP, UDP, FRAGMENT = 1, 4, 6, 17, 44  # protocol numbers
DISCOVER, OFFER, REQUEST, ACK, NAK, RELEASE = 1, 2, 3, 5, 6, 7  # option 53 (RFC 2132 9.6)
MORE_FRAGMENTS, DONT_FRAGMENT = 0x2000, 0x4000  # in the IPv4 header (RFC 791 3.1)


@functools.lru_cache(maxsize=1 << 17)
def v4(address):
    return socket.inet_aton(address)


@functools.lru_cache(maxsize=1 << 17)
def v6(address):
    return socket.inet_pton(socket.AF_INET6, address)


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(octets):
    """RFC 1071."""
    if len(octets) & 1:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF & ~total


def ipv4(source, destination, protocol, payload, identifier=0, fragment=0, ttl=64):
    """fragment: offset in units of 8 octets, with the flags."""
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identifier & 0xFFFF, fragment, ttl, protocol, 0,
                         v4(source), v4(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def udp(source_port, destination_port, payload=b""):
    """Returns a datagram without checksum (RFC 768)."""
    return struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0) + payload


def ipv6(source, destination, next_header, payload, hop_limit=64):
    return struct.pack("!IHBB16s16s", 0x60000000, len(payload), next_header, hop_limit, v6(source), v6(destination)) + payload


def ipv6_fragment(source, destination, identifier, offset, more, payload, next_header=IPV4):
    """offset: in octets (RFC 8200 4.5)."""
    header = struct.pack("!BBHI", next_header, 0, offset | int(more), identifier)
    return ipv6(source, destination, FRAGMENT, header + payload)


def in_softwire(b4, br, inner):
    return ipv6(b4, br, IPV4, inner)


def frame4(to, source, packet):
    return to + source + b"\x08\x00" + packet


def frame6(to, source, packet):
    return to + source + b"\x86\xdd" + packet


def arp(to, source, operation, sender_mac, sender, target_mac, target):
    """RFC 826; operation: 1 request, 2 reply."""
    return to + source + b"\x08\x06" + struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, sender_mac, v4(sender),
                                                   target_mac, v4(target))


def icmp6(source, destination, kind, body, hop_limit=255):
    """body: what follows the checksum (RFC 4443 2.1)."""
    message = struct.pack("!BBH", kind, 0, 0) + body
    pseudo = v6(source) + v6(destination) + struct.pack("!II", len(message), 58)
    return ipv6(source, destination, 58, message[:2] + struct.pack("!H", checksum(pseudo + message)) + message[4:], hop_limit)


def advertisement(source, target, target_mac, destination):
    """Returns a Neighbor Advertisement with the flags solicited and override (RFC 4861 4.4)."""
    return icmp6(source, destination, 136, b"\x60\0\0\0" + v6(target) + b"\x02\x01" + target_mac)


def solicitation(source, target, source_mac, destination):
    """Returns a Neighbor Solicitation (RFC 4861 4.3)."""
    return icmp6(source, destination, 135, bytes(4) + v6(target) + b"\x01\x01" + source_mac)


def option(code, value):
    return bytes([code, len(value)]) + value


def dhcp(kind, transaction=1, options=b"", client="0.0.0.0"):
    """Returns a DHCPv4 message of 300 octets (RFC 2131 2). client: ciaddr."""
    octets = struct.pack("!BBBBIHH4s", 1, 1, 6, 0, transaction, 0, 0, v4(client)) + bytes(12)
    octets += b"\x02\0\0\0\0\x01".ljust(208, b"\0")[:208] + bytes.fromhex("63825363") + option(53, bytes([kind])) + options
    return (octets + b"\xff").ljust(300, b"\0")


def dhcp_in_softwire(b4, br, message, source="0.0.0.0", destination="255.255.255.255"):
    return in_softwire(b4, br, ipv4(source, destination, UDP, udp(68, 67, message)))
