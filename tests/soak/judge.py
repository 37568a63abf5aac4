# SPDX-License-Identifier: BSD-3-Clause
"""The verdicts about a soak in real time."""

import collections

import accounts
from attacks import ATTACKS
from counts import Count
from crowd import CLIENTS
from run import ALL, CALM

LEAST_RATIO = 0.99
WARM_ROUNDS, COLD_FACTOR = 4, 4  # rounds; times the growth that fewer rounds may have
# Name, meaning, unit, and what the second half of a soak may have more than the first.
MEMORY = (("heap", "allocated by softwired, without the record's page cache", " KiB", 8192),
          ("rings", "rings of the ports, and mapped files", " KiB", 1024),
          ("files", "open files", "", 16), ("buffers", "packet buffers in use", "", 2000))


def judge(soak, report):
    for name in soak.kinds:
        _judge_phase(soak, report, name)
    for victim in soak.victims:
        _judge_victim(soak, report, victim)
    _judge_changes(soak, report)
    _judge_scrapes(soak, report)
    _judge_memory(soak, report)
    _judge_end(soak, report)


def _total(phases, victim):
    counted = Count()
    for phase in phases:
        counted.update(phase.counts[victim.name])
    return counted


def _judge_phase(soak, report, name):
    phases = [phase for phase in soak.phases if phase.name == name]
    counts = {victim.name: _total(phases, victim) for victim in soak.victims}
    worst = min(counts, key=lambda victim: counts[victim].ratio)
    failed = [victim for victim, counted in counts.items() if not _is_enough(counted)]
    sent = collections.Counter()
    for phase in phases:
        sent.update(phase.sent)
    seconds = sum(phase.seconds for phase in phases)
    done = ", ".join(f"{kind} {number} ({number / seconds:.0f}/s)" for kind, number in sorted(sent.items()))
    what = {CALM: "no attack", ALL: "every attack above"}.get(name) or ATTACKS[name].what
    figures = f"{seconds:.0f} s; {done + '; ' if done else ''}worst: {worst} {counts[worst]}"
    if failed:
        figures += "; below: " + ", ".join(f"{victim} {counts[victim]}" for victim in failed)
    report.add(f"attack: {name}", what, figures, f"each victim >= {100 * LEAST_RATIO:.0f} %", not failed)


def _is_enough(counted):
    """One loss is not yet below 99 of 100. Most questions must be judged: if the machine loses them, nothing is proved."""
    most_lost = max(1, int((1 - LEAST_RATIO) * (counted["asked"] - counted["outside"])))
    return counted["asked"] > 0 and counted["lost"] <= most_lost and counted["outside"] <= counted["asked"] / 2


def _judge_victim(soak, report, victim):
    counted = _total(soak.phases, victim)
    report.add(f"victim: {victim.name}", victim.what, f"{counted}{victim.remark()}", f">= {100 * LEAST_RATIO:.0f} %", _is_enough(counted))


def _judge_changes(soak, report):
    churn, reloads, captures = soak.background
    crowd = soak.crowd
    figures = ", ".join(f"{number} {kind}" for kind, number in churn.done.items()) + f"; {len(churn.model)} bindings at the end"
    report.add("churn", "bindings added, removed, replaced, in transactions and by load --replace", figures,
               "the hub has those of the model after each round", not soak.differences and churn.done["changes"])
    figures = f"{reloads.good} reloads, {reloads.refused} refused for an error in the file; {captures.steps} captures " \
              f"of {captures.octets} octets; links taken away {soak.links} times"
    report.add("reloads, captures, links", "SIGHUP, softwirectl reload, softwirectl capture, interfaces down and made again",
               figures, "each does what it should", reloads.good and captures.steps)
    figures = f"{crowd['asked']} questions, {crowd['answered']} answered; {crowd['granted']} leases, {crowd['renewed']} renewals," \
              f" {crowd['released']} releases; {crowd['held']} held at the end" + "".join(f"; {w}" for w in
                                                                                       [*crowd["wrong"], *soak.differences])
    report.add("leases", f"{CLIENTS} subscribers take, renew, release and forget leases of the embedded server", figures,
               "no address of two; the hub knows every lease", crowd["granted"] and not crowd["wrong"] and not soak.differences)


def _judge_scrapes(soak, report):
    scraper = soak.scraper
    figures = f"{scraper.scrapes} scrapes, {len(scraper.unaccounted)} with packets unaccounted for, {len(scraper.fallen)} with " \
              f"a counter that fell, {len(scraper.not_ready)} not healthy or not ready"
    for found in (scraper.unaccounted, scraper.fallen, scraper.not_ready):
        figures += f"; {found[0]}" if found else ""
    report.add("scrapes", "received + generated = outcomes + held, for each worker; counters do not fall; the hub is ready",
               figures, "0 of each", scraper.scrapes and not scraper.unaccounted and not scraper.fallen and not scraper.not_ready)


def _judge_memory(soak, report):
    """At rest after each round, so that like is compared with like. With four rounds or more the first is the warm-up. Fewer
    cannot tell warming up from a leak, and only show what is gross."""
    rests = soak.memory.at_rest
    warm = len(rests) >= WARM_ROUNDS
    rests = rests[1:] if warm else rests
    half = len(rests) // 2
    for name, what, unit, allowed in MEMORY:
        if name == "heap" and soak.memory.is_sanitized:
            report.add(f"memory: {name}", what, "not looked at", "none: softwired was built with a sanitizer", True)
            continue
        first, second = (max(getattr(rest, name) for rest in part) for part in (rests[:half], rests[half:]))
        allowed *= 1 if warm else COLD_FACTOR
        figures = f"{len(rests)} rests; first half at most {first}{unit}, second half at most {second}{unit}"
        report.add(f"memory: {name}", what, figures, f"second <= first + {allowed}{unit}", second <= first + allowed)
    packets = rests[-1].packets
    report.add("memory: packets", "memory of DPDK that was touched; softwired reserves it at the start",
               f"{packets} KiB; resident memory at most {soak.memory.highest} KiB in all", "none: it has a fixed size", True)


def _judge_end(soak, report):
    into, out = accounts.sums(soak.final)
    drops = sorted(((value, name) for name, value in soak.final.items() if name.startswith("drop-") and value), reverse=True)
    print("drops: " + ", ".join(f"{name} {value}" for value, name in drops), flush=True)
    report.add("end", "softwired stops by SIGTERM with exit status 0; its counters add up",
               f"{into} packets received or generated, {out} with an outcome or held", "equal", into == out and into > 0)
