# SPDX-License-Identifier: BSD-3-Clause
"""Misuses the control socket or the metrics in one way until it is ended. A program of its own, run as another user.

    peers.py KIND --socket PATH

It goes on after every answer, refusal and end of a connection. SIGTERM ends it; it then prints how often it tried."""

import argparse
import contextlib
import json
import random
import select
import signal
import socket
import time

import lab_facts as facts
from processes import end_with_parent

PAUSE_SECONDS = 0.02
ANSWER_SECONDS = 5


def unix(path, seconds=ANSWER_SECONDS):
    opened = socket.socket(socket.AF_UNIX)
    opened.settimeout(seconds)
    try:
        opened.connect(path)
    except OSError:
        opened.close()
        raise
    return opened


def request(method, **params):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"


def exchange(path, octets):
    """Sends the octets on a new connection, and reads up to the end of a line."""
    with unix(path) as opened:
        with contextlib.suppress(BrokenPipeError):  # the answer may come before all is sent
            opened.sendall(octets)
        while (piece := opened.recv(65536)) and not piece.endswith(b"\n"):
            pass


class Kind:
    def __init__(self, path):
        self.path = path

    def once(self):
        raise NotImplementedError


class Deep(Kind):
    """Requests nested 160,000 deep, or not ended at all."""

    def once(self):
        depth = random.choice((1000, 20000, 110000))
        opening, closing = random.choice(((b"[", b"]"), (b'{"x":', b"}")))
        depth = min(depth, 250000 // (len(opening) + len(closing)))
        exchange(self.path, b'{"jsonrpc":"2.0","id":1,"method":"status.get","params":{"x":' + opening * depth + b"1" +
                 closing * depth + b"}}\n")


class NeverReads(Kind):
    """Sends batches of requests and reads no answer."""

    def __init__(self, path):
        super().__init__(path)
        one = random.choice((request("rpc.describe"), request("bindings.list", limit=10000))).strip()
        self._batch = b"[" + b",".join([one] * 1000) + b"]\n"
        self._opened, self._at = [], {}

    def once(self):
        if len(self._opened) < 8:
            opened = unix(self.path)
            opened.setblocking(False)
            self._opened.append(opened)
            self._at[opened] = 0
        for opened in select.select([], self._opened, [], 0.05)[1]:
            try:
                at = self._at[opened]
                self._at[opened] = (at + opened.send(self._batch[at:at + 65536])) % len(self._batch)
            except OSError:
                self._opened.remove(opened)
                opened.close()


class Idle(Kind):
    """Takes every place, and says nothing, or half a line."""

    def __init__(self, path):
        super().__init__(path)
        self._opened = []

    def once(self):
        for opened in select.select(self._opened, [], [], 0)[0]:
            self._opened.remove(opened)
            opened.close()
        if len(self._opened) < 64:
            opened = unix(self.path)
            self._opened.append(opened)
            if random.random() < 0.5:
                opened.sendall(b'{"jsonrpc":')


class HeavyReads(Kind):
    """Asks for checks of the configuration, for whole lists, and for the history of everybody, on many connections."""

    def __init__(self, path):
        super().__init__(path)
        self._opened = []

    def once(self):
        while len(self._opened) < 12:
            self._opened.append(unix(self.path))
        ready = select.select(self._opened, [], [], 0)[0]
        for opened in ready:
            with contextlib.suppress(OSError):
                if opened.recv(1 << 20):
                    continue
            self._opened.remove(opened)
            opened.close()
        opened = random.choice(self._opened) if self._opened else None
        if opened is None:
            return
        method = random.choice((request("config.test"), request("bindings.list", limit=10000),
                                request("bindings.history", limit=10000), request("softwires.lookup", ipv4=facts.SHARED)))
        try:
            opened.sendall(method)
        except OSError:
            self._opened.remove(opened)
            opened.close()


class HeavyFilters(Kind):
    """Starts captures with filters that take long to compile, that name hosts, and that are at the limit."""

    def once(self):
        hosts = " or ".join(f"host 10.0.{number >> 8}.{number & 255}" for number in range(random.choice((20, 40, 400))))
        expression = random.choice((hosts, "host a.example.net", "ip protochain 17", "udp and " * 100 + "udp",
                                    "(" * 200 + "udp" + ")" * 200, "not " * 200 + "tcp"))
        exchange(self.path, request("capture.start", filter=expression))


class HalfRequests(Kind):
    """Takes all places of the metrics from several addresses: half requests, keep-alives, clients that read nothing."""

    sources = [f"127.0.0.{number}" for number in range(66, 72)]

    def __init__(self, path):
        super().__init__(path)
        self._opened = []

    def once(self):
        for opened in select.select(self._opened, [], [], 0)[0]:
            with contextlib.suppress(OSError):
                if opened.recv(65536):
                    continue  # an answer, or a part of one
            self._opened.remove(opened)
            opened.close()
        if len(self._opened) < 80:
            opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            opened.settimeout(ANSWER_SECONDS)
            self._opened.append(opened)
            opened.bind((random.choice(self.sources), 0))
            opened.connect(facts.METRICS)
            opened.sendall(random.choice((b"GET /metrics HTTP/1.1\r\nHost: x\r\n", b"G", b"POST /metrics HTTP/1.1\r\n\r\n",
                                          b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"X-Long: " + b"x" * 9000)))


KINDS = {"deep": Deep, "never-reads": NeverReads, "idle": Idle, "heavy-reads": HeavyReads, "heavy-filters": HeavyFilters,
         "half-requests": HalfRequests}


def main():
    end_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--socket", required=True)
    wanted = parser.parse_args()
    ended, tries, refused = [], 0, 0
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    attacker = KINDS[wanted.kind](wanted.socket)
    print("started", flush=True)
    while not ended:
        tries += 1
        try:
            attacker.once()
        except OSError:
            refused += 1
        time.sleep(PAUSE_SECONDS)
    print("tries", tries, "refused", refused, flush=True)


if __name__ == "__main__":
    main()
