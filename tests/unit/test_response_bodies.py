"""The body of a response from a transport of the user: its encoding, its size and its end."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

import anyio
import httpx
import pytest

from textrequest_ext import APITimeoutError, Timeout, UnexpectedResponseError
from unit.conftest import ClientHarness

NUMBER = "5555550123"
CONTACT = b'{"phone_number": "15555550123"}'


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The pieces of a body. read: how many were read. ended: whether the reader has ended it.

    The garbage collector, which ends an async generator in another task, does not count.
    """

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.read = 0
        self.ended = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        task = anyio.get_current_task().id
        try:
            for piece in self:
                yield piece
        finally:
            self.ended = anyio.get_current_task().id == task

    def close(self) -> None:
        self.ended = True

    async def aclose(self) -> None:
        pass


class IteratorStream(Stream):
    """A stream whose iterator is no generator and cannot be closed by itself."""

    def __aiter__(self) -> Any:
        return IteratorOfPieces(self)

    async def aclose(self) -> None:
        self.ended = True


class IteratorOfPieces:
    def __init__(self, stream: Stream) -> None:
        self._pieces = iter(stream)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


class AbortedStream(Stream):
    """A stream that delivers what it has received already, once it is aborted."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True


class Client:
    """Calls of a client whose responses have this stream and these headers."""

    def __init__(self, harness: ClientHarness, stream: Stream, headers: Any = None, **options: Any) -> None:
        def handler(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, headers=headers, stream=stream)

        transport = httpx.MockTransport(handler)
        self.harness = harness
        self.client = harness.client_class("key", transport=transport, **options)

    def get(self) -> Any:
        return self.harness.run(self.client.contacts.get(121, NUMBER))

    @classmethod
    def fails(cls, harness: ClientHarness, stream: Stream, match: str, **options: Any) -> Self:
        client = cls(harness, stream, **options)
        with pytest.raises(UnexpectedResponseError, match=match):
            client.get()
        assert stream.ended
        return client


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZip", "identity", ""])
def test_a_body_in_pieces(harness: ClientHarness, encoding: str) -> None:
    body = gzip.compress(CONTACT) if "gzip" in encoding.lower() else CONTACT
    stream = Stream(body[:10], body[10:])
    assert Client(harness, stream, {"Content-Encoding": encoding}).get().phone_number == "1" + NUMBER
    assert stream.ended


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "x" * 100])
def test_an_encoding_that_was_not_requested(harness: ClientHarness, encoding: str) -> None:
    stream = Stream(CONTACT)
    client = Client(harness, stream, {"Content-Encoding": encoding}, retries=0)
    with pytest.raises(UnexpectedResponseError, match="the body cannot be decompressed") as caught:
        client.get()
    assert str(caught.value.__cause__) == f"the content encoding {encoding[:20]} was not requested"


@pytest.mark.parametrize("stream_class", [Stream, IteratorStream])
def test_no_more_is_read_than_permitted(harness: ClientHarness, stream_class: type[Stream]) -> None:
    stream = stream_class(b"x" * 60, b"x" * 60, b"x" * 60, b"x" * 60)
    Client.fails(harness, stream, "larger than 100 bytes", max_response_bytes=100)
    assert stream.read == 2


def test_what_arrives_after_the_end_is_ignored(harness: ClientHarness) -> None:
    stream = AbortedStream(b"x" * 60, b"x" * 60, b"x" * 60)
    Client.fails(harness, stream, "larger than 100 bytes", max_response_bytes=100)
    if harness.mode != "blocking":
        assert stream.aborted
        assert stream.read == 3


def test_the_size_of_a_body_without_a_limit(harness: ClientHarness) -> None:
    client = Client(harness, Stream(CONTACT), max_response_bytes=None)
    assert client.get().phone_number == "1" + NUMBER


def test_the_time_for_the_whole_call_is_over(harness: ClientHarness) -> None:
    """It ends the reading of a response that a transport does not end by itself."""
    stream = Stream(CONTACT)
    client = Client(harness, stream, timeout=Timeout(5, total=1e-6))
    with pytest.raises(APITimeoutError, match="after the 1e-06 seconds for the whole call"):
        client.get()
    assert stream.ended
