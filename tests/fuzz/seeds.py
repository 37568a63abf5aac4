#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the first inputs of fuzz targets, from a form that people can read.

tests/fuzz/seeds.py writes tests/fuzz/corpus/TARGET/NAME of each seed below. It leaves other files as they
are: the inputs that failed once, and those that a fuzzer found.
"""

import json
import pathlib
import struct


def octets(text):
    """Octets from hexadecimal digits; blanks separate, and what follows # is a comment."""
    return bytes.fromhex(" ".join(line.split("#")[0] for line in text.splitlines()))


def lines(*words):
    return "\n".join(words).encode()


# --- capture files ---

FRAME = bytes.fromhex("020000000004 020000000104 0800") + bytes(46)


def pcap(frames, magic=0xA1B23C4D, order="<", link=1):
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for seconds, rest, frame in frames:
        data += struct.pack(order + "IIII", seconds, rest, len(frame), len(frame)) + frame
    return data


def block(kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def pcapng(frames):
    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    data += block(1, struct.pack("<HHI", 1, 0, 262144) + struct.pack("<HHB3xHH", 9, 1, 9, 0, 0))
    for time, frame in frames:
        head = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(frame), len(frame))
        data += block(6, head + frame)
    return data


# --- frames of traffic.h: the octet of the kind, then what the kind reads ---

# A host, port 443, to a subscriber's own port: subscriber, protocol, host, port, form.
DOWN = "00 00 00 00 00 00"
# A subscriber to a host: subscriber, choice (protocol in bits 1 to 3), host, port, form, traffic class.
UP = "02 00 00 00 00 00 00"
UP_TCP = "02 03 02 00 00 00 00"
# One subscriber to another, who has a port too.
HAIRPIN = "02 00 01 01 00 00 00 00"
# Of a MAP-T CE: subscriber 8 is the first one.
UP_MAP_T = "02 08 00 00 00 00 00"
DOWN_MAP_T = "00 08 00 00 00 00"
# Fragments: choice (bits 0 and 1: what is cut; 2 and 3: the order), the packet, place of the cut, identification.
FRAGMENTS_IPV4 = "05 00 00 00 00 00 00 00 00"
FRAGMENTS_INNER = "05 01 00 00 00 00 00 00"
FRAGMENTS_IPV6 = "05 02 00 00 00 00 00 00 00 00"
FRAGMENTS_SWAPPED = "05 06 00 00 00 00 00 00 00 00"
# Errors: subscriber, choice, host, port, form, octets of the quote.
ERROR_DOWN = "07 00 01 00 00 00 00 40 00"
ERROR_UP = "07 00 00 00 00 00 00 40 00"
TUNNEL_ERROR = "08 00 00 00 00 00 00 01 04 d0 80"
ECHO_IPV4 = "09 00 00 00"
ECHO_IPV6 = "09 01 00"
ARP_REQUEST = "0a 0a"
ARP_REPLY = "0a 01"
NEIGHBOR_SOLICITATION = "0b 02"
NEIGHBOR_ADVERTISEMENT = "0b 19"
LARGE = "00 00 00 00 00 10 20"  # 1556 octets: fragments
ALL = [DOWN, UP, UP_TCP, HAIRPIN, UP_MAP_T, DOWN_MAP_T, FRAGMENTS_IPV4, FRAGMENTS_INNER, FRAGMENTS_IPV6,
       FRAGMENTS_SWAPPED, ERROR_DOWN, ERROR_UP, TUNNEL_ERROR, ECHO_IPV4, ECHO_IPV6, ARP_REQUEST, ARP_REPLY,
       NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT, LARGE]


def traffic(head, frames, before="00"):
    """`head`: what the target reads first. `before`: what it reads before each frame."""
    return octets(head + " " + " ".join(before + " " + frame for frame in frames))


