# SPDX-License-Identifier: BSD-3-Clause
"""Prints the examples of docs/softwirectl.md from a real run: SOFTWIRED=... SOFTWIRECTL=... ctl_captures.py"""

from ctl_lab import BR, SHARED, Lab

SHOWN = (
    ("lookup", "192.0.2.1:1500"),
    ("top", "--once"),
    ("explain", "udp", "from", "203.0.113.5:53", "to", "192.0.2.1:1500", "length", "600", "df"),
    ("explain", "softwire", "2001:db8:1::2", "to", BR, "udp", "from", "192.0.2.1:1500", "to", "203.0.113.5:53"),
    ("explain", "udp", "from", "203.0.113.5:53", "to", "192.0.2.1:68"),
)


def main():
    lab = Lab()
    try:
        for statement in SHARED:
            lab.ctl("add", *statement.split())
        for words in SHOWN:
            done = lab.ctl(*words)
            print(f"    $ softwirectl {' '.join(words)}")
            print("".join(f"    {line}".rstrip() + "\n" for line in (done.stdout + done.stderr).splitlines()))
    finally:
        lab.close()


if __name__ == "__main__":
    main()
