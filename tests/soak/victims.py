# SPDX-License-Identifier: BSD-3-Clause
"""Those who must not be hurt. Each asks at a fixed, moderate rate, with few questions open at a time, and notes for every
question when it was asked, when it ended, and whether it was answered. None of them stops when an answer fails."""

import contextlib
import ipaddress
import os
import select
import socket
import struct
import threading
import time
import typing

import lab_facts as facts
from control import Control, Refused
from dhcp_clients import ACK, DISCOVER, OFFER, REQUEST, Lease, SoftwireClient
from dhcp_options import option, options4
from switched import Switched

ANSWER_SECONDS = 10.0  # an answer after this is none
REPEAT_SECONDS = 4.0  # RFC 2131 4.1
IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, IP_RECVERR = 10, 3, 11  # <linux/in.h>
ICMP_ORIGIN, FRAGMENTATION_NEEDED = 2, (3, 4)  # <linux/errqueue.h>, RFC 792


class Attempt(typing.NamedTuple):
    asked: float
    ended: float
    answered: bool


class Victim(Switched):
    """Asks on a thread of its own, while it is on. Once it is off, it waits for the open questions."""

    interval = 0.02
    window = 16  # open questions
    patience = 10 * ANSWER_SECONDS + 300

    def __init__(self, name, what):
        super().__init__(name)
        self.what = what
        self.attempts = []
        self._open = {}
        self._number = 0

    def ask(self, number):
        """Sends a question."""
        raise NotImplementedError

    def answers(self, seconds):
        """Waits up to this time. Returns the numbers of the questions that were answered."""
        raise NotImplementedError

    def run(self):
        next_at = 0.0
        while self.is_running():
            if not self.is_on() and not self._open:
                self.rest()
                continue
            now = time.monotonic()
            if self.is_on() and now >= next_at and len(self._open) < self.window:
                self._number += 1
                self._open[self._number] = now
                with contextlib.suppress(OSError):  # for example a queue that is full: not answered
                    self.ask(self._number)
                next_at = max(next_at + self.interval, now)
            wait = max(0.001, next_at - time.monotonic()) if len(self._open) < self.window else 0.05
            self._note(self.answers(min(wait, 0.05)))

    def _note(self, numbers):
        now = time.monotonic()
        for number in numbers:
            if (asked := self._open.pop(number, None)) is not None:
                self.attempts.append(Attempt(asked, now, True))
        for number, asked in list(self._open.items()):
            if now - asked > ANSWER_SECONDS:
                del self._open[number]
                self.attempts.append(Attempt(asked, now, False))

    def remark(self):
        """Returns what the report says beside the ratio."""
        return ""


class UdpEcho(Victim):
    """Sends datagrams of one length to an echo server, and compares what comes back."""

    def __init__(self, name, what, namespace, source, server, length):
        super().__init__(name, what)
        with namespace.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(source)
        self._socket.setblocking(False)
        self._server, self._rest = server, os.urandom(length - 8)

    def ask(self, number):
        self._socket.sendto(struct.pack("!Q", number) + self._rest, self._server)

    def answers(self, seconds):
        if not select.select([self._socket], [], [], seconds)[0]:
            return []
        found = []
        with contextlib.suppress(OSError):  # BlockingIOError, or an ICMP error
            while True:
                octets = self._socket.recv(65536)
                if octets[8:] == self._rest:
                    found.append(struct.unpack("!Q", octets[:8])[0])
        return found

    def close(self):
        self._socket.close()


class PathMtu(Victim):
    """A host in the Internet sends datagrams that are too long for the softwire and must not be fragmented. The answer is
    an ICMP error "fragmentation needed" (RFC 1191)."""

    def __init__(self, name, what, namespace):
        super().__init__(name, what)
        with namespace.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
        self._socket.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        self._socket.setblocking(False)

    def ask(self, number):
        octets = struct.pack("!Q", number).ljust(1472, b"\0")
        try:
            self._socket.sendto(octets, (facts.WHOLE, 4000 + number % 10000))
        except OSError:  # the error of the question before; it is in the queue too
            self._socket.sendto(octets, (facts.WHOLE, 4000 + number % 10000))

    def answers(self, seconds):
        """The error quotes the IPv4 header and the UDP header (RFC 792), whose port tells the question."""
        poll = select.poll()
        poll.register(self._socket, 0)  # POLLERR is always told
        if not poll.poll(seconds * 1000):
            return []
        ports = set()
        with contextlib.suppress(BlockingIOError):
            while True:
                _, ancillary, _, to = self._socket.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
                for level, kind, octets in ancillary:
                    if (level, kind) == (socket.IPPROTO_IP, IP_RECVERR):
                        _, origin, error, code = struct.unpack_from("=IBBB", octets)
                        if origin == ICMP_ORIGIN and (error, code) == FRAGMENTATION_NEEDED:
                            ports.add(to[1])
        return [number for number in self._open if 4000 + number % 10000 in ports]

    def close(self):
        self._socket.close()


class Blocking(Victim):
    """One question at a time, which a function asks and waits for."""

    window = 1

    def exchange(self, number):
        """Returns whether it was answered in time."""
        raise NotImplementedError

    def ask(self, number):
        self._done = [number] if self.exchange(number) else []
        if not self._done:
            asked = self._open.pop(number)
            self.attempts.append(Attempt(asked, time.monotonic(), False))

    def answers(self, seconds):
        done, self._done = getattr(self, "_done", []), []
        if not done:
            time.sleep(seconds)
        return done


