# SPDX-License-Identifier: BSD-3-Clause
"""The accelerated soak: months of frames through softwire-replay, and then twice as many."""

import json
import os
import pathlib
import re
import struct
import subprocess
import tempfile
import time

import accounts
import frames as f
from months import CONFIG, MAGIC, SOFTWIRES, Months

REPLAY = os.environ.get("SOFTWIRE_REPLAY", "softwire-replay")
MEMORY_KIB = 8192  # what twice the months may take more
NAMES = ("ipv4-in", "ipv6-in", "ipv4-out", "ipv6-out", "counters")


def frames_of(path):
    """Yields the frames of a pcap file, without reading it whole."""
    with open(path, "rb") as file:
        file.read(24)
        while header := file.read(16):
            yield file.read(struct.unpack("<IIII", header)[2])


class Replay:
    """One run. Compares what left with the model: lost, stray (what left and should not, or to another B4)."""

    def __init__(self, months, seed):
        with tempfile.TemporaryDirectory(prefix="softwire-soak-") as name:
            self._folder = pathlib.Path(name)
            self.model = Months(name, months, seed)
            begun = time.monotonic()
            self.peak = self._run()
            self.seconds = time.monotonic() - begun
            self.counters = json.loads((self._folder / "counters").read_text())["counters"]
            self._compare()

    def _run(self):
        """Returns the peak of the resident memory, in KiB."""
        (self._folder / "softwired.conf").write_text(CONFIG)
        (self._folder / "softwires.conf").write_text(SOFTWIRES)
        words = [REPLAY, "--config", self._folder / "softwired.conf"]
        for name in NAMES:
            words += [f"--{name}", self._folder / name]
        peak = 0
        with open(self._folder / "log", "wb") as log:
            process = subprocess.Popen(list(map(str, words)), stdout=log, stderr=log)
            while process.poll() is None:
                text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                if found := re.search(r"^VmHWM:\s+(\d+)", text, re.MULTILINE):
                    peak = max(peak, int(found.group(1)))
                time.sleep(0.02)
        if process.returncode != 0:
            raise AssertionError(f"softwire-replay: {process.returncode}: {(self._folder / 'log').read_text()[-2000:]}")
        return peak

    def _compare(self):
        model, got4, got6 = self.model, set(), {}
        for frame in frames_of(self._folder / "ipv4-out"):
            if (number := self._number(frame)) is not None:
                got4.add(number)
        for frame in frames_of(self._folder / "ipv6-out"):
            if (number := self._number(frame)) is not None:
                got6[number] = frame[38:54]
        expected6 = {number: f.v6(b4) for number, b4 in model.expected6.items()}
        self.lost = len(model.expected4 - got4) + len(expected6.keys() - got6.keys())
        self.stray = len(got4 - model.expected4) + sum(1 for number, b4 in got6.items() if expected6.get(number) != b4)
        self.followed = len(model.expected4) + len(expected6)

    @staticmethod
    def _number(frame):
        """Returns the number of the packet that the model follows; None for others, among them errors that quote it."""
        inner = {b"\x08\x00": 14, b"\x86\xdd": 54}.get(frame[12:14])
        if inner == 54:
            inner += {f.IPV4: 0, f.FRAGMENT: 8}.get(frame[20], len(frame))
        at = frame.find(MAGIC)
        if inner is None or at < 0 or inner + 9 >= len(frame) or frame[inner + 9] != f.UDP:
            return None
        return struct.unpack_from("!Q", frame, at + len(MAGIC))[0]


def judge_one(replay, months, report):
    model, counters = replay.model, replay.counters
    into, out = accounts.sums(counters)
    punted, answered = accounts.punted(counters)
    frames = model.ipv4.frames + model.ipv6.frames
    received = counters["received-ipv4-packets"] + counters["received-ipv6-packets"]
    report.add(f"replay of {months} months: packets", "received + generated = outcomes + held; punted = outcomes of the control plane",
               f"{frames} frames in {replay.seconds:.0f} s, {received} received; {into} received or generated, {out} with an "
               f"outcome or held; {punted} punted, {answered} with an outcome", "equal",
               frames == received and into == out and punted == answered)
    report.add(f"replay of {months} months: traffic", "packets of holders pass, to the holder; those of former holders do not; "
               "datagrams in a flood of stray fragments are put together",
               f"{replay.followed} to pass, {replay.lost} lost, {replay.stray} passed or went elsewhere although they should not",
               "0 lost, 0 elsewhere", replay.followed and not replay.lost and not replay.stray)
    report.add(f"replay of {months} months: leases", "taken, renewed, released, expired, taken by others",
               f"{counters['dhcp-tx-ack']} acknowledged of {model.acknowledged}, {counters['dhcp-tx-nak']} refused; "
               f"{counters['leases']} held at the end of {model.leases}", "as the model",
               counters["dhcp-tx-ack"] == model.acknowledged and counters["leases"] == model.leases)


def run(months, seed, report):
    """Replays these months, and twice as many, and compares the memory of both."""
    peaks = []
    for number in (months, 2 * months):
        replay = Replay(number, seed)
        judge_one(replay, number, report)
        peaks.append(replay.peak)
    report.add("replay: memory", f"of softwire-replay: {2 * months} months against {months}",
               f"peak {peaks[0]} KiB, then {peaks[1]} KiB", f"at most {MEMORY_KIB} KiB more", peaks[1] <= peaks[0] + MEMORY_KIB)
