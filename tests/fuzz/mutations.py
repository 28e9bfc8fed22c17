"""Strategies for mutated JSON, bytes, headers and statuses."""

from __future__ import annotations

import copy
import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from fuzz.secrets_sent import quotes

DEEP = 5_000
# Text that json.dumps cannot produce.
_RAW = [
    "NaN",
    "-Infinity",
    "1e999",
    "-0",
    "9" * 5000,
    "[" * DEEP,
    '{"a":' * DEEP,
    '"\\ud800"',
    "1e-400",
    "01",
    "'a'",
]
_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**63, -(2**63), 10**400, 1.5, 1e308, [], {}, [[]], [None], {"": None}),
    *("", " ", "null", "true", "0", "-1", "\x00", "\ud800", "\ufeff", "a" * 10_000, "2026-13-45T99:99:99Z"),
    *(
        "0000-00-00",
        "2026-03-14T15:09:26.535+99:99",
        "10000-01-01",
        "24:00",
        "P1D",
        "١٢٣",
        "1e5",
        "99999999999999",
    ),
    *(
        "error",
        "sent",
        "items",
        {"items": []},
        {"id": {}},
        [{"id": 1}],
        {"message": ["a"]},
        {"a": {"b": {"c": {}}}},
    ),
    *quotes(),
    *(int(number) for number in quotes() if number.isdigit()),
]
VALUES = _VALUES


