# SPDX-License-Identifier: BSD-3-Clause
"""Tests tools/lint-sizes: which functions and files it reports."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "tools" / "lint-sizes"
LONG = "  x();\n" * 61


class LintSizes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        subprocess.run(["git", "init", "-q", self.root], check=True)

    def said_of(self, text, name="dataplane/engine.cc"):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        done = subprocess.run([sys.executable, PROGRAM, "--root", self.root], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode == 0, done.stderr), ("no function" in done.stdout, ""))
        return done.stdout.strip()

    def assert_passes(self, text, **name):
        self.assertEqual(self.said_of(text, **name), "sizes: no function and no file is too long")

    def test_sixty_lines_and_one_more(self):
        for begin in ("void f(int a) {", "int A::f() const noexcept {", "auto f(std::map<int, char> m) -> std::vector<int> {",
                      "A::A(int a) : a_(a), b_{1} {", "A::A()\n    : b_{\n          1} {",
                      "template <class T>\n  requires(sizeof(T) == 4)\nvoid f() {", "class A {\n  void f() const {",
                      "namespace a {\nextern \"C\" {\nstatic int f(struct b* c) {",
                      "const Table kTable = {\n    {\"a\", [](int a) {", "#define M(x) {\nint f() {  // }"):
            with self.subTest(begin=begin):
                line = begin.count("\n") + 1
                self.assertEqual(self.said_of(f"{begin}\n{LONG}}}\n"),
                                 f"dataplane/engine.cc:{line}: a function of 61 lines; at most 60")
                self.assert_passes(f"{begin}\n{LONG[7:]}}}\n")

    def test_what_is_no_function(self):
        rows = '    {1, "}", \'{\'},\n' * 70
        for text in (f"const int kTable[][3] = {{\n{rows}}};\n", f"const std::array kTable{{\n{rows}}};\n",
                     "struct A {\n" + "  int a = 1'000;\n" * 70 + "};\n", "enum class A : int {\n" + "  kA,\n" * 70 + "};\n",
                     "#define TABLE(X) \\\n" + "  X(a) { \\\n" * 70 + "\nint a;\n",
                     "/* { */\nnamespace a {\n" + "void f() {\n  R\"({)\";\n}\n" * 70 + "}\n",
                     "int f(A a) {\n  switch (a) {\n" + "    case A::kOne:\n" * 70 + "      return 1;\n  }\n}\n"):
            with self.subTest(text=text[:30]):
                self.assert_passes(text)

    def test_python(self):
        text = "def f():\n" + "    x()\n" * 61
        self.assertEqual(self.said_of(text, "tools/a.py"), "tools/a.py:1: a function of 61 lines; at most 60")
        (self.root / "tools/a.py").unlink()
        self.assertIn("tools/a:3: a function", self.said_of("#!/usr/bin/python3\n\n" + text, "tools/a"))

    def test_tests_may_have_long_functions_but_no_long_files(self):
        self.assert_passes(f"TEST(A, B) {{\n{LONG}}}\n", name="tests/unit/a_test.cc")
        self.assertEqual(self.said_of("int a;\n" * 501, "tests/unit/a_test.cc"),
                         "tests/unit/a_test.cc:501: a file of 501 lines; at most 500")


if __name__ == "__main__":
    unittest.main()
