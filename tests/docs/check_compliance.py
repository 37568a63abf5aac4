#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks docs/compliance.md against the tests: each named test exists, a clause that is met names one, a clause that
is not says why, and the counts at the top are those of the rows. Likewise docs/dhcp-checks.md: every number is there,
with tests that exist."""

import ast
import collections
import pathlib
import re
import sys

HEADER = "| clause | strength | demands | status | shown by, or why not |"
STRENGTHS = ("MUST", "SHOULD", "own")
STATUSES = ("met", "not met", "does not apply")
GTEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
NAME = re.compile(r"`((?:(?:packet|e2e)\.\w+ )?[A-Z]\w*\.\w+)`")
QUOTED = re.compile(r"`([^`]*)`")
NUMBERED = 32  # demands of docs/dhcp-checks.md


def tests_of(folder):
    names = set()
    for path in folder.rglob("*.cc"):
        names.update(f"{fixture}.{name}" for fixture, name in GTEST.findall(path.read_text()))
    for path in (*folder.glob("packet/test_*.py"), *folder.glob("e2e/test_*.py")):
        subject = f"{path.parent.name}.{path.stem.removeprefix('test_')}"
        for group in ast.parse(path.read_text()).body:
            if not isinstance(group, ast.ClassDef):
                continue
            for test in group.body:
                if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                    names.add(f"{subject} {group.name}.{test.name}")
    return names


def cells_of(line):
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def row_errors(cells, names):
    """Yields the errors in a row of a table of clauses."""
    if len(cells) != 5 or not all(cells):
        return [f"a row has five cells and none is empty; this one has {len(cells)}"]
    _, strength, _, status, shown = cells
    errors = []
    if strength not in STRENGTHS:
        errors.append(f"strength '{strength}' is none of {', '.join(STRENGTHS)}")
    if status not in STATUSES:
        errors.append(f"status '{status}' is none of {', '.join(STATUSES)}")
    if status == "met" and not names:
        errors.append("met, but no test is named")
    return errors


def check(text, tests):
    """Returns the errors by line, and the counts by (strength, status)."""
    errors, counts, stated = [], collections.Counter(), {}
    in_clauses = False
    for number, line in enumerate(text.splitlines(), 1):
        names = NAME.findall(line)
        errors += [f"{number}: there is no test {name}" for name in names if name not in tests]
        if not line.startswith("|"):
            in_clauses = False
        elif line == HEADER:
            in_clauses = True
        elif in_clauses and not line.startswith("|---"):
            cells = cells_of(line)
            wrong = row_errors(cells, names)
            errors += [f"{number}: {what}" for what in wrong]
            if not wrong:
                counts[cells[1], cells[3]] += 1
        elif cells_of(line)[0] in STRENGTHS:
            strength, *numbers = cells_of(line)
            stated[strength] = number, numbers
    for strength in STRENGTHS:
        right = [str(counts[strength, status]) for status in STATUSES]
        number, numbers = stated.get(strength, (1, "missing"))
        if numbers != right:
            errors.append(f"{number}: counts of {strength} are {numbers}; the rows give {right}")
    return errors


def check_numbered(text, tests):
    """Lines with what is wrong in them."""
    errors, last = [], 0
    for number, line in enumerate(text.splitlines(), 1):
        cells = cells_of(line)
        if not line.startswith("|") or not cells[0].isdigit():
            continue
        if int(cells[0]) != last + 1:
            errors.append(f"{number}: this is number {cells[0]}; {last + 1} comes here")
        last = int(cells[0])
        if len(cells) != 4 or not all(cells):
            errors.append(f"{number}: a row has four cells and none is empty; this one has {len(cells)}")
        names = QUOTED.findall(cells[-1])
        if not names:
            errors.append(f"{number}: no test is named")
        errors += [f"{number}: there is no test {name}" for name in names if name not in tests]
    if last != NUMBERED:
        errors.append(f"1: the last number is {last}; there are {NUMBERED}")
    return errors


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    tests = tests_of(root / "tests")
    wrong = 0
    for name, of_text in (("compliance.md", check), ("dhcp-checks.md", check_numbered)):
        document = root / "docs" / name
        for error in of_text(document.read_text(), tests):
            print(f"{document.relative_to(root)}:{error}")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
