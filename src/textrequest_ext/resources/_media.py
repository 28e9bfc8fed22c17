"""Files to upload, which are read while they are sent."""

from __future__ import annotations

import errno
import io
import mimetypes
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, cast

from textrequest_api._encoding import check_file_name, check_header_value
from textrequest_api.types import File
from textrequest_ext.errors import InvalidArgumentError, UnexpectedArgumentError

# A pipe has to be copied, because its length is part of the request. Up to this size, into memory.
_MAX_IN_MEMORY = 1024 * 1024
_PIECE = 64 * 1024
_NOT_BINARY = "must be a file opened in binary mode, as with open(path, 'rb')"


def media_file(file: Any, filename: str | None, content_type: str | None) -> File:
    """The file as the part of a form. The arguments are those of `Messages.upload_media`."""
    if isinstance(file, str | os.PathLike):
        path = _checked_path(file)
        media = MediaFile(partial(open, path, "rb"), is_ours=True, can_reopen=True)
        filename = filename or os.path.basename(path)
    elif isinstance(file, bytes | bytearray | memoryview):
        content = io.BytesIO(file)
        media = MediaFile(lambda: content)
    elif hasattr(file, "read"):
        seekable, is_copy = _seekable(file)
        media = MediaFile(lambda: seekable, is_ours=is_copy)
        filename = filename or os.path.basename(str(getattr(file, "name", "")))
    else:
        raise UnexpectedArgumentError(
            "file", f"must be a path, bytes, or a binary file, not {type(file).__name__}"
        )
    if not media.size:
        raise InvalidArgumentError("file", "is empty")
    if filename:
        check_file_name(filename, "filename")
    if content_type:
        check_header_value(content_type, "content_type")
    guessed = content_type or mimetypes.guess_type(filename or "")[0]
    if guessed is None:
        raise InvalidArgumentError(
            "content_type", "cannot be derived from the file; pass it, such as image/png, or a filename"
        )
    suffix = mimetypes.guess_extension(guessed) or ""
    return File(cast(BinaryIO, media), filename or f"media{suffix}", guessed)


def _checked_path(file: Any) -> str:
    path: Any = os.fspath(file)
    try:
        if "\0" not in path and os.fsencode(path):
            return str(path)
    except (TypeError, UnicodeEncodeError):  # a path of bytes, or a surrogate
        pass
    raise InvalidArgumentError("file", "cannot be read: it is not a valid path")


class MediaFile:
    """A binary file from its current position to its end, as httpx reads it. It can be read several times.

    open_file: returns the file. is_ours: whether to close it in the end. can_reopen: whether to close it
    whenever it was read to its end.

    Every method raises InvalidArgumentError if the file cannot be read.
    """

    def __init__(
        self, open_file: Callable[[], Any], *, is_ours: bool = False, can_reopen: bool = False
    ) -> None:
        self._file: Any = None
        self._open_file = open_file
        self._is_ours = is_ours
        self._can_reopen = can_reopen
        with _readable():
            self._file = open_file()
            self._start: int = self._file.tell()
            self.size: int = self._file.seek(0, io.SEEK_END) - self._start
            self._file.seek(self._start)
            if not isinstance(self._file.read(0), bytes):
                raise UnexpectedArgumentError("file", _NOT_BINARY)

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes, or all of them."""
        if self._file is None:
            return b""
        with _readable():
            piece: bytes = self._file.read(size)
        if not piece and self._can_reopen:
            self.close()
        return piece

    def seekable(self) -> bool:
        """Whether it can be read again: always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position, counted from where the file was when it was passed."""
        with _readable():
            if self._file is None:
                self._file = self._open_file()
            if whence == io.SEEK_SET:
                offset += self._start
            position: int = self._file.seek(offset, whence)
        return position - self._start

    def tell(self) -> int:
        """The current position."""
        return self.seek(0, io.SEEK_CUR)

    def close(self) -> None:
        """Close the file if it was opened here."""
        if self._is_ours and self._file is not None:
            file, self._file = self._file, None
            file.close()

    __del__ = close


def _seekable(file: Any) -> tuple[Any, bool]:
    """The file itself, or a copy of what is left of a file without positions; and whether it is a copy."""
    with _readable():
        if (
            hasattr(file, "seek")
            and hasattr(file, "tell")
            and (not hasattr(file, "seekable") or file.seekable())
        ):
            return file, False
        piece = file.read(_PIECE)
        if not isinstance(piece, bytes):
            raise UnexpectedArgumentError("file", _NOT_BINARY)
        copy: Any = tempfile.SpooledTemporaryFile(max_size=_MAX_IN_MEMORY)  # noqa: SIM115 - closed by MediaFile
        try:
            while piece:
                copy.write(piece)
                piece = file.read(_PIECE)
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        return copy, True


@contextmanager
def _readable() -> Iterator[None]:
    """Raise InvalidArgumentError for whatever a file raises."""
    try:
        yield
    except InvalidArgumentError:
        raise
    except Exception as error:
        # A file object may raise anything, and the text of an error can contain anything, such as the path.
        number: Any = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number) if number in errno.errorcode else type(error).__name__
        raise InvalidArgumentError("file", f"cannot be read: {reason}") from None
