"""The campaigns, and how many inputs each gets."""

from __future__ import annotations

import faulthandler
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fuzz import arguments, responses, sockets, webhooks
from fuzz.running import Outcome, run

# The part of all inputs that each campaign gets.
SHARES = {"responses": 0.55, "webhooks": 0.22, "arguments": 0.2, "sockets": 0.03}


@contextmanager
def _responses() -> Iterator[tuple[Any, Callable[[Any], str | None]]]:
    clients = responses.Clients()
    try:
        yield responses.inputs, responses.Check(clients)
    finally:
        clients.close()


@contextmanager
def _webhooks() -> Iterator[tuple[Any, Callable[[Any], str | None]]]:
    yield webhooks.inputs, webhooks.check


@contextmanager
def _arguments() -> Iterator[tuple[Any, Callable[[Any], str | None]]]:
    check = arguments.Check()
    try:
        yield arguments.inputs, check
    finally:
        check.close()


@contextmanager
def _sockets() -> Iterator[tuple[Any, Callable[[Any], str | None]]]:
    check = sockets.Check()
    try:
        yield sockets.inputs, check
    finally:
        check.close()


_CAMPAIGNS = {"responses": _responses, "webhooks": _webhooks, "arguments": _arguments, "sockets": _sockets}


def run_campaign(name: str, inputs: int, seed: int, limit: float | None = None) -> Outcome:
    """Run one campaign; raises what an input has caused.

    limit: seconds for one input, and for the end of the campaign. If one takes longer, the stacks of all
    threads are printed, and the process exits with 1.
    """
    try:
        with _CAMPAIGNS[name]() as (strategy, check):
            return run(name, strategy, check, inputs, seed, limit)
    finally:
        if limit is not None:
            faulthandler.cancel_dump_traceback_later()