class Transfer(Blocking):
    """Sends octets by TCP to the echo server, and compares what comes back. A lost segment is TCP's matter."""

    interval, limit = 0.1, 120.0

    def __init__(self, name, what, namespace, server, octets=65536):
        super().__init__(name, what)
        self._namespace, self._server, self._octets = namespace, server, os.urandom(octets)

    def exchange(self, number):
        with self._namespace.entered():
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        with tcp:
            tcp.settimeout(self.limit)
            try:
                tcp.connect(self._server)
                sender = threading.Thread(target=self._send, args=(tcp,), daemon=True)
                sender.start()
                back = b""
                while piece := tcp.recv(65536):
                    back += piece
                return back == self._octets
            except OSError:
                return False

    def _send(self, tcp):
        with contextlib.suppress(OSError):
            tcp.sendall(self._octets)
            tcp.shutdown(socket.SHUT_WR)


class Client(SoftwireClient):
    """A DHCP client that renews its lease, and repeats each message once."""

    held, until, repeated = None, 0.0, 0

    def renews(self):
        """Returns whether the request was acknowledged. A client whose lease has ended, for example while it paused, takes
        another instead."""
        if self.held is None or time.monotonic() >= self.until:
            return self._takes()
        return self._asks(REQUEST, self._ports(self.held), ACK, self.held) is not None

    def _takes(self):
        offer = self._asks(DISCOVER, b"", OFFER)
        if offer is None:
            return False
        chosen = option(50, ipaddress.IPv4Address(offer.address).packed) + option(54, offer.options[54])
        self.held = self._asks(REQUEST, chosen + self._ports(offer), ACK)
        return self.held is not None

    def _asks(self, kind, options, wanted, lease=None):
        """Returns the Lease of the answer; None without one. Repeats after 4 seconds (RFC 2131 4.1)."""
        self.xid, begun = os.urandom(4), time.monotonic()
        deadline, repeat_at = begun + ANSWER_SECONDS, begun + REPEAT_SECONDS
        self._send(kind, options, lease)
        while (now := time.monotonic()) < deadline:
            if now >= repeat_at:
                self._send(kind, options, lease)
                self.repeated, repeat_at = self.repeated + 1, deadline
            self.socket.settimeout(max(min(repeat_at, deadline) - now, 0.001))
            with contextlib.suppress(TimeoutError):
                message = self.get()
                if not message or message[4:8] != self.xid:
                    continue
                found = Lease(options4(message), str(ipaddress.IPv4Address(message[16:20])))
                if found.options[53] == bytes([wanted]):
                    if wanted == ACK:  # the lease counts from the request on (RFC 2131 4.4.1)
                        self.until = begun + struct.unpack("!I", found.options[51])[0]
                    return found
                return None
        return None


class Renewing(Blocking):
    """A DHCP client that renews its lease again and again."""

    interval = 0.1

    def __init__(self, name, what, client):
        super().__init__(name, what)
        self._client = client

    def exchange(self, number):
        return self._client.renews()

    def remark(self):
        return f"; {self._client.repeated} messages repeated"

    def close(self):
        self._client.close()


class Operator(Blocking):
    """Makes a change over the control socket, and reads the status. The connection stays; it is made again when lost."""

    interval = 0.1

    def __init__(self, name, what, path):
        super().__init__(name, what)
        self._path, self._control = path, None
        self.slowest = 0.0

    def exchange(self, number):
        begun = time.monotonic()
        try:
            if self._control is None:
                self._control = Control(self._path)
                self._control._socket.settimeout(ANSWER_SECONDS)
            change = "remove" if number % 2 == 0 else "add"
            with contextlib.suppress(Refused):  # load --replace may have removed it
                self._control("softwires.change", **{change: [f"binding ipv4 198.19.255.1 b4 2001:db8:3::1 br {facts.BR}"]})
            self._control("status.get")
        except (OSError, ValueError):
            if self._control:
                self._control.close()
            self._control = None
            return False
        took = time.monotonic() - begun
        self.slowest = max(self.slowest, took)
        return took < ANSWER_SECONDS

    def remark(self):
        return f"; the slowest took {self.slowest:.2f} s"

    def close(self):
        if self._control:
            self._control.close()


class Server:
    """Returns every datagram to its sender, on a thread of its own, until it is closed."""

    def __init__(self, namespace, address):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(address)
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self):
        while True:
            with contextlib.suppress(OSError):  # an ICMP error about an answer before
                octets, source = self._socket.recvfrom(65536)
                self._socket.sendto(octets, source)


def make_victims(lab):
    """Returns all victims but the scraper. Their names are those of the report."""
    network, inside, outside = lab.network, lab.victim.namespace, lab.network.internet
    echo, shared_echo = (facts.INTERNET, 9), (facts.SHARED, facts.FIRST_PORT + 9)
    Server(outside, echo)
    Server(inside, shared_echo)
    lengths = (("echo", 64, "64 octets by UDP"), ("fragments", 3000, "3000 octets by UDP, in fragments on every way"))
    found = []
    for number, (name, length, what) in enumerate(lengths):
        found.append(UdpEcho(f"{name} out", f"{what}; a subscriber with a shared address asks an Internet host", inside,
                             (facts.SHARED, facts.FIRST_PORT + 1 + number), echo, length))
        found.append(UdpEcho(f"{name} in", f"{what}; an Internet host asks the subscriber", outside,
                             (facts.INTERNET, 5001 + number), shared_echo, length))
    return [
        *found,
        Transfer("tcp", "64 KiB by TCP to an Internet host and back", inside, (facts.INTERNET, 7)),
        PathMtu("path mtu", "an Internet host is told \"fragmentation needed\"", outside),
        Renewing("dhcp relayed", "a client renews its lease at Kea through the relay", Client(lab.client)),
        Renewing("dhcp served", "a client renews its lease at the embedded server", Client(lab.served)),
        Operator("operator", "a change over the control socket and status.get", lab.socket),
    ]
