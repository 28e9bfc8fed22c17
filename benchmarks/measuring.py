"""How everything is measured: subjects take turns, and what counts is the median of the ratios of the rounds.

A subject is whatever is timed: our client, or what it is compared with. In each round every subject runs
once, in an order that is reversed in every second round. The ratio of a round compares two measurements
that were made one after the other, so a change of the machine's speed affects both.

The system loads a process at random addresses, and the speed of its code depends on these: with CPython 3.11 on
Linux, json.loads takes a tenth longer in every second process, as one bit of the address of libpython is. More rounds
do not change that. What depends on it is measured in several processes, of which the mean counts: the processes of
users are loaded at random addresses too.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "textrequest-ext"


@dataclass(frozen=True)
class Result:
    """One number: a ratio in most cases.

    key: name of the budget. value: None if it could not be measured; `note` says why. low, high: the
    quartiles of the rounds, or of the processes. others: more ratios of the same rounds, for information.
    """

    key: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""
    others: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ratio:
    """The median of the ratios of all rounds, and their quartiles."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, ours: Sequence[float], baseline: Sequence[float]) -> Ratio:
        """The ratio of two subjects that took turns."""
        ratios = [one / other for one, other in zip(ours, baseline, strict=True)]
        low, median, high = _quartiles(ratios)
        return cls(median, low, high)

    @classmethod
    def mean(cls, ratios: Sequence[Ratio]) -> Ratio:
        """The mean of the ratios of several processes, and their quartiles."""
        values = [ratio.value for ratio in ratios]
        return cls(sum(values) / len(values), *_quartiles(values)[::2])

    def result(self, key: str, note: str = "", **others: float) -> Result:
        """The ratio as the result of a budget."""
        return Result(key, self.value, self.low, self.high, note, others)


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return values[0], values[0], values[0]
    import statistics  # not needed by workers, whose memory is measured

    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, median, high


def unavailable(key: str, reason: str) -> Result:
    """A result that could not be measured. It counts as missed."""
    return Result(key, None, note=f"not available: {reason}")


def alternate(
    subjects: Mapping[str, Callable[[], float]], rounds: int, *, warm_up: bool = True
) -> dict[str, list[float]]:
    """Measure the subjects in turns; returns the measurements of each."""
    names = list(subjects)
    if warm_up:
        for name in names:
            subjects[name]()
    measured: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            measured[name].append(subjects[name]())
    return measured


def alternate_in_processes(
    subjects: Mapping[str, Callable[[], AbstractContextManager[Callable[[], float]]]],
    *,
    processes: int,
    rounds: int,
) -> list[dict[str, list[float]]]:
    """Measure the subjects in turns, several times, each time in new processes; returns the measurements of each time.

    subjects: functions that start the `worker` of a subject.
    """
    measured = []
    for _ in range(processes):
        with ExitStack() as stack:
            workers = {name: stack.enter_context(start()) for name, start in subjects.items()}
            measured.append(alternate(workers, rounds))
    return measured


@contextmanager
def worker(
    function: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    python: str,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Callable[[], Any]]:
    """A process that has one subject; calling the result measures one round there.

    function: "module:function" of this package, a context manager that yields the round. python: the
    interpreter of the environment that the subject needs.
    """
    command = [python, "-m", "benchmarks.worker", function, json.dumps(arguments or {})]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0", **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    given, output = process.stdin, process.stdout

    def measure() -> Any:
        given.write("round\n")
        given.flush()
        line = output.readline()
        if not line:
            raise RuntimeError(f"the process that runs {function} has ended with {process.wait()}")
        return json.loads(line)

    try:
        yield measure
        given.close()
        process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
        output.close()


@dataclass(frozen=True)
class ProcessTimes:
    """Seconds of a whole process: on the clock, and of the CPU."""

    wall: float
    cpu: float


def run_process(python: str, code: str, environment: Mapping[str, str] | None = None) -> ProcessTimes:
    """Run Python code in a process of its own, from its start to its end."""
    variables = {**os.environ, **(environment or {})}
    start = time.perf_counter()
    process = os.posix_spawn(python, [python, "-c", code], variables)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    if status:
        raise RuntimeError(f"the process has ended with {os.waitstatus_to_exitcode(status)}: {code}")
    return ProcessTimes(wall, usage.ru_utime + usage.ru_stime)


def cpu_time(function: Callable[[], Any], calls: int) -> float:
    """The CPU time of this process for a number of calls, after one that is not counted."""
    function()
    start = time.process_time()
    for _ in range(calls):
        function()
    return time.process_time() - start
