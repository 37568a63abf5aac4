#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes pcap/samples/shared-*.pcap and dropped-*.pcap, the same octets every time.

    make_samples.py [--out FOLDER]

shared: two subscribers with one IPv4 address between them (lw4o6) get it from a DHCP server, use it, talk to
each other, renew and release it. dropped: what the hub must refuse, each frame with its outcome.
"""

import argparse
import ipaddress
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
SAMPLES = FOLDER.parents[1] / "pcap" / "samples"
sys.path.insert(0, str(FOLDER.parent / "packet"))

from harness import Frame, from_internet, from_softwire, write_pcap  # noqa: E402
from scapy.layers.dhcp import BOOTP, DHCP  # noqa: E402
from scapy.layers.dns import DNS, DNSQR, DNSRR  # noqa: E402
from scapy.layers.inet import ICMP, IP, TCP, UDP  # noqa: E402
from scapy.packet import Raw  # noqa: E402

BR, FOREIGN_BR = "2001:db8:ff::1", "2001:db8:ff::99"
SHARED = "192.0.2.20"
PSID_LENGTH = 6  # PSID offset 0: 1024 ports for each of 64 subscribers
OVERRIDE, SERVER = "198.51.100.1", "198.51.100.67"
WEB, RESOLVER, OTHER_SERVER = "203.0.113.80", "203.0.113.53", "203.0.113.67"

OPTION_CLIENT_ID, OPTION_AGENT, OPTION_PORT_PARAMETERS = 61, 82, 159
UNICAST = 0x80  # RFC 5010


def packed(address):
    return ipaddress.ip_address(address).packed


class Subscriber:
    def __init__(self, b4, psid, broadcast):
        self.b4 = b4
        self.psid = psid
        self.ports = range(psid << 16 - PSID_LENGTH, psid + 1 << 16 - PSID_LENGTH)
        self.flags = 0x8000 if broadcast else 0  # requests broadcast answers (RFC 2131 section 2)
        self.mac = bytes.fromhex("02000000a1") + bytes([psid])
        self.client_id = (OPTION_CLIENT_ID, b"\x01" + self.mac)
        self.xid = 0x50F70000 + psid

    def sends(self, packet, br=BR):
        return "ipv6", from_softwire(self.b4, br, packet)


ONE = Subscriber("2001:db8:a1::5", 5, broadcast=False)
TWO = Subscriber("2001:db8:a1::6", 6, broadcast=True)
UNKNOWN_B4 = "2001:db8:a1::7"


def internet_sends(packet):
    return "ipv4", from_internet(packet)


# --- DHCP ---


def bootp(subscriber, options, ip, **fields):
    """A DHCP message of at least 300 octets (RFC 1542 section 2.1)."""
    header = {"chaddr": subscriber.mac, "xid": subscriber.xid, "flags": subscriber.flags, **fields}
    message = bytes(BOOTP(**header) / DHCP(options=[*options, "end"]))
    return ip / Raw(message.ljust(300, b"\0"))


def request(subscriber, message_type, *options, source="0.0.0.0", destination="255.255.255.255", **fields):
    """Returns a client's message. If the client has an address, that is also the ciaddr."""
    return bootp(
        subscriber,
        [("message-type", message_type), subscriber.client_id, *options],
        IP(src=source, dst=destination) / UDP(sport=68, dport=67),
        op=1,
        ciaddr=source,
        **fields,
    )


PARAMETERS = ("param_req_list", [1, 3, 6, OPTION_PORT_PARAMETERS])


def discover(subscriber):
    return request(subscriber, "discover", PARAMETERS)


def select(subscriber):
    return request(subscriber, "request", ("requested_addr", SHARED), ("server_id", OVERRIDE), PARAMETERS)


def renew(subscriber, source=SHARED):
    return request(subscriber, "request", PARAMETERS, source=source, destination=OVERRIDE)


