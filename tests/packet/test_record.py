# SPDX-License-Identifier: BSD-3-Clause
"""Repeats the exchange of tests/samples/record.py with a real udhcpc, hub and Kea."""

import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import PROGRAM
from test_samples import TESTS, SamplesTest

NEEDED = ("kea-dhcp4", "udhcpc", "busybox", "setpriv", "ip")
TIMEOUT_SECONDS = 600


def missing():
    """Returns why the exchange is impossible here, or None."""
    if os.geteuid() != 0:
        return "not root: network namespaces cannot be made"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "no TUN devices: /dev/net/tun cannot be opened"
    programs = [name for name in NEEDED if shutil.which(name) is None]
    return f"not installed: {', '.join(programs)}" if programs else None


@unittest.skipIf(missing(), missing())
class Live(SamplesTest):
    def test_lease_renewal_and_release(self):
        with tempfile.TemporaryDirectory() as folder:
            words = [sys.executable, TESTS / "samples" / "record.py", "--replay", PROGRAM, "--out", folder]
            done = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.replay_sample("lease", "lease", pathlib.Path(folder))
        exchange = self.exchange()
        # At least these: on a busy machine, messages are repeated.
        self.assertGreaterEqual(
            collections.Counter(exchange), collections.Counter(discover=1, offer=1, request=2, ack=2, release=1)
        )


if __name__ == "__main__":
    unittest.main()
