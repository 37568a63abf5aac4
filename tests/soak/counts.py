# SPDX-License-Identifier: BSD-3-Clause
"""Counts the questions of a victim: answered, lost by the hub, lost by the machine outside the hub."""

import collections

TRANSIT_SECONDS = 1.5  # a packet is lost within this time, if it is


class Count(collections.Counter):
    """asked, lost (by the hub), outside (lost by the machine outside the hub)."""

    @property
    def ratio(self):
        judged = self["asked"] - self["outside"]
        return (judged - self["lost"]) / judged if judged else 0.0

    def __str__(self):
        text = f"{100 * self.ratio:.2f} % of {self['asked']}"
        return text + (f" ({self['outside']} lost outside)" if self["outside"] else "")


def count(victim, machine):
    """Takes the attempts of a victim that is idle. An unanswered question counts against the hub unless the machine has lost
    packets just then: in the rings of the ports, in the queues of the virtual wires, in sockets."""
    counted = Count()
    attempts, victim.attempts = victim.attempts, []
    for attempt in attempts:
        counted["asked"] += 1
        if not attempt.answered:
            outside = machine.lost_between(attempt.asked, attempt.asked + TRANSIT_SECONDS)
            counted["outside" if outside else "lost"] += 1
    return counted
