# SPDX-License-Identifier: BSD-3-Clause
"""Checks that docs/troubleshooting.md has one heading for every outcome that drops, and no others."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    outcomes = (ROOT / "include" / "softwire" / "outcome_table.h").read_text()
    dropping = set(re.findall(r'X\(k\w+, "([\w-]+)", \w+, kDropped,', outcomes))
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    headed = [name for line in page.splitlines() if line.startswith("### ") for name in re.findall(r"`([\w-]+)`", line)]
    errors = [f"{name} has no heading" for name in sorted(dropping - set(headed))]
    errors += [f"{name} is no outcome that drops" for name in sorted(set(headed) - dropping)]
    errors += [f"{name} has several headings" for name in sorted(set(headed)) if headed.count(name) > 1]
    for error in errors:
        print(f"docs/troubleshooting.md: {error}")
    return 1 if errors or len(dropping) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
