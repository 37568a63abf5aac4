#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Shows how the hub processes captures: replays them, and prints received and sent packets in the order of time.

    timeline.py --replay build/bin/softwire-replay --config FILE --ipv6-in PCAP --ipv4-in PCAP [--expect ...]

Ends with a summary. The exit status is 1 if an expected FACT did not happen, or a packet is unaccounted for.
"""

import argparse
import collections
import ipaddress
import json
import logging
import pathlib
import re
import subprocess
import sys
import tempfile

logging.getLogger("scapy").setLevel(logging.ERROR)

from scapy.layers.dhcp import BOOTP, DHCP, DHCPTypes  # noqa: E402
from scapy.layers.inet import ICMP, IP, TCP, UDP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.utils import rdpcap, wrpcap  # noqa: E402

OUTCOMES = pathlib.Path(__file__).resolve().parents[1] / "include" / "softwire" / "outcome_table.h"
SIDES = ("ipv6", "ipv4")
# The facts that can be expected, with their names in the summary.
FACTS = {
    "lease": "a lease that reached the subscriber",
    "renewal": "a lease renewed by unicast to the hub",
    "release": "a lease given back",
    "to-internet": "a packet from a softwire to the Internet",
    "from-internet": "a packet from the Internet into a softwire",
    "hairpin": "a packet from one softwire into another",
    "drop": "a packet that was refused",
}


ICMPV4, ICMPV6 = 1, 58  # protocol numbers
ICMPV4_ERRORS = (3, 11, 12)  # destination unreachable, time exceeded, parameter problem

# --- packets in words ---


def option82_words(value):
    """Returns {code: value} of the relay agent information option."""
    words = {}
    while len(value) >= 2:
        code, content, value = value[0], value[2 : 2 + value[1]], value[2 + value[1] :]
        if code == 10 and len(content) == 1:
            words[code] = "unicast" if content[0] & 0x80 else "broadcast"
        elif len(content) in (4, 16):
            words[code] = str(ipaddress.ip_address(content))
        else:
            words[code] = content.hex()
    return words


def port_words(option159):
    """Returns the range of ports (RFC 7618, for PSID offset 0)."""
    offset, length, psid = option159[0], option159[1], int.from_bytes(option159[2:], "big")
    if offset != 0:
        return f"PSID {psid >> 16 - length} of {length} bits after {offset}"
    return f"ports {psid}-{psid + (1 << 16 - length) - 1}"


class Packet:
    """A frame of a capture: the side it was seen on, and its contents."""

    def __init__(self, side, frame):
        self.side, self.frame, self.time = side, frame, frame.time
        self.ip = frame.getlayer(IP)
        self.options = {}
        if DHCP in frame and ICMP not in frame:
            self.options = {option[0]: option[1] for option in frame[DHCP].options if isinstance(option, tuple)}

    @property
    def dhcp_type(self):
        return DHCPTypes.get(self.options.get("message-type"))

    @property
    def bootp(self):
        return self.frame[BOOTP]

    @property
    def option82(self):
        return option82_words(self.options.get("relay_agent_information", b""))

    def came_from(self):
        return f"from softwire {self.frame[IPv6].src}" if self.side == "ipv6" else "from the IPv4 side"

    def went_to(self):
        return f"  into softwire {self.frame[IPv6].dst}" if self.side == "ipv6" else "  to the IPv4 side"

    def words(self):
        """Describes it as a received packet."""
        if self.ip is None:
            return self.frame.summary()
        ends = f"{self.ip.src} > {self.ip.dst}"
        if self.dhcp_type:
            what = f"DHCP {self.dhcp_type.capitalize()}"
            if self.bootp.op == 2:
                return f"{what} of {self.bootp.yiaddr} from {self.ip.src}{self._option82_words(brief=True)}"
            return f"{what}, {ends}{self._option82_words()}"
        for layer, name in ((TCP, "TCP"), (UDP, "UDP")):
            if layer in self.ip and ICMP not in self.ip:
                transport = self.ip[layer]
                flags = f" [{transport.flags}]" if layer is TCP else ""
                ends = f"{self.ip.src}:{transport.sport} > {self.ip.dst}:{transport.dport}"
                return f"{name}{flags} {ends}, {len(transport.payload)} octets"
        if ICMP in self.ip:
            identifier = f", identifier {self.ip[ICMP].id}" if self.ip[ICMP].type in (0, 8) else ""
            return f"{self.ip[ICMP].sprintf('ICMP %type%')} {ends}{identifier}"
        return f"IPv4 {ends}, protocol {self.ip.proto}"

    def error_words(self):
        """Describes an ICMP error. Returns None for other packets."""
        outer = self.frame.getlayer(IPv6)
        if outer and outer.nh == ICMPV6:
            kind, code = bytes(outer.payload)[:2]
            return f"ICMPv6 error, type {kind} code {code}, to {outer.dst}" if kind < 128 else None
        if not outer and self.ip and self.ip.proto == ICMPV4:
            kind, code = bytes(self.ip.payload)[:2]
            return f"ICMPv4 error, type {kind} code {code}, to {self.ip.dst}" if kind in ICMPV4_ERRORS else None
        return None

    def words_sent(self):
        """Describes it as a sent packet."""
        if self.dhcp_type and self.side == "ipv4":
            return f"relayed to {self.ip.dst}{self._option82_words()}"
        if self.dhcp_type:
            server = self.options.get("server_id")
            return f"delivered to {self.ip.dst}, server identifier {server}{self._option82_words()}"
        return f"sent on, time to live {self.ip.ttl}"

    def _option82_words(self, brief=False):
        if not self.option82:
            return ""
        words = [f"{code}: {value}" for code, value in self.option82.items()]
        if brief:
            words[1:] = ["..."]
        return f", option 82 {{{', '.join(words)}}}"


def outcome_help():
    """Returns {name: help} from the table of outcomes, which is read from the C++ source."""
    entry = re.compile(r'X\(\w+, "([\w-]+)",(?: \w+,)+((?:[\s\\]*"[^"]*")+)')
    return {name: "".join(re.findall(r'"([^"]*)"', text)) for name, text in entry.findall(OUTCOMES.read_text())}


# --- the replay ---


class Replay:
    def __init__(self, program, config, inputs):
        """inputs: [Packet] in the order of their times."""
        self._program, self._config, self._inputs = program, config, inputs
        self.outputs, self.counters = self._run(inputs)

    def _run(self, inputs):
        """Returns ([Packet] sent, {name: value} of the counters) for these inputs."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            words = [self._program, "--config", self._config, "--counters", folder / "counters"]
            for side in SIDES:
                words += [f"--{side}-out", folder / f"{side}-out"]
                frames = [packet.frame for packet in inputs if packet.side == side]
                if frames:
                    wrpcap(str(folder / f"{side}-in"), frames, nano=True)
                    words += [f"--{side}-in", folder / f"{side}-in"]
            subprocess.run(words, check=True)
            outputs = [Packet(side, frame) for side in SIDES for frame in rdpcap(str(folder / f"{side}-out"))]
            return outputs, json.loads((folder / "counters").read_text())["counters"]

    def caused_by(self, packet):
        """A sent packet has the time of the received packet that caused it."""
        return [output for output in self.outputs if output.time == packet.time]

    def drops(self):
        """Returns {packet: names of the drop counters that increase by one when the packet is replayed too}."""
        drops = {}

        def search(first, before, last, after):
            if before == after:
                return
            if last - first == 1:
                drops[self._inputs[first]] = [name for name in after if after[name] != before.get(name, 0)]
                return
            middle = (first + last) // 2
            between = drop_counters(self._run(self._inputs[:middle])[1])
            search(first, before, middle, between)
            search(middle, between, last, after)

        search(0, {}, len(self._inputs), drop_counters(self.counters))
        return drops


