#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The tools that know releases of Debian, on a machine that is not one of them, or has other programs."""

import os
import pathlib
import subprocess
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
RELEASES = ("bookworm", "trixie")


def run(*words, **variables):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False,
                          env={**os.environ, **variables}, timeout=30)


def packages(release, *what):
    done = run(TOOLS / "packages", "list", *what, SOFTWIRE_RELEASE=release)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout.split()


class Packages(unittest.TestCase):
    def test_each_purpose_has_those_of_the_one_before_it(self):
        for release in RELEASES:
            build, demo, test = (packages(release, what) for what in ("build", "demo", "test"))
            self.assertEqual(build, demo[: len(build)], release)
            self.assertEqual(demo, test[: len(demo)], release)
            self.assertEqual(len(test), len(set(test)), release)

    def test_only_a_release_that_has_clang_format_14_is_asked_for_it(self):
        self.assertIn("clang-format-14", packages("bookworm", "test"))
        for name in packages("trixie", "test"):
            self.assertFalse(name.startswith("clang-format"), name)
            self.assertFalse(name.endswith(("-14", "-14-dev")), name)

    def test_cross_takes_libraries_of_the_other_architecture_and_tools_of_this_one(self):
        names = packages("bookworm", "cross", "arm64")
        self.assertIn("crossbuild-essential-arm64", names)
        self.assertIn("libdpdk-dev:arm64", names)
        self.assertIn("cmake", names)
        native = {name for name in packages("bookworm", "build") if name.startswith("lib")}
        self.assertEqual(native & set(names), set())

    def test_a_wrong_word_is_answered_with_the_usage(self):
        for words in (["list"], ["list", "all"], ["list", "cross"], ["list", "build", "arm64"], ["nothing"]):
            done = run(TOOLS / "packages", *words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("usage: tools/packages", done.stderr)


class ClangTool(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def find(self, name, *installed):
        folder = pathlib.Path(self.folder.name)
        for program in installed:
            (folder / program).touch(mode=0o755)
        done = run("/bin/bash", TOOLS / "clang-tool", name, PATH=str(folder))
        return pathlib.Path(done.stdout.strip()).name if done.returncode == 0 else done.stderr

    def test_prefers_version_14(self):
        self.assertEqual(self.find("clang-tidy", "clang-tidy", "clang-tidy-14"), "clang-tidy-14")

    def test_takes_the_release_s_own_for_want_of_it(self):
        self.assertEqual(self.find("clang++", "clang++", "clang-14"), "clang++")

    def test_takes_no_other_clang_format(self):
        self.assertIn("clang-format-14", self.find("clang-format", "clang-format", "clang-format-19"))

    def test_says_what_is_missing(self):
        self.assertIn("neither clang-tidy-14 nor another clang-tidy", self.find("clang-tidy"))


class TestOn(unittest.TestCase):
    def test_a_wrong_word_is_answered_with_the_usage(self):
        for words in ([], ["buster"]):
            done = run(TOOLS / "test-on", *words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("usage: tools/test-on trixie|arm64", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "tries it as somebody who is not root")
    def test_who_is_not_root_is_told_so(self):
        # Without the variables that test-on gives to the tests that it runs.
        outside = {name: value for name, value in os.environ.items() if not name.startswith("SOFTWIRE_")}
        done = subprocess.run([TOOLS / "test-on", "trixie"], capture_output=True, text=True, check=False, user=65534,
                              env=outside, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("needs root", done.stderr)


if __name__ == "__main__":
    unittest.main()
