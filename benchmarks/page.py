"""CPU time of a call that returns a typed page of 100 messages, over a real socket.

The baseline is `get` of a kept `httpx.Client`, followed by `json.loads`. The function `httpx.get` creates a
client and a TLS context for each call; its ratio is shown for information. All are measured in 10 processes, of which
the mean counts; see `measuring`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from benchmarks.environments import missing_extra, runtime_environment
from benchmarks.measuring import Ratio, Result, alternate_in_processes, cpu_time, unavailable, worker
from benchmarks.server import running_server

CALLS = 40
WAYS = ("call", "first", "low_level")


@contextmanager
def ours(url: str, way: str) -> Iterator[Callable[[], float]]:
    """A page by one of the three ways to get it."""
    from textrequest_api.api.messages import messages_list
    from textrequest_ext import TextRequest

    with TextRequest("key", base_url=url) as client:
        low_level = client.low_level
        ways: dict[str, Callable[[], object]] = {
            "call": lambda: client.call(messages_list.operation, 100, page=0, page_size=100),
            "first": lambda: client.messages.list(100, page_size=100).first(),
            "low_level": lambda: messages_list.sync(100, client=low_level, page=0, page_size=100),
        }
        yield lambda: cpu_time(ways[way], CALLS)


@contextmanager
def kept_client(url: str) -> Iterator[Callable[[], float]]:
    """A page by a client of httpx that is kept."""
    import httpx

    with httpx.Client(base_url=url, headers={"x-api-key": "key"}) as client:

        def get() -> None:
            response = client.get("/dashboards/100/messages", params={"page": 0, "page_size": 100})
            json.loads(response.content)

        yield lambda: cpu_time(get, CALLS)


@contextmanager
def function_get(url: str) -> Iterator[Callable[[], float]]:
    """A page by the function `httpx.get`."""
    import httpx

    def get() -> None:
        response = httpx.get(
            f"{url}/dashboards/100/messages",
            params={"page": 0, "page_size": 100},
            headers={"x-api-key": "key"},
        )
        json.loads(response.content)

    yield lambda: cpu_time(get, 2) * CALLS / 2


def measure(*, quick: bool) -> Iterator[Result]:
    """The budgets of a typed page, without and with the extra `speed`. The dearest way counts."""
    without_speed = missing_extra("speed")
    with running_server() as url, ExitStack() as stack:
        python = stack.enter_context(runtime_environment())
        environments = {"": python}
        if without_speed is None:
            environments[", speed"] = stack.enter_context(runtime_environment("speed"))
        subjects = {
            "kept": partial(worker, "page:kept_client", {"url": url}, python=python),
            "function": partial(worker, "page:function_get", {"url": url}, python=python),
        }
        for way in WAYS:
            for suffix, environment in environments.items():
                arguments = {"url": url, "way": way}
                subjects[way + suffix] = partial(worker, "page:ours", arguments, python=environment)
        processes, rounds = (2, 2) if quick else (10, 5)
        measured = alternate_in_processes(subjects, processes=processes, rounds=rounds)
    for key, suffix in (("page", ""), ("page with speed", ", speed")):
        if suffix not in environments:
            yield unavailable(key, str(without_speed))
            continue
        ratios = {way: _ratio(measured, way + suffix, "kept") for way in WAYS}
        dearest = max(ratios, key=lambda way: ratios[way].value)
        others = {way: ratio.value for way, ratio in ratios.items()}
        others["kept client ÷ httpx.get()"] = _ratio(measured, "kept", "function").value
        yield ratios[dearest].result(key, f"dearest: {dearest}", **others)


def _ratio(measured: list[dict[str, list[float]]], subject: str, baseline: str) -> Ratio:
    return Ratio.mean([Ratio.of(times[subject], times[baseline]) for times in measured])
