"""Import time: a process that imports the client, compared with one that imports httpx."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.environments import runtime_environment
from benchmarks.measuring import Ratio, Result, alternate, run_process

# A client is imported, not only the package: names that are imported on first use count as well.
OURS = "from textrequest_ext import TextRequest"
BASELINE = "import httpx"


def measure(*, quick: bool) -> Iterator[Result]:
    """The import budget."""
    cpu: dict[str, list[float]] = {OURS: [], BASELINE: []}
    with runtime_environment() as python:

        def importing(code: str) -> float:
            times = run_process(python, code)
            cpu[code].append(times.cpu)
            return times.wall

        measured = alternate({code: lambda code=code: importing(code) for code in cpu}, 5 if quick else 41)
    cpu_ratio = Ratio.of(cpu[OURS], cpu[BASELINE])
    yield Ratio.of(measured[OURS], measured[BASELINE]).result("import", **{"CPU time": cpu_ratio.value})
