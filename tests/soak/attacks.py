# SPDX-License-Identifier: BSD-3-Clause
"""The attacks: each is one or more programs beside the soak. A new one is a new line of ATTACKS."""

import typing

import lab as soak_lab


class Part(typing.NamedTuple):
    """A sender of frames: kind, side of the hub, frames per second. Or a peer: kind, None, 0."""

    kind: str
    side: str | None = None
    rate: int = 0


class Attack(typing.NamedTuple):
    what: str
    parts: tuple
    by_default: bool = True


CONTROL_KINDS = ("deep", "never-reads", "idle", "heavy-reads", "heavy-filters")

# The rates are ten times those of an attack that once left others nothing.
ATTACKS = {
    "fragments-bound": Attack("stray first fragments from a subscriber with a binding",
                              (Part("fragments-bound", "ipv6", 20000),)),
    "fragments-unbound": Attack("stray first fragments from a B4 address without a binding",
                                (Part("fragments-unbound", "ipv6", 20000),)),
    "fragments-internet": Attack("stray first fragments from 16,384 Internet hosts to the shared address",
                                 (Part("fragments-internet", "ipv4", 20000),)),
    "ttl-internet": Attack("packets with TTL 1 from 250 Internet hosts", (Part("ttl-internet", "ipv4", 30000),)),
    "ttl-subscriber": Attack("packets with TTL 1 from one subscriber", (Part("ttl-subscriber", "ipv6", 30000),)),
    "port-scan": Attack("packets to ports of the shared address that nobody has", (Part("port-scan", "ipv4", 30000),)),
    "discovers": Attack("DISCOVERs from 65,536 prefixes of 64 bits without a binding", (Part("discovers", "ipv6", 20000),)),
    "discovers-rule": Attack("DISCOVERs from the 65,536 end-user prefixes of a MAP-E rule",
                             (Part("discovers-rule", "ipv6", 20000),)),
    "gateway-lies": Attack("ARP replies and Neighbor Advertisements that nobody asked for, with a false MAC address",
                           (Part("gateway-lies", "ipv4", 10), Part("gateway-lies6", "ipv6", 10))),
    "control": Attack("readers of the control socket: deep JSON, batches whose answers are not read, idle connections, "
                      "config.test and whole lists, heavy capture filters",
                      tuple(Part(kind) for kind in CONTROL_KINDS)),
    "metrics": Attack("80 half requests and idle connections to the metrics, from six addresses", (Part("half-requests"),)),
}
# Each of the readers alone, to find out who it was.
ATTACKS.update({f"control-{kind}": Attack(f"only the reader of the control socket: {kind}", (Part(kind),), by_default=False)
                for kind in CONTROL_KINDS})
DEVICES = {"ipv4": ("edge", "v4"), "ipv6": ("access", "v6")}  # router that sends, hub's device


class Running:
    """The programs of one attack. They have started after wait()."""

    def __init__(self, lab, name):
        self._lab, self.name = lab, name
        self._programs = []  # (part, name of its log, process, function that waits for it)
        for part in ATTACKS[name].parts:
            log = f"attack-{part.kind}"
            self._programs.append((part, log, *self._start(part, log)))

    def _start(self, part, log):
        if part.side is None:
            words = (part.kind, "--socket", self._lab.socket)
            return self._lab.start_script(self._lab.network.hub, log, "peers.py", *words, **soak_lab.IDENTIFIERS)
        router, device = DEVICES[part.side]
        words = (part.kind, "--device", "hub", "--hub-mac", self._lab.macs[device], "--rate", part.rate * self._lab.strength,
                 "--throttle", self._lab.throttle.path)
        return self._lab.start_script(getattr(self._lab.network, router), log, "senders.py", *words)

    def wait(self):
        for *_, wait in self._programs:
            wait()

    def died(self):
        """Returns the names of programs that have ended by themselves."""
        return [log for _, log, process, _ in self._programs if process.poll() is not None]

    def end(self):
        """Returns {kind: number of frames sent, or of tries}."""
        done = {}
        for part, log, process, _ in self._programs:
            words = self._lab.end_script(process, log).split()
            done[part.kind] = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        return done
