"""The sandbox in a separate process, because recording intercepts all requests of the test process.

Seed and clock are fixed, so that a second recording gives the same cassettes.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from itertools import count

from textrequest_ext.sandbox import Sandbox

START = datetime(2026, 10, 1, 15, 0, tzinfo=UTC)


def main() -> None:
    ticks = count()
    # The clock advances by a second with every call: timestamps differ, and each recording has the same ones.
    with Sandbox(
        seed=1,
        dashboards=1,
        contacts=6,
        messages=8,
        deliveries="delivered",
        clock=lambda: START + timedelta(seconds=next(ticks)),
    ) as sandbox:
        print(sandbox.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
