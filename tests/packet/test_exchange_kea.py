# SPDX-License-Identifier: BSD-3-Clause
"""Tests softwirectl's configuration of kea-dhcp6: the server accepts it, and sends to a subscriber the
octets of RFC 7598."""

import contextlib
import ipaddress
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "samples"))
from netlab import Namespace, kea_files  # noqa: E402
from test_exchange import EXCHANGE, generate, run  # noqa: E402

SERVER, RELAY = "2001:db8:99::1", "2001:db8:99::2"
TIMEOUT_SECONDS = 300

# RFC 8415 sections 7.3 and 21.
SOLICIT, ADVERTISE, RELAY_FORW, RELAY_REPL = 1, 2, 12, 13
CLIENT_ID, IA_NA, IA_ADDRESS, ORO, RELAY_MESSAGE, IA_PD, IA_PREFIX = 1, 3, 5, 6, 9, 25, 26
MAP_E, MAP_T, LW = 94, 95, 96

BR = "20010db8ffff00000000000000000001"
BINDINGS = {
    # The address follows from the /64 (RFC 7596 section 5.1): the prefix is enough.
    "binding ipv4 192.0.2.18 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1:1:0:c000:212:34 br 2001:db8:ffff::1": (
        ("2001:db8:1:1::", 64),
        LW,
        "005c 0015 c0000212 40 20010db800010001 005d 0004 06 08 3400 | 005a 0010 " + BR,
    ),
    # The address does not follow from the /64.
    "binding ipv4 192.0.2.19 psid-len 6 psid 5 b4 2001:db8:1:2::2 br 2001:db8:ffff::1": (
        ("2001:db8:1:2::", 64),
        LW,
        "005c 001d c0000213 80 20010db8000100020000000000000002 005d 0004 00 06 1400 | 005a 0010 " + BR,
    ),
    # Two subscribers of one link, each with a whole address.
    "binding ipv4 192.0.2.20 b4 2001:db8:1:3::9 br 2001:db8:ffff::1": (
        ("2001:db8:1:3::9", 128),
        LW,
        "005c 0015 c0000214 80 20010db8000100030000000000000009 | 005a 0010 " + BR,
    ),
    "binding ipv4 192.0.2.21 b4 2001:db8:1:3::a br 2001:db8:ffff::1": (
        ("2001:db8:1:3::a", 128),
        LW,
        "005c 0015 c0000215 80 2001 0db8 0001 0003 0000 0000 0000 000a | 005a 0010 " + BR,
    ),
    "rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8:e00::/40 ea-len 16 psid-offset 6 br 2001:db8:ffff::1": (
        ("2001:db8:e12:3400::", 56),
        MAP_E,
        "0059 0015 00 10 18 c0000200 28 20010db80e 005d 0004 06 00 0000 | 005a 0010 " + BR,
    ),
    "rule map-e ipv4 198.18.0.18/32 ipv6 2001:db8:d00:3400::/56 ea-len 0 psid-len 8 psid 52 br 2001:db8:ffff::1": (
        ("2001:db8:d00:3400::", 56),
        MAP_E,
        "0059 0017 00 00 20 c6120012 38 20010db80d0034 005d 0004 06 08 3400 | 005a 0010 " + BR,
    ),
    "rule map-t ipv4 203.0.113.0/24 ipv6 2001:db8:f00::/40 ea-len 16 psid-offset 4 dmr 2001:db8:ffff::/64": (
        ("2001:db8:f12:3400::", 56),
        MAP_T,
        "0059 0015 00 10 18 cb007100 28 20010db80f 005d 0004 04 00 0000 | 005b 0009 40 20010db8ffff0000",
    ),
}


def option(code, octets):
    return code.to_bytes(2, "big") + len(octets).to_bytes(2, "big") + octets


def options_of(octets):
    """[(code, octets)...], in order of codes: a server may write them in any."""
    found = []
    while octets:
        code, length = int.from_bytes(octets[:2], "big"), int.from_bytes(octets[2:4], "big")
        found.append((code, octets[4 : 4 + length]))
        octets = octets[4 + length :]
    return sorted(found)


def duid(number):
    return bytes.fromhex("0003 0001 0200000000") + bytes([number])


def is_reserved(number):
    """Every second client has a reservation and requests nothing particular. The others request what they want."""
    return number % 2 == 1


def reservation(number, address, length):
    lease = {"ip-addresses": [address]} if length == 128 else {"prefixes": [f"{address}/{length}"]}
    return {"duid": duid(number).hex(":"), **lease}


