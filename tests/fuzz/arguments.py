"""Strange arguments of every method: types and values that no documentation allows."""

from __future__ import annotations

import asyncio
import decimal
import enum
import functools
import inspect
import io
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from fractions import Fraction
from typing import Any

import httpx
from hypothesis import strategies as st

from fuzz.calls import METHODS, Method, finish, finish_async
from fuzz.secrets_sent import KEY, NUMBER, TEXT, check_error, found_in
from textrequest_api import models
from textrequest_api.types import UNSET, File
from textrequest_ext import (
    AsyncTextRequest,
    Limits,
    OutgoingMessage,
    RetryPolicy,
    TextRequest,
    TextRequestError,
    Timeout,
    has_location_tag,
    is_failure,
    is_final,
    is_opt_out,
    parse_model,
    parse_phone_number,
    segments,
    smart_text,
    webhooks,
    with_location_tag,
)
from textrequest_ext._sending.settings import Settings


class WithoutRepr:
    """An object that cannot be printed."""

    def __repr__(self) -> str:
        raise ZeroDivisionError(TEXT)

    __str__ = __repr__


class Text(str):
    """A subclass of str."""


class Number(int):
    """A subclass of int."""


class Kind(enum.Enum):
    """An enum of the caller."""

    TEXT = TEXT
    OBJECT = WithoutRepr()


class Broken(io.RawIOBase):
    """A file whose `read` fails."""

    def read(self, size: int = -1) -> bytes:
        raise OSError(5, TEXT, NUMBER)


def _recursive() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**63, 10**400, -(10**5000), 0.0, -0.0, 1e308, float("nan"), float("inf")),
    *("", " ", "\x00", "\ud800", "a\r\nb: c", "é" * 100, "a" * 100_000, "..", "/", "%2e", "?", "#", "\u202e"),
    *(TEXT, NUMBER, f"{NUMBER}9", TEXT * 50, Text(TEXT), Text(NUMBER), Number(5), Kind.TEXT, Kind.OBJECT),
    *(
        b"",
        TEXT.encode(),
        bytearray(b"a"),
        memoryview(b"a"),
        object(),
        WithoutRepr(),
        int,
        print,
        lambda: None,
    ),
    *(
        [],
        (),
        {},
        set(),
        frozenset({TEXT}),
        [TEXT],
        {TEXT: TEXT},
        {1: 2},
        {None: None},
        [None],
        [[TEXT]],
        range(3),
    ),
    *(
        [WithoutRepr()],
        {"a": WithoutRepr()},
        [float("nan")],
        {"a": "\ud800"},
        {"\ud800": 1},
        [b"a"],
        _recursive(),
    ),
    *(_nested(3), _nested(2_000), Mapping, {"a": object()}),
    *(
        decimal.Decimal("1.5"),
        decimal.Decimal("nan"),
        Fraction(1, 3),
        1 + 2j,
        uuid.UUID(int=0),
        date(2026, 3, 14),
    ),
    *(
        time(1),
        timedelta(1),
        datetime(2026, 3, 14),
        datetime.max,
        datetime.min,
        datetime(2026, 3, 14, tzinfo=UTC),
    ),
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-23))),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=23))),
    *(
        io.BytesIO(TEXT.encode()),
        io.StringIO(TEXT),
        Broken(),
        File(io.BytesIO(b"a")),
        UNSET,
        ...,
        NotImplemented,
    ),
    *(
        models.Contact(phone_number=NUMBER),
        models.UpdateContactRequest(NUMBER),
        models.CustomFieldEntry(TEXT),
    ),
    models.UpdateContactRequest(phone_number=NUMBER, custom_fields=[models.CustomFieldEntry(id=object())]),
    *(
        httpx.Timeout(-1),
        httpx.Timeout(5),
        {"x-trace": TEXT},
        {"x-trace": "é"},
        {"x trace": "1"},
        {b"a": b"b"},
    ),
    *([(TEXT, TEXT)], [(1, 2, 3)], [(TEXT, object())], 4 * [("a", "b")], [("a", "\ud800")]),
]
_EXTRA = ("extra_query", "extra_headers", "timeout", "unknown_argument", "sender_name", "status_callback")
_EXTRA += ("mms_media", "if_unknown", "settle", "max_segments", "smart", "geolocation_requested")
# The functions of the package, with valid arguments.
FUNCTIONS: dict[str, Any] = {
    "has_location_tag": functools.partial(has_location_tag, body=TEXT),
    "is_failure": functools.partial(is_failure, status="sent"),
    "is_final": functools.partial(is_final, status="sent"),
    "is_opt_out": functools.partial(is_opt_out, error_code="2100"),
    "parse_model": functools.partial(parse_model, model=models.Contact, value={"phone_number": NUMBER}),
    "parse_phone_number": functools.partial(parse_phone_number, text=NUMBER),
    "segments": functools.partial(segments, body=TEXT),
    "sign": functools.partial(webhooks.sign, body=TEXT, api_key=KEY, timestamp=1),
    "smart_text": functools.partial(smart_text, body=TEXT),
    "verify": functools.partial(webhooks.verify, body=TEXT, headers={}, api_key=KEY),
    "with_location_tag": functools.partial(with_location_tag, body=TEXT),
}
_TARGETS = (*(12 * ("method",)), "client", "policy", "timeout", "limits", "copy", "pager", "send_many")
_TARGETS += tuple(FUNCTIONS)
_PAGER_OPTIONS = ("limit", "starting_at", "concurrent", "prefetch", "unique")

