# SPDX-License-Identifier: BSD-3-Clause
"""Adds up the counters that a hub wrote: every packet that it received or made has one outcome, or is held."""

import functools
import pathlib
import re

COUNTERS_PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "counters.md"
CONTROL_PLANE = ("Relay, from clients", "Relay, from servers", "Server")


@functools.cache
def outcomes():
    """Returns {section of docs/counters.md: names of its outcomes}. The page is printed from the outcome table."""
    found, section = {}, None
    for line in COUNTERS_PAGE.read_text().splitlines():
        if line.startswith("## "):
            section = found.setdefault(line[3:], [])
        elif (row := re.match(r"\| `([a-z0-9-]+)` \| (sent|dropped|done|to the control plane) \|", line)) and section is not None:
            section.append(row.group(1))
    return found


def sums(counters):
    """Returns (packets received or generated, packets with an outcome of the dataplane or held)."""
    into = sum(counters[f"received-{side}-packets"] for side in ("ipv4", "ipv6")) + counters["generated-packets"]
    names = [name for section, names in outcomes().items() if section not in CONTROL_PLANE for name in names]
    return into, sum(counters[name] for name in names) + counters["held-packets"]


def punted(counters):
    """Returns (packets handed to the control plane, packets with an outcome there)."""
    return (sum(value for name, value in counters.items() if name.startswith("punt-")),
            sum(counters[name] for section in CONTROL_PLANE for name in outcomes()[section]))
