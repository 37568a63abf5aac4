# SPDX-License-Identifier: BSD-3-Clause
"""What goes on beside the victims: bindings come and go, configurations are loaded again, dropped packets are captured. Each
keeps a model of what it did, which is compared with the hub at the end of a round."""

import os
import random
import signal
import time

import lab_facts as facts
from control import Control
from lab import SOFTWIRES, SOFTWIRECTL
from switched import Switched

PCAPNG = bytes.fromhex("0a0d0d0a")  # begins a file


class Background(Switched):
    """Repeats step() on a thread of its own, while it is on."""

    pause = 0.05
    patience = 600

    def __init__(self, lab):
        super().__init__(type(self).__name__)
        self.lab, self.steps = lab, 0

    def step(self):
        raise NotImplementedError

    def run(self):
        while self.is_running():
            if not self.is_on():
                self.rest()
                continue
            self.step()
            self.steps += 1
            time.sleep(self.pause)


def binding(address, number):
    return f"binding ipv4 {address} b4 2001:db8:3:{number:x}::2 br {facts.BR}"


class Churn(Background):
    """Adds, removes and replaces bindings over the control socket, in single changes, in transactions, and with
    softwirectl load --replace. It is the only one that adds bindings in 198.19.0.0/17."""

    most = 5000

    def __init__(self, lab):
        super().__init__(lab)
        self._random = random.Random(random.getrandbits(32))
        self._control = Control(lab.socket)
        self.model = {}  # address: number of the B4 address
        self.done = {"changes": 0, "transactions": 0, "loads": 0}

    def fill(self):
        """Makes a history of 12,000 ended bindings, and 3000 bindings: lists are as long at the start as later, so that the
        memory that they take does not grow with the time."""
        addresses = [f"{facts.CHURN}.{number >> 8}.{number & 255}" for number in range(12000)]
        self._transact(addresses, {address: 1 for address in addresses})
        self.model = {address: 2 for address in addresses[:3000]}
        self._transact(addresses, self.model, removed=addresses)

    def _transact(self, addresses, new, removed=()):
        self._control("softwires.begin")
        for at in range(0, len(addresses), 1000):
            part = addresses[at:at + 1000]
            self._control("softwires.append", remove=[f"binding ipv4 {address}" for address in part if removed],
                          add=[binding(address, new[address]) for address in part if address in new])
        self._control("softwires.commit")

    def _addresses(self, count):
        return {f"{facts.CHURN}.{self._random.randrange(128)}.{self._random.randrange(256)}" for _ in range(count)}

    def step(self):
        chance = self._random.random()
        if len(self.model) > self.most or chance < 0.01:
            self._load()
        elif chance < 0.05:
            self._transaction()
        else:
            self._change()

    def _change(self):
        """Removes some, adds others, and gives some of the removed to another subscriber, in one request."""
        chosen = self._addresses(self._random.randrange(1, 20))
        gone = [address for address in chosen if address in self.model]
        new = {address: self._random.randrange(65536) for address in chosen if self._random.random() < 0.7}
        new.update({a: self._random.randrange(65536) for a in chosen if a not in self.model})
        self._control("softwires.change", remove=[f"binding ipv4 {address}" for address in gone],
                      add=[binding(address, number) for address, number in new.items()])
        for address in gone:
            del self.model[address]
        self.model.update(new)
        self.done["changes"] += 1

    def _transaction(self):
        new = {address: self._random.randrange(65536) for address in self._addresses(500) if address not in self.model}
        self._control("softwires.begin")
        statements = [binding(address, number) for address, number in new.items()]
        for at in range(0, len(statements), 100):
            self._control("softwires.append", add=statements[at:at + 100])
        if self._random.random() < 0.2:
            self._control("softwires.abort")
            return
        self._control("softwires.commit")
        self.model.update(new)
        self.done["transactions"] += 1

    def _load(self):
        new = {address: self._random.randrange(65536) for address in self._addresses(300)}
        path = self.lab.folder / "load.conf"
        path.write_text("".join(binding(address, number) + "\n" for address, number in new.items()))
        status, output = self.lab.ctl("--timeout", "120", "load", path, "--replace", timeout=300)
        if status != 0:
            raise AssertionError(f"load --replace: {output}")
        self.model = new
        self.done["loads"] += 1

    def differences(self):
        """Returns the addresses that the hub and the model do not agree about. Nothing may change meanwhile."""
        there = {one["ipv4"]: one["b4"] for one in self._control.all_bindings(ipv4=f"{facts.CHURN}.0.0/17")}
        model = {address: f"2001:db8:3:{number:x}::2".replace(":0::", "::") for address, number in self.model.items()}
        return sorted(address for address in {*there, *model} if there.get(address) != model.get(address))

    def close(self):
        self._control.close()


class Reloads(Background):
    """Changes softwires.conf and loads it again, by SIGHUP and by softwirectl reload, and now and then with an error in the
    file, which must change nothing."""

    pause = 4.0

    def __init__(self, lab):
        super().__init__(lab)
        self.good = self.refused = 0
        self._log_at = 0

    def step(self):
        extra = "".join(binding(f"198.19.{128 + self.steps % 64}.{number}", number) + "\n" for number in range(self.steps % 50))
        if self.steps % 7 == 6:
            self.lab.softwires.write_text(SOFTWIRES + "binding ipv4 nonsense\n")
            status, output = self.lab.ctl("--timeout", "120", "reload", timeout=300)
            if status == 0 or "softwires.conf" not in output:
                raise AssertionError(f"a reload with an error in the file: {status}: {output}")
            self.refused += 1
            self.lab.softwires.write_text(SOFTWIRES)
            return
        self.lab.softwires.write_text(SOFTWIRES + extra)
        if self.steps % 2:
            self.lab.network.reload_hub()
        else:
            status, output = self.lab.ctl("--timeout", "120", "reload", timeout=300)
            if status != 0:
                raise AssertionError(f"reload: {output}")
        self.good += 1


class Captures(Background):
    """Captures dropped packets into a file for a while, and looks at what the file is."""

    pause = 0.5

    def __init__(self, lab):
        super().__init__(lab)
        self.octets = 0

    def step(self):
        path = self.lab.folder / "drops.pcapng"
        path.unlink(missing_ok=True)
        name = "capture"
        words = ["capture", "--snaplen", "128"] + (["--side", "ipv6"] if self.steps % 2 else ["--filter", "udp or ip6"])
        process = self.lab.network.start(self.lab.network.hub, name, SOFTWIRECTL, "--socket", self.lab.socket, *words, path)
        deadline = time.monotonic() + 120
        while process.poll() is None and not path.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        status = process.wait(120)
        self.lab.network.forget(process)
        if status != 0:
            raise AssertionError(f"softwirectl capture: {status}: {self.lab.network.log(name)[-500:]}")
        octets = path.read_bytes()
        if octets[:4] != PCAPNG:
            raise AssertionError(f"softwirectl capture wrote no pcapng file: {octets[:16].hex()}")
        self.octets += len(octets)
        os.unlink(path)
