"""The requests of `contacts.sync`, chunk by chunk, for both clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from textrequest_api.api.contacts import contacts_bulk_update, contacts_get
from textrequest_api.models.contact import Contact
from textrequest_api.types import Operation
from textrequest_ext._contacts.comparing import differs
from textrequest_ext._contacts.entries import PROTECTED, Entry, PhoneParser, entry_of
from textrequest_ext._contacts.results import ContactResult
from textrequest_ext.errors import BadRequestError

# The Date header has whole seconds, and servers renew it once a second.
_DATE_PRECISION = timedelta(seconds=2)


def _with_start(response: Any) -> tuple[list[Contact], datetime | None]:
    """The contacts in a response, and when the service can have received the request at the earliest."""
    contacts = contacts_bulk_update.operation.parse(response)
    try:
        now = parsedate_to_datetime(response.headers["date"])
        elapsed = timedelta(seconds=float(response.extensions["textrequest_elapsed"]))
        return contacts, now - elapsed - _DATE_PRECISION
    except (KeyError, ValueError, OverflowError):
        return contacts, None


_operation: Operation[..., Any] = contacts_bulk_update.operation
_BULK_UPDATE = _operation.replace(parse=_with_start)


class SyncSteps:
    """The state of one sync. It stays valid if a step fails: the next step continues with the same chunk."""

    def __init__(
        self,
        client: Any,
        dashboard_id: int,
        source: Iterator[Any] | AsyncIterator[Any],
        *,
        start: int,
        chunk_size: int,
        compare: bool,
        phone_parser: PhoneParser | None,
        request_options: Mapping[str, Any],
    ) -> None:
        self._client = client
        self._dashboard_id = dashboard_id
        self._source: Any = source
        self._is_async = isinstance(source, AsyncIterator)
        self._start = start
        self._chunk_size = chunk_size
        self._compare = compare
        self._phone_parser = phone_parser
        self._options = request_options
        self._index = 0
        self._ended = False
        self._chunk: list[Entry] = []
        self._numbers: set[str] = set()
        # An entry whose number is in the chunk already: the order of two changes in one request is not
        # documented, so the second is sent with the next chunk.
        self._held: Entry | None = None
        # When contacts were created that a later entry may change again.
        self._created: dict[str, datetime] = {}

    def next_chunk(self) -> Generator[Any, Any, list[ContactResult]]:
        """Read, check and send one chunk. Returns the results in the order of the input, [] at the end."""
        yield from self._read()
        waiting = [entry for entry in self._chunk if entry.result is None]
        if self._compare:
            for entry in waiting:
                yield from self._compare_one(entry)
            waiting = [entry for entry in waiting if entry.result is None]
        if waiting:
            yield from self._send(waiting)
        results = [entry.result for entry in self._chunk if entry.result is not None]
        self._chunk, self._numbers = [], set()
        return results

    def _read(self) -> Generator[Any, Any, None]:
        if self._held is not None:
            held, self._held = self._held, None
            self._add(held)
        while len(self._chunk) < self._chunk_size and self._held is None and not self._ended:
            try:
                item = (yield anext(self._source)) if self._is_async else next(self._source)
            except (StopIteration, StopAsyncIteration):
                self._ended = True
                return
            index, self._index = self._index, self._index + 1
            if index >= self._start:
                self._add(entry_of(index, item, self._phone_parser))

    def _add(self, entry: Entry) -> None:
        if entry.result is None:
            if entry.request.phone_number in self._numbers:
                self._held = entry
                return
            self._numbers.add(entry.request.phone_number)
        self._chunk.append(entry)

    def _compare_one(self, entry: Entry) -> Generator[Any, Any, None]:
        if entry.existed is not None:
            return  # compared before an error
        try:
            existing: Contact | None = yield self._client.call(
                contacts_get.operation, self._dashboard_id, entry.request.phone_number, **self._options
            )
        except BadRequestError as error:
            entry.finish("invalid", error=error)
            return
        if existing is not None and existing.opted_out_utc is not None:
            entry.protect(PROTECTED)
        if existing is not None and not differs(entry.request, existing):
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
            self._finish(entry, by_number.get(entry.request.phone_number[-10:]), start)

    def _finish(self, entry: Entry, contact: Contact | None, start: datetime | None) -> None:
        if entry.existed is not None:
            entry.finish("updated" if entry.existed else "created", contact=contact)
            return
        created = contact.date_created_utc if contact is not None else None
        if created is None or start is None:
            entry.finish("saved", contact=contact)
        elif created >= start and self._created.get(entry.request.phone_number) != created:
            self._created[entry.request.phone_number] = created
            entry.finish("created", contact=contact)
        else:
            entry.finish("updated", contact=contact)
