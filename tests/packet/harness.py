# SPDX-License-Identifier: BSD-3-Clause
"""Runs frames through softwire-replay. Scapy makes the input and the expected output.

A test is a list of cases: a frame on a side, the one outcome it must have, and the frame that must leave if
one does. check() runs them for every burst size and demands the same frames, the same times and exactly the
expected outcomes each time.
"""

import collections
import concurrent.futures
import json
import logging
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.inet import IP, UDP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402
from scapy.packet import Raw  # noqa: E402

PROGRAM = os.environ.get("SOFTWIRE_REPLAY", "softwire-replay")
BURSTS = (1, 4, 64)
# Cases are repeated to this many frames, so that the largest burst is full once and partly filled once.
FRAMES = 70
TIMEOUT_SECONDS = 300

HUB4, GATEWAY4 = "02:00:00:00:04:01", "02:00:00:00:04:fe"
HUB6, GATEWAY6 = "02:00:00:00:06:01", "02:00:00:00:06:fe"
OWN4 = "198.51.100.1"
HOST = "203.0.113.80"  # a host in the Internet

CONFIG = f"""\
[ipv4]
mac = {HUB4}
gateway-mac = {GATEWAY4}
address = {OWN4}
generate-icmp-errors = false
[ipv6]
mac = {HUB6}
gateway-mac = {GATEWAY6}
generate-icmp-errors = false
"""

# The side that a frame with this outcome leaves on.
SENT_ON = {
    "sent-encapsulated": "ipv6",
    "sent-decapsulated": "ipv4",
    "sent-hairpinned": "ipv6",
    "sent-translated-to-ipv4": "ipv4",
    "sent-translated-to-ipv6": "ipv6",
    "sent-injected-ipv4": "ipv4",
    "sent-injected-softwire": "ipv6",
    "sent-injected-ipv6": "ipv6",
    "sent-icmpv4-error": "ipv4",
    "sent-icmpv4-error-softwire": "ipv6",
    "sent-icmpv6-error": "ipv6",
    "sent-icmpv4-echo-reply": "ipv4",
    "sent-icmpv4-echo-reply-softwire": "ipv6",
    "sent-icmpv6-echo-reply": "ipv6",
}

# answer: the outcome of the packet that the hub generated and sent because of the frame.
Case = collections.namedtuple("Case", "side frame outcome sent answer", defaults=(None, None))
Frame = collections.namedtuple("Frame", "time octets")  # time: nanoseconds


# --- frames ---


def from_internet(ip, **ether):
    return Ether(**{"src": GATEWAY4, "dst": HUB4, **ether}) / ip


def to_internet(ip):
    return Ether(src=HUB4, dst=GATEWAY4, type=0x0800) / ip


def from_softwire(b4, br, ip, **ipv6):
    return Ether(src=GATEWAY6, dst=HUB6, type=0x86DD) / IPv6(**{"src": b4, "dst": br, "nh": 4, **ipv6}) / ip


def to_softwire(b4, br, ip, **ipv6):
    """Returns the hub's softwire packet: hop limit 64, the traffic class of the inner packet, flow label 0."""
    inner = IP(bytes(ip))
    fields = {"src": br, "dst": b4, "nh": 4, "hlim": 64, "tc": inner.tos, **ipv6}
    return Ether(src=HUB6, dst=GATEWAY6, type=0x86DD) / IPv6(**fields) / ip


def forwarded(ip, **changes):
    """Returns the packet after one hop: time to live one less, the given changes, and a header checksum that Scapy
    computes. The payload is unchanged."""
    octets = bytes(ip)
    header = IP(octets)
    payload = octets[header.ihl * 4 : header.len]
    header.remove_payload()
    header.ttl -= 1
    for field, value in changes.items():
        setattr(header, field, value)
    del header.chksum
    return Raw(bytes(header) + payload)


def checksums_are_right(ip_octets):
    """Returns whether Scapy computes the same IPv4 and UDP checksums."""
    packet = IP(ip_octets)
    del packet.chksum
    if UDP in packet:
        if packet[UDP].chksum == 0:
            return False  # allowed, but the hub should not make it
        del packet[UDP].chksum
    return bytes(packet) == ip_octets


# --- captures ---


def write_pcap(path, frames):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        for time, octets in frames:
            seconds, nanoseconds = divmod(time, 10**9)
            file.write(struct.pack("<IIII", seconds, nanoseconds, len(octets), len(octets)) + octets)


def read_pcap(path):
    octets = pathlib.Path(path).read_bytes()
    magic, *_, link_type = struct.unpack_from("<IHHiIII", octets)
    assert magic == 0xA1B23C4D and link_type == 1, "not a pcap of Ethernet and nanoseconds"
    frames, at = [], 24
    while at < len(octets):
        seconds, nanoseconds, captured, length = struct.unpack_from("<IIII", octets, at)
        assert captured == length
        at += 16
        frames.append(Frame(seconds * 10**9 + nanoseconds, octets[at : at + captured]))
        at += captured
    assert at == len(octets)
    return frames


# --- runs ---


Run = collections.namedtuple("Run", "ipv4 ipv6 counters stderr")


def run_program(arguments):
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )


def option_words(options):
    """Returns {"ipv4.mtu": 1400, "dhcp-relay.server": ["10.0.0.1", "10.0.0.2"]} as a command line."""
    words = []
    for key, value in options.items():
        for each in value if isinstance(value, list) else [value]:
            words += [f"--{key}", each]
    return words


