"""A process that measures one subject, a round for each line of its input; see `measuring.worker`."""

from __future__ import annotations

import json
import resource
import sys
from importlib import import_module


def allow_many_sockets() -> None:
    """Raise this process's limit of open files: a burst opens one socket for each call."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main() -> None:
    location, arguments = sys.argv[1:]
    allow_many_sockets()
    module, _, function = location.partition(":")
    with getattr(import_module(f"benchmarks.{module}"), function)(**json.loads(arguments)) as measure:
        for _ in sys.stdin:
            print(json.dumps(measure()), flush=True)


if __name__ == "__main__":
    main()