@dataclass
class Mutated:
    """A response that a transport returns."""

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value: a container, and a key or an index in it."""
    found: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        container = pending.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], dict | list):
                pending.append(container[key])
    return found


def _replace(container: Any, key: Any, value: Any) -> None:
    container[key] = copy.deepcopy(value)


def _delete(container: Any, key: Any, value: Any) -> None:
    del container[key]


def _add(container: Any, key: Any, value: Any) -> None:
    if isinstance(container, dict):
        container[f"new_{key}"] = copy.deepcopy(value)
    else:
        container.insert(key, copy.deepcopy(value))


def _wrap(container: Any, key: Any, value: Any) -> None:
    container[key] = [container[key]]


def _as_text(container: Any, key: Any, value: Any) -> None:
    container[key] = json.dumps(container[key])


def _triple(container: Any, key: Any, value: Any) -> None:
    container[key] = [container[key]] * 3


_CHANGES: list[Callable[[Any, Any, Any], None]] = [
    _replace,
    _replace,
    _replace,
    _delete,
    _add,
    _wrap,
    _as_text,
    _triple,
]
_POSITION = st.integers(0, 10_000)
json_changes = st.lists(st.tuples(st.sampled_from(_CHANGES), _POSITION, st.sampled_from(_VALUES)), max_size=3)


def changed_json(value: Any, changes: list[tuple[Callable[[Any, Any, Any], None], int, Any]]) -> Any:
    """A copy of a JSON value with the changes."""
    root = [copy.deepcopy(value)]
    for change, position, replacement in changes:
        nodes = _nodes(root)
        if nodes:
            container, key = nodes[position % len(nodes)]
            change(container, key, replacement)
    return root[0] if root else None


def _truncated(body: bytes, at: int, piece: bytes) -> bytes:
    return body[: at % (len(body) + 1)]


def _inserted(body: bytes, at: int, piece: bytes) -> bytes:
    at %= len(body) + 1
    return body[:at] + piece + body[at:]


def _overwritten(body: bytes, at: int, piece: bytes) -> bytes:
    at %= len(body) + 1
    return body[:at] + piece + body[at + len(piece) :]


def _doubled(body: bytes, at: int, piece: bytes) -> bytes:
    return body + body


def _prefixed(body: bytes, at: int, piece: bytes) -> bytes:
    return piece + body


def _recoded(body: bytes, at: int, piece: bytes) -> bytes:
    encodings = ("utf-16", "utf-32", "utf-16-le", "utf-8-sig", "cp037", "utf-7")
    return body.decode("utf-8", "replace").encode(encodings[at % len(encodings)], "replace")


def _replaced(body: bytes, at: int, piece: bytes) -> bytes:
    return piece


_BYTES = [_truncated, _inserted, _overwritten, _doubled, _prefixed, _recoded, _replaced]
PIECES = [
    *(
        b"",
        b"\x00",
        b"\xff",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"{",
        b"}",
        b"]",
        b",",
        b'"',
        b"\\",
        b"\r\n\r\n",
        b" " * 500,
    ),
    *(
        b"<!doctype html><title>Log in</title>",
        b'{"login": "https://example.com"}',
        b"null",
        b"OK",
        b"\xed\xa0\x80",
    ),
    *(raw.encode() for raw in _RAW),
    *(text.encode() for text in quotes()),
]
byte_changes = st.one_of(
    *(3 * [st.just([])]),
    st.lists(st.tuples(st.sampled_from(_BYTES), _POSITION, st.sampled_from(PIECES)), min_size=1, max_size=2),
)


def changed_bytes(
    body: bytes, changes: list[tuple[Callable[[bytes, int, bytes], bytes], int, bytes]]
) -> bytes:
    """The body with the changes."""
    for change, at, piece in changes:
        body = change(body, at, piece)
    return body


_CHARSETS = [
    "utf-8",
    "utf-16",
    "utf-32-le",
    "latin-1",
    "hex",
    "base64",
    "idna",
    "rot13",
    "undefined",
    "mbcs",
    "x\u0130",
]
_TYPES = [
    b"text/html",
    b"application/json; charset",
    b"application/json; charset=\xff",
    b"",
    b";",
    b"multipart/mixed; boundary=a",
    *(f"application/json; charset={charset}".encode() for charset in _CHARSETS),
]
_RETRY_AFTER = [
    *(b"0", b"1", b"-1", b"nan", b"inf", b"1e400", b"9" * 400, b"", b" ", b"soon", b"\xff", b"0.5"),
    *(
        b"Wed, 21 Oct 2099 07:28:00 GMT",
        b"Wed Oct 21 07:28:00 2015",
        b"Wed, 99 Foo 99999 99:99:99 GMT",
        b"Mon, 01 Jan 0001 00:00:00 -0000",
    ),
]
_OTHERS = [
    (b"location", b"/elsewhere"),
    (b"location", b"http://[::1"),
    (b"set-cookie", b"a=b; expires=x"),
    (b"x-request-id", b"\xff\xfe"),
    (b"content-length", b"1"),
    (b"content-range", b"bytes 0-1/*"),
    (b"trailer", b"x"),
    (b"x-" + b"y" * 2000, b"z" * 2000),
]
headers = st.lists(
    st.one_of(
        st.sampled_from(_TYPES).map(lambda value: (b"content-type", value)),
        st.sampled_from(_RETRY_AFTER).map(lambda value: (b"retry-after", value)),
        st.sampled_from(_RETRY_AFTER).map(lambda value: (b"retry-after-ms", value)),
        st.sampled_from(_OTHERS),
    ),
    max_size=2,
)
_STATUSES = [200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 302, 304, 307, 308, 399]
_STATUSES += [
    400,
    401,
    403,
    404,
    405,
    408,
    409,
    410,
    413,
    418,
    422,
    425,
    429,
    499,
    500,
    501,
    502,
    503,
    504,
    520,
    599,
    600,
    999,
]
statuses = st.one_of(*(4 * [st.none()]), st.sampled_from(_STATUSES))


def _zipped(body: bytes) -> tuple[bytes, bytes]:
    return b"gzip", gzip.compress(body, 1)


def _deflated(body: bytes) -> tuple[bytes, bytes]:
    return b"deflate", zlib.compress(body, 1)


def _broken_gzip(body: bytes) -> tuple[bytes, bytes]:
    return b"gzip", gzip.compress(body, 1)[:-5]


_CODINGS: list[Callable[[bytes], tuple[bytes, bytes]]] = [
    _zipped,
    _deflated,
    _broken_gzip,
    lambda body: (b"gzip", body),
    lambda body: (b"deflate", body),
    lambda body: (b"br", body),
    lambda body: (b"identity", body),
    lambda body: (b"gzip, gzip", gzip.compress(gzip.compress(body, 1), 1)),
    lambda body: (b"\xff", body),
    lambda body: (b"GZIP", gzip.compress(body, 1)),
]
codings = st.one_of(*(5 * [st.none()]), st.sampled_from(_CODINGS))


def dumps(value: Any, *, ascii_only: bool) -> bytes:
    """JSON as a server writes it; lone surrogates are possible."""
    try:
        text = json.dumps(value, ensure_ascii=ascii_only)
    except ValueError:  # an int too long to print
        text = "9" * 5000
    return text.encode("utf-8", "surrogatepass")
