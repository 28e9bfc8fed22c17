"""The sandbox in a process of its own, since recording intercepts every request made in this one.

Seed and clock are fixed, so that recording twice gives the same cassettes.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from itertools import count

from textrequest_ext.sandbox import Sandbox

BEGIN = datetime(2026, 10, 1, 15, 0, tzinfo=UTC)


def main() -> None:
    ticks = count()
    # A second passes with every look at the clock: moments differ, and are the same every time.
    with Sandbox(
        seed=1,
        dashboards=1,
        contacts=6,
        messages=8,
        deliveries="delivered",
        clock=lambda: BEGIN + timedelta(seconds=next(ticks)),
    ) as sandbox:
        print(sandbox.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