def release(subscriber):
    return request(subscriber, "release", ("server_id", OVERRIDE), source=SHARED, destination=OVERRIDE)


def agent_information(subscriber, flags=0):
    """Returns option 82 as the hub makes it. Kea returns it in the same order."""
    value = b"\x02\x10" + packed(subscriber.b4)
    value += bytes([10, 1, flags]) + b"\x0b\x04" + packed(OVERRIDE)
    return (OPTION_AGENT, value)


def answer(subscriber, message_type, agent, server=SERVER, **fields):
    """Returns the server's message to the relay, with the options in Kea's order."""
    port_parameters = bytes([0, PSID_LENGTH]) + (subscriber.psid << 16 - PSID_LENGTH).to_bytes(2, "big")
    options = [
        ("subnet_mask", "255.255.255.0"),
        ("router", "192.0.2.1"),
        ("name_server", RESOLVER),
        ("lease_time", 600),
        ("message-type", message_type),
        ("server_id", OVERRIDE),
        ("renewal_time", 300),
        ("rebinding_time", 525),
        subscriber.client_id,
        (OPTION_PORT_PARAMETERS, port_parameters),
    ]
    return bootp(
        subscriber,
        options + ([agent] if agent else []),
        IP(src=server, dst=OVERRIDE) / UDP(sport=67, dport=67),
        op=2,
        hops=1,
        yiaddr=SHARED,
        giaddr=OVERRIDE,
        **fields,
    )


def lease(subscriber):
    agent = agent_information(subscriber)
    return [
        subscriber.sends(discover(subscriber)),
        internet_sends(answer(subscriber, "offer", agent)),
        subscriber.sends(select(subscriber)),
        internet_sends(answer(subscriber, "ack", agent)),
    ]


# --- data ---


def name_lookup(subscriber):
    port = subscriber.ports[9]
    question = DNSQR(qname="www.example.com")
    found = DNSRR(rrname="www.example.com", ttl=60, rdata=WEB)
    asks = IP(src=SHARED, dst=RESOLVER) / UDP(sport=port, dport=53) / DNS(id=port, qd=question)
    told = IP(src=RESOLVER, dst=SHARED) / UDP(sport=53, dport=port) / DNS(id=port, qr=1, qd=question, an=found)
    return [subscriber.sends(asks), internet_sends(told)]


def web_page(subscriber):
    up = {"sport": subscriber.ports[100], "dport": 80}
    down = {"sport": 80, "dport": subscriber.ports[100]}
    get = b"GET / HTTP/1.0\r\nHost: www.example.com\r\n\r\n"
    page = b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nHello\n"
    from_us, from_web = IP(src=SHARED, dst=WEB, flags="DF"), IP(src=WEB, dst=SHARED, flags="DF")
    heard, served = 1001 + len(get), 5001 + len(page)
    return [
        subscriber.sends(from_us / TCP(**up, flags="S", seq=1000)),
        internet_sends(from_web / TCP(**down, flags="SA", seq=5000, ack=1001)),
        subscriber.sends(from_us / TCP(**up, flags="PA", seq=1001, ack=5001) / get),
        internet_sends(from_web / TCP(**down, flags="PAF", seq=5001, ack=heard) / page),
        subscriber.sends(from_us / TCP(**up, flags="AF", seq=heard, ack=served + 1)),
        internet_sends(from_web / TCP(**down, flags="A", seq=served + 1, ack=heard + 1)),
    ]


def ping(subscriber):
    # RFC 7596 section 8.1: the identifier is taken from the port set.
    echo = {"id": subscriber.ports[1], "seq": 1}
    data = Raw(b"ping from a shared address")
    return [
        subscriber.sends(IP(src=SHARED, dst=WEB) / ICMP(type="echo-request", **echo) / data),
        internet_sends(IP(src=WEB, dst=SHARED) / ICMP(type="echo-reply", **echo) / data),
    ]


