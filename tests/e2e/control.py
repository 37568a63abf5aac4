# SPDX-License-Identifier: BSD-3-Clause
"""A client of the control socket."""

import contextlib
import json
import socket


class Refused(Exception):
    """Raised for an answer with an error. Contains the error object."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.field = error.get("data", {}).get("field")


class Control:
    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(300)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rwb")
        self._id = 0

    def close(self):
        with contextlib.suppress(OSError):  # unsent data when softwired has ended
            self._lines.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, method, **params):
        """Sends a request. Parameters are keywords: psid_len is psid-len."""
        self._id += 1
        params = {name.replace("_", "-"): value for name, value in params.items()}
        request = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}
        self._lines.write(json.dumps(request).encode() + b"\n")
        self._lines.flush()

    def receive(self):
        """Returns the next line. Raises ConnectionError when there is none."""
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("softwired has ended the connection")
        return json.loads(line)

    def __call__(self, method, **params):
        self.send(method, **params)
        while (answer := self.receive()).get("id") != self._id:
            if answer.get("id", 0) is None:
                raise Refused(answer["error"])
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def all_bindings(self, **filters):
        after = {}
        while True:
            page = self("bindings.list", limit=10000, **filters, **after)
            yield from page["bindings"]
            if page["next"] is None:
                return
            after = {"after": page["next"]}