def traffic_seeds(heads, before=("00",)):
    seeds = {}
    for head_name, head in heads.items():
        for number, choice in enumerate(before):
            seeds[f"{head_name}_all_{number}"] = traffic(head, ALL, choice)
    return seeds


# --- DHCP of dhcp_world.h: step, client, transport, message (type less 1 and flags; options), and what follows ---

DISCOVER, REQUEST, DECLINE, RELEASE, INFORM = "00 00", "02 0c", "03 0c", "36 08", "17 20"
RENEW = "32 00"
WITH_PORTS = "00 70 00"  # asks for option 159, and has a client identifier
STRANGER, BOUND, CE, MAP_T_CE = "08", "00", "05", "06"
# The octets after the message: those of the DHCPv6 message, then those of the relay.
TRANSPORTS = {"softwire": ("05", ""), "unicast": ("45", ""), "to_server": ("65", ""), "udp_over_ipv6": ("00", ""),
              "query": ("01", "00"), "query_to_group": ("11", "00"), "relayed_query": ("03", "00 02 03 aabbcc"),
              "information": ("02", "00"), "relayed_information": ("04", "00 06 00")}
OFFER, ACK, NAK = "05 00 00 00 3c", "05 00 01 00 3c", "05 00 03 00 3c"
ACK_4O6 = "05 01 01 00 3c"
PASS_A_MINUTE = "07 " * 2 + "ef 07 ef 07"
RELOAD = "ff 77 01"


def client(who, transport, message):
    kind, rest = TRANSPORTS[transport]
    return f"02 {who} {kind} {message} {rest}"


def hub_seeds():
    seeds = {"traffic": octets("00 " + " ".join("00 " + frame for frame in ALL))}
    for number in range(4):
        for name in TRANSPORTS:
            for who_name, who in (("stranger", STRANGER), ("bound", BOUND), ("map_t", MAP_T_CE)):
                steps = []
                for message in (DISCOVER, REQUEST, RENEW, WITH_PORTS, INFORM, RELEASE):
                    steps += [client(who, name, message), ACK_4O6 if number == 2 else ACK]
                seeds[f"{number}_{name}_{who_name}"] = octets(f"{number:02x} " + " ".join(steps))
    seeds["reload"] = octets("00 " + " ".join(
        [client(STRANGER, "softwire", DISCOVER), OFFER, client(STRANGER, "softwire", REQUEST), ACK, RELOAD,
         client(STRANGER, "softwire", RENEW), ACK, PASS_A_MINUTE]))
    seeds["expiry"] = octets("01 " + " ".join(
        [client(STRANGER, "softwire", DISCOVER), client(STRANGER, "softwire", REQUEST), PASS_A_MINUTE,
         client("09", "softwire", DISCOVER)]))
    return seeds


# --- the control socket ---

BINDING = "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1"
RULE = "rule map-e ipv4 203.0.113.0/24 ipv6 2001:db8:8000::/40 ea-len 16 br 2001:db8:ff::1"


def request(method, number=1, **params):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def session(*requests, piece=0):
    return bytes([piece]) + "".join(one + "\n" for one in requests).encode()


