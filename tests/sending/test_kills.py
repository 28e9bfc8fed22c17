"""SIGKILL at random points, and the demonstration of the example."""

from __future__ import annotations

import subprocess
import sys

from sending.kills import EXAMPLE, run_kills


def test_every_person_is_texted_exactly_once() -> None:
    report = run_kills(count=6, seed=1)
    print(report)
    assert report.is_clean, f"{report} {report.unexpected}"
    assert report.kills == 6
    assert report.kills_in_flight > 0


def test_the_example_runs_on_the_sandbox() -> None:
    process = subprocess.run([sys.executable, str(EXAMPLE)], capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines()[-1] == "40 people were texted, 1 time each"
