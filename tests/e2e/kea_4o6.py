# SPDX-License-Identifier: BSD-3-Clause
"""Runs Kea as a DHCPv4-over-DHCPv6 server (RFC 7341): kea-dhcp6 passes messages from DHCPv6 to kea-dhcp4. Both are
in a namespace on the access side, without an IPv4 connection to the hub."""

import json

from network import LEASED, SUBSCRIBERS, Namespace, kea_files, wait_for

SERVER6 = "2001:db8:67::2"
IDENTIFIER = "198.18.67.6"  # of kea-dhcp4, which needs an IPv4 socket although it receives nothing on it
PORT = 6767  # this port and the next one connect the two on the loopback


def start_kea_4o6(network, lifetime=600, renew=300):
    server = Namespace()
    network.access.wire_to(server, "server6", "eth0")
    network.access.ip("-6 address add 2001:db8:67::1/64 dev server6 nodad")
    network.access.ip("-6 address add fe80::1/64 dev server6 nodad")
    server.ip("link set lo up")
    server.ip("-6 address add fe80::67/64 dev eth0 nodad")
    server.ip(f"-6 address add {SERVER6}/64 dev eth0 nodad")
    server.ip("-6 route add default via 2001:db8:67::1")
    server.ip(f"address add {IDENTIFIER}/32 dev eth0")

    def loggers(name):
        return [{"name": name, "severity": "INFO", "output_options": [{"output": "stdout", "flush": True}]}]

    def leases(name):
        return {"type": "memfile", "persist": True, "name": str(network.folder / name)}

    dhcp4 = {
        "interfaces-config": {"interfaces": [f"eth0/{IDENTIFIER}"], "dhcp-socket-type": "udp"},
        "lease-database": leases("leases4.csv"),
        "dhcp4o6-port": PORT,
        "valid-lifetime": lifetime,
        "renew-timer": renew,
        "rebind-timer": lifetime * 7 // 8,
        "option-data": [{"name": "routers", "data": "192.0.2.1"}],
        "subnet4": [{"id": 1, "subnet": SUBSCRIBERS, "4o6-subnet": "2001:db8::/32",
                     "pools": [{"pool": f"{LEASED} - {LEASED}"}]}],
        "loggers": loggers("kea-dhcp4"),
    }
    dhcp6 = {
        "interfaces-config": {"interfaces": [f"eth0/{SERVER6}"]},
        "data-directory": str(network.folder),
        "lease-database": leases("leases6.csv"),
        "dhcp4o6-port": PORT,
        "subnet6": [{"id": 1, "subnet": "2001:db8::/32", "interface": "eth0"}],
        "loggers": loggers("kea-dhcp6"),
    }
    for family, config in ((4, dhcp4), (6, dhcp6)):
        path = network.folder / f"kea-4o6-{family}.json"
        path.write_text(json.dumps({f"Dhcp{family}": config}))
        name = f"kea-4o6-{family}"
        network.start(server, name, f"kea-dhcp{family}", "-c", path,
                      env=kea_files(network.folder))
        wait_for(lambda: f"DHCP{family}_STARTED" in network.log(name), f"{name} starts")
