"""Responses whose bytes are damaged, over real sockets.

After each of them the same client makes another call, which must get the response to it: no byte of a
damaged response may become part of the next one.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import trio
from hypothesis import strategies as st

from connections.raw_server import Connection, RawServer, contact, number_in
from fuzz import contract_samples, mutations
from fuzz.secrets_sent import KEY, NUMBER, TEXT, check_error, quotes
from textrequest_ext import (
    AsyncTextRequest,
    RetryPolicy,
    SendOutcomeUnknownError,
    TextRequest,
    TextRequestError,
)

OTHER_NUMBER = "15555550124"
MODES = ("blocking", "blocking", "asyncio", "trio", "aiohttp")
_LINES = [
    *(
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 200",
        b"HTTP/1.1 201 Created",
    ),
    *(
        b"HTTP/1.1 204 No Content",
        b"HTTP/1.1 400 " + TEXT.encode(),
        b"HTTP/1.1 429 Slow down",
        b"HTTP/1.1 500 \xff",
    ),
    *(
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 101 Switching Protocols",
        b"HTTP/1.1 103 Early Hints",
        b"HTTP/1.1 304 Not Modified",
    ),
    *(
        b"HTTP/2.0 200 OK",
        b"HTTP/1.1 20 OK",
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 -1 OK",
        b"HTTP/1.1 abc OK",
        b"ICY 200 OK",
        b"",
    ),
    *(
        b"200 OK",
        b"HTTP/1.1\t200 OK",
        b"HTTP/1.1 200 OK\nx: y",
        b"\x16\x03\x01\x00",
        b"HTTP/1.1 200 " + b"a" * 70_000,
        NUMBER.encode(),
    ),
]
_HEADERS = [
    *(
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Transfer-Encoding: chunked, chunked",
        b"Content-Length: -1",
    ),
    *(
        b"Content-Length: 0",
        b"Content-Length: 5",
        b"Content-Length: 99999",
        b"Content-Length: 1e3",
        b"Content-Length: 5, 6",
        b"Content-Length:",
    ),
    *(
        b"Connection: close",
        b"Connection: keep-alive, close",
        b"Connection: upgrade",
        b"Upgrade: h2c",
        b" folded",
        b"no colon",
        b": empty",
    ),
    *(
        b"x: \x00",
        b"x\x00: y",
        b"x: " + b"y" * 70_000,
        b"Content-Encoding: gzip",
        b"Content-Encoding: br",
        b"x: " + KEY.encode(),
        b"\xff: \xff",
    ),
]
_FRAMES = (
    *(6 * ("length", "chunked")),
    "short length",
    "long length",
    "chunked",
    "bad chunk",
    "no end of chunks",
    "until close",
    "none",
)
_ENDS = ("keep", "close", "surplus", "surplus response", "early close")

inputs = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(MODES),
        "sends": st.booleans(),
        "sample": st.integers(0, 200),
        "json": mutations.json_changes,
        "bytes": mutations.byte_changes,
        "quoted": st.one_of(st.none(), st.sampled_from(quotes())),
        "line": st.sampled_from([_LINES[0]] * 40 + _LINES),
        "headers": st.lists(st.sampled_from(_HEADERS), max_size=2),
        "frame": st.sampled_from(_FRAMES),
        "end": st.sampled_from(_ENDS),
        "interim": st.booleans(),
        "flip": st.one_of(st.none(), st.none(), st.integers(0, 400)),
        "pieces": st.integers(1, 3),
    }
)


def damaged(value: dict[str, Any]) -> bytes:
    """The bytes of a response."""
    samples = [
        one
        for one in contract_samples.responses("contacts_get" if not value["sends"] else "messages_send")
        if one[1]
    ]
    body: Any = samples[value["sample"] % len(samples)][1]
    body = {**body, "phone_number": NUMBER, "to": None, "from": None}
    if value["quoted"] is not None:
        body = {"message": value["quoted"], "errorCode": value["quoted"]}
    content = mutations.dumps(mutations.changed_json(body, value["json"]), ascii_only=False)
    content = mutations.changed_bytes(content, value["bytes"])
    headers, frame = [b"Content-Type: application/json", *value["headers"]], value["frame"]
    lengths = {"length": 0, "short length": -3, "long length": 7}
    if frame in lengths:
        headers.append(b"Content-Length: %d" % max(0, len(content) + lengths[frame]))
    elif frame in ("chunked", "bad chunk", "no end of chunks"):
        headers.append(b"Transfer-Encoding: chunked")
        half = len(content) // 2
        content = b"".join(
            b"%x\r\n%s\r\n" % (len(part), part) for part in (content[:half], content[half:]) if part
        )
        content += {"chunked": b"0\r\n\r\n", "bad chunk": b"zz\r\nxx\r\n0\r\n\r\n"}.get(frame, b"")
    sent = value["line"] + b"\r\n" + b"\r\n".join(headers) + b"\r\n\r\n" + content
    if value["interim"]:
        sent = b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + sent
    if value["flip"] is not None and sent:
        at = value["flip"] % len(sent)
        sent = sent[:at] + bytes([sent[at] ^ 0x55]) + sent[at + 1 :]
    if value["end"] == "early close":
        sent = sent[: len(sent) * 2 // 3]
    elif value["end"] == "surplus":
        sent += b"\r\n\x00surplus"
    elif value["end"] == "surplus response":
        sent += complete(contact(NUMBER))
    return sent


def complete(value: Any) -> bytes:
    """A correct response."""
    content = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(content),
        content,
    )


class Check:
    """Makes a call whose response is damaged, and then one whose response is correct."""

    def __init__(self) -> None:
        self._value: dict[str, Any] = {}
        self._server = RawServer(self._respond).__enter__()
        options: dict[str, Any] = {
            "base_url": self._server.url,
            "retries": RetryPolicy(retries=0),
            "timeout": 20.0,
        }
        self._blocking = TextRequest(KEY, **options)
        self._asynchronous = AsyncTextRequest(KEY, **options)
        self._aiohttp = AsyncTextRequest(KEY, transport="aiohttp", **options)
        self._runner = asyncio.Runner()

    def close(self) -> None:
        self._blocking.close()
        self._runner.run(self._asynchronous.aclose())
        self._runner.run(self._aiohttp.aclose())
        self._runner.close()
        self._server.__exit__()

    def _respond(self, connection: Connection, path: str, number: int) -> None:
        if OTHER_NUMBER in path:
            connection.send(complete(contact(number_in(path))))
            return
        sent, pieces = damaged(self._value), self._value["pieces"]
        size = len(sent) // pieces + 1
        connection.send(*(sent[at : at + size] for at in range(0, len(sent), size)))
        # A client waits for what a connection that stays open may still send, so only complete ones do.
        if self._value["end"] not in ("keep", "surplus", "surplus response") or not _is_complete(self._value):
            connection.close()

    def __call__(self, value: dict[str, Any]) -> str | None:
        self._value = value
        if value["mode"] == "blocking":
            return self._check_blocking(value)

        async def main() -> str | None:
            client = self._aiohttp if value["mode"] == "aiohttp" else self._asynchronous
            retrying = client.with_options(retries=2)
            error = await _outcome_async(client, value)
            other = await retrying.contacts.get(1, OTHER_NUMBER)
            assert other is not None
            assert other.phone_number == OTHER_NUMBER
            return error

        return trio.run(main) if value["mode"] == "trio" else self._runner.run(main())

    def _check_blocking(self, value: dict[str, Any]) -> str | None:
        error = None
        try:
            if value["sends"]:
                self._blocking.messages.send("5555550100", NUMBER, TEXT)
            else:
                self._blocking.contacts.get(1, NUMBER)
        except TextRequestError as raised:
            error = _checked(raised, value)
        # The server may have closed the connection without another damage.
        other = self._blocking.with_options(retries=2).contacts.get(1, OTHER_NUMBER)
        assert other is not None
        assert other.phone_number == OTHER_NUMBER
        return error


async def _outcome_async(client: AsyncTextRequest, value: dict[str, Any]) -> str | None:
    try:
        if value["sends"]:
            await client.messages.send("5555550100", NUMBER, TEXT)
        else:
            await client.contacts.get(1, NUMBER)
    except TextRequestError as raised:
        return _checked(raised, value)
    return None


def _checked(error: TextRequestError, value: dict[str, Any]) -> str:
    check_error(error, text_was_sent=value["sends"])
    if value["sends"] and b" 4" not in value["line"]:
        refused = str(error).startswith("the service rejected") or any(
            f"status {status}" in str(error) for status in (301, 307, 308, 4)
        )
        assert isinstance(error, SendOutcomeUnknownError) or refused, repr(error)
    return type(error).__name__


def _is_complete(value: dict[str, Any]) -> bool:
    """Whether a client can know that a response has ended while its connection stays open."""
    plain = not value["headers"] and value["flip"] is None and value["line"] == _LINES[0]
    return plain and value["frame"] in ("length", "short length", "chunked")