class ReplayTest(unittest.TestCase):
    """softwires and options are those of the class, unless check() gets others."""

    softwires = ""
    options = {}
    maxDiff = None

    def replay(self, ipv4, ipv6, burst, softwires=None, options=None, config=CONFIG):
        """Runs the frames, and returns the Run. Asserts what must hold for every run."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "softwired.conf").write_text(config)
            (folder / "softwires.conf").write_text(self.softwires if softwires is None else softwires)
            write_pcap(folder / "ipv4-in", ipv4)
            write_pcap(folder / "ipv6-in", ipv6)
            words = ["--config", folder / "softwired.conf", "--softwires", folder / "softwires.conf"]
            for file in ("ipv4-in", "ipv6-in", "ipv4-out", "ipv6-out", "counters"):
                words += [f"--{file}", folder / file]
            words += ["--burst", burst, *option_words({**self.options, **(options or {})})]
            done = run_program(words)
            self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
            run = Run(
                read_pcap(folder / "ipv4-out"),
                read_pcap(folder / "ipv6-out"),
                json.loads((folder / "counters").read_text())["counters"],
                done.stderr,
            )
        self.assert_conservation(run, len(ipv4), len(ipv6))
        return run

    def replay_in_every_burst(self, ipv4, ipv6, **changes):
        """Returns [(burst, Run)...]. All run at the same time, because a start of the program is mostly waiting."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = {burst: pool.submit(self.replay, ipv4, ipv6, burst, **changes) for burst in BURSTS}
        return [(burst, run.result()) for burst, run in runs.items()]

    def assert_conservation(self, run, ipv4_frames, ipv6_frames):
        """Asserts received + generated = sent + dropped + punted + handled + joined + held, and that every punted packet is
        accounted for."""
        counters = run.counters
        outcomes = collections.Counter()
        for name, value in counters.items():
            for kind in ("sent", "drop-dhcp6", "drop-dhcp", "drop", "punt", "handled"):
                if name.startswith(f"{kind}-") and not name.endswith(("-packets", "-bytes")):
                    outcomes[kind.removesuffix("6")] += value
                    break
        # The drops of the dataplane whose names contain dhcp.
        for name in ("drop-dhcp-martian", "drop-dhcp-client-port", "drop-dhcp-not-server", "drop-dhcp-translated"):
            outcomes["drop-dhcp"] -= counters[name]
            outcomes["drop"] += counters[name]
        self.assertEqual(counters["received-ipv4-packets"], ipv4_frames)
        self.assertEqual(counters["received-ipv6-packets"], ipv6_frames)
        self.assertEqual(counters["sent-ipv4-packets"], len(run.ipv4))
        self.assertEqual(counters["sent-ipv6-packets"], len(run.ipv6))
        self.assertEqual(outcomes["sent"], len(run.ipv4) + len(run.ipv6))
        self.assertEqual(
            ipv4_frames + ipv6_frames + counters["generated-packets"],
            outcomes["sent"]
            + outcomes["drop"]
            + outcomes["punt"]
            + outcomes["handled"]
            + counters["joined-fragment"]
            + counters["held-packets"],
        )
        self.assertEqual(
            outcomes["punt"],
            outcomes["drop-dhcp"]
            + sum(counters[f"dhcp-{what}"] for what in ("relayed", "delivered", "answered", "released", "declined"))
            + counters["dhcp6-answered"],
        )

    def check(self, cases, **changes):
        """Runs the cases, repeated to FRAMES frames, in every burst size."""
        cases = [case._replace(frame=bytes(case.frame)) for case in cases]
        cases *= -(-FRAMES // len(cases))
        inputs = {"ipv4": [], "ipv6": []}
        expected = {"ipv4": [], "ipv6": []}
        outcomes = collections.Counter()
        for index, case in enumerate(cases):
            time = 10**9 + index * 1001
            inputs[case.side].append(Frame(time, case.frame))
            outcomes[case.outcome] += 1
            if case.answer is not None:
                outcomes[case.answer] += 1
            if case.sent is not None:
                expected[SENT_ON[case.answer or case.outcome]].append(Frame(time, bytes(case.sent)))
        for burst, run in self.replay_in_every_burst(**inputs, **changes):
            with self.subTest(burst=burst):
                self.assertEqual(outcomes_of(run), dict(outcomes))
                self.assert_same_frames(run.ipv4, expected["ipv4"])
                self.assert_same_frames(run.ipv6, expected["ipv6"])

    def assert_same_frames(self, got, expected):
        for index, (one, other) in enumerate(zip(got, expected)):
            if one != other:
                self.fail(
                    f"frame {index} at {one.time}, expected at {other.time}:\n"
                    f"{Ether(one.octets).show(dump=True)}\n{one.octets.hex()}\nexpected:\n"
                    f"{Ether(other.octets).show(dump=True)}\n{other.octets.hex()}"
                )
        self.assertEqual(len(got), len(expected))


def outcomes_of(run):
    """Returns the outcomes that are not zero, with their counts."""
    kinds = ("sent-", "drop-", "punt-", "handled-", "joined-", "dhcp-relayed", "dhcp-delivered")
    return {
        name: value
        for name, value in run.counters.items()
        if value and name.startswith(kinds) and not name.endswith(("-packets", "-bytes"))
    }
