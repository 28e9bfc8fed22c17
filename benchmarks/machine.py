"""The machine and the versions that a measurement was made with."""

from __future__ import annotations

import os
import platform
import ssl
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measuring import PACKAGE, ROOT

PACKAGES = (PACKAGE, "httpx", "httpcore", "h11", "anyio", "attrs", "msgspec", "aiohttp")


def describe(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """The facts to print with the results: processor, cores, load, Python, OpenSSL and packages."""
    facts = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": _commit(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "load": " ".join(f"{average:.1f}" for average in os.getloadavg()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "OpenSSL": ssl.OPENSSL_VERSION.split()[1],
    }
    for package in packages:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = "not installed"
    return facts


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return completed.stdout.strip() or "unknown"
