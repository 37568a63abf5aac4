# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces, TUN devices and wires that exist as long as the process that made them.

The namespaces have no names, so runs in parallel cannot meet, and the kernel takes them away with their last
process; programs started in them are ended with the one that started them. Needs root.
"""

import contextlib
import ctypes
import fcntl
import ipaddress
import os
import struct
import subprocess
import time

CLONE_NEWNET = 0x40000000  # <linux/sched.h>
TUNSETIFF = 0x400454CA  # <linux/if_tun.h>
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000

TUN_DEVICE = "/dev/net/tun"
MAX_PACKET = 65535
# The limit of any wait, longer than any delay of a busy machine. A wait ends as soon as the event happens.
LIMIT_SECONDS = float(os.environ.get("SOFTWIRE_E2E_LIMIT", "300"))

_libc = ctypes.CDLL(None, use_errno=True)


def _check(status):
    if status != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _lines(path):
    with open(path) as file:
        return file.readlines()


def wait_for(condition, what):
    """Waits until its value is true, and returns it."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {LIMIT_SECONDS:.0f} seconds")
        time.sleep(0.02)
    return value


def kea_files(folder):
    """Variables that have Kea write into this folder; from 2.6.3 on it takes lease files nowhere else."""
    return {name: str(folder) for name in ("KEA_LOCKFILE_DIR", "KEA_PIDFILE_DIR", "KEA_DHCP_DATA_DIR")}


class Namespace:
    """A new, empty network namespace."""

    def __init__(self):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _check(_libc.unshare(CLONE_NEWNET))
            self._file = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            _check(_libc.setns(home, CLONE_NEWNET))
        finally:
            os.close(home)

    @contextlib.contextmanager
    def entered(self):
        """What this thread opens or starts in the context belongs to the namespace."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _check(_libc.setns(self._file, CLONE_NEWNET))
            try:
                yield
            finally:
                _check(_libc.setns(home, CLONE_NEWNET))
        finally:
            os.close(home)

    def ip(self, words):
        """Runs ip(8) in the namespace."""
        with self.entered():
            subprocess.run(["ip", *words.split()], check=True)
            if "address add" in words and words.endswith("nodad"):
                address, _, device, _ = words.split()[-4:]
                self._wait_for_group(address, device)

    def wire_to(self, other, name, other_name):
        """Makes a pair of Ethernet interfaces, one here and one in the other namespace. They are up, and have no addresses."""
        there = f"/proc/{os.getpid()}/fd/{other._file}"
        self.ip(f"link add {name} type veth peer name {other_name} netns {there}")
        ends = ((self, name), (other, other_name))
        for namespace, end in ends:
            namespace.ip(f"link set {end} addrgenmode none")
            namespace.ip(f"link set {end} up")
        for namespace, end in ends:
            namespace.wait_for_link(end)

    @staticmethod
    def _wait_for_group(address, device):
        """Waits until the kernel receives solicitations for the IPv6 address (RFC 4861 7.2.1): it joins the group late."""
        group = "ff0200000000000000000001ff" + ipaddress.IPv6Interface(address).ip.packed[-3:].hex()
        wait_for(lambda: any(line.split()[1:3] == [device, group] for line in _lines("/proc/thread-self/net/igmp6")),
                 f"{device} hears who asks for {address}")

    def wait_for_link(self, name):
        """Until the kernel takes packets for the interface: it drops them until it has seen, when it finds time, that
        the carrier is there."""
        with self.entered():
            wait_for(lambda: b" state UP " in subprocess.check_output(["ip", "-oneline", "link", "show", name]), f"{name} is up")

    def start(self, words, **options):
        """A program in the namespace: a Popen."""
        with self.entered():
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *map(str, words)], stdin=subprocess.DEVNULL, **options
            )


class Tun:
    """A TUN device that is up, and the only way out of its namespace. What its namespace sends is read here."""

    def __init__(self, namespace, name, address=None, mtu=1500):
        with namespace.entered():
            self._file = os.open(TUN_DEVICE, os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self._file, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        namespace.ip(f"link set {name} mtu {mtu} up")
        if address:
            namespace.ip(f"address add {address} dev {name}")
            namespace.ip(f"route add default dev {name}")

    def fileno(self):
        return self._file

    def read_all(self):
        """The IPv4 packets that wait. The kernel's own IPv6 (multicast listener reports) is left out."""
        packets = []
        with contextlib.suppress(BlockingIOError):
            while True:
                packets.append(os.read(self._file, MAX_PACKET))
        return [packet for packet in packets if packet[0] >> 4 == 4]

    def write(self, packet):
        os.write(self._file, packet)


def stop(process, seconds=5):
    """Ends a program that start() made, gently if it lets itself."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
