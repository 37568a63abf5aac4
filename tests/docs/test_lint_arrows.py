# SPDX-License-Identifier: BSD-3-Clause
"""Tests tools/lint-arrows on small trees: its findings, and that it can fail."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "tools" / "lint-arrows"


class LintArrows(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        # include/softwire <- dataplane/packet <- dataplane/engine <- tools
        self.write("include/softwire/address.h")
        self.write("dataplane/packet/parse.h", "softwire/address.h")
        self.write("dataplane/packet/parse.cc", "dataplane/packet/parse.h")
        self.write("dataplane/engine/engine.h", "dataplane/packet/parse.h")
        self.write("tools/program.cc", "dataplane/engine/engine.h")
        self.arrows = {"dataplane/packet": "include/softwire", "dataplane/engine": "dataplane/packet",
                       "tools": "dataplane/engine"}

    def write(self, name, *includes):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#pragma once\n" + "".join(f'#include "{include}"\n' for include in includes) + "#include <map>\n")

    def run_on(self, *words):
        lines = "".join(f"{of} -> {to}\n" for of, to in self.arrows.items())
        (self.root / "CONTRIBUTING.md").write_text(
            f"# Work\n\n```\nno -> block\n```\n\n## Folder arrows\n\nText.\n\n```\n{lines}```\n\n## Rules\n")
        return subprocess.run([sys.executable, PROGRAM, "--root", self.root, *words], capture_output=True, text=True,
                              check=False)

    def assert_finds(self, *lines):
        done = self.run_on()
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertEqual(done.stdout.splitlines(), list(lines))

    def test_passes_what_is_as_listed(self):
        done = self.run_on()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "arrows: 3 between 3 folders, no cycle\n")

    def test_finds_a_cycle(self):
        self.write("dataplane/packet/output.h", "softwire/address.h", "dataplane/engine/engine.h")
        self.arrows["dataplane/packet"] += " dataplane/engine"
        self.assert_finds(
            "dataplane/engine/engine.h:2: cycle of folders: dataplane/engine -> dataplane/packet -> dataplane/engine",
            "  dataplane/engine -> dataplane/packet: dataplane/engine/engine.h:2",
            "  dataplane/packet -> dataplane/engine: dataplane/packet/output.h:3")

    def test_finds_a_cycle_of_three(self):
        self.write("dataplane/tables/table.h", "dataplane/engine/engine.h")
        self.write("dataplane/packet/output.h", "dataplane/tables/table.h")
        self.arrows["dataplane/packet"] += " dataplane/tables"
        self.arrows["dataplane/tables"] = "dataplane/engine"
        self.assertIn("cycle of folders: dataplane/engine -> dataplane/packet -> dataplane/tables -> dataplane/engine\n",
                      self.run_on().stdout)

    def test_finds_each_of_two_cycles(self):
        for top in ("pcap", "controlplane"):
            self.write(f"{top}/a/a.h", f"{top}/b/b.h")
            self.write(f"{top}/b/b.h", f"{top}/a/a.h")
            self.arrows |= {f"{top}/a": f"{top}/b", f"{top}/b": f"{top}/a"}
        self.assertEqual(self.run_on().stdout.count("cycle of folders"), 2)

    def test_finds_an_arrow_that_is_not_listed(self):
        self.write("dataplane/engine/engine.cc", "dataplane/engine/engine.h", "softwire/address.h")
        self.assert_finds("dataplane/engine/engine.cc:3: dataplane/engine -> include/softwire is not listed in "
                          "CONTRIBUTING.md; the files: dataplane/engine/engine.cc:3")

    def test_finds_an_arrow_that_nothing_uses(self):
        self.arrows["dataplane/engine"] += " include/softwire"
        self.assert_finds("CONTRIBUTING.md:13: dataplane/engine -> include/softwire is listed, but nothing uses it; remove it")

    def test_finds_an_arrow_against_the_order(self):
        self.write("dataplane/engine/engine.cc", "controlplane/hub.h")
        self.write("controlplane/hub.h")
        self.arrows["dataplane/engine"] += " controlplane"
        self.assert_finds("dataplane/engine/engine.cc:2: dataplane/engine -> controlplane runs against "
                          "tools -> pcap -> controlplane -> dataplane -> include")

    def test_finds_an_include_of_no_file(self):
        self.write("dataplane/engine/engine.cc", "dataplane/none.h")
        self.assert_finds('dataplane/engine/engine.cc:2: "dataplane/none.h" names no file here')

    def test_an_empty_block_allows_nothing(self):
        self.arrows = {}
        self.assertEqual(self.run_on().stdout.count("is not listed"), 3)

    def test_a_line_of_another_form_is_said(self):
        self.arrows["dataplane/engine dataplane/packet"] = "include/softwire"
        self.assertIn("CONTRIBUTING.md:15: not of the form", self.run_on().stdout)

    def test_prints_what_can_be_pasted(self):
        self.arrows, printed = {}, self.run_on("--print").stdout
        self.assertEqual(printed, "dataplane/engine -> dataplane/packet\ndataplane/packet -> include/softwire\n"
                                  "tools -> dataplane/engine\n")
        self.arrows = dict(line.split(" -> ") for line in printed.splitlines())
        self.assertEqual(self.run_on().returncode, 0)


if __name__ == "__main__":
    unittest.main()
