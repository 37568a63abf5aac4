# SPDX-License-Identifier: BSD-3-Clause
"""Options of DHCPv4 and DHCPv6 messages, written and read."""

import struct


def option(code, value):
    return bytes([code, len(value)]) + value


def option6(code, value):
    return struct.pack("!HH", code, len(value)) + value


def options4(message):
    """Returns the options of a DHCPv4 message, by code."""
    found, at = {}, 240
    while message[at] != 255:
        if message[at] == 0:
            at += 1
            continue
        found[message[at]] = message[at + 2:at + 2 + message[at + 1]]
        at += 2 + message[at + 1]
    return found


def options6(octets):
    found = {}
    while octets:
        code, size = struct.unpack_from("!HH", octets)
        found[code], octets = octets[4:4 + size], octets[4 + size:]
    return found
