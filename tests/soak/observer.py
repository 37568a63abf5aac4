# SPDX-License-Identifier: BSD-3-Clause
"""Looks at the hub all the time: memory, open files, what the machine lost outside the hub, and the metrics, whose packets
must add up in every scrape. One of the looks, the scraper, is a victim too."""

import collections
import http.client
import os
import pathlib
import re
import socket
import threading
import time
import typing

import lab_facts as facts
from victims import ANSWER_SECONDS, Blocking

SAMPLE = re.compile(r"^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
LOSSES = tuple(f"softwire_port_{kind}_total" for kind in (
    "receive_missed", "receive_errors", "receive_no_buffer", "transmit_errors", "transmit_ring_full", "transmit_no_device",
    "transmit_link_down"))
# A counter of the driver starts anew with a new device, and so is no counter of the hub's own.
OF_THE_DEVICE = re.compile("softwire_port_")


class Scrape:
    """The samples of one answer: {(name, labels): value}."""

    def __init__(self, text):
        self.samples = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name, labels, value = SAMPLE.match(line).groups()
                self.samples[name, labels or ""] = float(value)
        self.text = text

    def by(self, name, label):
        """Returns {value of the label: sum}."""
        sums = collections.Counter()
        for (sample, labels), value in self.samples.items():
            if sample == name:
                sums[dict(LABEL.findall(labels))[label]] += value
        return sums

    def total(self, *names):
        return sum(value for (name, _), value in self.samples.items() if name in names)

    def unaccounted(self):
        """Returns {worker: packets} for those whose packets do not add up (docs/metrics.md)."""
        into = self.by("softwire_received_packets_total", "worker") + self.by("softwire_generated_packets_total", "worker")
        out = self.by("softwire_outcomes_total", "worker") + self.by("softwire_held_packets", "worker")
        return {worker: into[worker] - out[worker] for worker in {*into, *out} if into[worker] != out[worker]}

    def fell(self, before):
        """Returns the counters that are less than in the scrape before."""
        return [f"{name}{{{labels}}}" for (name, labels), value in self.samples.items()
                if name.endswith("_total") and not OF_THE_DEVICE.match(name)
                and value < before.samples.get((name, labels), 0)]


class Http:
    """A connection to the metrics as Prometheus keeps one: when it was ended meanwhile, a new one asks again."""

    def __init__(self, namespace, source="127.0.0.1"):
        self._namespace, self._source, self._connection = namespace, source, None

    def get(self, path):
        """Returns (status, text). Raises OSError or HTTPException."""
        if self._connection is not None:
            try:
                return self._ask(path)
            except (OSError, http.client.HTTPException):
                self.close()
        self._connect()
        try:
            return self._ask(path)
        except BaseException:
            self.close()
            raise

    def _connect(self):
        with self._namespace.entered():
            opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.settimeout(ANSWER_SECONDS)
        try:
            opened.bind((self._source, 0))
            opened.connect(facts.METRICS)
        except OSError:
            opened.close()
            raise
        self._connection = http.client.HTTPConnection(*facts.METRICS)
        self._connection.sock, self._connection.auto_open = opened, 0

    def _ask(self, path):
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if answer.getheader("Connection") == "close":
            self.close()
        return answer.status, text

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection.sock.close() if self._connection.sock else None
        self._connection = None


class Scraper(Blocking):
    """Scrapes /metrics, /health and /ready in turn, and checks what it gets."""

    interval = 0.2

    def __init__(self, name, what, namespace):
        super().__init__(name, what)
        self._http = Http(namespace)
        self.scrapes, self.unaccounted, self.fallen, self.not_ready = 0, [], [], []
        self.last = None

    def exchange(self, number):
        path = ("/metrics", "/health", "/metrics", "/ready")[number % 4]
        begun = time.monotonic()
        try:
            status, text = self._http.get(path)
        except (OSError, http.client.HTTPException):
            return False
        if path != "/metrics":
            if status == 503 and "degraded" not in text and "failed" not in text:
                return False  # no place, rather than no health
            if status != 200:
                self.not_ready.append(f"{path}: {text.strip()}")
            return True
        if status != 200:
            return False
        self._check(Scrape(text))
        return time.monotonic() - begun < ANSWER_SECONDS

    def _check(self, scrape):
        self.scrapes += 1
        if found := scrape.unaccounted():
            self.unaccounted.append(found)
        if self.last is not None and (found := scrape.fell(self.last)):
            self.fallen.append(found)
        self.last = scrape

    def close(self):
        self._http.close()


class Loss(typing.NamedTuple):
    """How many packets the machine had lost outside the hub at a time."""

    at: float
    lost: int


class Machine:
    """Watches what the machine loses outside the hub: on the ports, in the queues of the virtual wires, in sockets. Lowers
    the attacks' share of their rates when it does, so that a loss is the hub's and not the machine's."""

    interval = 0.1
    least_share = 0.02

    def __init__(self, lab):
        self._lab, self._end = lab, threading.Event()
        self.losses = []
        self.failure = None
        self.lowest_share = 1.0
        self._control = None
        self._namespaces = (lab.network.hub, lab.network.internet, lab.victim.namespace, lab.reached.namespace,
                            lab.network.server)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def end(self):
        self._end.set()
        self._thread.join(60)

    def _run(self):
        try:
            while not self._end.wait(self.interval):
                self._look()
        except BaseException as failure:
            self.failure = failure

    def _look(self):
        lost = self._in_queues() + sum(self._in_sockets(each) for each in self._namespaces) + self._on_ports()
        before = self.losses[-1].lost if self.losses else lost
        self.losses.append(Loss(time.monotonic(), lost))
        share = self._lab.throttle.share
        share = max(share * 0.7, self.least_share) if lost > before else min(share * 1.01, 1.0)
        self._lab.throttle.share = share
        self.lowest_share = min(self.lowest_share, share)

    @staticmethod
    def _in_queues():
        """What found no room in the queue of a processor: the second column of each line."""
        return sum(int(line.split()[1], 16) for line in pathlib.Path("/proc/net/softnet_stat").read_text().splitlines())

    @staticmethod
    def _in_sockets(namespace):
        with namespace.entered():
            lines = pathlib.Path("/proc/thread-self/net/snmp").read_text().splitlines()
        lost = 0
        for names, values in zip(lines[::2], lines[1::2]):
            found = dict(zip(names.split()[1:], values.split()[1:]))
            if names.startswith("Udp:"):
                lost += int(found["RcvbufErrors"]) + int(found["SndbufErrors"])
        return lost

    def _on_ports(self):
        """Of the last scrape; the scraper has its own thread."""
        last = self._lab.scraper.last
        return int(last.total(*LOSSES)) if last else 0

    def forget(self):
        """Forgets all looks but the last."""
        self.losses = self.losses[-1:]

    def lost_between(self, begin, end):
        """Returns the packets lost between the last look before and the first look after these times."""
        before = [loss.lost for loss in self.losses if loss.at <= begin - 2 * self.interval] or [self.losses[0].lost]
        after = [loss.lost for loss in self.losses if loss.at >= end + 1.0] or [self.losses[-1].lost]
        return after[0] - before[-1]


class Rest(typing.NamedTuple):
    """What a hub at rest uses: KiB of memory, numbers of others."""

    anonymous: int  # what it has allocated
    heap: int  # the same without the record's page cache
    rings: int  # rings shared with the kernel, and files
    packets: int  # the memory of DPDK, of fixed size, as far as it has been touched
    files: int
    buffers: int  # packet buffers in use


class Memory:
    """Looks at a process at rest: between two rounds, with nobody attacking."""

    FIELDS = {"anonymous": "RssAnon", "rings": "RssFile", "packets": "RssShmem"}
    PAGE_CACHE = 65536  # KiB at most of pages of the record (PRAGMA cache_size)

    def __init__(self, lab):
        self._lab, self._pid = lab, lab.softwired.pid
        self.at_rest, self.highest = [], 0
        # AddressSanitizer reserves terabytes. It keeps freed memory, so that the size of such a process says nothing.
        self.is_sanitized = self._status("VmSize") > 1 << 30

    def look(self):
        sizes = {name: self._status(field) for name, field in self.FIELDS.items()}
        buffers = self._lab.scraper.last.by("softwire_packet_buffers", "state")["used"]
        heap = sizes["anonymous"] - self._page_cache()
        self.at_rest.append(Rest(**sizes, heap=heap, files=len(os.listdir(f"/proc/{self._pid}/fd")), buffers=int(buffers)))
        self.highest = self._status("VmHWM")

    def _page_cache(self):
        """The pages that the hub has read or written stay in memory, up to a limit. The hub has touched nearly all pages of a
        record that began empty."""
        size = (self._lab.folder / "state" / "softwired.db").stat().st_size // 1024
        return min(size, self.PAGE_CACHE)

    def allocated(self):
        return self._status(self.FIELDS["anonymous"])

    def _status(self, name):
        text = pathlib.Path(f"/proc/{self._pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE).group(1))
