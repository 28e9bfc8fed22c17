"""A proxy between a client and the sandbox, in a process of its own, that damages a part of the exchanges.

    python -m faults.hostile_proxy UPSTREAM_PORT --rate 0.2 --seed 1

It prints the port it listens on, and ends when its standard input is closed. Then it prints how often
each fault happened, as JSON. A request that a fault keeps from the service is never delivered later.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import socket
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Self

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
REFUSING_SECONDS = 0.03
# messages.send, and not messages.send_to_contact.
_SEND = re.compile(rb"POST (?!\S*/contacts/)\S*/messages ")
_HTML = b"<!doctype html><title>Bad gateway</title>"


@dataclass
class Exchange:
    """One request and the two connections it belongs to."""

    request: bytes
    client: asyncio.StreamWriter
    proxy: Proxy
    upstream: Upstream

    async def deliver(self) -> bytes:
        """Deliver the request to the service; returns its response."""
        return await self.upstream.exchange(self.request)

    async def send(self, content: bytes) -> None:
        """Send bytes to the client."""
        self.client.write(content)
        await self.client.drain()

    def reset(self) -> None:
        """Close the connection to the client with a reset, as a crashed server does."""
        sock = self.client.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.transport.abort()

    async def wait_until_closed(self, reader: asyncio.StreamReader) -> None:
        """Wait until the client gives up."""
        with suppress(ConnectionError):
            await reader.read()


def _response(status: str, body: bytes, headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


# A fault takes the exchange and the client's reader. It returns whether the connection stays usable.
Fault = Callable[[Exchange, asyncio.StreamReader], Awaitable[bool]]


async def _dropped_before(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    return False


async def _reset_before(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    exchange.reset()
    return False


async def _dropped_after(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    await exchange.deliver()
    return False


async def _reset_after(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    await exchange.deliver()
    exchange.reset()
    return False


async def _timeout_before(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    await exchange.wait_until_closed(reader)
    return False


async def _timeout_after(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    await exchange.deliver()
    await exchange.wait_until_closed(reader)
    return False


async def _throttled(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    seconds = exchange.proxy.draw.choice(["0", "0.01", "", "3600"])
    header = f"Retry-After: {seconds}\r\n" if seconds else ""
    await exchange.send(_response("429 Too Many Requests", b'{"message": "slow down"}', header))
    return True


def _failing(status: str, *, takes_effect: bool) -> Fault:
    async def fail(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
        if takes_effect:
            await exchange.deliver()
        await exchange.send(_response(status, _HTML))
        return True

    return fail


async def _truncated(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    response = await exchange.deliver()
    await exchange.send(response[: exchange.proxy.draw.randrange(len(response))])
    return False


async def _garbage(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    await exchange.deliver()
    await exchange.send(exchange.proxy.draw.randbytes(200))
    return False


async def _page_instead(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    await exchange.deliver()
    await exchange.send(_response("200 OK", _HTML))
    return True


async def _surplus_bytes(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    await exchange.send(await exchange.deliver() + b"\x00\r\nsurplus")
    return True


async def _surplus_response(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    """The response to another request follows, in the same packet: the client can see it."""
    response = await exchange.deliver()
    await exchange.send(response + (exchange.proxy.previous or response))
    return True


async def _late_surplus_response(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    """The response to another send follows at about the time the next request leaves, which gets no other one.

    If it comes later than that, only its numbers tell that it belongs to another send; so it follows on
    `POST /messages` only, whose responses have numbers.
    """
    response = await exchange.deliver()
    await exchange.send(response)
    await asyncio.sleep(exchange.proxy.draw.random() * 0.004)
    await exchange.send(exchange.proxy.previous_send or response)
    await exchange.upstream.exchange(await _read_message(reader))
    return False


async def _closed_when_idle(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    """The connection is closed at about the time the next request leaves."""
    await exchange.send(await exchange.deliver())
    await asyncio.sleep(exchange.proxy.draw.random() * 0.004)
    return False


async def _closed_with_next(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    """The connection is closed as the next request arrives, which is not delivered."""
    await exchange.send(await exchange.deliver())
    await reader.read(1)
    return False


async def _refused(exchange: Exchange, reader: asyncio.StreamReader) -> bool:
    """After this response, new connections are refused for a moment."""
    response = await exchange.deliver()
    await exchange.proxy.refuse()
    await exchange.send(response)
    return False


FAULTS: dict[str, Fault] = {
    "refused": _refused,
    "dropped before": _dropped_before,
    "reset before": _reset_before,
    "dropped after": _dropped_after,
    "reset after": _reset_after,
    "closed when idle": _closed_when_idle,
    "closed with the next request": _closed_with_next,
    "timeout before": _timeout_before,
    "timeout after": _timeout_after,
    "429": _throttled,
    "502": _failing("502 Bad Gateway", takes_effect=False),
    "502 after": _failing("502 Bad Gateway", takes_effect=True),
    "503": _failing("503 Service Unavailable", takes_effect=False),
    "503 after": _failing("503 Service Unavailable", takes_effect=True),
    "504 after": _failing("504 Gateway Timeout", takes_effect=True),
    "truncated": _truncated,
    "garbage": _garbage,
    "200 with HTML": _page_instead,
    "surplus bytes": _surplus_bytes,
    "surplus response": _surplus_response,
    "late surplus response": _late_surplus_response,
}


class Upstream:
    """A connection to the service."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def exchange(self, request: bytes) -> bytes:
        """Send a request; returns the whole response."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        return await _read_message(reader)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    """A request or a response with its body. Raises IncompleteReadError at the end of the connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


