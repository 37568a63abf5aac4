# SPDX-License-Identifier: BSD-3-Clause
"""Tests the Debian package: install, upgrade, remove and purge in an overlay over this machine's root, which is not
changed. Runs the commands of docs/deploy.md there."""

import ctypes
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SOURCES = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCES / "tests" / "samples"))

from netlab import Namespace, stop  # noqa: E402

BUILD = os.environ.get("BUILD", "build")
CPACK = os.environ.get("CPACK", "cpack")
CONFIG = pathlib.Path("etc/softwired/softwired.conf")
UNIT = pathlib.Path("usr/lib/systemd/system/softwired.service")
NEEDED = ("busybox", "dpkg", "ethtool", "ip", "lintian", "setpriv", "systemd-analyze", "systemd-sysusers")
CLONE_NEWNS = 0x00020000  # <linux/sched.h>
LIMIT_SECONDS = 300  # for any wait


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=LIMIT_SECONDS, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: {done.stdout}")
    return done.stdout


def missing():
    """Returns why the test is impossible here, or None."""
    if os.geteuid() != 0:
        return "not root"
    absent = [name for name in NEEDED if shutil.which(name) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    if ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
        return "no mount namespace can be made"
    try:
        run("mount", "--make-rprivate", "/")
        Namespace()
    except (AssertionError, OSError) as error:
        return str(error)
    return None


def make_root(folder):
    """An overlay over / with its own file systems for what a boot makes. It ends with this process's mounts."""
    run("mount", "-t", "tmpfs", "softwired", folder)
    for name in ("root", "changes", "work"):
        (folder / name).mkdir()
    root = folder / "root"
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={folder}/changes,workdir={folder}/work", root)
    run("mount", "--rbind", "/dev", root / "dev")
    run("mount", "-t", "proc", "proc", root / "proc")
    run("mount", "--rbind", "/sys", root / "sys")
    for name in ("run", "tmp"):
        run("mount", "-t", "tmpfs", "tmpfs", "-o", "mode=1777", root / name)
    # The overlay hides what a softwired of this machine has left.
    for name in ("etc/softwired", "var/lib/softwired"):
        shutil.rmtree(root / name, ignore_errors=True)
    return root


def unit_words(root, key):
    """Returns the values of a key in the service's unit, as words."""
    return " ".join(re.findall(rf"^{key}=(.*)$", (root / UNIT).read_text(), re.M)).split()


def deploy_commands():
    block = re.search(r"```sh\n(.*?)```", (SOURCES / "docs" / "deploy.md").read_text(), re.S).group(1)
    return [command.strip() for command in block.split("\n\n")]


WHY_NOT = missing()


@unittest.skipIf(WHY_NOT, WHY_NOT or "")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="softwire-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        run("mount", "-t", "tmpfs", "softwired", cls.folder)
        cls.addClassCleanup(run, "umount", "-l", cls.folder)
        package = cls.build()
        cls.packages = [package, cls.later_version(package)]

    @classmethod
    def build(cls):
        """Makes the package from the build. Compiles nothing."""
        run(CPACK, "-G", "DEB", "--config", f"{BUILD}/CPackConfig.cmake", "-B", cls.folder / "build", cwd=BUILD)
        return next((cls.folder / "build").glob("softwired_*_amd64.deb"))

    @classmethod
    def later_version(cls, package):
        """Makes the same package with another version."""
        parts = cls.folder / "parts"
        run("dpkg-deb", "-R", package, parts)
        control = parts / "DEBIAN" / "control"
        control.write_text(re.sub(r"(?m)^Version: .*$", "Version: 9.9.9-1", control.read_text()))
        later = cls.folder / "softwired_9.9.9-1_amd64.deb"
        run("dpkg-deb", "-Zgzip", "-z1", "-b", parts, later)
        return later

    def setUp(self):
        overlay = self.folder / self._testMethodName
        overlay.mkdir()
        self.root = make_root(overlay)
        self.namespace = Namespace()
        self.running = []
        self.addCleanup(run, "umount", "-l", overlay)
        self.addCleanup(self.end)
        self.assertFalse((self.root / UNIT).exists(), "the machine has the package: it cannot be tried")

    def end(self):
        for process in self.running:
            if process.poll() is None:
                stop(process, LIMIT_SECONDS)

    def inside(self, *words, **options):
        with self.namespace.entered():
            return run("chroot", self.root, *words, **options)

    def dpkg(self, *words):
        # Without triggers, the machine's index of manual pages is not rebuilt.
        return self.inside("dpkg", "--no-triggers", *words, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})

    def install(self, package):
        shutil.copy(package, self.root / "tmp" / package.name)
        return self.dpkg("--force-unsafe-io", "--force-confold", "-i", f"/tmp/{package.name}")

    def start_service(self):
        """Runs the unit's programs by setpriv, with its user and capabilities."""
        for name, mode in (("run/softwired", 0o755), ("var/lib/softwired", 0o750)):
            (self.root / name).mkdir(mode=mode, exist_ok=True)
            self.inside("chown", "softwired:softwired", f"/{name}")
        has = int(re.search(r"CapBnd:\s*(\w+)", pathlib.Path("/proc/self/status").read_text()).group(1), 16)
        bits = {"CAP_NET_ADMIN": 12, "CAP_NET_RAW": 13, "CAP_IPC_LOCK": 14, "CAP_BPF": 39}
        words = unit_words(self.root, "AmbientCapabilities")
        wanted = ",".join(["-all"] + ["+" + name[4:].lower() for name in words if has >> bits[name] & 1])
        self.assertIn("+net_raw", wanted)
        user, group = unit_words(self.root, "User")[0], unit_words(self.root, "Group")[0]
        become = ("setpriv", "--reuid", user, "--regid", group, "--init-groups", "--inh-caps", wanted,
                  "--ambient-caps", wanted, "--bounding-set", wanted, "--no-new-privs")
        environment = dict(word.split("=") for word in unit_words(self.root, "Environment"))
        self.inside(*become, *unit_words(self.root, "ExecStartPre"))
        self.log = self.folder / f"{self._testMethodName}.log"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified, open(self.log, "ab") as log:
            path = self.root / "run" / "notify"
            notified.bind(str(path))
            path.chmod(0o777)
            notified.settimeout(LIMIT_SECONDS)
            service = self.namespace.start(
                ("chroot", self.root, *become, *unit_words(self.root, "ExecStart")), stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": "/run/notify", "JOURNAL_STREAM": "1:1", **environment})
            self.running.append(service)
            try:
                self.assertIn(b"READY=1", notified.recv(4096))
            except TimeoutError:
                self.fail(f"softwired does not start: {self.log.read_text()}")
        return service

    def follow(self, command):
        """Runs a command of docs/deploy.md, except apt and systemd, which do not exist here."""
        if command.startswith("apt install"):
            self.install(self.packages[0])
        elif command == "systemctl start softwired":
            self.service = self.start_service()
        else:
            script = self.root / "tmp" / "command"
            script.write_text(command)
            # Not a pipe: a background process of the command would hold it open.
            with self.namespace.entered(), open(self.folder / "command.log", "wb") as log:
                done = subprocess.run(["chroot", self.root, "sh", "-e", "/tmp/command"], stdout=log, stderr=log,
                                      check=False, timeout=LIMIT_SECONDS)
            self.assertEqual(done.returncode, 0, f"{command}: {(self.folder / 'command.log').read_text()}")

    def end_subscriber(self):
        for entry in pathlib.Path("/proc").glob("[0-9]*/root"):
            try:
                if os.readlink(entry) == str(self.root) and int(entry.parent.name) != os.getpid():
                    os.kill(int(entry.parent.name), signal.SIGTERM)
            except OSError:
                continue

    def test_deploy_document(self):
        """The ten commands end with a ping through the hub. The process then agrees with the unit and ADR 0012."""
        self.addCleanup(self.end_subscriber)
        commands = deploy_commands()
        self.assertEqual(len(commands), 10)
        for command in commands:
            self.follow(command)
        fields = dict(line.split(":", 1) for line in
                      pathlib.Path(f"/proc/{self.service.pid}/status").read_text().splitlines())
        uid = self.inside("id", "-u", "softwired").strip()
        self.assertEqual(fields["Uid"].split(), [uid] * 4)
        self.assertEqual(int(fields["CapEff"], 16), 7 << 12)  # CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK
        self.assertEqual(int(fields["CapAmb"], 16), 0)
        self.assertEqual(fields["NoNewPrivs"].strip(), "1")
        self.assertEqual(fields["Seccomp"].strip(), "2")
        (self.root / "etc/softwired/softwires.conf").write_text("binding ipv4 192.0.2.2 b4 2001:db8:6::2 br 2001:db8:ff::1\n")
        self.service.send_signal(signal.SIGHUP)
        end = time.monotonic() + LIMIT_SECONDS
        while "reloaded; bindings: 1" not in self.log.read_text():
            self.assertLess(time.monotonic(), end, self.log.read_text())
            time.sleep(0.05)
        self.service.terminate()
        self.assertEqual(self.service.wait(LIMIT_SECONDS), 0)

    def test_life_of_the_package(self):
        """Conffiles survive an upgrade and a removal. A purge leaves the user and the groups."""
        self.install(self.packages[0])
        self.assertIn("softwired 0.", self.inside("softwired", "--version"))
        self.inside("id", "softwired")
        self.assertIn("softwired", self.inside("getent", "group", "softwire"))
        self.assertEqual(self.inside("stat", "-c", "%a %U %G", "/etc/softwired").split(), ["750", "root", "softwired"])
        enabled = subprocess.run(["systemctl", f"--root={self.root}", "is-enabled", "softwired"], check=False,
                                 capture_output=True, text=True)
        self.assertEqual(enabled.stdout.strip(), "disabled")
        with self.assertRaisesRegex(AssertionError, "ipv4.port is not set"):
            self.inside(*unit_words(self.root, "ExecStartPre"))
        for page in ("man5/softwired.conf.5.gz", "man8/softwired.8.gz", "man1/softwire-replay.1.gz"):
            self.assertIn(b".TH", subprocess.check_output(["zcat", self.root / "usr/share/man" / page]), page)
        for page in (SOURCES / "docs").rglob("*.md"):  # log lines and help texts name them
            installed = self.root / "usr/share/doc/softwired" / page.relative_to(SOURCES / "docs")
            self.assertTrue(installed.exists(), installed)
        self.assert_links_lead_to_pages(self.root / "usr/share/doc/softwired")

        mark = "# the operator's own line\n"
        (self.root / CONFIG).write_text(mark + (self.root / CONFIG).read_text())
        self.install(self.packages[1])
        self.assertIn("9.9.9", self.inside("dpkg-query", "-W", "-f", "${Version}", "softwired"))
        self.assertTrue((self.root / CONFIG).read_text().startswith(mark))
        state = self.root / "var/lib/softwired"
        state.mkdir(exist_ok=True)
        (state / "softwired.db").touch()
        self.dpkg("--remove", "softwired")
        self.assertTrue((self.root / CONFIG).read_text().startswith(mark))
        self.assertTrue((state / "softwired.db").exists())
        self.assertFalse((self.root / "usr/sbin/softwired").exists())
        self.dpkg("--purge", "softwired")
        for name in ("etc/softwired", "etc/default/softwired", "var/lib/softwired", "usr/libexec/softwired", UNIT):
            self.assertFalse((self.root / name).exists(), name)
        self.inside("id", "softwired")

    def assert_links_lead_to_pages(self, folder):
        pages = list(folder.rglob("*.md"))
        self.assertIn(folder / "README.md", pages)
        for page in pages:
            for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
                if "://" not in link:
                    self.assertTrue((page.parent / link).exists(), f"{page.relative_to(folder)}: {link}")

    def test_lintian_has_no_error(self):
        self.assertNotRegex(run("lintian", "--allow-root", "--fail-on", "error", self.packages[0]), "(?m)^E:")

    def test_unit_is_confined(self):
        """Returns systemd's exposure level, from 10 (exposed) to 0."""
        verdict = run("systemd-analyze", "security", "--offline=yes", "--no-pager", SOURCES / "tools" / "packaging" / UNIT.name)
        exposure = float(re.search(r"exposure level for .*?: ([\d.]+)", verdict).group(1))
        print(f"exposure {exposure}", flush=True)
        self.assertLessEqual(exposure, 3.0, verdict)

    def test_hugepages(self):
        """Pages are added, none are released, and a setting that is not a number is refused."""
        script, pages = SOURCES / "tools/packaging/hugepages", self.folder / "nr_hugepages"
        for there, wanted, after in (("0", "3", "3"), ("5", "3", "5"), ("5", "0", "5")):
            pages.write_text(there + "\n")
            run(script, pages, env={"HUGEPAGES_2M": wanted, "PATH": os.environ["PATH"]})
            self.assertEqual(pages.read_text().strip(), after)
        with self.assertRaisesRegex(AssertionError, "HUGEPAGES_2M=many is not a number"):
            run(script, pages, env={"HUGEPAGES_2M": "many", "PATH": os.environ["PATH"]})


if __name__ == "__main__":
    unittest.main()