def solicit(number, address, length):
    """Of a client that asks for an address or a prefix and for all containers, through a relay agent."""
    wanted = ipaddress.IPv6Address(address).packed
    lifetimes = bytes(8)
    if length == 128:
        hint = option(IA_ADDRESS, wanted + lifetimes)
    else:
        hint = option(IA_PREFIX, lifetimes + bytes([length]) + wanted)
    identity = option(IA_NA if length == 128 else IA_PD, bytes(12) + (b"" if is_reserved(number) else hint))
    codes = b"".join(code.to_bytes(2, "big") for code in (MAP_E, MAP_T, LW))
    client = option(CLIENT_ID, duid(number))
    message = bytes([SOLICIT, 0, 0, number]) + client + option(ORO, codes) + identity
    addresses = ipaddress.IPv6Address("2001:db8::1").packed + ipaddress.IPv6Address("fe80::1").packed
    return bytes([RELAY_FORW, 0]) + addresses + option(RELAY_MESSAGE, message)


def kea(folder, *words):
    environment = {**os.environ, **kea_files(folder)}
    return ["kea-dhcp6", *map(str, words)], environment


def export(folder, statements):
    """The configuration as softwirectl writes it, in a file."""
    softwires, path = folder / "softwires.conf", folder / "kea.json"
    softwires.write_text(statements)
    path.write_text(run([EXCHANGE, "export", "kea-dhcp6", "--softwires", softwires]))
    return path


@unittest.skipUnless(shutil.which("kea-dhcp6"), "kea-dhcp6 is not installed")
class Kea(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_kea_takes_the_configuration(self):
        for statements in ("", "\n".join(BINDINGS) + "\n", generate("statements", 500, 64, 0)):
            words, environment = kea(self.folder, "-t", export(self.folder, statements))
            done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_options_have_the_octets_of_rfc_7598(self):
        if os.geteuid() != 0:
            self.skipTest("network namespaces need root")
        path = export(self.folder, "\n".join(BINDINGS) + "\n")
        configuration = json.loads(path.read_text())
        # The operator must set this.
        configuration["Dhcp6"]["interfaces-config"]["interfaces"] = [f"server/{SERVER}"]
        configuration["Dhcp6"]["lease-database"] = {"type": "memfile", "persist": False}
        configuration["Dhcp6"]["data-directory"] = str(self.folder)
        configuration["Dhcp6"]["subnet6"][0]["reservations"] = [
            reservation(number, *lease)
            for number, (lease, _, _) in enumerate(BINDINGS.values(), 1)
            if is_reserved(number)
        ]
        path.write_text(json.dumps(configuration))
        try:
            server, relay = Namespace(), Namespace()
        except OSError as error:
            self.skipTest(f"no network namespaces: {error}")
        server.wire_to(relay, "server", "relay")
        server.ip(f"address add {SERVER}/64 dev server nodad")
        server.ip("address add fe80::1/64 dev server nodad")
        server.ip("link set lo up")
        relay.ip(f"address add {RELAY}/64 dev relay nodad")
        words, environment = kea(self.folder, "-c", path)
        log = self.folder / "kea.log"
        with open(log, "wb") as file, contextlib.ExitStack() as cleanup:
            process = server.start(words, env=environment, stdout=file, stderr=subprocess.STDOUT)
            cleanup.callback(process.wait)
            cleanup.callback(process.kill)
            deadline = time.monotonic() + TIMEOUT_SECONDS
            while "DHCP6_STARTED" not in log.read_text():
                self.assertTrue(process.poll() is None and time.monotonic() < deadline, log.read_text())
                time.sleep(0.05)
            with relay.entered():
                agent = cleanup.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
                agent.bind((RELAY, 547))
            agent.settimeout(TIMEOUT_SECONDS)
            for number, (statement, (lease, code, expected)) in enumerate(BINDINGS.items(), 1):
                with self.subTest(statement=statement):
                    agent.sendto(solicit(number, *lease), (SERVER, 547))
                    self.check_answer(agent.recv(65535), number, lease, code, expected)

    def check_answer(self, octets, number, lease, code, expected):
        self.assertEqual(octets[0], RELAY_REPL)
        message = dict(options_of(octets[34:]))[RELAY_MESSAGE]
        self.assertEqual(message[:4], bytes([ADVERTISE, 0, 0, number]))
        got = dict(options_of(message[4:]))
        address, length = lease
        identity = dict(options_of(got[IA_NA if length == 128 else IA_PD][12:]))
        leased = identity[IA_ADDRESS][:16] if length == 128 else identity[IA_PREFIX][9:25]
        self.assertEqual(str(ipaddress.IPv6Address(leased)), address)
        self.assertEqual({MAP_E, MAP_T, LW} & set(got), {code})
        self.assertEqual(options_of(got[code]), options_of(bytes.fromhex(expected.replace("|", ""))))


if __name__ == "__main__":
    unittest.main()
