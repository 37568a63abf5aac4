# SPDX-License-Identifier: BSD-3-Clause
"""What the programs have in common that a soak starts beside itself."""

import ctypes
import os
import pathlib
import signal
import sys

PYTHON = "/usr/bin/python3"
FOLDER = pathlib.Path(__file__).resolve().parent
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def end_with_parent():
    """Ends this process with the one that started it, also after a change of user, which forgets the wish."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        sys.exit(1)


def words_of(script, *words, user=None, group=None):
    """Returns the command line of a script of this folder. user, group: identifiers of whom it runs as."""
    before = []
    if user is not None:
        before += ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    return [*before, PYTHON, str(FOLDER / script), *map(str, words)]
