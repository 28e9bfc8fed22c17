"""The sandbox in a separate process, because recording intercepts all requests of the test process.

Seed and clock are fixed, so that a second recording gives the same cassettes.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from itertools import count

from textrequest_ext.sandbox import Sandbox

START = datetime(2026, 10, 1, 15, 0, tzinfo=UTC)


class TickingSandbox(Sandbox):
    """A sandbox whose clock advances by a second with every call, and starts again with every test.

    Timestamps differ, each recording has the same ones, and a new test does not change those of the others.
    """

    def __init__(self) -> None:
        self._ticks = count()
        super().__init__(
            seed=1, dashboards=1, contacts=6, messages=8, deliveries="delivered", clock=self._next_second
        )

    def reset(self) -> None:
        """Restore the initial state; each test begins with it."""
        self._ticks = count()
        super().reset()

    def _next_second(self) -> datetime:
        return START + timedelta(seconds=next(self._ticks))


def main() -> None:
    with TickingSandbox() as sandbox:
        print(sandbox.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
