"""Decoding a page of 100 messages: from the bytes of a response to models, compared with msgspec's structs.

Most of the time without the extra `speed` is json.loads, which is fast in some processes and slow in others; see
`measuring`. So it is measured in 16 processes, of which the mean counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from benchmarks.environments import missing_extra, runtime_environment
from benchmarks.measuring import Ratio, Result, alternate_in_processes, cpu_time, unavailable, worker
from benchmarks.payloads import page_of_messages

CALLS = 100
PAGE = page_of_messages(0, 100, 100)


@contextmanager
def ours() -> Iterator[Callable[[], float]]:
    """The models of the package."""
    import httpx

    from textrequest_api.api.messages import messages_list

    response = httpx.Response(200, content=PAGE, headers={"content-type": "application/json"})
    assert messages_list.operation.parse(response).items[99].message_direction == "S"
    yield lambda: cpu_time(lambda: messages_list.operation.parse(response), CALLS)


def struct_decoder() -> Callable[[bytes], Any]:
    """A function that decodes a page into structs of msgspec."""
    from datetime import datetime

    import msgspec

    text = str | None
    fields: list[tuple[str, Any, None]] = [
        ("message_id", text, None),
        ("body", text, None),
        ("message_direction", text, None),
        ("response_by_username", text, None),
        ("message_timestamp_utc", datetime | None, None),
        ("delivery_status", text, None),
        ("delivery_error", text, None),
        ("mms_media", list[str] | None, None),
        ("dashboard_phone", text, None),
        ("customer_phone", text, None),
        ("segments_count", int | None, None),
        ("customer_friendly_name", text, None),
    ]
    message = msgspec.defstruct("Message", fields)
    page = msgspec.defstruct("Page", [("items", list[message]), ("meta", dict[str, int])])  # type: ignore[valid-type]
    return msgspec.json.Decoder(page).decode


@contextmanager
def structs() -> Iterator[Callable[[], float]]:
    """Structs of msgspec."""
    decode = struct_decoder()
    assert len(decode(PAGE).items) == 100
    yield lambda: cpu_time(lambda: decode(PAGE), CALLS)


@contextmanager
def plain_json() -> Iterator[Callable[[], float]]:
    """Dictionaries of the standard library, without any models."""
    yield lambda: cpu_time(lambda: json.loads(PAGE), CALLS)


def measure(*, quick: bool) -> Iterator[Result]:
    """The budgets of decoding, without and with the extra `speed`."""
    without_speed = missing_extra("speed")
    with ExitStack() as stack:
        python = stack.enter_context(runtime_environment())
        with_msgspec = stack.enter_context(runtime_environment(others=["msgspec"]))
        subjects = {
            "ours": partial(worker, "decoding:ours", python=python),
            "structs": partial(worker, "decoding:structs", python=with_msgspec),
            "json": partial(worker, "decoding:plain_json", python=python),
        }
        if without_speed is None:
            fast = stack.enter_context(runtime_environment("speed"))
            subjects["speed"] = partial(worker, "decoding:ours", python=fast)
        processes, rounds = (2, 2) if quick else (16, 7)
        measured = alternate_in_processes(subjects, processes=processes, rounds=rounds)
    ratios = {
        name: Ratio.mean([Ratio.of(times[name], times["structs"]) for times in measured]) for name in subjects
    }
    yield ratios["ours"].result("decoding", **{"json.loads alone": ratios["json"].value})
    if without_speed is None:
        yield ratios["speed"].result("decoding with speed")
    else:
        yield unavailable("decoding with speed", without_speed)
