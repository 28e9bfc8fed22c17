"""Measure the libraries side by side. Each function returns ratios that JSON can hold."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from benchmarks.burst import BY_HAND, LATENCY
from benchmarks.cold import BASELINE, OURS, local_certificates
from benchmarks.environments import missing_extra, runtime_environment
from benchmarks.measuring import Ratio, alternate, run_process, worker
from benchmarks.peers import scratch
from benchmarks.peers.sdks import ROUTES, SDKS
from benchmarks.server import running_server

Table = dict[str, dict[str, Any]]
OWN = "textrequest-ext"
TOOLS = ("msgspec", "orjson", "pydantic", "urllib3", "python-dateutil", "attrs", "httpx", "matplotlib")
DECODERS = (OWN, "msgspec", "pydantic", "openapi-python-client", "openapi-generator", "orjson", "json.loads")
LIBRARIES = (
    OWN,
    "httpx and json.loads",
    "httpx and msgspec",
    "httpx and pydantic",
    "openapi-python-client",
    "openapi-generator",
)
EXAMPLE = "examples/export_messages.py"
IMPORT_OURS, IMPORT_HTTPX = "from textrequest_ext import TextRequest", "import httpx"


class Comparison:
    """What can be compared here, and the interpreters for it."""

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self.skipped: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self.tools = scratch.environment("tools", *TOOLS)
        self.tools_versions = {name: scratch.installed_version(self.tools, name) for name in TOOLS}
        self.sdks: dict[str, str] = {}
        for sdk in SDKS:
            try:
                self.sdks[sdk.package] = scratch.environment(sdk.package, sdk.package)
                self.versions[sdk.package] = scratch.installed_version(self.sdks[sdk.package], sdk.package)
            except scratch.Unavailable as reason:
                self.skipped[sdk.package] = str(reason)
        try:
            scratch.generate_stock()
            self.versions["openapi-python-client"] = scratch.installed_version(
                sys.executable, "openapi-python-client"
            )
        except scratch.Unavailable as reason:
            self.skipped["openapi-python-client"] = str(reason)
        try:
            self.versions["openapi-generator"] = scratch.generate_openapi_generator()
        except scratch.Unavailable as reason:
            self.skipped["openapi-generator"] = str(reason)

    def _libraries(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name not in self.skipped]

    def _workers(
        self, stack: ExitStack, function: str, names: Sequence[str], arguments: dict[str, Any]
    ) -> dict[str, Callable[[], float]]:
        """A worker for each library: ours with the runtime dependencies alone, the others in `tools`."""
        own = stack.enter_context(runtime_environment())
        return {
            name: stack.enter_context(
                worker(
                    f"peers.libraries:{function}",
                    {"library": name, **arguments},
                    python=own if name.startswith(OWN) else self.tools,
                    environment={"PYTHONPATH": str(scratch.GENERATED)},
                )
            )
            for name in self._libraries(names)
        }

    def sdk_processes(self) -> Table:
        """Import and first call of the SDKs, divided by the same with httpx."""
        rounds = 3 if self.quick else 15
        with ExitStack() as stack:
            certificates = stack.enter_context(local_certificates())
            routes = certificates.server.with_name("routes.json")
            routes.write_text(json.dumps(ROUTES))
            url = stack.enter_context(running_server(certificate=certificates.server, routes=routes))
            own = stack.enter_context(runtime_environment())
            environment = {"SSL_CERT_FILE": str(certificates.authorities)}
            imports: dict[str, Callable[[], float]] = {}
            calls: dict[str, Callable[[], float]] = {}

            def process(python: str, code: str) -> Callable[[], float]:
                return lambda: run_process(python, code, environment).wall

            imports["httpx"], imports[OWN] = process(own, IMPORT_HTTPX), process(own, IMPORT_OURS)
            calls["httpx"], calls[OWN] = (process(own, code.format(url=url)) for code in (BASELINE, OURS))
            for sdk in SDKS:
                if sdk.package in self.sdks:
                    python = self.sdks[sdk.package]
                    imports[sdk.package] = process(python, sdk.imports)
                    if sdk.call is not None:
                        code = f"url = {url!r}\n{sdk.imports}\n{sdk.call}"
                        calls[sdk.package] = process(python, code)
            imported, called = alternate(imports, rounds), alternate(calls, rounds)
        return {
            name: {
                "import": Ratio.of(imported[name], imported["httpx"]).value,
                "first call": Ratio.of(called[name], called["httpx"]).value if name in called else None,
            }
            for name in imports
        }

    def pages(self) -> Table:
        """CPU time of a call that returns a page of 100 messages, divided by httpx and json.loads."""
        with running_server() as url, ExitStack() as stack:
            subjects = self._workers(stack, "one_page", LIBRARIES, {"url": url})
            measured = alternate(subjects, 3 if self.quick else 15)
        baseline = measured["httpx and json.loads"]
        return {name: {"page": Ratio.of(times, baseline).value} for name, times in measured.items()}

    def decoding(self) -> Table:
        """CPU time of decoding a page of 100 messages, divided by structs of msgspec."""
        with ExitStack() as stack:
            measured = alternate(self._workers(stack, "decoding", DECODERS, {}), 3 if self.quick else 15)
        return {
            name: {"decoding": Ratio.of(times, measured["msgspec"]).value} for name, times in measured.items()
        }

    def rows(self) -> Table:
        """CPU time per row of iterating over lists of different lengths.

        Divided by that of httpx and json.loads for the longest list.
        """
        lengths = (1_000, 10_000) if self.quick else (1_000, 10_000, 100_000, 1_000_000)
        names = [OWN, f"{OWN}, 8 concurrent", *(name for name in LIBRARIES if name != OWN)]
        with running_server() as url, ExitStack() as stack:
            subjects = {
                (name, rows): subject
                for rows in lengths
                for name, subject in self._workers(
                    stack, "all_rows", names, {"url": url, "rows": rows}
                ).items()
            }
            return self._by_size(subjects, ("httpx and json.loads", max(lengths)))

    def bursts(self) -> Table:
        """CPU time per call of bursts of different sizes.

        Divided by that of 1,000 calls, 20 at a time by hand with httpx.
        """
        sizes = (1, 10, 100) if self.quick else (1, 10, 100, 1_000, 10_000)
        by_hand = f"httpx, {BY_HAND} at a time"
        with running_server() as url, ExitStack() as stack:
            own = stack.enter_context(runtime_environment())
            ways = {"ours": own, by_hand: own, "httpx": own}
            if missing_extra("aiohttp") is None:
                extra = stack.enter_context(runtime_environment("aiohttp"))
                ways |= {"ours with aiohttp": extra, "aiohttp": extra}
            subjects = {}
            for way, python in ways.items():
                for calls in sizes:
                    if way == "httpx" and calls > 1_000:
                        continue  # its time grows with the square: 10,000 calls would take an hour
                    arguments = {"url": url, "way": way, "calls": calls, "cpu": True}
                    subject = worker("burst:burst", arguments, python=python)
                    subjects[way, calls] = stack.enter_context(subject)
            # A burst of 1,000 takes plain httpx half a minute.
            measured = self._by_size(subjects, (by_hand, min(1_000, max(sizes))), once_from=1_000)
        return {way.replace("ours", OWN): values for way, values in measured.items()}

    def exports(self) -> Table:
        """Time of an export to JSON lines, divided by that of a loop over httpx by hand."""
        rows = 4_990 if self.quick else 39_990
        hand = "httpx by hand"
        subjects = {
            EXAMPLE: ("example", {"concurrency": 1}),
            f"{EXAMPLE}, 8 concurrent": ("example", {"concurrency": 8}),
            hand: ("by_hand", {}),
        }
        table: Table = {}
        with runtime_environment() as python:
            for delay in (0.0, LATENCY):
                with running_server(delay=delay) as url, ExitStack() as stack:
                    workers: dict[str, Callable[[], float]] = {}
                    for name, (function, options) in subjects.items():
                        arguments = {"url": url, "rows": rows, **options}
                        subject = worker(f"peers.exporting:{function}", arguments, python=python)
                        workers[name] = stack.enter_context(subject)
                    measured = alternate(workers, 1 if self.quick else 5)
                for name, times in measured.items():
                    ratio = Ratio.of(times, measured[hand]).value
                    table.setdefault(name, {})[f"{delay * 1000:.0f} ms"] = ratio
        return table

    def _by_size(
        self,
        subjects: dict[tuple[str, int], Callable[[], float]],
        baseline: tuple[str, int],
        *,
        once_from: int = 10_000,
    ) -> Table:
        """Time per item of subjects of different sizes, divided by the baseline's in the same round."""

        def per_item(subject: Callable[[], float], size: int) -> Callable[[], float]:
            # A small size is measured several times in a round: a single time says little.
            times = 5 if size < once_from else 1
            return lambda: sorted(subject() for _ in range(times))[times // 2] / size

        turns = {key: per_item(subject, key[1]) for key, subject in subjects.items()}
        measured = alternate(turns, 1 if self.quick else 3, warm_up=False)
        table: Table = {}
        for (name, size), times in measured.items():
            table.setdefault(name, {})[str(size)] = Ratio.of(times, measured[baseline]).value
        return table

    def all(self) -> dict[str, Any]:
        """All comparisons, with what was skipped and why."""
        return {
            "sdks": self.sdk_processes(),
            "decoding": self.decoding(),
            "pages": self.pages(),
            "bursts": self.bursts(),
            "rows": self.rows(),
            "exports": self.exports(),
            "skipped": self.skipped,
            "versions": {**self.versions, **self.tools_versions},
        }
