#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks metrics and their documentation: the text with the parsers of other programs; alert rules and
dashboard against the existing names and labels; docs/metrics/series.md against the families."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
DOC = os.environ["METRICS_DOC"]
NO_PROMTOOL = "promtool is not installed (Debian package prometheus)"
SELECTOR = re.compile(r"\b((?:softwire|process)_[a-z0-9_]+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
SAMPLE = re.compile(r'^([a-z_0-9]+)(?:\{(.*)\})? ', re.MULTILINE)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def printed(*words):
    return subprocess.run([DOC, *words], check=True, capture_output=True, text=True).stdout


def promtool(*words, text=None):
    """Returns (exit status, output). Runs in its own directory, which contains the rules."""
    done = subprocess.run(["promtool", *words], input=text, text=True, capture_output=True, cwd=DOCS / "metrics")
    return done.returncode, done.stdout + done.stderr


def expressions(node):
    """Yields every expression of a dashboard, and every query of its variables."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key in ("expr", "query") and isinstance(value, str))
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from expressions(item)


class Text(unittest.TestCase):
    def test_series_page_is_up_to_date(self):
        self.assertEqual((DOCS / "metrics" / "series.md").read_text(), printed(),
                         "run: build/tests/metrics_doc > docs/metrics/series.md")

    @unittest.skipUnless(shutil.which("promtool"), NO_PROMTOOL)
    def test_promtool_takes_the_text(self):
        status, said = promtool("check", "metrics", text=printed("prometheus"))
        self.assertEqual((status, said), (0, ""))

    def test_the_reference_parser_takes_openmetrics(self):
        try:
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
        except ImportError:
            self.skipTest("prometheus_client is not installed (Debian package python3-prometheus-client)")
        families = list(text_string_to_metric_families(printed("openmetrics")))
        series = {(s.name, tuple(s.labels.items())): s.value for family in families for s in family.samples}
        self.assertEqual(len(families), printed("prometheus").count("# TYPE "))
        self.assertEqual(series["softwire_packet_buffers", (("state", "free"),)], 12288)
        self.assertEqual(series["process_cpu_seconds_total", ()], 12.25)
        meaning = next(s.labels["meaning"] for f in families for s in f.samples
                       if s.labels.get("outcome") == "drop-ipv4-ttl" and s.name == "softwire_outcome_info")
        self.assertEqual(meaning, "time to live would reach zero")


class Users(unittest.TestCase):
    """Checks names in alerts and dashboard: an alert with a wrong name would never fire."""

    @classmethod
    def setUpClass(cls):
        cls.series = {}
        for name, labels in SAMPLE.findall(printed("openmetrics")):
            cls.series.setdefault(name, []).append(dict(LABEL.findall(labels)))

    def assert_selects(self, expression):
        selectors = SELECTOR.findall(expression)
        for name, matchers in selectors:
            self.assertIn(name, self.series, expression)
            for label, _, value in MATCHER.findall(matchers):
                if label == "instance":
                    continue  # Prometheus adds that
                for alternative in self.alternatives(value):
                    there = [labels[label] for labels in self.series[name] if label in labels]
                    self.assertTrue(any(re.fullmatch(alternative, one) for one in there),
                                    f"{name} has no {label}={alternative}: {expression}")
        return len(selectors)

    @staticmethod
    def alternatives(value):
        """Returns the words of a matcher: ab, ac and d for a(b|c)|d."""
        group = re.search(r"\(([^)]*)\)", value)
        if group:
            for middle in group[1].split("|"):
                yield from Users.alternatives(value[:group.start()] + middle + value[group.end():])
            return
        yield from value.split("|")

    def test_alert_rules(self):
        text = (DOCS / "metrics" / "alerts.yml").read_text()
        self.assertGreater(self.assert_selects(text), text.count("- alert: "))

    def test_dashboard(self):
        dashboard = json.loads((DOCS / "metrics" / "dashboard.json").read_text())
        found = [self.assert_selects(expression) for expression in expressions(dashboard)
                 if expression != "prometheus"]
        self.assertGreater(len(found), 30)
        self.assertTrue(all(found))
        panels = dashboard["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        for panel in panels:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])

    @unittest.skipUnless(shutil.which("promtool"), NO_PROMTOOL)
    def test_promtool_takes_the_rules(self):
        status, said = promtool("check", "rules", "alerts.yml")
        self.assertEqual(status, 0, said)

    @unittest.skipUnless(shutil.which("promtool"), NO_PROMTOOL)
    def test_alerts_fire_when_they_should(self):
        status, said = promtool("test", "rules", "alerts_test.yml")
        self.assertEqual(status, 0, said)

    @unittest.skipUnless(shutil.which("promtool"), NO_PROMTOOL)
    def test_expressions_of_the_dashboard_can_be_parsed(self):
        dashboard = json.loads((DOCS / "metrics" / "dashboard.json").read_text())
        lines = ["groups: [{name: dashboard, rules: ["]
        for number, expression in enumerate(expressions(dashboard)):
            if expression != "prometheus" and not expression.startswith("label_values("):
                expression = expression.replace("$__rate_interval", "1m")
                lines.append(f"{{record: 'dashboard:{number}', expr: {json.dumps(expression)}}},")
        path = pathlib.Path(os.environ["METRICS_SCRATCH"]) / "dashboard-rules.yml"
        path.write_text("\n".join([*lines, "]}]"]))
        status, said = promtool("check", "rules", str(path))
        self.assertEqual(status, 0, said)


if __name__ == "__main__":
    unittest.main()
