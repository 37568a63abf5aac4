#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Records pcap/samples/lease-*.pcap: a subscriber's udhcpc, Kea, and a web server, with the hub in between.

    record.py --replay build/bin/softwire-replay [--out FOLDER]

The hub is softwire-replay. What it sends depends on nothing but what it has received, so whenever packets come
it replays everything received so far, and what it sends beyond the last time is new. This script is the
subscriber's softwire end (the B4), the hub's two gateways and the wires. Needs root, kea-dhcp4, udhcpc and
busybox; everything happens in network namespaces of its own.
"""

import argparse
import http.server
import os
import pathlib
import selectors
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

from netlab import Namespace, Tun, kea_files, stop

FOLDER = pathlib.Path(__file__).resolve().parent
SAMPLES = FOLDER.parents[1] / "pcap" / "samples"
sys.path.insert(0, str(FOLDER.parent / "packet"))

from harness import GATEWAY4, GATEWAY6, HUB4, HUB6, Frame, read_pcap, write_pcap  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.layers.l2 import Ether  # noqa: E402

CONFIG = SAMPLES / "lease.conf"
B4, BR = "2001:db8:a1::2", "2001:db8:ff::1"
LEASED, OVERRIDE, SERVER, WEB = "192.0.2.10", "198.51.100.1", "198.51.100.67", "203.0.113.80"
CLIENT_ID = "ff00000a1200030001020000000a12"  # RFC 4361: IAID and DUID; on a TUN udhcpc has no MAC address
PAGE = b"The Internet, seen through a softwire.\n" * 60  # more than one segment

LIMIT_SECONDS = 300  # for all of it, on a machine that stalls; two or three are enough
ETHERNET_BYTES = 14
SOFTWIRE_BYTES = ETHERNET_BYTES + 40
IPV6_MTU = 1500


class Failed(Exception):
    pass


class Hub:
    """softwire-replay, a step at a time."""

    def __init__(self, program, config, folder):
        self._program, self._config, self._folder = program, config, folder
        self.received = {"ipv4": [], "ipv6": []}
        self._sent = {"ipv4": 0, "ipv6": 0}
        self._last = 0

    def receive(self, frames):
        """[(side, octets)] in; what the hub sends because of them out, in the same form."""
        for side, octets in frames:
            # Distinct times: the replay merges the two sides by them.
            self._last = max(self._last + 1000, time.time_ns() // 1000 * 1000)
            self.received[side].append(Frame(self._last, octets))
        words = [self._program, "--config", self._config]
        for side, received in self.received.items():
            write_pcap(self._folder / f"{side}-in", received)
            words += [f"--{side}-in", self._folder / f"{side}-in"]
            words += [f"--{side}-out", self._folder / f"{side}-out"]
        subprocess.run(words, check=True)
        new = []
        for side in self.received:
            sent = read_pcap(self._folder / f"{side}-out")
            new += [(side, frame.octets) for frame in sent[self._sent[side] :]]
            self._sent[side] = len(sent)
        return new


def into_softwire(packet):
    return bytes(Ether(src=GATEWAY6, dst=HUB6, type=0x86DD) / IPv6(src=B4, dst=BR, nh=4, hlim=64) / packet)


def from_gateway(packet):
    return bytes(Ether(src=GATEWAY4, dst=HUB4, type=0x0800) / packet)


def destination_of(packet):
    return ".".join(map(str, packet[16:20]))


class Network:
    """The subscriber, the DHCP server and a host in the Internet, each in its namespace, around the hub."""

    def __init__(self, hub):
        self._hub = hub
        self._deadline = time.monotonic() + LIMIT_SECONDS
        self.subscriber, self.server, self.internet = Namespace(), Namespace(), Namespace()
        self._softwire = Tun(self.subscriber, "softwire0", mtu=IPV6_MTU - 40)
        self._hosts = {
            SERVER: Tun(self.server, "server0", SERVER),
            WEB: Tun(self.internet, "internet0", WEB),
        }
        self._selector = selectors.DefaultSelector()
        for tun in (self._softwire, *self._hosts.values()):
            self._selector.register(tun, selectors.EVENT_READ)

    def run_until(self, condition, what):
        """Carries packets until the condition holds."""
        while not condition():
            if time.monotonic() > self._deadline:
                raise Failed(f"{what}: not within {LIMIT_SECONDS} seconds of the start")
            self._carry()

    def _carry(self):
        frames = []
        for key, _ in self._selector.select(timeout=0.05):
            for packet in key.fileobj.read_all():
                if key.fileobj is self._softwire:
                    frames.append(("ipv6", into_softwire(packet)))
                else:
                    frames.append(("ipv4", from_gateway(packet)))
        for side, frame in self._hub.receive(frames) if frames else []:
            if side == "ipv6":
                if IPv6(frame[ETHERNET_BYTES:SOFTWIRE_BYTES]).dst != B4:
                    raise Failed(f"the hub sent into another softwire: {Ether(frame).summary()}")
                self._softwire.write(frame[SOFTWIRE_BYTES:])
            else:
                packet = frame[ETHERNET_BYTES:]
                if destination_of(packet) not in self._hosts:
                    raise Failed(f"the hub sent to nobody who is there: {Ether(frame).summary()}")
                self._hosts[destination_of(packet)].write(packet)


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


def serve_page(namespace):
    # Not http.server.HTTPServer, which asks the DNS for its own name.
    with namespace.entered():
        server = socketserver.TCPServer((WEB, 80), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def start_kea(namespace, folder, log):
    environment = {**os.environ, **kea_files(folder)}
    words = ["kea-dhcp4", "-c", FOLDER / "kea-dhcp4.json"]
    with open(log, "wb") as file:
        return namespace.start(words, env=environment, stdout=file, stderr=subprocess.STDOUT)


def start_udhcpc(namespace, events, log):
    words = ["udhcpc", "-f", "-i", "softwire0", "-T", "10", "-x", f"0x3d:{CLIENT_ID}", "-s", FOLDER / "udhcpc-event"]
    with open(log, "wb") as file:
        return namespace.start(
            words, env={**os.environ, "EVENTS": str(events)}, stdout=file, stderr=subprocess.STDOUT
        )


def record(program, folder):
    """The whole exchange. Returns the frames that the hub received, by side."""
    hub = Hub(program, CONFIG, folder)
    network = Network(hub)
    events, kea_log, udhcpc_log = folder / "events", folder / "kea.log", folder / "udhcpc.log"
    processes = []

    def happened(event):
        return events.exists() and f"{event} {LEASED} {OVERRIDE} 600" in events.read_text().splitlines()

    def kea_said(words):
        return words in kea_log.read_text()

    def run(*words):
        process = network.subscriber.start(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        processes.append(process)
        network.run_until(lambda: process.poll() is not None, " ".join(words))
        output = process.stdout.read()
        if process.returncode != 0:
            raise Failed(f"{' '.join(words)}: {output.decode(errors='replace')}")
        return output

    try:
        processes.append(start_kea(network.server, folder, kea_log))
        web = serve_page(network.internet)
        network.run_until(lambda: kea_said("DHCP4_STARTED"), "Kea starts")
        udhcpc = start_udhcpc(network.subscriber, events, udhcpc_log)
        processes.append(udhcpc)
        network.run_until(lambda: happened("bound"), f"udhcpc gets {LEASED} from {OVERRIDE}")
        run("busybox", "ping", "-c", "2", "-W", str(LIMIT_SECONDS), WEB)
        if run("busybox", "wget", "-q", "-O", "-", f"http://{WEB}/") != PAGE:
            raise Failed("the page did not arrive whole")
        udhcpc.send_signal(signal.SIGUSR1)
        network.run_until(lambda: happened("renew"), "udhcpc renews its lease")
        udhcpc.send_signal(signal.SIGUSR2)
        network.run_until(lambda: kea_said("DHCP4_RELEASE "), "Kea takes the address back")
        web.shutdown()
    except Failed as failure:
        for log in (events, udhcpc_log, kea_log):
            if log.exists():
                print(f"--- {log.name}\n{log.read_text()}", file=sys.stderr)
        raise SystemExit(f"record.py: {failure}") from None
    finally:
        for process in reversed(processes):
            stop(process)
    return hub.received


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replay", required=True, type=pathlib.Path, help="the program softwire-replay")
    parser.add_argument("--out", default=SAMPLES, type=pathlib.Path, help="where they go; default %(default)s")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        received = record(arguments.replay.resolve(), pathlib.Path(folder))
    for side, name in (("ipv6", "softwire"), ("ipv4", "ipv4")):
        write_pcap(arguments.out / f"lease-{name}.pcap", received[side])
        print(f"lease-{name}.pcap: {len(received[side])} frames")


if __name__ == "__main__":
    main()
