"""A send that may have arrived is not sent again, whichever library opens the connections."""

from __future__ import annotations

import asyncio
import pickle
import socket
from typing import Any

import pytest

from connections.conftest import KEY, NUMBER, Runner
from connections.raw_server import Connection, contact, number_in, response
from textrequest_ext import (
    APIConnectionError,
    APITimeoutError,
    AsyncTextRequest,
    RetryPolicy,
    SendOutcomeUnknownError,
    Timeout,
)

POLICY = RetryPolicy(retries=3, first_delay=0)


def close(connection: Connection, path: str, number: int) -> None:
    connection.close()


def reset(connection: Connection, path: str, number: int) -> None:
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.sock.close()


def cut_headers(connection: Connection, path: str, number: int) -> None:
    connection.send(response({"message_id": "m"})[:30])
    connection.close()


def cut_body(connection: Connection, path: str, number: int) -> None:
    connection.send(response({"message_id": "m"})[:-5])
    connection.close()


def garbage(connection: Connection, path: str, number: int) -> None:
    connection.send(b"\x00\xffnothing of HTTP\r\n\r\n")
    connection.close()


@pytest.mark.parametrize("respond", [close, reset, cut_headers, cut_body, garbage])
@pytest.mark.parametrize("used_before", [False, True])
def test_a_send_is_not_retried_once_it_was_written(
    run: Runner, serve: Any, respond: Any, used_before: bool
) -> None:
    def serve_gets(connection: Connection, path: str, number: int) -> None:
        if "contacts" in path:
            connection.send(response(contact(number_in(path))))
        else:
            respond(connection, path, number)

    server = serve(serve_gets)

    async def calls(client: Any) -> None:
        if used_before:
            await client.contacts.get(121, NUMBER)
        with pytest.raises(SendOutcomeUnknownError):
            await client.messages.send("5555550100", "5555550123", "Hello")

    run(server, calls, retries=POLICY)
    assert server.requests == 1 + used_before


def test_a_send_without_a_response_is_not_retried(run: Runner, serve: Any) -> None:
    server = serve(lambda connection, path, number: None)

    async def calls(client: Any) -> None:
        with pytest.raises(SendOutcomeUnknownError) as caught:
            await client.messages.send("5555550100", "5555550123", "Hello")
        assert isinstance(caught.value, APITimeoutError)

    run(server, calls, retries=POLICY, timeout=Timeout(0.2))
    assert server.requests == 1


def test_a_send_without_a_connection_is_retried(run: Runner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    class Closed:
        url = f"http://localhost:{port}"

    async def calls(client: Any) -> None:
        with pytest.raises(APIConnectionError) as caught:
            await client.messages.send("5555550100", "5555550123", "Hello")
        assert not isinstance(caught.value, SendOutcomeUnknownError)
        assert caught.value.attempts == 4

    run(Closed(), calls, retries=POLICY)  # type: ignore[arg-type]


def test_a_second_event_loop_with_aiohttp(serve: Any) -> None:
    server = serve(lambda connection, path, number: connection.send(response(contact(number_in(path)))))
    client = AsyncTextRequest(KEY, base_url=server.url, transport="aiohttp")

    async def call() -> None:
        assert (await client.contacts.get(121, NUMBER)).phone_number == NUMBER  # type: ignore[union-attr]

    async def last_call() -> None:
        await call()
        await client.aclose()

    asyncio.run(call())
    asyncio.run(last_call())
    assert server.connections == 2


def test_an_unpickled_client_uses_aiohttp_too(serve: Any) -> None:
    server = serve(lambda connection, path, number: connection.send(response(contact(number_in(path)))))
    client = pickle.loads(pickle.dumps(AsyncTextRequest(KEY, base_url=server.url, transport="aiohttp")))

    async def call() -> None:
        async with client:
            assert (await client.contacts.get(121, NUMBER)).phone_number == NUMBER
            pools = client._transport._pools.values()
            assert [type(pool).__name__ for pool in pools] == ["AiohttpPool"]

    asyncio.run(call())
