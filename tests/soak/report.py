# SPDX-License-Identifier: BSD-3-Clause
"""Collects the verdicts of a soak, and prints them as a table in Markdown."""

import pathlib
import typing


class Verdict(typing.NamedTuple):
    part: str
    what: str
    figures: str
    limit: str
    holds: bool


class Report:
    def __init__(self):
        self.title = ""
        self.verdicts = []

    def add(self, part, what, figures, limit, holds):
        """Notes the verdict of a part, and says it."""
        verdict = Verdict(part, what, figures, limit, bool(holds))
        self.verdicts.append(verdict)
        print(f"{'holds' if holds else 'FAILS'}: {part}: {figures} (limit: {limit})", flush=True)

    @property
    def holds(self):
        return bool(self.verdicts) and all(verdict.holds for verdict in self.verdicts)

    def markdown(self):
        lines = [self.title, "", "| part | what | figures | limit | verdict |", "|---|---|---|---|---|"]
        lines += [f"| {v.part} | {v.what} | {v.figures} | {v.limit} | {'holds' if v.holds else '**fails**'} |"
                  for v in self.verdicts]
        return "\n".join(lines) + "\n"

    def write(self, path):
        pathlib.Path(path).write_text(self.markdown())
