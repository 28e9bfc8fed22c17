"""No call gets the response of another one, and no connection is lost."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from typing import Any

import anyio
import httpx
import pytest
import trio

from connections.conftest import KEY, NUMBER, Runner
from connections.raw_server import Connection, contact, number_in, response
from textrequest_ext import (
    AsyncTextRequest,
    RetryPolicy,
    TextRequest,
    TextRequestError,
    UnexpectedResponseError,
)

NUMBERS = [f"155555501{n:02}" for n in range(100)]


def echo(connection: Connection, path: str, number: int) -> None:
    """Respond with the contact that was requested."""
    connection.send(response(contact(number_in(path))))


def slow_echo(connection: Connection, path: str, number: int) -> None:
    time.sleep(0.002)
    echo(connection, path, number)


# --- Surplus bytes -----------------------------------------------------------------------------------


def two_responses(connection: Connection, path: str, number: int) -> None:
    body = response(contact(number_in(path)))
    connection.send(body + body)


SECOND_SENT = threading.Semaphore(0)


def late_second_response(connection: Connection, path: str, number: int) -> None:
    body = response(contact(number_in(path)))
    connection.send(body, body, pause=0.02)
    SECOND_SENT.release()


def empty_status_with_a_body(connection: Connection, path: str, number: int) -> None:
    if number % 2:
        hidden = response(contact(number_in(path)))
        connection.send(b"HTTP/1.1 204 No Content\r\nContent-Type: text/plain\r\n\r\n" + hidden)
    else:
        echo(connection, path, number)


@pytest.mark.parametrize("respond", [two_responses, late_second_response, empty_status_with_a_body])
def test_surplus_bytes_never_reach_the_next_call(run: Runner, serve: Any, respond: Any) -> None:
    server = serve(respond)

    async def calls(client: Any) -> None:
        for number in NUMBERS[:10]:
            found = await client.contacts.get(121, number)
            assert found is None or found.phone_number == number
            if respond is late_second_response:
                await wait_for_second_response(run)

    run(server, calls)
    assert server.connections > 1


def test_a_response_that_belongs_to_another_request_ends_its_connection(run: Runner, serve: Any) -> None:
    before: dict[Any, list[str]] = {}

    def one_behind(connection: Connection, path: str, number: int) -> None:
        # As after a surplus response that has arrived when the next request had left already.
        earlier = before.setdefault(connection.sock, [])
        earlier.append(number_in(path))
        connection.send(response(contact(earlier[max(0, len(earlier) - 2)])))

    server = serve(one_behind)

    async def calls(client: Any) -> None:
        for right, wrong in zip(NUMBERS[:10:2], NUMBERS[1:10:2], strict=True):
            assert (await client.contacts.get(121, right)).phone_number == right
            with pytest.raises(UnexpectedResponseError, match="phone_number: not that of the request"):
                await client.contacts.get(121, wrong)

    run(server, calls)
    assert server.connections == 5


def test_a_clean_connection_is_used_again(run: Runner, serve: Any) -> None:
    server = serve(echo)

    async def calls(client: Any) -> None:
        for number in NUMBERS[:20]:
            assert (await client.contacts.get(121, number)).phone_number == number

    run(server, calls)
    assert server.connections == 1


def test_a_connection_that_the_server_closed_is_not_used_again(run: Runner, serve: Any) -> None:
    def respond(connection: Connection, path: str, number: int) -> None:
        echo(connection, path, number)
        connection.close()

    server = serve(respond)

    async def calls(client: Any) -> None:
        for number in NUMBERS[:5]:
            assert (await client.contacts.get(121, number)).phone_number == number
            await _pause(run, 0.02)

    run(server, calls)
    assert server.connections == 5


async def wait_for_second_response(run: Runner) -> None:
    """Wait until `late_second_response` has sent it, and it has arrived."""
    assert SECOND_SENT.acquire(timeout=10)
    await _pause(run, 0.01)


async def _pause(run: Runner, seconds: float) -> None:
    if run.mode == "trio":
        await trio.sleep(seconds)
    else:
        await asyncio.sleep(seconds)


# --- Processes and event loops -----------------------------------------------------------------------


def test_a_fork_opens_connections_of_its_own(serve: Any) -> None:
    server = serve(slow_echo)
    with TextRequest(KEY, base_url=server.url) as client:
        assert client.contacts.get(121, NUMBER)  # leaves an idle connection
        context = multiprocessing.get_context("fork")
        wrong = context.Value("i", 0)

        def calls(numbers: list[str]) -> None:
            for number in numbers * 5:
                found = client.contacts.get(121, number)
                if found is None or found.phone_number != number:
                    with wrong.get_lock():
                        wrong.value += 1

        children = [
            context.Process(target=calls, args=(NUMBERS[at : at + 10],), daemon=True) for at in (0, 10, 20)
        ]
        for child in children:
            child.start()
        calls(NUMBERS[30:40])
        for child in children:
            child.join(30)
        assert [child.exitcode for child in children] == [0, 0, 0]
        assert wrong.value == 0
        assert client.contacts.get(121, NUMBER)
    assert server.connections == 4  # one a process; the parent's is still the same


def test_a_fork_leaves_no_inherited_sockets_open(serve: Any) -> None:
    server = serve(echo)
    with TextRequest(KEY, base_url=server.url) as client:
        client.contacts.get(121, NUMBER)
        context = multiprocessing.get_context("fork")
        queue = context.SimpleQueue()

        def child() -> None:
            before = len(os.listdir("/proc/self/fd"))
            client.contacts.get(121, NUMBER)
            queue.put(len(os.listdir("/proc/self/fd")) - before)

        process = context.Process(target=child, daemon=True)
        process.start()
        process.join(30)
        assert process.exitcode == 0
        assert queue.get() == 0  # one opened, the inherited one closed


def test_a_fork_of_an_async_program(serve: Any) -> None:
    server = serve(slow_echo)
    client = AsyncTextRequest(KEY, base_url=server.url)
    context = multiprocessing.get_context("fork")

    async def calls(numbers: list[str]) -> bool:
        return all([(await client.contacts.get(121, n)).phone_number == n for n in numbers])  # type: ignore[union-attr]

    def child() -> None:
        os._exit(0 if asyncio.run(calls(NUMBERS[:20])) else 1)

    async def main() -> None:
        assert await calls(NUMBERS[20:25])
        process = context.Process(target=child, daemon=True)
        process.start()
        assert await calls(NUMBERS[25:40])
        async with asyncio.timeout(60):
            while process.is_alive():  # noqa: ASYNC110 - a process sets no event
                await asyncio.sleep(0.01)
        assert process.exitcode == 0
        assert await calls(NUMBERS[40:45])
        await client.aclose()

    asyncio.run(main())


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_a_second_event_loop_opens_connections_of_its_own(serve: Any, mode: str) -> None:
    server = serve(echo)
    client = AsyncTextRequest(KEY, base_url=server.url)

    async def call() -> None:
        assert (await client.contacts.get(121, NUMBER)).phone_number == NUMBER  # type: ignore[union-attr]

    async def last_call() -> None:
        await call()
        await client.aclose()

    for function in (call, call, last_call):
        trio.run(function) if mode == "trio" else asyncio.run(function())
    assert server.connections == 3


def test_two_event_loops_in_two_threads(serve: Any) -> None:
    server = serve(slow_echo)
    client = AsyncTextRequest(KEY, base_url=server.url)
    wrong: list[str] = []

    async def calls(numbers: list[str]) -> None:
        for number in numbers:
            found = await client.contacts.get(121, number)
            if found is None or found.phone_number != number:
                wrong.append(number)

    threads = [
        threading.Thread(target=lambda at=at: asyncio.run(calls(NUMBERS[at : at + 25]))) for at in (0, 25, 50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    asyncio.run(client.aclose())


def test_32_threads_share_a_client(serve: Any) -> None:
    server = serve(slow_echo)
    wrong: list[str] = []
    with TextRequest(KEY, base_url=server.url, max_concurrency=8) as client:

        def calls(at: int) -> None:
            for number in NUMBERS[at : at + 3] * 10:
                found = client.contacts.get(121, number)
                if found is None or found.phone_number != number:
                    wrong.append(number)

        threads = [threading.Thread(target=calls, args=(at * 3,)) for at in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert server.requests == 32 * 30
    assert server.max_open <= 8


# --- Cancellation and signals ------------------------------------------------------------------------


def test_cancelled_calls_of_asyncio_lose_no_connection(serve: Any) -> None:
    server = serve(slow_echo)

    async def main() -> None:
        async with AsyncTextRequest(KEY, base_url=server.url, max_concurrency=4, timeout=5) as client:
            for at in range(300):
                task = asyncio.create_task(client.contacts.get(121, NUMBERS[at % 100]))
                await asyncio.sleep((at % 30) / 10_000)
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            # All four are free: four calls are open at the same time.
            found = await asyncio.gather(*(client.contacts.get(121, number) for number in NUMBERS[:40]))
            assert [contact.phone_number for contact in found if contact] == NUMBERS[:40]
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert server.max_open >= 4


def test_cancelled_calls_of_trio_lose_no_connection(serve: Any) -> None:
    server = serve(slow_echo)

    async def main() -> None:
        async with AsyncTextRequest(KEY, base_url=server.url, max_concurrency=4, timeout=5) as client:
            for at in range(200):
                with trio.move_on_after((at % 30) / 10_000):
                    await client.contacts.get(121, NUMBERS[at % 100])
            found: dict[str, Any] = {}

            async def call(number: str) -> None:
                found[number] = await client.contacts.get(121, number)

            async with trio.open_nursery() as nursery:
                for number in NUMBERS[:40]:
                    nursery.start_soon(call, number)
            assert all(contact.phone_number == number for number, contact in found.items())

    trio.run(main)


class Interrupted(BaseException):
    """Raised by a signal handler, as Ctrl-C and soft time limits are."""


def test_signals_that_raise_lose_no_connection(serve: Any) -> None:
    server = serve(slow_echo)
    # In a process of its own: a signal can hit a finalizer, whose exceptions pytest reports.
    child = multiprocessing.get_context("fork").Process(
        target=_interrupt_calls, args=(server.url,), daemon=True
    )
    child.start()
    child.join(60)
    assert child.exitcode == 0


def _interrupt_calls(url: str) -> None:
    def interrupt(number: int, frame: Any) -> None:
        if armed:
            raise Interrupted

    armed = False
    sys.unraisablehook = lambda unraisable: None
    signal.signal(signal.SIGALRM, interrupt)
    client = TextRequest(KEY, base_url=url, max_concurrency=2)
    client.contacts.get(121, NUMBER)  # imports modules, which a signal would leave half imported
    for at in range(300):
        with contextlib.suppress(Interrupted):
            try:
                armed = True
                signal.setitimer(signal.ITIMER_REAL, 0.0001 + (at % 40) / 10_000)
                client.contacts.get(121, NUMBERS[at % 100])
            finally:
                armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append((n, client.contacts.get(121, n))), daemon=True)
        for n in NUMBERS[:20]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    right = [number for number, found in results if found.phone_number == number]
    os._exit(0 if len(right) == 20 else 1)


# --- Many calls --------------------------------------------------------------------------------------


def test_waiting_for_a_connection_is_not_a_timeout(serve: Any) -> None:
    def respond(connection: Connection, path: str, number: int) -> None:
        time.sleep(0.02)
        echo(connection, path, number)

    server = serve(respond)

    async def main() -> None:
        # Together the calls take 1 s, ten times the limit of each and five times that of a whole call.
        from textrequest_ext import Timeout

        timeout = Timeout(0.1, total=0.2)
        async with AsyncTextRequest(KEY, base_url=server.url, max_concurrency=2, timeout=timeout) as client:
            found = await asyncio.gather(*(client.contacts.get(121, number) for number in NUMBERS))
            assert [contact.phone_number for contact in found if contact] == NUMBERS

    asyncio.run(main())
    assert server.max_open <= 2


# --- Closing -----------------------------------------------------------------------------------------


def test_a_closed_client_and_its_copies_send_nothing(run: Runner, serve: Any) -> None:
    server = serve(echo)

    async def calls(client: Any) -> None:
        copy = (
            await client.with_options(timeout=3) if run.mode == "blocking" else client.with_options(timeout=3)
        )
        assert await client.contacts.get(121, NUMBER)
        await (client.close() if run.mode == "blocking" else client.aclose())
        target = getattr(client, "_target", client)
        for closed in (target, getattr(copy, "_target", copy)):
            for call in (lambda c=closed: c.contacts.get(121, NUMBER), closed.contacts.list(121).first):
                with pytest.raises(TextRequestError, match="the client is closed"):
                    await call()

    run(server, calls)
    assert server.requests == 1


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_a_cancelled_close_closes_every_connection(serve: Any, mode: str) -> None:
    server = serve(slow_echo)

    async def main() -> None:
        client = AsyncTextRequest(KEY, base_url=server.url)
        async with anyio.create_task_group() as group:
            for number in NUMBERS[:5]:
                group.start_soon(client.contacts.get, 121, number)
        assert server.connections > 1
        with anyio.CancelScope() as scope:
            scope.cancel()
            await client.aclose()
        with anyio.fail_after(30):
            while server.open_connections:  # noqa: ASYNC110 - a server on threads sets no event
                await anyio.sleep(0.01)

    anyio.run(main, backend=mode)


def test_tools_that_replace_the_methods_of_httpx_see_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(200, json=contact(NUMBER))

    async def handle_async(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(200, json=contact(NUMBER))

    with TextRequest(KEY, base_url="http://localhost:1") as client:
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
        assert client.contacts.get(121, NUMBER)

    async def main() -> None:
        async with AsyncTextRequest(KEY, base_url="http://localhost:1") as client:
            monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle_async)
            assert await client.contacts.get(121, NUMBER)

    asyncio.run(main())
    assert seen == [f"/dashboards/121/contacts/{NUMBER}"] * 2


def test_the_way_through_httpx_has_the_same_safety(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    original = httpx.HTTPTransport.handle_request

    def traced(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return original(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", traced)
    monkeypatch.setattr("textrequest_ext._connections.interception.is_replaced", lambda *_: True)
    server = serve(two_responses)
    with TextRequest(KEY, base_url=server.url, retries=RetryPolicy(retries=0)) as client:
        for number in NUMBERS[:10]:
            assert client.contacts.get(121, number).phone_number == number  # type: ignore[union-attr]
    assert server.connections == 10
    clean = serve(echo)
    with TextRequest(KEY, base_url=clean.url) as client:
        for number in NUMBERS[:10]:
            assert client.contacts.get(121, number).phone_number == number  # type: ignore[union-attr]
    assert clean.connections == 1
