"""Decoding a page of 100 messages: from the bytes of a response to models, compared with msgspec's structs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.environments import missing_extra, runtime_environment
from benchmarks.measuring import Ratio, Result, alternate, cpu_time, unavailable, worker
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


@contextmanager
def structs() -> Iterator[Callable[[], float]]:
    """Structs of msgspec."""
    from datetime import datetime

    import msgspec

    message = msgspec.defstruct(
        "Message",
        [
            ("message_id", str | None, None),
            ("body", str | None, None),
            ("message_direction", str | None, None),
            ("response_by_username", str | None, None),
            ("message_timestamp_utc", datetime | None, None),
            ("delivery_status", str | None, None),
            ("delivery_error", str | None, None),
            ("mms_media", list[str] | None, None),
            ("dashboard_phone", str | None, None),
            ("customer_phone", str | None, None),
            ("segments_count", int | None, None),
            ("customer_friendly_name", str | None, None),
        ],
    )
    page = msgspec.defstruct("Page", [("items", list[message]), ("meta", dict[str, int])])  # type: ignore[valid-type]
    decode = msgspec.json.Decoder(page).decode
    assert len(decode(PAGE).items) == 100  # type: ignore[attr-defined]
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
            "ours": stack.enter_context(worker("decoding:ours", python=python)),
            "structs": stack.enter_context(worker("decoding:structs", python=with_msgspec)),
            "json": stack.enter_context(worker("decoding:plain_json", python=python)),
        }
        if without_speed is None:
            fast = stack.enter_context(runtime_environment("speed"))
            subjects["speed"] = stack.enter_context(worker("decoding:ours", python=fast))
        measured = alternate(subjects, 3 if quick else 25)
    alone = Ratio.of(measured["json"], measured["structs"]).value
    yield Ratio.of(measured["ours"], measured["structs"]).result("decoding", **{"json.loads alone": alone})
    if without_speed is None:
        yield Ratio.of(measured["speed"], measured["structs"]).result("decoding with speed")
    else:
        yield unavailable("decoding with speed", without_speed)