def hairpin(one, other):
    """Returns packets between subscribers of one address, which the ports distinguish."""
    ports = {"sport": one.ports[500], "dport": other.ports[500]}
    back = {"sport": other.ports[500], "dport": one.ports[500]}
    packet = IP(src=SHARED, dst=SHARED)
    return [
        one.sends(packet / UDP(**ports) / Raw(b"hello, neighbour")),
        other.sends(packet / UDP(**back) / Raw(b"hello yourself")),
    ]


# --- the captures: [(side, frame)] in the order of their times ---


def shared():
    return [
        *lease(ONE),
        *lease(TWO),
        *name_lookup(ONE),
        *name_lookup(TWO),
        *web_page(ONE),
        *ping(TWO),
        *hairpin(ONE, TWO),
        ONE.sends(renew(ONE)),
        internet_sends(answer(ONE, "ack", agent_information(ONE, UNICAST), ciaddr=SHARED)),
        TWO.sends(release(TWO)),
    ]


def dropped():
    """[((side, frame), outcome)]"""

    def udp_from(source, port):
        return IP(src=source, dst=WEB) / UDP(sport=port, dport=9) / Raw(b"softwire")

    def udp_to(port):
        return IP(src=WEB, dst=SHARED) / UDP(sport=9, dport=port) / Raw(b"softwire")

    mine, unbound = ONE.ports[0], TWO.ports[-1] + 1
    without_agent = answer(ONE, "ack", None)
    not_kea = answer(ONE, "ack", agent_information(ONE), server=OTHER_SERVER)
    nobody = answer(ONE, "ack", (OPTION_AGENT, b"\x0a\x01\x00"))
    forged = request(ONE, "discover", agent_information(TWO))
    return [
        # From softwires: wrong sources.
        (ONE.sends(udp_from(SHARED, TWO.ports[0])), "drop-wrong-b4"),
        (("ipv6", from_softwire(UNKNOWN_B4, BR, udp_from(SHARED, mine))), "drop-wrong-b4"),
        (ONE.sends(udp_from(SHARED, unbound)), "drop-no-binding-source"),
        (ONE.sends(udp_from("192.0.2.21", mine)), "drop-no-binding-source"),
        (ONE.sends(udp_from("127.0.0.1", mine)), "drop-ipv4-martian"),
        (ONE.sends(udp_from("0.0.0.0", mine)), "drop-ipv4-martian"),
        (ONE.sends(udp_from(SHARED, mine), br=FOREIGN_BR), "drop-not-our-br"),
        # From the Internet: ports in no set, for example that of DHCP clients.
        (internet_sends(udp_to(unbound)), "drop-no-binding-destination"),
        (internet_sends(udp_to(68)), "drop-no-binding-destination"),
        # DHCP.
        (ONE.sends(request(ONE, "discover", destination=SERVER)), "drop-dhcp-martian"),
        (ONE.sends(forged), "drop-dhcp-option82-present"),
        (ONE.sends(renew(ONE, source="192.0.2.21")), "drop-dhcp-source-not-owned"),
        (internet_sends(not_kea), "drop-dhcp-not-server"),
        (internet_sends(without_agent), "drop-dhcp-no-option82"),
        (internet_sends(nobody), "drop-dhcp-client-address"),
    ]


START = 1767225600 * 10**9  # 2026-01-01 00:00:00 UTC
STEP = 20 * 10**6


def write(folder, name, frames):
    for side, file in (("ipv6", "softwire"), ("ipv4", "ipv4")):
        timed = [(START + STEP * at, *each) for at, each in enumerate(frames)]
        mine = [Frame(at, bytes(frame)) for at, where, frame in timed if where == side]
        write_pcap(folder / f"{name}-{file}.pcap", mine)


def make(folder):
    write(folder, "shared", shared())
    write(folder, "dropped", [frame for frame, _ in dropped()])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default=SAMPLES, type=pathlib.Path, help="where they go; default %(default)s")
    make(parser.parse_args().out)


if __name__ == "__main__":
    main()