class Proxy:
    """Listens on a port, and damages a part of the exchanges.

    previous, previous_send: a response to another request, and one to another `POST /messages`.
    """

    def __init__(self, upstream_port: int, rate: float, seed: int, names: list[str]) -> None:
        self.draw = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.previous: bytes | None = None
        self.previous_send: bytes | None = None
        self.port = 0
        self._upstream_port = upstream_port
        self._rate = rate
        self._names = names
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Accept connections, on the same port as before."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", self.port))
        self.port = sock.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, sock=sock, limit=2**22, backlog=512)

    async def refuse(self) -> None:
        """Refuse new connections for a moment."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            task = asyncio.create_task(self._accept_again())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _accept_again(self) -> None:
        await asyncio.sleep(REFUSING_SECONDS)
        await self.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        upstream = Upstream(self._upstream_port)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)  # asyncio has weak references only
        try:
            while await self._exchange(Exchange(await _read_message(reader), writer, self, upstream), reader):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the last one when the proxy ends
        finally:
            self._tasks.discard(task)
            upstream.close()
            writer.close()

    async def _exchange(self, exchange: Exchange, reader: asyncio.StreamReader) -> bool:
        if self.draw.random() < self._rate:
            name = self.draw.choice(self._names)
            if name == "late surplus response" and not _SEND.match(exchange.request):
                name = "surplus response"
            self.counts[name] += 1
            return await FAULTS[name](exchange, reader)
        response = await exchange.deliver()
        await exchange.send(response)
        self.previous = response
        if _SEND.match(exchange.request):
            self.previous_send = response
        return True


class HostileProxy:
    """The proxy as a process: `with HostileProxy(port, rate, seed) as proxy: ... proxy.port`.

    counts: how often each fault happened, after the `with` block.
    """

    def __init__(self, upstream_port: int, rate: float, seed: int, names: list[str] | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.port = 0
        self._command = [sys.executable, "-m", "faults.hostile_proxy", str(upstream_port), *(names or [])]
        self._command += ["--rate", str(rate), "--seed", str(seed)]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
        )
        self.port = int(_stream(self._process.stdout).readline())
        return self

    def __exit__(self, *reason: object) -> None:
        if self._process is not None:
            output, _ = self._process.communicate(timeout=60)
            self.counts.update(json.loads(output))
            assert self._process.returncode == 0


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _environment() -> dict[str, str]:
    import os
    from pathlib import Path

    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


async def _main(options: argparse.Namespace) -> None:
    proxy = Proxy(options.port, options.rate, options.seed, options.faults or list(FAULTS))
    await proxy.start()
    print(proxy.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps(proxy.counts), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("faults", nargs="*", help="the names of the faults; default: all")
    asyncio.run(_main(parser.parse_args()))
