"""Read the body of a response, up to a limit, and make a response of it that is complete."""

from __future__ import annotations

import zlib
from typing import Any

import httpx

from textrequest_ext._concurrency import shielded
from textrequest_ext._connections.deadline import Deadline
from textrequest_ext._http.retry_policy import NOT_SENT

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
ACCEPT_ENCODING = "gzip, deflate"
_PIECE = 64 * 1024


class ResponseTooLarge(httpx.RequestError):
    """The decoded body is over the limit."""


class CompleteResponse(httpx.Response):
    """A response whose body was read and decoded already."""

    def __init__(self, response: httpx.Response, content: bytes) -> None:
        super().__init__(
            response.status_code,
            headers=response.headers,
            stream=httpx.ByteStream(content),
            extensions=dict(response.extensions),
        )
        self._content = content
        self.is_closed = self.is_stream_consumed = True


class _Body:
    """Collects and decompresses the pieces of a body.

    It decompresses in small steps, so that a body that grows a thousandfold is noticed at the limit
    and not when the memory is full.
    """

    def __init__(self, response: httpx.Response, limit: int | None, deadline: Deadline) -> None:
        self._limit = limit
        self._deadline = deadline
        self._size = 0
        self._pieces: list[bytes] = []
        self.failure: httpx.RequestError | None = None
        coding = "" if response.is_stream_consumed else response.headers.get("content-encoding", "").lower()
        self._deflate = coding == "deflate"
        self._zlib: Any = None
        if coding in ("gzip", "x-gzip", "deflate"):
            self._zlib = zlib.decompressobj(zlib.MAX_WBITS if self._deflate else zlib.MAX_WBITS + 16)
        elif coding not in ("", "identity"):
            raise httpx.DecodingError(f"the content encoding {coding[:20]} was not requested")

    def add(self, piece: bytes) -> None:
        """Add a piece; raises ResponseTooLarge, httpx.DecodingError or httpx.ReadTimeout."""
        # Our own connections end with the deadline; a transport of the user's may not.
        remaining = self._deadline.remaining()
        if remaining is not None and remaining <= 0:
            raise httpx.ReadTimeout("the time for the whole call is over")
        if self._zlib is None:
            self._append(piece)
            return
        try:
            while piece:
                self._append(self._decompress(piece))
                piece = self._zlib.unconsumed_tail
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error

    def try_add(self, piece: bytes) -> None:
        """Add a piece; an error is kept in `failure`."""
        try:
            self.add(piece)
        except httpx.RequestError as error:
            self.failure = error

    def _decompress(self, piece: bytes) -> bytes:
        try:
            decoded: bytes = self._zlib.decompress(piece, _PIECE)
        except zlib.error:
            if not self._deflate or self._size:
                raise
            # Some servers call the format without a zlib header deflate.
            self._zlib, self._deflate = zlib.decompressobj(-zlib.MAX_WBITS), False
            decoded = self._zlib.decompress(piece, _PIECE)
        return decoded

    def _append(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._limit is not None and self._size > self._limit:
            raise ResponseTooLarge(f"the response is larger than {self._limit} bytes")
        self._pieces.append(piece)

    def content(self) -> bytes:
        """The complete body; raises httpx.DecodingError if its compressed form is cut off."""
        if self._zlib is not None and self._pieces and not self._zlib.eof:
            raise httpx.DecodingError("the compressed body is incomplete")
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)


def _abort(stream: Any) -> bool:
    """Have the stream of one of our connections end soon, with an error."""
    abort = getattr(stream, "abort", None)
    if abort is None:
        return False
    abort()
    return True


def _after_the_headers(error: Exception) -> httpx.ReadError:
    """The error for one that means that nothing was sent, which is wrong once a response has begun."""
    return httpx.ReadError(str(error) or type(error).__name__)


def read(response: httpx.Response, limit: int | None, deadline: Deadline) -> CompleteResponse:
    """Read a response to its end and close it, whatever happens."""
    try:
        body = _Body(response, limit, deadline)
        # A transport may have read it already.
        pieces: Any = [response.content] if response.is_stream_consumed else response.stream
        for piece in pieces:
            body.add(piece)
        return CompleteResponse(response, body.content())
    except NOT_SENT as error:
        raise _after_the_headers(error) from error
    finally:
        response.close()


async def read_async(response: httpx.Response, limit: int | None, deadline: Deadline) -> CompleteResponse:
    """Read a response to its end and close it, whatever happens, a cancellation too."""
    stream: Any = response.stream
    try:
        body = _Body(response, limit, deadline)
        if response.is_stream_consumed:
            body.add(response.content)
        else:
            # The stream ends by itself in any case: an async generator that is abandoned is closed by
            # the garbage collector, in another task.
            pieces: Any = aiter(stream)
            try:
                async for piece in pieces:
                    if body.failure is None:
                        body.try_add(piece)
                    if body.failure is not None and not _abort(stream):
                        if hasattr(pieces, "aclose"):  # a generator of another transport
                            await pieces.aclose()
                        break
            finally:
                if body.failure is not None:
                    raise body.failure
    except BaseException as error:
        await shielded(response.aclose())
        if isinstance(error, NOT_SENT):
            raise _after_the_headers(error) from error
        raise
    await response.aclose()
    return CompleteResponse(response, body.content())
