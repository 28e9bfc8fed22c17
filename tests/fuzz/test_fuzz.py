"""A short run of every campaign. `make fuzz` runs them with 100,000 inputs and a seed of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.campaigns import run_campaign
from fuzz.secrets_sent import KEY, NUMBER, TEXT, found_in, quotes


@pytest.mark.parametrize(
    ("campaign", "inputs"), [("responses", 1500), ("webhooks", 800), ("arguments", 800), ("sockets", 150)]
)
def test_only_errors_of_this_package_are_raised(campaign: str, inputs: int) -> None:
    outcome = run_campaign(campaign, inputs, seed=1)
    assert outcome.inputs >= inputs
    assert outcome.results > inputs // 50, outcome
    assert len(outcome.errors) > 2, outcome


def test_an_input_that_never_ends_is_reported_with_the_stacks() -> None:
    code = """
import time
from hypothesis import strategies
from fuzz.running import run

def never_ends(value):
    time.sleep(3600)

run("test", strategies.none(), never_ends, inputs=1, first_seed=1, limit=0.1)
"""
    tests = Path(__file__).parent.parent
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tests, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 1
    assert "in never_ends" in result.stderr


def test_the_check_finds_what_was_sent() -> None:
    for text in quotes():
        assert found_in(f"Error: {text}!"), text
    assert found_in(f"x{KEY[3:14]}x {NUMBER} {TEXT}")
    assert found_in("The message to this number was refused.") is None
