"""Run a campaign in batches, with a seed that is printed and can be given again."""

from __future__ import annotations

import faulthandler
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

# Hypothesis remembers every input of a run, and finds a new one more slowly the more there are.
BATCH = 2_000


@dataclass
class Outcome:
    """What a campaign has found. results, errors: how many inputs had a result, and which error."""

    name: str
    seed: int
    inputs: int = 0
    results: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def __str__(self) -> str:
        errors = ", ".join(
            f"{name} {count:,}" for name, count in sorted(self.errors.items(), key=lambda pair: -pair[1])
        )
        return (
            f"{self.name}: seed {self.seed}, {self.inputs:,} inputs in {self.seconds:.0f} s, "
            f"{self.results:,} results, errors: {errors or 'none'}"
        )


Check = Callable[[Any], str | None]


def run(
    name: str,
    strategy: SearchStrategy[Any],
    check: Check,
    inputs: int,
    first_seed: int,
    limit: float | None = None,
) -> Outcome:
    """Call `check` with so many inputs. It returns the name of the error that was raised, or None.

    An AssertionError of `check`, or any exception that it does not expect, ends the run; hypothesis prints
    the smallest input that causes it. limit: if an input takes so many seconds, the stacks of all threads are
    printed, and the process exits with 1. The caller cancels this when it has finished.
    """
    outcome = Outcome(name, first_seed)
    started = time.monotonic()
    remaining, batch = inputs, 0
    while remaining > 0:
        size = min(BATCH, remaining)

        @seed(first_seed + batch)
        @settings(
            max_examples=size,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        @given(strategy)
        def examine(value: Any) -> None:
            if limit is not None:
                faulthandler.dump_traceback_later(limit, exit=True)
            try:
                error = check(value)
            except Exception as raised:
                raised.add_note(f"seed {first_seed}, batch {batch}, input: {value!r}"[:3000])  # noqa: B023
                raise
            outcome.inputs += 1
            if error is None:
                outcome.results += 1
            else:
                outcome.errors[error] += 1

        before = outcome.inputs
        examine()
        # Hypothesis ends early if the strategy has no other inputs.
        remaining = remaining - (outcome.inputs - before) if outcome.inputs > before else 0
        batch += 1
    outcome.seconds = time.monotonic() - started
    return outcome
