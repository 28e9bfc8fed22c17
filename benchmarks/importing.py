"""Import time: a process that imports the package, compared with one that imports httpx."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measuring import Ratio, Result, alternate, run_process


def measure(*, quick: bool) -> Iterator[Result]:
    """The import budget."""
    cpu: dict[str, list[float]] = {"textrequest_ext": [], "httpx": []}

    def importing(module: str) -> float:
        times = run_process(f"import {module}")
        cpu[module].append(times.cpu)
        return times.wall

    measured = alternate(
        {module: lambda module=module: importing(module) for module in cpu}, 5 if quick else 41
    )
    cpu_ratio = Ratio.of(cpu["textrequest_ext"], cpu["httpx"])
    yield Ratio.of(measured["textrequest_ext"], measured["httpx"]).result(
        "import", **{"CPU time": cpu_ratio.value}
    )
