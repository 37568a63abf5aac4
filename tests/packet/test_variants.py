# SPDX-License-Identifier: BSD-3-Clause
"""Tests that the packet path of every instruction set gives the same frames and counters as the
baseline, in every burst size."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

REPLAY = os.environ.get("SOFTWIRE_REPLAY", "build/bin/softwire-replay")
SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "pcap" / "samples"
BASELINE = "x86-64-v2"
OTHERS = ("x86-64-v3", "x86-64-v4")
INPUTS = {"shared": ("shared-softwire", "shared-ipv4"), "lease": ("lease-softwire", "lease-ipv4")}
BURSTS = (1, 4, 64)


def replay(sample, instruction_set, burst):
    """Returns (frames to subscribers, frames to the Internet, counters), or the error text."""
    ipv6, ipv4 = INPUTS[sample]
    with tempfile.TemporaryDirectory() as folder:
        outputs = [pathlib.Path(folder) / name for name in ("ipv6.pcap", "ipv4.pcap")]
        end = subprocess.run(
            [
                REPLAY,
                f"--config={SAMPLES / (sample + '.conf')}",
                f"--ipv6-in={SAMPLES / (ipv6 + '.pcap')}",
                f"--ipv4-in={SAMPLES / (ipv4 + '.pcap')}",
                f"--ipv6-out={outputs[0]}",
                f"--ipv4-out={outputs[1]}",
                f"--burst={burst}",
                f"--instruction-set={instruction_set}",
                "--counters=-",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if end.returncode != 0:
            return end.stderr
        return outputs[0].read_bytes(), outputs[1].read_bytes(), json.loads(end.stdout)


class Variants(unittest.TestCase):
    def test_every_instruction_set_gives_what_the_baseline_gives(self):
        compared = 0
        for sample in INPUTS:
            for burst in BURSTS:
                expected = replay(sample, BASELINE, burst)
                if isinstance(expected, str):
                    self.skipTest(expected)
                self.assertGreater(len(expected[0]), 100)
                for instruction_set in OTHERS:
                    with self.subTest(sample=sample, burst=burst, instruction_set=instruction_set):
                        result = replay(sample, instruction_set, burst)
                        if isinstance(result, str):
                            # The processor lacks it, or the program was not built for it.
                            self.assertIn("instruction-set", result)
                            continue
                        self.assertEqual(result, expected)
                        compared += 1
        if compared == 0:
            self.skipTest(f"neither program nor processor has another instruction set than {BASELINE}")


if __name__ == "__main__":
    unittest.main()
