"""Requests on the connections of aiohttp, without its session: which take this way, and how they look."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
import httpx
import pytest

from connections.conftest import NUMBER, Runner
from connections.raw_server import Connection, contact, number_in, response
from textrequest_ext import APIConnectionError, APITimeoutError, AsyncTextRequest, Timeout
from textrequest_ext._connections.aiohttp_exchange import MAX_BODY, Message


def test_an_informational_response_is_not_the_response(run: Runner, serve: Any) -> None:
    def hints_first(connection: Connection, path: str, number: int) -> None:
        connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", response(contact(number_in(path))))

    server = serve(hints_first)

    async def calls(client: Any) -> None:
        for _ in range(3):
            assert (await client.contacts.get(121, NUMBER)).phone_number == NUMBER

    run(server, calls)
    assert server.connections == 1


def test_a_usual_call_does_not_use_the_session(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(lambda connection, path, number: connection.send(response(contact(number_in(path)))))
    monkeypatch.setattr(aiohttp.ClientSession, "_request", lambda *args, **kwargs: pytest.fail("session"))

    async def call(client: Any) -> None:
        assert (await client.contacts.get(121, NUMBER)).phone_number == NUMBER

    Runner("aiohttp")(server, call)


def test_the_bytes_of_a_request() -> None:
    request = httpx.Request("POST", "http://example.com:8/a%20b?c=d", headers={"X-A": "1"}, content=b"{}")
    lines = Message(request).data.removesuffix(b"{}").split(b"\r\n")
    assert lines[0] == b"POST /a%20b?c=d HTTP/1.1"
    assert sorted(lines[1:]) == [b"", b"", b"Content-Length: 2", b"Host: example.com:8", b"X-A: 1"]


@pytest.mark.parametrize(
    "request_",
    [
        httpx.Request("HEAD", "http://example.com/"),
        httpx.Request("POST", "http://example.com/", content=iter([b"a"])),
        httpx.Request("POST", "http://example.com/", content=b"a" * (MAX_BODY + 1)),
        httpx.Request("POST", "http://example.com/", content=b"", headers={"transfer-encoding": "chunked"}),
    ],
)
def test_other_requests_are_sent_by_the_session(request_: httpx.Request) -> None:
    assert Message.of(request_) is None


@pytest.mark.parametrize("value", ["a\r\nx-b: 1", "a\n", "a\r"])
def test_a_line_break_in_a_header_is_an_error(value: str) -> None:
    with pytest.raises(httpx.LocalProtocolError, match="line break"):
        Message.of(httpx.Request("GET", "http://example.com/", headers={"x-a": value}))


def test_the_repr_does_not_have_the_headers() -> None:
    message = Message.of(httpx.Request("GET", "http://example.com/", headers={"x-api-key": "secret"}))
    assert message is not None
    assert b"secret" in message.data
    assert "secret" not in repr(message)


def test_closing_does_not_wait_for_a_server_that_does_not_read() -> None:
    async def close_while_uploading(port: int) -> None:
        client = AsyncTextRequest("key", base_url=f"http://127.0.0.1:{port}", transport="aiohttp")
        upload = asyncio.create_task(client.messages.upload_media(b"x" * 20_000_000, filename="a.gif"))
        connection, _ = await asyncio.to_thread(server.accept)
        with connection:
            await asyncio.sleep(0.05)  # fills the buffers of the socket
            await client.aclose()  # without the abort, pytest-timeout ends this
            with pytest.raises(APIConnectionError):
                await upload

    with socket.create_server(("127.0.0.1", 0)) as server:
        asyncio.run(close_while_uploading(server.getsockname()[1]))


@pytest.mark.parametrize("broken", [b"zz\r\n", b"3\r\nabcdef\r\n"])
def test_a_body_that_cannot_be_parsed_is_an_error_and_no_timeout(
    run: Runner, serve: Any, broken: bytes
) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{ \r\r\n"

    def in_two_pieces(connection: Connection, path: str, number: int) -> None:
        connection.send(head, broken, pause=0.05)

    async def call(client: Any) -> None:
        with pytest.raises(APIConnectionError) as caught:
            await client.contacts.get(121, NUMBER)
        assert not isinstance(caught.value, APITimeoutError)

    run(serve(in_two_pieces), call, timeout=Timeout(10, total=10))


def test_the_timeout_goes_on_after_an_informational_response(run: Runner, serve: Any) -> None:
    def only_hints(connection: Connection, path: str, number: int) -> None:
        connection.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")

    async def call(client: Any) -> None:
        with pytest.raises(APITimeoutError) as caught:
            await client.contacts.get(121, NUMBER)
        assert "whole call" not in str(caught.value)

    run(serve(only_hints), call, timeout=Timeout(0.2, total=10))
