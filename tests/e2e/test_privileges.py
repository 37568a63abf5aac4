# SPDX-License-Identifier: BSD-3-Clause
"""Tests the privileges of the running softwired (docs/decisions/0012-unprivileged.md)."""

import os
import pathlib
import pwd
import subprocess
import unittest

from network import SOFTWIRED, wait_for
from scenario import Scenario, skip_unless_possible, whole_address

ONE, OTHER = "192.0.2.21", "192.0.2.22"
USER = "nobody"
# <linux/capability.h>
NET_ADMIN, NET_RAW, IPC_LOCK = 1 << 12, 1 << 13, 1 << 14
OF_KERNEL_PORTS = NET_ADMIN | NET_RAW | IPC_LOCK  # to open a port again
CHOWN, DAC_OVERRIDE = 1 << 0, 1 << 1


def is_sanitized():
    program = pathlib.Path(SOFTWIRED)
    return program.exists() and b"__asan_init" in program.read_bytes()


def status(process, thread=None):
    """Fields of /proc/PID/status, of one thread."""
    text = pathlib.Path(f"/proc/{process.pid}/task/{thread or process.pid}/status").read_text()
    return {name: value.split() for name, _, value in (line.partition(":") for line in text.splitlines())}


@skip_unless_possible()
class Privileges(Scenario):
    def start(self, keys=""):
        network = self.make_network()
        network.configure_hub(whole_address(ONE), keys)
        if "user" in keys:
            os.chown(network.folder, pwd.getpwnam(USER).pw_uid, -1)
        self.hub = network.start_hub()
        network.start_echo_servers()
        return network

    def assert_confined(self, kept):
        """The control thread has the capabilities `kept`. No other thread has any, except the store's thread, which as
        root may open the files of any user. All threads have the filter."""
        # The store's thread drops its capabilities when it first runs, which may be after READY.
        wait_for(lambda: any(status(self.hub, thread)["Name"] == ["softwired-store"]
                             for thread in os.listdir(f"/proc/{self.hub.pid}/task")), "the store's thread has its name")
        threads = os.listdir(f"/proc/{self.hub.pid}/task")
        self.assertGreater(len(threads), 1)
        for thread in threads:
            fields = status(self.hub, thread)
            of_store = kept & DAC_OVERRIDE if fields["Name"] == ["softwired-store"] else 0
            expected = kept if int(thread) == self.hub.pid else of_store
            for kind in ("CapPrm", "CapEff"):
                self.assertEqual(int(fields[kind][0], 16), expected, f"{kind} of {fields['Name']}")
            for kind in ("CapInh", "CapAmb"):
                self.assertEqual(int(fields[kind][0], 16), 0, f"{kind} of {fields['Name']}")
            self.assertEqual(fields["NoNewPrivs"], ["1"])
            self.assertEqual(fields["Seccomp"], ["2"])
            # The second one answers clone3(), and reports nothing to the audit log.
            self.assertGreaterEqual(int(fields.get("Seccomp_filters", ["2"])[0]), 2)

    def assert_reloads(self, network):
        """SIGHUP adds a binding, a wrong file is refused, and the counters are written."""
        (network.folder / "softwires.conf").write_text(whole_address(ONE) + whole_address(OTHER, 2))
        network.reload_hub()
        network.add_subscriber(address=OTHER).ping()
        (network.folder / "softwires.conf").write_text("nonsense\n")
        network.reload_hub("the previous configuration stays in effect")
        self.assertEqual(network.counters()["bindings"], 2)

    def test_root_becomes_the_user(self):
        network = self.start(f"user = {USER}")
        user = pwd.getpwnam(USER)
        fields = status(self.hub)
        self.assertEqual(fields["Uid"], [str(user.pw_uid)] * 4)
        self.assertEqual(fields["Gid"], [str(user.pw_gid)] * 4)
        self.assertNotIn("0", fields["Groups"])
        self.assert_confined(OF_KERNEL_PORTS)
        network.add_subscriber(address=ONE).ping()
        self.assert_reloads(network)
        self.assert_confined(OF_KERNEL_PORTS)

    def test_root_makes_the_directories_of_the_user(self):
        """The directories of state and control socket are in a directory that only root may write to."""
        network = self.make_network()
        network.configure_hub(whole_address(ONE), f"user = {USER}\n")
        os.chown(network.folder, pwd.getpwnam(USER).pw_uid, -1)  # counters.json
        roots = network.folder / "roots"
        roots.mkdir(0o755)
        config = network.folder / "softwired.conf"
        config.write_text(config.read_text().replace("state = state", "state = roots/state")
                          .replace("control-socket = control.sock", "control-socket = roots/run/control.sock"))
        self.hub = network.start_hub()
        self.assertTrue((roots / "run" / "control.sock").is_socket())
        self.assertTrue(list((roots / "state").iterdir()))
        for name, mode in (("state", 0o750), ("run", 0o755)):
            about = (roots / name).stat()
            self.assertEqual((about.st_uid, about.st_mode & 0o777), (pwd.getpwnam(USER).pw_uid, mode), name)

    def test_a_directory_that_cannot_be_made_is_said(self):
        network = self.make_network()
        network.configure_hub(whole_address(ONE), f"user = {USER}\n")
        config = network.folder / "softwired.conf"
        config.write_text(config.read_text().replace("state = state", "state = none/state"))
        with self.assertRaisesRegex(AssertionError, "state: the directory .*/none/state cannot be made: "
                                                    f"No such file or directory; make it, with {USER} as its owner"):
            network.start_hub()

    def test_root_stays_root_with_less(self):
        """Without a user: the configured files may belong to any user."""
        network = self.start()
        self.assert_confined(OF_KERNEL_PORTS | CHOWN | DAC_OVERRIDE)
        network.add_subscriber(address=ONE).ping()
        self.assert_reloads(network)

    @unittest.skipIf(is_sanitized(),
                     "LeakSanitizer needs what is forbidden here")
    def test_the_same_user_sees_nothing_of_it(self):
        """A second process of that user cannot read memory or environment, and cannot trace."""
        self.start(f"user = {USER}")
        for name in ("environ", "maps", "mem"):
            seen = subprocess.run(["setpriv", "--reuid", USER, "--clear-groups", "head", "-c", "1",
                                   f"/proc/{self.hub.pid}/{name}"], capture_output=True, check=False)
            self.assertNotEqual(seen.returncode, 0, name)
            self.assertIn(b"Permission denied", seen.stderr)

    def test_who_cannot_become_the_user_is_told(self):
        network = self.make_network()
        for words, user, says in (((), "no-such-user", "user: there is no user no-such-user"),
                                  (("setpriv", "--reuid", USER, "--clear-groups"), "daemon", "only root can become daemon")):
            network.configure_hub(whole_address(ONE), f"user = {user}")
            network.folder.chmod(0o755)
            with self.assertRaises(AssertionError) as failed:
                network.run(network.hub, *words, SOFTWIRED, "--config", network.folder / "softwired.conf")
            self.assertIn(says, str(failed.exception))


if __name__ == "__main__":
    unittest.main()