inputs = st.fixed_dictionaries(
    {
        "method": st.sampled_from(METHODS),
        "changes": st.lists(
            st.tuples(st.integers(0, 40), st.integers(0, len(VALUES) - 1)), min_size=1, max_size=2
        ),
        "extra": st.one_of(st.none(), st.tuples(st.sampled_from(_EXTRA), st.integers(0, len(VALUES) - 1))),
        "omitted": st.one_of(*(9 * [st.none()]), st.integers(0, 10)),
        "positional": st.one_of(*(4 * [st.none()]), st.integers(0, 6)),
        "is_async": st.booleans(),
        "target": st.sampled_from(_TARGETS),
    }
)


class Waited(TextRequestError):
    """Ends a method that waits, such as `wait_for_delivery`, instead of waiting."""


def _stop(seconds: float) -> None:
    raise Waited


async def _stop_async(seconds: float) -> None:
    raise Waited


POLICY = RetryPolicy(retries=1, sleep=_stop, async_sleep=_stop_async)


class Check:
    """Calls a method with strange arguments. Anything but a result or an error of this package fails."""

    def __init__(self) -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(204))
        self._blocking = TextRequest(KEY, transport=transport, retries=POLICY)
        self._asynchronous = AsyncTextRequest(KEY, transport=transport, retries=POLICY)
        self._runner = asyncio.Runner()

    def close(self) -> None:
        self._blocking.close()
        self._runner.run(self._asynchronous.aclose())
        self._runner.close()

    def __call__(self, value: dict[str, Any]) -> str | None:
        try:
            repr(self._result(value))
        except TextRequestError as error:
            check_error(error)
            return type(error).__name__
        return None

    def _result(self, value: dict[str, Any]) -> Any:
        strange = [VALUES[index] for _, index in value["changes"]]
        positions = [position for position, _ in value["changes"]]
        if value["target"] == "pager":
            option = _PAGER_OPTIONS[positions[0] % len(_PAGER_OPTIONS)]
            pager: Any = getattr(self._blocking.contacts.list(1), option)(strange[0])
            return pager.limit(20).collect()
        if value["target"] == "send_many":
            return self._send_many(positions, strange)
        if value["target"] != "method":
            return self._construct(value, positions, strange)
        args, kwargs = arguments_of(value)
        if value["is_async"]:
            return self._runner.run(self._call_async(value["method"], args, kwargs))
        return finish(value["method"].of(self._blocking)(*args, **kwargs), "first")

    def _construct(self, value: dict[str, Any], positions: list[int], strange: list[Any]) -> Any:
        client_class: Any = AsyncTextRequest if value["is_async"] else TextRequest
        functions: dict[str, Any] = {
            "client": functools.partial(client_class, api_key=KEY),
            "policy": RetryPolicy,
            "timeout": Timeout,
            "limits": Limits,
            "copy": self._blocking.with_options,
            **FUNCTIONS,
        }
        function = functions[value["target"]]
        names = [
            one.name
            for one in inspect.signature(function).parameters.values()
            if one.kind is not one.VAR_KEYWORD
        ]
        options = {names[at % len(names)]: one for at, one in zip(positions, strange, strict=True)}
        return function(**options)

    def _send_many(self, positions: list[int], strange: list[Any]) -> Any:
        # A path would become a file, a rate a long wait, and what a function raises is the caller's.
        excluded = ("journal", "per_second", "on_result")
        names = [name for name in Settings.__annotations__ if name not in excluded]
        options: dict[str, Any] = {"if_unknown": "report", "opted_out": []}
        messages: Any = [OutgoingMessage(NUMBER, TEXT)]
        for at, one in zip(positions, strange, strict=True):
            if isinstance(one, Broken):
                continue  # an iterable of the caller, whose errors are the caller's
            choice = at % (len(names) + 3)
            if choice < len(names):
                options[names[choice]] = one
            elif choice == len(names):
                messages = one
            elif choice == len(names) + 1:
                messages = [one]
            else:
                messages = [OutgoingMessage(one, one, key=one)]
        results = list(self._blocking.messages.send_many(350, messages, **options))
        for result in results:
            assert found_in(str(result.reason)) is None, result.reason
            if result.error is not None:
                check_error(result.error)
        return len(results)

    async def _call_async(self, method: Method, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return await finish_async(method.of(self._asynchronous)(*args, **kwargs), "first")


def arguments_of(value: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of an input: valid ones, of which some are replaced, omitted or positional."""
    method = value["method"]
    kwargs = method.valid()
    names = [one.name for one in method.parameters]
    for position, strange in value["changes"]:
        if names:
            kwargs[names[position % len(names)]] = VALUES[strange]
    if value["extra"] is not None:
        name, strange = value["extra"]
        kwargs[name] = VALUES[strange]
    if value["omitted"] is not None and kwargs:
        del kwargs[list(kwargs)[value["omitted"] % len(kwargs)]]
    if value["positional"] is None:
        return [], kwargs
    moved = list(kwargs)[: value["positional"]]
    return [kwargs.pop(name) for name in moved], kwargs
