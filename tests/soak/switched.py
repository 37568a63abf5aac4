# SPDX-License-Identifier: BSD-3-Clause
"""A thread that works while it is switched on."""

import threading


class Switched:
    """Runs run() on a thread of its own. That calls rest() while is_on() is false and nothing is left to do, and returns
    when is_running() is false. What it raises is kept in `failure`."""

    patience = 600  # seconds that the last piece of work may take

    def __init__(self, name):
        self.name, self.failure = name, None
        self._on, self._idle, self._end = threading.Event(), threading.Event(), threading.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def run(self):
        raise NotImplementedError

    def close(self):
        """Called on the thread when run() has ended."""

    def is_on(self):
        return self._on.is_set()

    def is_running(self):
        return not self._end.is_set()

    def rest(self):
        self._idle.set()
        self._on.wait(0.2)

    def start(self):
        self._thread.start()

    def switch_on(self):
        self._idle.clear()
        self._on.set()

    def switch_off(self):
        """Begins nothing new. wait_until_idle() waits for what has begun."""
        self._on.clear()

    def wait_until_idle(self):
        if not self._idle.wait(self.patience):
            raise AssertionError(f"{self.name} does not come to an end")

    def end(self):
        self._on.clear()
        self._end.set()
        self._thread.join(self.patience)

    def _run(self):
        try:
            self.run()
        except BaseException as failure:
            self.failure = failure
        finally:
            self._idle.set()
            self.close()
