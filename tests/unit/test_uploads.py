"""Uploads are read while they are sent, from where the file is, and again for a retry."""

from __future__ import annotations

import io
import os
import tempfile
import threading
import tracemalloc
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest

from textrequest_ext import BadRequestError, InvalidArgumentError, RetryPolicy, UnexpectedArgumentError
from textrequest_ext.resources._media import media_file
from unit.conftest import ClientHarness

RESULT = {"mime_type": "image/png", "url": "https://media.example.com/1.png"}
MEGABYTE = 1024 * 1024


class CountingTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Reads the body of each request piece by piece and keeps its size, and `statuses` are the responses."""

    def __init__(self, *statuses: int) -> None:
        self.sizes: list[int] = []
        self.statuses = list(statuses)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        stream: Any = request.stream
        self.sizes.append(sum(len(piece) for piece in stream))
        return httpx.Response(self.statuses.pop(0), json=RESULT)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        stream: Any = request.stream
        self.sizes.append(0)
        async for piece in stream:
            self.sizes[-1] += len(piece)
        return httpx.Response(self.statuses.pop(0), json=RESULT)


@pytest.mark.parametrize("kind", ["path", "file"])
@pytest.mark.parametrize("status", [200, 400])
def test_a_large_file_is_not_read_into_memory(
    harness: ClientHarness, tmp_path: Path, kind: str, status: int
) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(64 * MEGABYTE)
    transport = CountingTransport(429, status)
    client = harness.client_class("key", transport=transport, retries=harness.policy())
    tracemalloc.start()
    try:
        with path.open("rb") as file, nullcontext() if status == 200 else pytest.raises(BadRequestError):
            harness.run(client.messages.upload_media(path if kind == "path" else file))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert transport.sizes[0] == transport.sizes[1] > 64 * MEGABYTE
    assert peak < 8 * MEGABYTE


def body_of(harness: ClientHarness, file: Any, *statuses: int) -> list[bytes]:
    """The bodies that were sent, without the lines around the content."""
    client = harness.client_returning(*(httpx.Response(status, json=RESULT) for status in (*statuses, 200)))
    harness.run(client.messages.upload_media(file, filename="a.png"))
    return [request.content.split(b"\r\n")[4] for request in harness.requests]


def test_a_file_is_read_from_its_current_position_and_stays_open(harness: ClientHarness) -> None:
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    assert body_of(harness, file, 429) == [b"456789", b"456789"]
    assert not file.closed


def test_a_pipe_is_uploaded_and_retried(harness: ClientHarness) -> None:
    reader, writer = os.pipe()

    def write() -> None:
        with os.fdopen(writer, "wb") as sink:
            sink.write(b"x" * 3 * MEGABYTE)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb") as file:
        sent = body_of(harness, file, 429)
    thread.join()
    assert sent == 2 * [b"x" * 3 * MEGABYTE]


def test_a_path_is_opened_again_for_a_retry_and_closed(harness: ClientHarness, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"pixels")
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    assert body_of(harness, path, 429) == [b"pixels", b"pixels"]
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before


class FailingFile(io.BytesIO):
    """A file whose `read` fails after some bytes."""

    def __init__(self, error: Exception, *, after: int = 0) -> None:
        super().__init__(b"x" * MEGABYTE)
        self.error = error
        self.after = after

    def read(self, size: int | None = -1, /) -> bytes:
        if size and self.tell() >= self.after:
            raise self.error
        return super().read(size)


class PipeThatFails:
    """An object with nothing but a `read` that fails."""

    def read(self, size: int = -1) -> bytes:
        raise RuntimeError("the secret 5555550123")


ERRORS = [
    OSError(5, "Input/output error", "/secret/5555550123.png"),
    OSError(5, "/secret/5555550123.png"),
    OSError(10**30, "/secret/5555550123.png"),
    RuntimeError("secret"),
    ValueError("secret"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("after", [0, 200_000])
def test_a_file_that_cannot_be_read_is_named(harness: ClientHarness, error: Exception, after: int) -> None:
    client = harness.client_class(
        "key", transport=CountingTransport(200), retries=RetryPolicy(retries=2, budget=None)
    )
    file = FailingFile(error, after=after)
    with pytest.raises(InvalidArgumentError, match="file: cannot be read") as caught:
        harness.run(client.messages.upload_media(file, filename="a.png"))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("make", [PipeThatFails, lambda: closed(io.BytesIO(b"x"))])
def test_a_file_that_was_never_readable_is_named(harness: ClientHarness, make: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="file: cannot be read") as caught:
        harness.run(harness.client_returning().messages.upload_media(make(), filename="a.png"))
    assert "secret" not in str(caught.value)


def closed(file: io.BytesIO) -> io.BytesIO:
    file.close()
    return file


class BrokenPipe:
    """A file without positions, which fails after some pieces."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = list(pieces)

    def read(self, size: int = -1) -> Any:
        if not self.pieces:
            raise OSError(32, "Broken pipe")
        return self.pieces.pop(0)


def test_a_pipe_of_text_is_named(harness: ClientHarness) -> None:
    with pytest.raises(UnexpectedArgumentError, match="file: must be a file opened in binary mode"):
        harness.run(harness.client_returning().messages.upload_media(BrokenPipe("text"), filename="a.png"))


def test_the_copy_of_a_pipe_that_breaks_is_closed(
    harness: ClientHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies: list[Any] = []

    class Copy(tempfile.SpooledTemporaryFile[bytes]):
        def __init__(self, max_size: int) -> None:
            super().__init__(max_size)
            copies.append(self)

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Copy)
    with pytest.raises(InvalidArgumentError, match="file: cannot be read: Broken pipe"):
        harness.run(harness.client_returning().messages.upload_media(BrokenPipe(b"x"), filename="a.png"))
    assert [copy.closed for copy in copies] == [True]


def test_a_path_that_was_read_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"pixels")
    file = media_file(path, None, None).payload
    assert [file.read(4), file.read(4), file.read(4), file.read(4)] == [b"pixe", b"ls", b"", b""]
    file.seek(2)
    assert file.read() == b"xels"
    file.close()