def drop_counters(counters):
    return {name: value for name, value in counters.items() if name.startswith("drop-") and value}


# --- the story ---


class Story:
    """Counts what the packets did, for the summary."""

    def __init__(self):
        self.facts = collections.Counter()
        self.leases = {}  # by softwire: the state of its lease, in words

    def add(self, received, sent):
        if received.dhcp_type and received.side == "ipv6":
            self._relayed(received, sent)
        elif received.dhcp_type:
            self._delivered(sent)
        elif received.side == "ipv4":
            self.facts["from-internet"] += 1
        else:
            self.facts["to-internet" if sent.side == "ipv4" else "hairpin"] += 1

    def _relayed(self, received, sent):
        softwire = received.frame[IPv6].src
        if received.dhcp_type == "release" and softwire in sent.option82.values():
            self.facts["release"] += 1
            self.leases.setdefault(softwire, []).append("released")

    def _delivered(self, sent):
        server = sent.options.get("server_id")
        # The client should get an ACK without option 82, with the hub as its server.
        if sent.dhcp_type != "ack" or sent.option82 or server != sent.ip.src:
            return
        lease = self.leases.setdefault(sent.frame[IPv6].dst, [])
        if sent.bootp.ciaddr != "0.0.0.0":
            self.facts["renewal"] += 1
            lease.append("renewed through the hub")
            return
        self.facts["lease"] += 1
        ports = sent.options.get("v4-portparams")
        lease.append(
            f"{sent.bootp.yiaddr}{', ' + port_words(ports) if ports else ''},"
            f" for {sent.options.get('lease_time')} s, from {server}, which is the hub"
        )


