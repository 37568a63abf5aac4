# SPDX-License-Identifier: BSD-3-Clause
"""Tests the store of a running hub: backup, restore, repair, a start with a store that cannot be used. Needs no root;
the tests of a full disk do."""

import json
import os
import pathlib
import socket
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest

from control import Control, Refused
from ring_config import CONFIG

SOFTWIRED = os.environ.get("SOFTWIRED", "softwired")
SOFTWIRECTL = os.environ.get("SOFTWIRECTL", "softwirectl")
LIMIT_SECONDS = 300
OF_FILE = "binding ipv4 203.0.113.1 b4 2001:db8:aa::1 br 2001:db8:ff::1"
FIRST = "binding ipv4 192.0.2.1 b4 2001:db8:1::1 br 2001:db8:ff::1"
SECOND = "binding ipv4 192.0.2.2 b4 2001:db8:1::2 br 2001:db8:ff::1"


class Store(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.state = self.folder / "state"
        self.configure(self.state)
        (self.folder / "softwires.conf").write_text(OF_FILE + "\n")
        self.softwired = None

    def configure(self, state):
        self.state = state
        (self.folder / "softwired.conf").write_text(CONFIG.format(state=state))

    def start(self, umask=0o022):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            path = self.folder / "notify"
            path.unlink(missing_ok=True)
            notified.bind(str(path))
            notified.settimeout(LIMIT_SECONDS)
            log = open(self.folder / "log", "ab")
            self.addCleanup(log.close)
            self.softwired = subprocess.Popen(
                [SOFTWIRED, "--config", self.folder / "softwired.conf", "--counters", self.folder / "counters.json"],
                cwd=self.folder, env={**os.environ, "NOTIFY_SOCKET": str(path)}, stderr=log, umask=umask)
            self.addCleanup(self.softwired.kill)
            while b"READY=1" not in notified.recv(1000):
                pass

    def stop(self):
        self.softwired.terminate()
        self.assertEqual(self.softwired.wait(LIMIT_SECONDS), 0)

    def log(self):
        return (self.folder / "log").read_text()

    def control(self):
        return Control(self.folder / "control.sock")

    def ctl(self, *words, status=0):
        done = subprocess.run([SOFTWIRECTL, "--socket", self.folder / "control.sock", *words], timeout=LIMIT_SECONDS,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def addresses(self):
        with self.control() as control:
            return sorted(one["ipv4"] for one in control("bindings.list")["bindings"])

    def test_backup_while_running_and_restore(self):
        self.start()
        with self.control() as control:
            control("softwires.change", add=[FIRST])
            backup = self.folder / "copy.db"
            self.ctl("store", "backup", str(backup))
            self.assertEqual(stat.S_IMODE(backup.stat().st_mode), 0o640)
            control("softwires.change", remove=[FIRST], add=[SECOND])
        self.assertEqual(self.addresses(), ["192.0.2.2", "203.0.113.1"])
        self.assertIn("before is kept", self.ctl("store", "restore", str(backup)))
        self.assertEqual(self.addresses(), ["192.0.2.1", "203.0.113.1"])
        with self.control() as control:
            self.assertEqual(control("status.get")["bindings"], 2)
            control("softwires.change", add=[SECOND])
        self.assertIn("the store is sound", self.ctl("store", "check"))
        (self.folder / "nonsense").write_text("no database" * 100)
        self.assertIn("not a database", self.ctl("store", "restore", str(self.folder / "nonsense"), status=5))
        self.assertEqual(len(self.addresses()), 3)
        self.stop()
        self.start()
        self.assertEqual(len(self.addresses()), 3)
        self.assertEqual(json.loads(self.ctl("--json", "store", "status"))["state"], "ok")
        self.stop()

    def test_a_store_that_is_no_database_does_not_stop_the_file(self):
        self.start()
        with self.control() as control:
            control("softwires.change", add=[FIRST])
        self.ctl("store", "backup", str(self.folder / "copy.db"))
        self.stop()
        (self.state / "softwired.db").write_bytes(b"x" * 10000)
        self.assertEqual(subprocess.run([SOFTWIRED, "--config", self.folder / "softwired.conf", "--test"],
                                        cwd=self.folder).returncode, 0)
        self.start()
        self.assertEqual(self.addresses(), ["203.0.113.1"])
        self.assertIn("degraded", self.ctl("show", "status"))
        self.assertIn("softwirectl store repair or softwirectl store restore FILE", self.log())
        with self.control() as control:
            with self.assertRaisesRegex(Refused, "the store cannot be used.*softwirectl store check"):
                control("softwires.change", add=[SECOND])
        self.assertIn("file is not a database", self.ctl("store", "check", status=1))
        with self.control() as control:
            with self.assertRaisesRegex(Refused, "the record is not available.*softwirectl store repair"):
                control("bindings.history")
            with self.assertRaisesRegex(Refused, "the record is not available"):
                control("softwires.lookup", ipv4="192.0.2.1", at="2025-01-01")
        self.assertIn("file is not a database", self.ctl("store", "repair"))
        self.assertEqual(self.addresses(), ["203.0.113.1"])
        self.assertEqual(len(list(self.state.glob("softwired.db.damaged-*"))), 1)
        self.assertIn("the store is sound", self.ctl("store", "check"))
        self.ctl("store", "restore", str(self.folder / "copy.db"))
        self.assertEqual(self.addresses(), ["192.0.2.1", "203.0.113.1"])
        with self.control() as control:
            control("softwires.change", add=[SECOND])
        self.assertIn("ok", self.ctl("show", "status"))
        self.stop()

    def test_a_repair_keeps_what_is_running_when_the_file_is_lost(self):
        self.start()
        with self.control() as control:
            control("softwires.change", add=[FIRST, SECOND])
        (self.state / "softwired.db").write_bytes(bytes(10000))
        self.assertIn("file is not a database", self.ctl("store", "check", status=1))
        self.ctl("store", "repair")
        self.assertEqual(self.addresses(), ["192.0.2.1", "192.0.2.2", "203.0.113.1"])
        self.stop()
        self.start()
        self.assertEqual(self.addresses(), ["192.0.2.1", "192.0.2.2", "203.0.113.1"])
        self.assertEqual(json.loads(self.ctl("--json", "store", "status"))["state"], "ok")
        self.stop()

    def test_a_store_that_is_a_fifo_does_not_stop_the_start(self):
        self.state.mkdir()
        os.mkfifo(self.state / "softwired.db")
        self.start()
        self.assertEqual(self.addresses(), ["203.0.113.1"])
        self.assertIn("softwired.db: is a FIFO, not a regular file", self.ctl("store", "status"))
        self.ctl("store", "repair")
        self.assertIn("ok", self.ctl("show", "status"))
        self.stop()

    def test_a_damaged_row_is_named_and_the_others_stay(self):
        self.start()
        with self.control() as control:
            control("softwires.change", add=[FIRST, SECOND])
        self.stop()
        with sqlite3.connect(self.state / "softwired.db") as database:
            with self.assertRaises(sqlite3.IntegrityError):
                database.execute("INSERT INTO lease SELECT ipv4, psid, x'', 1, 1, 1 FROM binding")
            database.execute("UPDATE binding SET origin = 2 WHERE ipv4 & 255 = 2")
        self.start()
        self.assertEqual(self.addresses(), ["192.0.2.1", "203.0.113.1"])
        self.assertIn("binding 192.0.2.2 psid 0 is damaged", self.log())
        self.assertIn("binding 192.0.2.2 psid 0 is damaged", self.ctl("store", "status"))
        with self.control() as control:
            self.assertEqual(control("leases.list")["leases"], [])
            control("softwires.change", add=[SECOND])
        self.ctl("store", "repair")
        self.assertEqual(json.loads(self.ctl("--json", "store", "status"))["state"], "ok")
        self.stop()

    def test_a_question_about_the_future_or_the_time_before_the_record(self):
        self.start()
        self.assertIn("is in the future", self.ctl("lookup", "203.0.113.1", "--at", "2200-01-01", status=5))
        self.assertIn("not recorded before", self.ctl("lookup", "203.0.113.1", "--at", "2001-01-01", status=4))
        self.stop()

    def test_files_have_mode_0640_whatever_the_umask(self):
        for umask in (0, 0o077):
            self.start(umask)
            files = [path for path in self.state.iterdir()]
            self.assertGreaterEqual(len(files), 4)
            self.assertEqual({stat.S_IMODE(path.stat().st_mode) for path in files}, {0o640})
            self.stop()
            self.assertEqual(stat.S_IMODE((self.folder / "counters.json").stat().st_mode), 0o640)
            (self.folder / "counters.json").unlink()

    @unittest.skipUnless(os.geteuid() == 0, "mounts a small disk")
    def mount_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]).returncode != 0:
            self.skipTest("no tmpfs")
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        return disk

    def start_on_a_disk(self):
        """Starts the hub with its store on a small disk, and adds a binding. Returns the disk."""
        disk = self.mount_disk()
        self.configure(disk / "state")
        self.start()
        with self.control() as control:
            control("softwires.change", add=[FIRST])
        return disk

    def fill(self, disk):
        """Fills the disk. Returns the file that does it."""
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        return filler

    def store_check(self):
        """Returns the check of the store in show health, and the exit status."""
        done = subprocess.run([SOFTWIRECTL, "--socket", self.folder / "control.sock", "--json", "show", "health"],
                              timeout=LIMIT_SECONDS, capture_output=True, text=True)
        checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
        return checks["store"], done.returncode

    def wait_for_store(self, state):
        end = time.monotonic() + LIMIT_SECONDS
        while self.store_check()[0]["state"] != state:
            self.assertLess(time.monotonic(), end, self.store_check())
            time.sleep(0.1)

    def test_a_start_with_a_full_disk(self):
        disk = self.start_on_a_disk()
        self.stop()
        filler = self.fill(disk)
        (self.folder / "softwires.conf").write_text(OF_FILE + "\n" + SECOND + "\n")
        self.start()
        self.assertEqual(self.addresses(), ["192.0.2.1", "192.0.2.2", "203.0.113.1"])
        self.assertIn("degraded", self.ctl("show", "status"))
        filler.unlink()
        self.ctl("store", "repair")
        with self.control() as control:
            control("softwires.change", remove=[FIRST])
        self.assertEqual(json.loads(self.ctl("--json", "store", "status"))["state"], "ok")
        self.stop()

    def test_a_disk_that_fills_while_running(self):
        disk = self.start_on_a_disk()
        filler = self.fill(disk)
        with self.control() as control:
            # What is acknowledged is stored; the first writes may still fit into places of earlier ones.
            acknowledged = ["192.0.2.1", "203.0.113.1"]
            refusal = None
            for number in range(2, 2000):
                one = f"binding ipv4 192.0.2.{number % 256} b4 2001:db8:1::{number % 256:x} br 2001:db8:ff::1"
                try:
                    control("softwires.change", **{"remove" if number >= 256 else "add": [one]})
                except Refused as refused:
                    refusal = str(refused)
                    break
                if number < 256:
                    acknowledged.append(f"192.0.2.{number}")
                else:
                    acknowledged.remove(f"192.0.2.{number % 256}")
        self.assertIn("full", refusal or "")
        check, status = self.store_check()
        self.assertEqual((check["state"], status), ("degraded", 1), check)
        self.assertIn("full", check["reason"])
        self.assertEqual(self.addresses(), sorted(acknowledged))
        self.assertIn("full", self.ctl("store", "backup", disk / "copy", status=5))
        self.assertEqual(list((disk / "state").glob("*backup*")), [])
        filler.unlink()
        self.wait_for_store("ok")
        with self.control() as control:
            control("softwires.change", remove=[FIRST])
        acknowledged.remove("192.0.2.1")
        self.stop()
        self.start()
        self.assertEqual(self.addresses(), sorted(acknowledged))
        self.stop()


if __name__ == "__main__":
    unittest.main()
