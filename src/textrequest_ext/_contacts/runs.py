"""`contacts.sync`: the requests, chunk by chunk, and the iterators of results for both clients."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from textrequest_api._arguments import check_names
from textrequest_api._parameters import Integer
from textrequest_api.api.contacts import contacts_bulk_update, contacts_get
from textrequest_api.models.contact import Contact
from textrequest_api.types import UNSET
from textrequest_ext._contacts.entries import PROTECTED, Entry, PhoneParser, entry_of
from textrequest_ext._contacts.results import ContactResult, Outcome
from textrequest_ext.errors import BadRequestError, InvalidArgumentError, UnexpectedArgumentError

CHUNK_SIZE = 100
MAX_CHUNK_SIZE = 1000
# The Date header has whole seconds, and servers renew it once a second.
_DATE_PRECISION = timedelta(seconds=2)
_END = object()


def _with_start(response: Any) -> Any:
    """The contacts in a response, and when the service can have received the request at the earliest."""
    contacts = contacts_bulk_update.operation.parse(response)
    try:
        now = parsedate_to_datetime(response.headers["date"])
        elapsed = timedelta(seconds=float(response.extensions["textrequest_elapsed"]))
        return contacts, now - elapsed - _DATE_PRECISION
    except (KeyError, ValueError, OverflowError):
        return contacts, None


_BULK_UPDATE = contacts_bulk_update.operation.replace(parse=_with_start)


class _Sync:
    """The state of one sync. It stays valid if a step fails: the next step continues with the same chunk."""

    def __init__(
        self,
        client: Any,
        dashboard_id: int,
        source: Any,
        *,
        start: int,
        chunk_size: int,
        compare: bool,
        phone_parser: PhoneParser | None,
        request_options: Mapping[str, Any],
    ) -> None:
        self.position = start
        self._client = client
        self._dashboard_id = dashboard_id
        self._source = source
        self._start = start
        self._chunk_size = chunk_size
        self._compare = compare
        self._phone_parser = phone_parser
        self._options = request_options
        self._index = 0
        # By phone number, or by index if it is not sent.
        self._chunk: dict[str | int, Entry] = {}
        # An entry whose number is in the chunk already: the order of two changes in one request is not
        # documented, so the second is sent with the next chunk.
        self._held: Entry | None = None
        # When contacts were created that a later entry may change again.
        self._created: dict[str, datetime] = {}
        self._results: deque[ContactResult] = deque()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at position {self.position}>"

    def _next_result(self) -> Generator[Any, Any, ContactResult | None]:
        """The next result in the order of the input, None at the end. Sends a chunk if there is none."""
        if not self._results:
            yield from self._read()
            waiting = [entry for entry in self._chunk.values() if entry.result is None]
            for entry in waiting:
                if self._compare and entry.existed is None:  # not compared before an error
                    yield from self._compare_one(entry)
            if waiting := [entry for entry in waiting if entry.result is None]:
                yield from self._send(waiting)
            self._results.extend(entry.result for entry in self._chunk.values() if entry.result is not None)
            self._chunk = {}
        if not self._results:
            return None
        result = self._results.popleft()
        self.position = result.index + 1
        return result

    def _read(self) -> Generator[Any, Any, None]:
        """Fill the chunk up to its size, or until a number that is in it already."""
        while len(self._chunk) < self._chunk_size:
            entry = self._held
            if entry is None:
                is_async = not hasattr(self._source, "__next__")
                item = (yield anext(self._source, _END)) if is_async else next(self._source, _END)
                if item is _END:
                    return
                index, self._index = self._index, self._index + 1
                if index < self._start:
                    continue
                entry = entry_of(index, item, self._phone_parser)
            key = entry.request.phone_number if entry.result is None else entry.index
            if key in self._chunk:
                self._held = entry
                return
            self._chunk[key], self._held = entry, None

    def _compare_one(self, entry: Entry) -> Generator[Any, Any, None]:
        try:
            existing: Contact | None = yield self._client.call(
                contacts_get.operation, self._dashboard_id, entry.request.phone_number, **self._options
            )
        except BadRequestError as error:
            entry.finish("invalid", error=error)
            return
        if existing is not None and existing.opted_out_utc is not None:
            entry.protect(PROTECTED)
        if existing is not None and not entry.differs_from(existing):
            entry.finish("unchanged", contact=existing)
        entry.existed = existing is not None

    def _send(self, entries: Sequence[Entry]) -> Generator[Any, Any, None]:
        """Send a request; if the service refuses it, send halves of it until the invalid contacts are found."""
        try:
            contacts, start = yield self._client.call(
                _BULK_UPDATE, self._dashboard_id, body=[entry.request for entry in entries], **self._options
            )
        except BadRequestError as error:
            if len(entries) == 1:
                entries[0].finish("invalid", error=error)
                return
            half = len(entries) // 2
            yield from self._send(entries[:half])
            yield from self._send(entries[half:])
            return
        by_number = {str(contact.phone_number)[-10:]: contact for contact in contacts}
        if start is not None:
            self._created = {number: at for number, at in self._created.items() if at >= start}
        for entry in entries:
            contact = by_number.get(entry.request.phone_number[-10:])
            entry.finish(self._outcome(entry, contact, start), contact=contact)

    def _outcome(self, entry: Entry, contact: Contact | None, start: datetime | None) -> Outcome:
        if entry.existed is not None:
            return "updated" if entry.existed else "created"
        created = contact.date_created_utc if contact is not None else None
        if created is None or start is None:
            return "saved"
        if created < start or self._created.get(entry.request.phone_number) == created:
            return "updated"
        self._created[entry.request.phone_number] = created
        return "created"


class ContactSync(_Sync, Iterator[ContactResult]):
    """The results of `contacts.sync` in the order of the input. Each step sends at most one chunk.

    position: how many items of the input are done, counted from its beginning; pass it as `start` to
    continue later. If a step raises an error, iterating again continues with the same chunk.
    """

    def __next__(self) -> ContactResult:
        result: ContactResult | None = self._client._run_flow(self._next_result())
        if result is None:
            raise StopIteration
        return result


class AsyncContactSync(_Sync, AsyncIterator[ContactResult]):
    """`ContactSync` for `async for`, under asyncio and trio."""

    async def __anext__(self) -> ContactResult:
        result: ContactResult | None = await self._client._run_flow(self._next_result())
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
    Integer(minimum=0)(start, "start")
    if not 1 <= Integer()(chunk_size, "chunk_size") <= MAX_CHUNK_SIZE:
        raise InvalidArgumentError("chunk_size", f"must be from 1 to {MAX_CHUNK_SIZE}")
    if not isinstance(compare, bool):
        raise UnexpectedArgumentError("compare", f"must be a bool, not {type(compare).__name__}")
    if phone_parser is not None and not callable(phone_parser):
        raise UnexpectedArgumentError("phone_parser", "must be a function, such as parse_phone_number")
    options = {"extra_query": extra_query, "extra_headers": extra_headers, "timeout": timeout}
    contacts_bulk_update.operation.build(dashboard_id, body=[], **options)  # for its errors
    is_async = hasattr(client, "__aenter__")
    return (AsyncContactSync if is_async else ContactSync)(
        client,
        dashboard_id,
        _source(contacts, is_async=is_async),
        start=start,
        chunk_size=chunk_size,
        compare=compare,
        phone_parser=phone_parser,
        request_options=options,
    )


def _source(contacts: Any, *, is_async: bool) -> Iterator[Any] | AsyncIterator[Any]:
    if is_async and isinstance(contacts, AsyncIterable):
        return aiter(contacts)
    if isinstance(contacts, Iterable) and not isinstance(contacts, str | bytes | Mapping):
        return iter(contacts)
    expected = "an iterable or async iterable" if is_async else "an iterable"
    raise UnexpectedArgumentError(
        "contacts", f"must be {expected} of contacts, not {type(contacts).__name__}"
    )
