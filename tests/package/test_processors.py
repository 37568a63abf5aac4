# SPDX-License-Identifier: BSD-3-Clause
"""Each program on the processors that it may be installed on, in QEMU's user mode emulation.

kvm64 is x86-64-v1, Nehalem x86-64-v2, Haswell x86-64-v3. What needs no DPDK runs on all. What needs it says so in one
line below x86-64-v2, and uses the best packet path that the processor supports.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

EMULATOR = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
BIN = pathlib.Path(os.environ.get("BUILD", "build")) / "bin"
SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "pcap" / "samples"
PLAIN = ("softwirectl", "softwire-b4")
DPDK = ("softwired", "softwire-replay", "softwire-bench")
V1, V2, V3 = "kvm64", "Nehalem", "Haswell"


def run(model, program, *arguments):
    """The program's end, on a processor of this model."""
    command = [EMULATOR, "-cpu", model, str(BIN / program), *arguments]
    end = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    # The emulator says which features of the model it does not have.
    lines = end.stderr.splitlines(keepends=True)
    end.stderr = "".join(line for line in lines if "warning: TCG doesn't support" not in line)
    return end


@unittest.skipIf(EMULATOR is None, "qemu-x86_64 is not installed")
class Processors(unittest.TestCase):
    def replay(self, model, *arguments):
        """Runs a sample through softwire-replay; (the frames to subscribers and to the Internet, its end)."""
        with tempfile.TemporaryDirectory() as folder:
            outputs = [pathlib.Path(folder) / name for name in ("ipv6.pcap", "ipv4.pcap")]
            end = run(
                model,
                "softwire-replay",
                f"--config={SAMPLES / 'shared.conf'}",
                f"--ipv6-in={SAMPLES / 'shared-softwire.pcap'}",
                f"--ipv4-in={SAMPLES / 'shared-ipv4.pcap'}",
                f"--ipv6-out={outputs[0]}",
                f"--ipv4-out={outputs[1]}",
                "--counters=-",
                *arguments,
            )
            return [path.read_bytes() if path.exists() else b"" for path in outputs], end

    def test_programs_without_dpdk_run_on_every_processor(self):
        for program in PLAIN:
            for model in (V1, V2, V3):
                for word in ("--version", "--help"):
                    with self.subTest(program=program, model=model, word=word):
                        end = run(model, program, word)
                        self.assertEqual((end.returncode, end.stderr), (0, ""))
                        self.assertIn(program, end.stdout)

    def test_programs_with_dpdk_say_what_they_need_below_v2(self):
        for program in DPDK:
            with self.subTest(program=program):
                end = run(V1, program, "--version")
                self.assertEqual((end.returncode, end.stdout), (1, ""))
                self.assertEqual(end.stderr.count("\n"), 1)
                self.assertIn("needs a processor with x86-64-v2", end.stderr)

    def test_programs_with_dpdk_run_from_v2_on(self):
        for program in DPDK:
            for model in (V2, V3):
                with self.subTest(program=program, model=model):
                    end = run(model, program, "--version")
                    self.assertEqual((end.returncode, end.stderr), (0, ""))
                    self.assertIn(program, end.stdout)

    def test_every_packet_path_gives_the_same_octets_and_counters(self):
        frames, end = self.replay(V2)
        self.assertEqual(end.returncode, 0, end.stderr)
        self.assertGreater(len(frames[0]), 100)
        for model, arguments in ((V3, ()), (V3, ("--instruction-set=x86-64-v2",))):
            with self.subTest(model=model, arguments=arguments):
                others, other_end = self.replay(model, *arguments)
                self.assertEqual(other_end.returncode, 0, other_end.stderr)
                self.assertEqual(others, frames)
                self.assertEqual(json.loads(other_end.stdout), json.loads(end.stdout))

    def test_a_hidden_part_of_x86_64_v3_is_not_used(self):
        frames, _ = self.replay(V2)
        for hidden in ("movbe", "abm", "f16c", "bmi2"):
            with self.subTest(hidden=hidden):
                model = f"{V3},-{hidden}"
                others, end = self.replay(model)
                self.assertEqual(end.returncode, 0, end.stderr)
                self.assertEqual(others, frames)
                _, end = self.replay(model, "--instruction-set=x86-64-v3")
                self.assertIn("instruction-set: this processor does not support x86-64-v3", end.stderr)

    def test_a_forced_instruction_set_that_the_processor_lacks_is_an_error(self):
        _, end = self.replay(V2, "--instruction-set=x86-64-v3")
        self.assertNotEqual(end.returncode, 0)
        self.assertIn("instruction-set: this processor does not support x86-64-v3", end.stderr)


if __name__ == "__main__":
    unittest.main()
