"""Read the body of a response, up to a limit, and make a response of it that is complete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx

from textrequest_ext._concurrency import shielded

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
# A compressed piece of this size becomes at most about a thousand times as much.
_COMPRESSED_PIECE = 8 * 1024


class ResponseTooLarge(httpx.RequestError):
    """The decoded body is over the limit."""


class CompleteResponse(httpx.Response):
    """A response whose body was read and decoded already."""

    def __init__(self, response: httpx.Response, content: bytes) -> None:
        super().__init__(response.status_code, headers=response.headers, extensions=dict(response.extensions))
        self._content = content


class _Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The compressed body of a response in small pieces, so that decoding one takes little memory."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_raw(_COMPRESSED_PIECE)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.aiter_raw(_COMPRESSED_PIECE)


class _Body:
    """Collects the pieces of a body, and raises ResponseTooLarge over the limit."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._size = 0
        self._pieces: list[bytes] = []

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._limit is not None and self._size > self._limit:
            raise ResponseTooLarge(f"the response is larger than {self._limit} bytes")
        self._pieces.append(piece)

    def content(self) -> bytes:
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)


def _decoding(response: httpx.Response) -> httpx.Response | None:
    """A response that decodes the body of another one, or None if the body is not compressed."""
    if "content-encoding" not in response.headers:
        return None
    return httpx.Response(response.status_code, headers=response.headers, stream=_Pieces(response))


def read(response: httpx.Response, limit: int | None) -> CompleteResponse:
    """Read a response to its end and close it, whatever happens."""
    try:
        body = _Body(limit)
        if response.is_stream_consumed:  # by a transport that reads responses itself
            body.add(response.read())
            return CompleteResponse(response, body.content())
        decoding = _decoding(response)
        for piece in response.iter_raw() if decoding is None else decoding.iter_bytes():
            body.add(piece)
        return CompleteResponse(response, body.content())
    finally:
        response.close()


async def read_async(response: httpx.Response, limit: int | None) -> CompleteResponse:
    """Read a response to its end and close it, whatever happens, a cancellation too."""
    try:
        body = _Body(limit)
        if response.is_stream_consumed:
            body.add(await response.aread())
            return CompleteResponse(response, body.content())
        decoding = _decoding(response)
        async for piece in response.aiter_raw() if decoding is None else decoding.aiter_bytes():
            body.add(piece)
    except BaseException:
        await shielded(response.aclose())
        raise
    await response.aclose()
    return CompleteResponse(response, body.content())