SESSIONS = {
    "reads": session(*(request(one) for one in (
        "rpc.describe", "status.get", "ports.list", "workers.list", "neighbors.list", "counters.get",
        "outcomes.list", "dhcp.get", "rules.list", "leases.list", "config.get", "store.get", "health.get"))),
    "change": session(request("softwires.change", add=[BINDING, RULE]), request("bindings.list", limit=1),
                      request("softwires.lookup", ipv4="192.0.2.1", port=1028),
                      request("softwires.change", remove=["binding ipv4 192.0.2.1 psid 1"]),
                      request("bindings.history")),
    "transaction": session(request("softwires.begin"), request("softwires.append", add=[BINDING]),
                           request("softwires.commit"), request("softwires.begin", replace=True),
                           request("softwires.abort")),
    "cursor": session(request("softwires.change", add=[BINDING, BINDING.replace("psid 1", "psid 2")]),
                      request("bindings.list", limit=1), request("bindings.list", limit=1, after="@NEXT")),
    "batch": session("[" + ",".join([request("status.get"), '{"jsonrpc":"2.0","method":"rules.list"}', "1",
                                     request("softwires.change", add=[BINDING])]) + "]"),
    "events": session(request("events.subscribe", kinds=["softwire"]),
                      request("softwires.change", add=[BINDING]), request("events.unsubscribe")),
    "explain": session(request("explain.packet", side="ipv4", frame="AgAAAAAEAgAAAAEECABFAA==")),
    "capture": session(request("capture.start", filter="udp port 53"), request("capture.stop")),
    "reload": session(request("config.test"), request("config.reload")),
    "in_pieces": session(request("status.get"), request("rules.list"), piece=7),
    "nested": session("[" * 70 + "]" * 70),
    "not_json": session("{", "[]", "null", '{"jsonrpc":"1.0"}'),
}

# The first octet is the index of the command in command_lines(), with 0x80 for a terminal.
ANSWERS = {
    "status": b"\x80=" + json.dumps({
        "version": "1", "started": "2026-11-02T12:00:00Z", "uptime-seconds": 90061, "workers": 1, "bindings": 1,
        "rules": 0, "leases": 0, "br-addresses": ["2001:db8::1"], "hugepages": False,
        "last-reload": {"at": "2026-11-02T12:00:00Z", "ok": False, "error": "x\u001b[2J"}}).encode(),
    "bindings": b"\x07=" + json.dumps({"bindings": [
        {"ipv4": "192.0.2.1", "psid-offset": 6, "psid-len": 8, "psid": 1, "b4": "2001:db8:1::1",
         "br": "2001:db8:ff::1", "origin": "operator", "since": "2026-11-02T12:00:00Z"}], "next": None}).encode(),
    "two_pages": b"\x07=" + json.dumps({"bindings": [], "next": "x"}).encode() + b"\n=" + json.dumps(
        {"bindings": [], "next": None}).encode(),
    "refused": b"\x91!" + json.dumps({"code": 1, "message": "no", "data": {"field": "params.x"}}).encode(),
    "event": b"\x13={}\n" + json.dumps({"jsonrpc": "2.0", "method": "event", "params": {
        "kind": "softwire", "at": "2026-11-02T12:00:00Z", "change": "added", "ipv4": "192.0.2.1"}}).encode(),
    "captured": b"\x15={}\n" + json.dumps({"jsonrpc": "2.0", "method": "captured", "params": {
        "at": "2026-11-02T12:00:00Z", "side": "ipv4", "outcome": "drop-ipv4-ttl", "length": 60,
        "frame": "AgAAAAAEAgAAAAEECABFAA=="}}).encode(),
    "ends_at_once": b"\x00",
    "not_json": b"\x80hello",
    "other_id": b'\x80{"jsonrpc":"2.0","id":7,"result":{}}',
}

HTTP = {
    "get": b"\x00GET /metrics HTTP/1.1\r\nHost: hub\r\n\r\n",
    "head": b"\x00HEAD /metrics HTTP/1.0\r\n\r\n",
    "two": b"\x00" + b"GET /metrics?x HTTP/1.1\r\nHost: hub\r\nAccept: text/plain;q=0.5, */*;q=0.1\r\n\r\n" * 2,
    "elsewhere": b"\x00GET / HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n",
    "health": b"\x00GET /health HTTP/1.1\r\nHost: hub\r\n\r\nGET /ready HTTP/1.1\r\nHost: hub\r\n\r\n",
    "post": b"\x00POST /metrics HTTP/1.1\r\nHost: hub\r\nContent-Length: 5\r\n\r\nhello",
    "chunked": b"\x00GET /metrics HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "gzip": b"\x00GET /metrics HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: gzip\r\n\r\nGET /metrics HTTP/1.0\r\n\r\n",
    "absolute": b"\x00HEAD http://hub:9600/metrics HTTP/1.1\r\nHost: hub\r\n\r\n",
    "no_host": b"\x00GET /metrics HTTP/1.1\r\n\r\n",
    "in_pieces": b"\x09GET /metrics HTTP/1.1\r\nHost: hub\r\n\r\n",
    "accept": b"\x00application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "not_http": b"\x00\x16\x03\x01\x00",
}

