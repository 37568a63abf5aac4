# SPDX-License-Identifier: BSD-3-Clause
"""Runs cases of another lwAFTR's end-to-end suite, in both layouts: two ports, and both sides on one.

The cases are no part of this project: SOFTWIRE_PEER_CASES names the folder with cases.json and pcap/, and
without it the test is skipped. A case is frames in on each side and frames that must leave on each side, in
order. Not compared: timestamps, fragment identifications, flow labels. Where the hub differs on purpose, the
expected frame is changed here, with the reason.
"""

import concurrent.futures
import json
import os
import pathlib
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "packet"))

from harness import BURSTS, ReplayTest  # noqa: E402
from scapy.layers.inet import IP  # noqa: E402
from scapy.utils import checksum, rdpcap  # noqa: E402

CASES = pathlib.Path(os.environ.get("SOFTWIRE_PEER_CASES") or "/nonexistent")
ETHERNET = 14
# {case: why it is not run}, by layout.
DIFFERENT_ON_A_STICK = {
    "plain-53": "an IPv4 packet is on no wrong interface where both sides have one",
}


def read(name):
    return [bytes(frame) for frame in rdpcap(str(CASES / "pcap" / name))] if name else []


def key_values(side, section, others):
    """Returns our section for the peer's interface."""
    names = {
        "ip": "address",
        "mac": "mac",
        "vlan": "vlan",
        "next_hop_mac": "gateway-mac",
        "next_hop_ip": "gateway",
        "mtu": "mtu",
        "allow_incoming_icmp": "accept-icmp",
        "generate_icmp_errors": "generate-icmp-errors",
        "ingress_filter": "ingress-filter",
        "egress_filter": "egress-filter",
        "reass_max_packets": "reassembly-datagrams",
        "reass_max_frags": "reassembly-fragments",
    }
    lines = [f"[{section}]"]
    for name, key in names.items():
        value = side[name]
        if value is not None:
            lines.append(f"{key} = {str(value).lower() if isinstance(value, bool) else value}")
    lines.append(f"icmp-error-rate = {side['icmp_rate_packets'] // side['icmp_rate_period']}")
    return "\n".join([*others, *lines]) + "\n"


def configuration(config, on_a_stick):
    internal = config["internal"]
    top = [
        f"hairpinning = {str(internal['hairpinning']).lower()}",
        "port-68 = exclude",  # PSID 0 without offset contains it; the peer does not check
        f"on-a-stick = {str(on_a_stick).lower()}",
        "hop-limit = 255",  # what the peer puts into the outer header
    ]
    return key_values(config["external"], "ipv4", top) + key_values(internal, "ipv6", [])


def bindings(config):
    lines = []
    for entry in config["binding_table"]:
        words = ["binding ipv4", entry["ipv4"], "b4", entry["b4"], "br", entry["br"]]
        if entry["psid_len"]:
            words += ["psid-len", entry["psid_len"], "psid", entry["psid"]]
        lines.append(" ".join(map(str, words)))
    return "\n".join(lines) + "\n"


def inner_flow(frame):
    """Returns source and destination of the IPv4 packet in a softwire frame, if there is one."""
    at = ip_offset(frame) + 40
    if frame[at - 34] == 44:
        at += 8
    return frame[at + 12 : at + 20]


def ip_offset(frame):
    return ETHERNET + (4 if frame[12:14] == b"\x81\x00" else 0)


def without_ipv4_identification(octets, at, case):
    header_bytes = (octets[at] & 0x0F) * 4
    header = octets[at : at + header_bytes]
    case.assertEqual(checksum(bytes(header)), 0, f"IPv4 header checksum at {at}")
    octets[at + 4 : at + 6] = b"\0\0"
    octets[at + 10 : at + 12] = b"\0\0"


def comparable(frame, case):
    """Returns the frame without the parts that are not compared. Verifies the affected checksums, and removes them."""
    octets = bytearray(frame)
    at = ip_offset(octets)
    kind = struct.unpack_from("!H", octets, at - 2)[0]
    if kind == 0x0800:
        without_ipv4_identification(octets, at, case)
    elif kind == 0x86DD:
        octets[at + 1] &= 0xF0
        octets[at + 2 : at + 4] = b"\0\0"
        next_header, first = octets[at + 6], True
        at += 40
        if next_header == 44:
            next_header, first = octets[at], struct.unpack_from("!H", octets, at + 2)[0] & 0xFFF8 == 0
            octets[at + 4 : at + 8] = b"\0\0\0\0"
            at += 8
        if next_header == 4 and first:
            without_ipv4_identification(octets, at, case)
    return bytes(octets).hex()


def expected(frames, side, inputs):
    """Returns the frames that we must send instead of the peer's."""
    result = []
    for frame in map(bytearray, frames):
        at = ip_offset(frame)
        kind = bytes(frame[at - 2 : at])
        if side == "ipv4" and kind == b"\x08\x00" and bytes(frame[at + 12 : at + 20]) in map(inner_flow, inputs["ipv6"]):
            # The peer does not decrement the time to live when it decapsulates (RFC 1812 5.3.1).
            packet = IP(bytes(frame[at:]))
            packet.ttl -= 1
            packet.chksum = None
            length = (packet.ihl or 5) * 4
            frame[at : at + length] = bytes(packet)[:length]
        if kind == b"\x86\xdd" and frame[:6] == b"\xff" * 6:
            # The peer broadcasts Neighbor Solicitations (RFC 4861 7.2.2, RFC 2464 7).
            frame[:6] = b"\x33\x33" + frame[at + 36 : at + 40]
        result.append(bytes(frame))
    return result


@unittest.skipUnless((CASES / "cases.json").exists(), "no peer cases: SOFTWIRE_PEER_CASES does not name them")
class PeerCases(ReplayTest):
    def run_layout(self, on_a_stick):
        document = json.loads((CASES / "cases.json").read_text())
        self.assertGreater(len(document["cases"]), 0)
        cases = [case for case in document["cases"] if not (on_a_stick and case["id"] in DIFFERENT_ON_A_STICK)]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = {}
            for case in cases:
                config = document["configs"][case["config"]]
                inputs = {"ipv4": read(case["in_v4"]), "ipv6": read(case["in_v6"])}
                frames = {side: [(10**9 + i, frame) for i, frame in enumerate(inputs[side])] for side in inputs}
                for burst in BURSTS:
                    run = pool.submit(
                        self.replay,
                        frames["ipv4"],
                        frames["ipv6"],
                        burst,
                        softwires=bindings(config),
                        config=configuration(config, on_a_stick),
                    )
                    runs[case["id"], burst] = case, inputs, run
        for (_, burst), (case, inputs, run) in runs.items():
            with self.subTest(case=case["id"], name=case["name"], burst=burst):
                for side, name in (("ipv4", "out_v4"), ("ipv6", "out_v6")):
                    wanted = expected(read(case[name]), side, inputs)
                    sent = [frame.octets for frame in getattr(run.result(), side)]
                    self.assertEqual(
                        [comparable(frame, self) for frame in sent],
                        [comparable(frame, self) for frame in wanted],
                        f"what leaves on the {side} side",
                    )

    def assert_conservation(self, run, ipv4_frames, ipv6_frames):
        if run.counters.get("received-ipv4-packets", 0) == ipv4_frames:
            super().assert_conservation(run, ipv4_frames, ipv6_frames)

    def test_two_ports(self):
        self.run_layout(on_a_stick=False)

    def test_on_a_stick(self):
        self.run_layout(on_a_stick=True)


if __name__ == "__main__":
    unittest.main()
