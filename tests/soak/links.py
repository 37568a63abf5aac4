# SPDX-License-Identifier: BSD-3-Clause
"""Takes the hub's interfaces away and gives them back, while the victims pause."""

import lab_facts as facts
from control import Control
from netlab import wait_for


def _wait_for_links(lab, state):
    def is_so():
        with Control(lab.socket) as control:
            checks = control("health.get")["checks"]
        return [check["state"] for check in checks if check["name"].startswith("link")].count("ok") == state

    wait_for(is_so, f"{state} links are ok")


def set_down_and_up(lab):
    lab.network.hub.ip("link set v6 down")
    _wait_for_links(lab, 1)
    lab.network.hub.ip("link set v6 up")
    lab.network.hub.wait_for_link("v6")
    _wait_for_links(lab, 2)


def make_again(lab):
    """Deletes the device of the IPv4 side and makes it again, with the addresses and routes of the router, which keeps its
    MAC address."""
    network = lab.network
    mac = lab.mac_of(network.edge, "hub")
    network.hub.ip("link delete v4")
    _wait_for_links(lab, 1)
    network._wire(network.edge, "hub", network.hub, "v4")
    network.edge.ip(f"link set hub address {mac}")
    network.no_offloads(network.edge, "hub")
    network.edge.ip(f"address add {facts.EDGE}/24 dev hub")
    for prefix in ("192.0.2.0/24", "198.18.0.0/22"):
        network.edge.ip(f"route add {prefix} via {facts.HUB4}")
    _wait_for_links(lab, 2)


def disturb(lab):
    """Returns how often a link went and came back. Ends when packets pass again."""
    set_down_and_up(lab)
    make_again(lab)
    lab.network.ask(lab.victim, b"packets pass again")
    return 2
