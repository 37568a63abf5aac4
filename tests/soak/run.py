# SPDX-License-Identifier: BSD-3-Clause
"""The soak in real time: rounds of phases, in each of which all victims ask and one attack runs, or all, or none. Changes,
reloads, captures and DHCP clients go on beside. After each round everything rests, and the hub is compared with the models."""

import json
import time

import attacks
import lab as soak_lab
import links
from changes import Captures, Churn, Reloads
from control import Control
from counts import count
from observer import Machine, Memory, Scraper
from victims import make_victims

CALM, ALL = "calm", "all at once"
LEAST_PHASE_SECONDS, MOST_PHASE_SECONDS = 2.0, 30.0
LEAST_ROUNDS = 2
TRIM_SECONDS = 12.0  # softwired gives free memory back every ten seconds
CROWD_RATE = 40  # actions of DHCP clients in a second


class Phase:
    """From when to when an attack ran."""

    def __init__(self, name, begun):
        self.name, self.begun, self.ended, self.sent, self.counts = name, begun, None, {}, {}

    @property
    def seconds(self):
        return self.ended - self.begun


class Soak:
    """Runs for this time, and then has what the judges need: phases, victims, machine, memory, scraper, counts. Runs each
    attack alone too, unless that is false. The attacks on the packet path have this share of their rates."""

    def __init__(self, seconds, names, alone=True, strength=1.0):
        self._strength = strength
        self._seconds, self.names = seconds, names
        self.kinds = [CALM, *(names if alone else ()), ALL]
        self.phases, self.victims, self.background = [], [], []
        self.differences, self.links, self.final, self.crowd = [], 0, {}, {}
        self.memory = self.machine = self.scraper = None
        self.rounds = 0

    def run(self):
        begun = time.monotonic()
        lab = self._lab = soak_lab.Lab(self._strength)
        try:
            self._prepare()
            self._rounds(begun)
            self._finish()
        except BaseException:
            print(lab.network.logs(), flush=True)
            raise
        finally:
            lab.close()

    def _prepare(self):
        lab = self._lab
        self.memory = Memory(lab)
        self.scraper = lab.scraper = Scraper("scraper", "/metrics, /health and /ready over one connection", lab.network.hub)
        self.victims = [*make_victims(lab), self.scraper]
        self.churn = Churn(lab)
        self.churn.fill()
        self.background = [self.churn, Reloads(lab), Captures(lab)]
        self.machine = Machine(lab)
        for each in (*self.victims, *self.background, self.machine):
            each.start()
        words = ("--rate", CROWD_RATE, "--router-mac", lab.router_mac(lab.crowd))
        self._crowd_process, wait = lab.start_script(lab.crowd.namespace, "crowd", "crowd.py", *words)
        wait()

    def _rounds(self, begun):
        """As many rounds as there is time for, two at least: about six, so that memory can be compared; more in hours."""
        left = self._seconds - (time.monotonic() - begun)
        length = min(max(left / 6 / len(self.kinds), LEAST_PHASE_SECONDS), MOST_PHASE_SECONDS)
        print(f"rounds of {len(self.kinds)} phases of {length:.1f} s", flush=True)
        took = 0.0
        while self.rounds < LEAST_ROUNDS or time.monotonic() - begun + took < self._seconds:
            round_begun = time.monotonic()
            for name in self.kinds:
                self._phase(name, length)
            self._rest()
            self.rounds, took = self.rounds + 1, time.monotonic() - round_begun
            print(f"round {self.rounds}: {took:.0f} s; {self.memory.at_rest[-1]}; attacks at "
                  f"{100 * self.machine.lowest_share:.0f} % of their rates or more", flush=True)

    def _phase(self, name, length):
        phase, beside = Phase(name, time.monotonic()), (*self.victims, *self.background)
        names = {CALM: (), ALL: self.names}.get(name, (name,))
        running = [attacks.Running(self._lab, each) for each in names]
        for each in running:
            each.wait()
        phase.begun = time.monotonic()
        for each in beside:
            each.switch_on()
        time.sleep(length)
        for each in self.victims:
            each.switch_off()
        for each in self.victims:
            each.wait_until_idle()  # the attack goes on until the last question is answered
        for each in running:
            if died := each.died():
                raise AssertionError(f"ended by itself: {', '.join(died)}")
            phase.sent.update(each.end())
        self._raise_failures()
        phase.ended = time.monotonic()
        for victim in self.victims:
            phase.counts[victim.name] = count(victim, self.machine)
        self.machine.forget()
        print(f"  {name}: {phase.seconds:.0f} s, {self.memory.allocated()} KiB allocated", flush=True)
        self.phases.append(phase)

    def _raise_failures(self):
        if self._lab.softwired.poll() is not None:
            raise AssertionError(f"softwired has ended with {self._lab.softwired.returncode}")
        for each in (*self.victims, *self.background, self.machine):
            if each.failure:
                raise each.failure

    def _rest(self):
        """Compares the hub with the models, notes its memory, and takes its links away for a moment."""
        for each in self.background:
            each.switch_off()
        for each in self.background:
            each.wait_until_idle()
        self._raise_failures()
        if found := self.churn.differences():
            self.differences.append(f"bindings: {found[:5]}")
        time.sleep(TRIM_SECONDS)
        self.memory.look()
        self.links += links.disturb(self._lab)

    def _finish(self):
        lab = self._lab
        self.crowd = json.loads(lab.end_script(self._crowd_process, "crowd"))
        self._compare_leases()
        for each in (*self.victims, *self.background, self.machine):
            each.end()
        self.log_lines = lab.network.log("softwired").count("\n")
        lab.network.stop_hub()  # raises AssertionError unless its exit status is 0
        self.final = json.loads((lab.folder / "counters.json").read_text())["counters"]

    def _compare_leases(self):
        """What a client still holds, the hub must know; a lease that ends meanwhile is not compared."""
        there, after = {}, {}
        with Control(self._lab.socket) as control:
            while after is not None:
                page = control("leases.list", limit=1000, **after)
                there.update({lease["ipv4"]: lease["b4"] for lease in page["leases"]})
                after = {"after": page["next"]} if page["next"] else None
        now = time.monotonic()
        held = {address: b4 for address, (b4, until) in self.crowd.pop("held").items() if until > now}
        self.crowd["held"] = len(held)
        if wrong := {address: b4 for address, b4 in held.items() if there.get(address) != b4}:
            self.differences.append(f"leases: {dict(list(wrong.items())[:5])}")
