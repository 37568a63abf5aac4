# SPDX-License-Identifier: BSD-3-Clause
"""Makes a namespace for softwire-b4, with a wire to this script, which acts as the BR."""

import contextlib
import os
import pathlib
import select
import shutil
import socket
import struct
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "samples"))

from netlab import Namespace, stop  # noqa: E402
from scapy.layers.inet import ICMP, IP  # noqa: E402
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402

PROGRAM = os.environ.get("SOFTWIRE_B4", "softwire-b4")
B4, BR, ELSEWHERE = "2001:db8:1::2", "2001:db8:ff::1", "2001:db8:ff::bad"
LEASED, INTERNET = "192.0.2.10", "203.0.113.80"
B4_MAC, BR_MAC = "02:00:00:00:01:b4", "02:00:00:00:01:fe"
NEXT_IPV4, NEXT_FRAGMENT, NEXT_ICMPV6 = 4, 44, 58
LIMIT_SECONDS = 300  # for one test on a slow machine; usually a second is enough

NEEDED = ("ip", "setpriv", "busybox")


def missing():
    """Returns why an access network is impossible here, or None."""
    if os.geteuid() != 0:
        return "not root: network namespaces cannot be made"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "no TUN devices: /dev/net/tun cannot be opened"
    programs = [name for name in NEEDED if shutil.which(name) is None]
    return f"not installed: {', '.join(programs)}" if programs else None


class AccessNetwork:
    """The subscriber's namespace and its uplink. `answer` takes a packet of the subscriber, a Scapy IP, and returns
    the packets that the BR sends in answer; `frames` are the frames that left on the uplink."""

    def __init__(self, b4=B4, br=BR):
        self._deadline = time.monotonic() + LIMIT_SECONDS
        self.subscriber, provider = Namespace(), Namespace()
        self.b4, self.br = b4, br
        self.frames, self.answer, self._running = [], lambda packet: [], []
        self.subscriber.ip("link set lo up")
        self.subscriber.wire_to(provider, "uplink", "wire")
        self.subscriber.ip(f"link set uplink address {B4_MAC}")
        self.subscriber.ip(f"-6 address add {b4}/128 dev uplink nodad")
        self.subscriber.ip("-6 route add default dev uplink")
        for neighbor in (br, ELSEWHERE):
            self.subscriber.ip(f"-6 neighbor add {neighbor} lladdr {BR_MAC} dev uplink nud permanent")
        with provider.entered():
            self._wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self._wire.bind(("wire", 0))
        self._wire.setblocking(False)

    def start(self, *words, **options):
        """Starts a program in the subscriber's namespace."""
        process = self.subscriber.start(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self._running.append(process)
        return process

    def start_b4(self, *words):
        """Starts softwire-b4 and waits until it is ready. Returns the process, and its output as a dictionary."""
        process = self.start(PROGRAM, *words)
        text = b""
        while not text.endswith(b"\nready\n"):
            self.check(select.select([process.stdout], [], [], LIMIT_SECONDS)[0], "softwire-b4 is not ready")
            octets = os.read(process.stdout.fileno(), 65536)
            self.check(octets, "softwire-b4 has ended")
            text += octets
        return process, dict(line.partition(" ")[::2] for line in text.decode().splitlines())

    def close(self):
        for process in reversed(self._running):
            if process.poll() is None:
                stop(process)
            process.stdout.close()
            process.stderr.close()
        self._wire.close()

    def check(self, condition, what):
        if not condition or time.monotonic() > self._deadline:
            raise AssertionError(what)

    def run(self, *words):
        """Runs a program of the subscriber while the BR answers. Returns its exit status and output."""
        process = self.start(*words)
        self.run_until(lambda: process.poll() is not None, " ".join(map(str, words)))
        return process.returncode, process.stdout.read().decode(errors="replace")

    def run_until(self, condition, what):
        """Lets the BR answer until the condition holds."""
        while not condition():
            self.check(True, f"{what}: not within {LIMIT_SECONDS} seconds")
            if select.select([self._wire], [], [], 0.02)[0]:
                self._receive()

    def next_frame(self):
        """Returns the next packet that the subscriber sends."""
        before = len(self.frames)
        self.run_until(lambda: len(self.frames) > before, "a frame on the uplink")
        return self.frames[before]

    def _receive(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                octets, address = self._wire.recvfrom(65535)
                if address[2] == socket.PACKET_OUTGOING:
                    continue
                frame = Ether(octets)
                if frame[IPv6].dst.startswith("ff"):
                    continue  # the kernel reports its multicast groups
                self.frames.append(frame)
                if frame[IPv6].nh == NEXT_IPV4:
                    for packet in self.answer(frame[IPv6].payload):
                        self.send(packet)

    def send(self, packet, **ipv6):
        """Sends a packet from the BR to the subscriber. Fields of the outer header may be given."""
        fields = {"src": self.br, "dst": self.b4, "nh": NEXT_IPV4, "hlim": 64, **ipv6}
        self.send_ipv6(IPv6(**fields) / packet)

    def send_ipv6(self, packet):
        self._wire.send(bytes(Ether(src=BR_MAC, dst=B4_MAC, type=0x86DD) / packet))

    def packets(self):
        """Returns the whole IPv4 packets that left the softwire."""
        return [f[IPv6].payload for f in self.frames if f[IPv6].nh == NEXT_IPV4]

    def udp_socket(self, *options):
        """Returns a non-blocking socket of the subscriber. options: triples of setsockopt."""
        with self.subscriber.entered():
            result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for option in options:
            result.setsockopt(*option)
        result.setblocking(False)
        return result

    def receive_on(self, udp):
        """Returns (payload, type of service) of the next datagram."""
        arrived = []

        def has_arrived():
            with contextlib.suppress(BlockingIOError):
                octets, ancillary, _, _ = udp.recvmsg(65535, 64)
                arrived.append((octets, ancillary[0][2][0] if ancillary else None))
            return arrived

        self.run_until(has_arrived, "a datagram at the subscriber")
        return arrived[0]


def echo_reply(packet):
    """Returns the answer of an Internet host to an echo request, and nothing for other packets."""
    if ICMP not in packet or packet[ICMP].type != 8:
        return []
    reply = packet[ICMP].copy()
    reply.type, reply.chksum = 0, None
    return [IP(src=packet.dst, dst=packet.src, ttl=60) / reply]


def fragments(packet, size):
    """Returns an IPv6 packet in fragments of at most `size` octets of payload, a multiple of 8."""
    payload = bytes(packet.payload)
    header = packet.copy()
    header.remove_payload()
    header.nh, header.plen, of = NEXT_FRAGMENT, None, packet.nh
    for at in range(0, len(payload), size):
        more = int(at + size < len(payload))
        yield header / IPv6ExtHdrFragment(nh=of, offset=at // 8, m=more, id=7) / payload[at : at + size]


def put_together(frames):
    """Returns the payload of the fragments, which must be those of one packet in order."""
    whole, identification = b"", None
    for frame in frames:
        octets = bytes(frame[IPv6].payload)[: frame[IPv6].plen]
        _, _, offset_flags, this = struct.unpack_from("!BBHI", octets)
        assert offset_flags & 0xFFF8 == len(whole) and identification in (None, this)
        assert offset_flags & 1 == (frame is not frames[-1])
        whole, identification = whole + octets[8:], this
    return whole
