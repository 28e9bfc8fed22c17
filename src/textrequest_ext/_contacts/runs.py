"""What `contacts.sync` returns: an iterator of results, blocking or async."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any

from textrequest_api._arguments import check_names
from textrequest_api.api.contacts import contacts_bulk_update
from textrequest_api.types import UNSET
from textrequest_ext._contacts.entries import PhoneParser
from textrequest_ext._contacts.results import ContactResult
from textrequest_ext._contacts.steps import SyncSteps
from textrequest_ext.errors import InvalidArgumentError, UnexpectedArgumentError

CHUNK_SIZE = 100
MAX_CHUNK_SIZE = 1000


class _Run:
    """What both iterators share.

    position: how many items of the input are done, counted from its beginning. Pass it as `start` to
    continue later.
    """

    def __init__(self, client: Any, steps: SyncSteps, start: int) -> None:
        self._client = client
        self._steps = steps
        self._results: deque[ContactResult] = deque()
        self.position = start

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at position {self.position}>"

    def _next(self) -> ContactResult | None:
        if not self._results:
            return None
        result = self._results.popleft()
        self.position = result.index + 1
        return result


class ContactSync(_Run, Iterator[ContactResult]):
    """The results of `contacts.sync` in the order of the input. Each step sends at most one chunk.

    position: how many items of the input are done, counted from its beginning; pass it as `start` to
    continue later. If a step raises an error, iterating again continues with the same chunk.
    """

    def __next__(self) -> ContactResult:
        if not self._results:
            self._results.extend(self._client._run_flow(self._steps.next_chunk()))
        result = self._next()
        if result is None:
            raise StopIteration
        return result


class AsyncContactSync(_Run, AsyncIterator[ContactResult]):
    """`ContactSync` for `async for`, under asyncio and trio."""

    async def __anext__(self) -> ContactResult:
        if not self._results:
            self._results.extend(await self._client._run_flow(self._steps.next_chunk()))
        result = self._next()
        if result is None:
            raise StopAsyncIteration
        return result


@check_names
def sync(
    client: Any,
    dashboard_id: int,
    contacts: Iterable[Any] | AsyncIterable[Any],
    *,
    start: int = 0,
    chunk_size: int = CHUNK_SIZE,
    compare: bool = False,
    phone_parser: PhoneParser | None = None,
    extra_query: Any = None,
    extra_headers: Any = None,
    timeout: Any = UNSET,
) -> ContactSync | AsyncContactSync:
    """The run for a client. Raises InvalidArgumentError; nothing is sent before the first result is read."""
    client = getattr(client, "parsed", client)  # results, also for with_raw_response
    _check_count(start, "start", 0, None)
    _check_count(chunk_size, "chunk_size", 1, MAX_CHUNK_SIZE)
    if not isinstance(compare, bool):
        raise UnexpectedArgumentError("compare", f"must be a bool, not {type(compare).__name__}")
    if phone_parser is not None and not callable(phone_parser):
        raise UnexpectedArgumentError("phone_parser", "must be a function, such as parse_phone_number")
    options = {"extra_query": extra_query, "extra_headers": extra_headers, "timeout": timeout}
    contacts_bulk_update.operation.build(dashboard_id, body=[], **options)  # for its errors
    is_async = hasattr(client, "__aenter__")
    source = _source(contacts, is_async=is_async)
    steps = SyncSteps(
        client,
        dashboard_id,
        source,
        start=start,
        chunk_size=chunk_size,
        compare=compare,
        phone_parser=phone_parser,
        request_options=options,
    )
    return (AsyncContactSync if is_async else ContactSync)(client, steps, start)


def _source(contacts: Any, *, is_async: bool) -> Iterator[Any] | AsyncIterator[Any]:
    if is_async and isinstance(contacts, AsyncIterable):
        return aiter(contacts)
    if isinstance(contacts, Iterable) and not isinstance(contacts, str | bytes | Mapping):
        return iter(contacts)
    expected = "an iterable or async iterable" if is_async else "an iterable"
    raise UnexpectedArgumentError(
        "contacts", f"must be {expected} of contacts, not {type(contacts).__name__}"
    )


def _check_count(value: Any, name: str, lowest: int, highest: int | None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnexpectedArgumentError(name, f"must be an int, not {type(value).__name__}")
    if value < lowest or (highest is not None and value > highest):
        limits = f"at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise InvalidArgumentError(name, f"must be {limits}")