def show_timeline(replay, inputs, help_of):
    """Prints the timeline. Returns the Story, and the packets that are unaccounted for."""
    story, lost, drops = Story(), [], replay.drops()
    width = max(len(packet.went_to()) for packet in inputs + replay.outputs)
    for packet in inputs:
        print(f"{packet.time - inputs[0].time:8.3f} s  {packet.came_from():{width}}  {packet.words()}")
        caused = replay.caused_by(packet)
        for sent in caused:
            error = None if packet.error_words() else sent.error_words()
            print(f"{'':12}{sent.went_to() if not error else '  back':{width}}  {error or sent.words_sent()}")
            if error:
                story.facts["error"] += 1
            else:
                story.add(packet, sent)
        for name in drops.get(packet, []):
            story.facts["drop"] += 1
            print(f"{'':12}{'  dropped':{width}}  {help_of.get(name, name)}")
        if not caused and packet not in drops:
            lost.append(packet)
    return story, lost


def show_summary(story, counters, help_of):
    print("\nLeases")
    for softwire, words in story.leases.items():
        print(f"  subscriber {softwire}: {'; '.join(words)}")
    if not story.leases:
        print("  none")
    facts = story.facts
    print(
        f"Data\n  {facts['to-internet']} packets from softwires to the Internet,"
        f" {facts['from-internet']} from the Internet into softwires,"
        f" {facts['hairpin']} from one softwire into another;"
        f" {facts['error']} ICMP errors to senders\nDropped"
    )
    for name, value in drop_counters(counters).items():
        print(f"  {value} x {help_of.get(name, name)} ({name})")
    if not drop_counters(counters):
        print("  nothing")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option, text in (
        ("replay", "the program softwire-replay"),
        ("config", "softwired.conf"),
        ("ipv6-in", "what arrived on the softwires' side"),
        ("ipv4-in", "what arrived on the IPv4 side"),
    ):
        parser.add_argument(f"--{option}", required=True, help=text)
    parser.add_argument("--expect", nargs="+", choices=FACTS, default=[], metavar="FACT", help=" ".join(FACTS))
    arguments = parser.parse_args()

    inputs = [Packet("ipv6", frame) for frame in rdpcap(arguments.ipv6_in)]
    inputs += [Packet("ipv4", frame) for frame in rdpcap(arguments.ipv4_in)]
    inputs.sort(key=lambda packet: packet.time)
    help_of = outcome_help()
    replay = Replay(arguments.replay, arguments.config, inputs)
    story, lost = show_timeline(replay, inputs, help_of)
    show_summary(story, replay.counters, help_of)

    failures = [f"there was not {FACTS[fact]}" for fact in arguments.expect if story.facts[fact] == 0]
    failures += [f"neither sent on nor dropped: {packet.words()}" for packet in lost]
    if sum(drop_counters(replay.counters).values()) != story.facts["drop"]:
        failures.append("the counters know of other drops than the timeline")
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