SEEDS = {
    "fuzz_hub": hub_seeds(),
    "fuzz_session": SESSIONS,
    "fuzz_ctl_answers": ANSWERS,
    "fuzz_metrics": HTTP,
    "fuzz_filter": {
        "host": b"host 192.0.2.1\0" + FRAME,
        "port": b"udp port 53 and not src net 192.0.2.0/24\0" + FRAME,
        "octets": b"ip[6:2] & 0x1fff = 0 and tcp[tcpflags] & tcp-syn != 0\0" + FRAME,
        "ipv6": b"ip6 and (icmp6 or proto 4)\0" + FRAME,
        "vlan": b"vlan 7 and arp\0" + FRAME,
        "name": b"host example.com",
        "loop": b"ip6 protochain 4",
        "wrong": b"udp port",
    },
    "fuzz_store": {
        "unchanged": octets("00"),
        "one_bit": octets("01 002010 01"),
        "several": octets("00 001f80 00 001f81 ff 003000 40"),
        "header": octets("01 000010 00"),
        "binding": octets("""02 00
            05 c0000263 00 00                                  # 192.0.2.99, PSID 0, whole
            42 20010db8000000000000000000000001                # B4
            42 20010db8000000000000000000000002                # BR
            00 04"""),
        "wrong_checksum": octets("03 80 05 c0000263 00 00 0e 202122 0e 202122 00 04"),
        "rule": b"\x03\x02\xff" + RULE.encode()[:63] + b"\x00\x00",
        "record": octets("03 04 04 21 0001 00 03 21 00 00"),
        "not_a_database": b"\x05hello",
        "empty": b"\x05",
    },
    "fuzz_base64": {
        "six_octets": b"Zm9vYmFy",
        "two_pads": b"Zm9vYg==",
        "one_pad": b"Zm9vYmE=",
        "unused_bits_set": b"Zm9vYmF=",
    },
    # Choice; base, octet, port layout, PSID, B4, BR, its end.
    "fuzz_table": {
        "shared": octets("""00
            00 00 01 30 01 01 00 00   # 192.0.2.1, PSID 1 of 6 bits
            00 00 01 30 02 02 00 00   # PSID 2
            00 00 01 30 02 03 00 00   # PSID 2 again: duplicate
            00 00 01 28 02 03 00 00   # another layout
            03 00 04 00               # another B4 for the first
            06 00 01 04 00            # look-up of port 1024
            02 01"""),
        "rules_around_a_binding": octets("""00
            04 00 03 00 00 10 03 04 06 00   # 192.0.2.0/24
            04 00 04 00 80 20 04 07 06 00   # 192.0.2.128/25
            00 00 81 00 00 09 00 00
            06 00 81 08 40
            05 00 02 00"""),
        "published": octets("""01
            00 00 01 31 01 01 00 00
            06 00 01 08 40
            03 00 04 00
            06 00 01 08 40
            07
            02 00"""),
    },
    "fuzz_bursts": traffic_seeds({f"policy{n}": f"{n:02x}" for n in range(4)}, ("00", "0e")),
    "fuzz_on_a_stick": traffic_seeds({"untagged": "7e", "tagged": "7f", "bursts_of_4": "07"}),
    "fuzz_workers": traffic_seeds({"first": ""}, ("00", "01", "d6")),
    "fuzz_activate": {
        "tables": traffic("", ALL, "03 03") + traffic("", ALL, "03 05"),
        "policies": b"".join(traffic("", ALL, f"03 {8 | n << 4:02x}") for n in range(6)),
        "while_packets_wait": traffic("", ALL, "03 48") + traffic("", ALL, "03 01"),
    },
    "fuzz_packet_words": {
        "udp": b"udp from 203.0.113.5:53 to 192.0.2.1:4711 length 1400 df ttl 1 tos 4",
        "echo": b"icmp-echo from 203.0.113.5 to 192.0.2.1 id 4711",
        "softwire": b"softwire 2001:db8:1::2 to 2001:db8::1 udp from 192.0.2.1:4711 to 203.0.113.5:53",
        "translated": b"tcp from [2001:db8:12:3400:0:c000:212:34]:1232 to [2001:db8:ffff:0:cb:71:500::]:443 syn",
        "protocol": b"protocol 47 from 203.0.113.5 to 192.0.2.1 length 20",
        "protocol_ipv6": b"protocol 44 from 2001:db8::1 to 2001:db8::2 length 65535",
    },
    "fuzz_command_line": {
        "show": lines("show", "bindings", "ipv4", "192.0.2.0/24", "--limit", "5", "--json"),
        "add": lines("add", "binding", "ipv4", "192.0.2.1", "b4", "2001:db8::1", "br", "2001:db8::2"),
        "explain": lines("explain", "udp", "from", "203.0.113.5:53", "to", "192.0.2.1:4711"),
        "help": lines("show", "history", "--help"),
        "complete": b"softwirectl show 'leases' --li",
        "unknown": lines("show", "nonsense", "--socket=/run/x", "--socket=/run/y"),
    },
    "fuzz_b4": {
        "softwire_packet": octets("""00 b8 45020030 12344000 40118cf4 c0000201 cb007107
            0400 0050 001c 0000""") + bytes(20),
        "congested": octets("00 03 45000014 00000000 40110000 c0000201 cb007107"),
        "arp": octets("""00 00 ffffffffffff 020000000099 0806
            0001 0800 06 04 0001 020000000099 c0000201 000000000000 c0000202"""),
        "words": b"\x01" + lines("--b4", "2001:db8::1", "--br=2001:db8::2", "--mode", "tap", "--mtu", "1460"),
        "words_of_a_ce": b"\x01" + lines(
            "--rule", "rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br 2001:db8:ffff::1",
            "--ipv4", "192.0.2.18", "--psid", "0x34", "--print"),
        "words_of_a_prefix": b"\x01" + lines(
            "--rule", "rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br 2001:db8:ffff::1",
            "--end-user-prefix", "2001:db8:12:3400::/56"),
    },
    "fuzz_capture_file": {
        "nanoseconds": pcap([(1, 2, FRAME), (3, 999999999, FRAME)]),
        "microseconds": pcap([(1, 2, FRAME)], magic=0xA1B2C3D4),
        "other_byte_order": pcap([(1, 2, FRAME)], order=">"),
        "other_link": pcap([(1, 2, FRAME)], link=101),
        "cut": pcap([(1, 2, FRAME)])[:-9],
        "pcapng": pcapng([(1, FRAME), (1 << 62, FRAME)]),
    },
    "fuzz_pcapng": {
        "two_interfaces": octets("01 04 6f757465 05 696e6e6572 00") + octets(
            "00 0000000000000001 00 0e") + FRAME[:14] + octets("01 0000000000000002 14 0e") + FRAME[:14] + b"drop!",
        "cut_to_snaplen": octets("00 01 78 01 0f 00 0000000100000000 07 10") + bytes(16) + octets("ffff"),
        "long_comment": octets("00 01 78 00 00 00000000000000ff fc 10") + bytes(16),
    },
}


def main():
    corpus = pathlib.Path(__file__).parent / "corpus"
    for target, seeds in SEEDS.items():
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, seed in seeds.items():
            (folder / name).write_bytes(seed)


if __name__ == "__main__":
    main()
