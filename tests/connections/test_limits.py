"""The limits of a call: its total time, and the size of its response."""

from __future__ import annotations

import functools
import gzip
import json
import logging
import socket
import threading
import time
import tracemalloc
import zlib
from typing import Any

import httpx
import pytest

from connections.conftest import KEY, NUMBER, Runner
from connections.raw_server import Connection, contact, number_in, response
from textrequest_api.api.webhooks import webhooks_event_types
from textrequest_ext import (
    APIConnectionError,
    APITimeoutError,
    AsyncTextRequest,
    ConfigurationError,
    RateLimitError,
    RetryPolicy,
    SendOutcomeUnknownError,
    TextRequest,
    Timeout,
    UnexpectedResponseError,
)

DRIP = 0.02  # seconds between two bytes: each read succeeds long before its own timeout


def drip_headers(connection: Connection, path: str, number: int) -> None:
    connection.send(*(bytes([byte]) for byte in response(contact(NUMBER)) * 20), pause=DRIP)


def drip_body(connection: Connection, path: str, number: int) -> None:
    body = response(contact(NUMBER))
    head, _, rest = body.partition(b"\r\n\r\n")
    connection.send(head + b"\r\n\r\n", *(bytes([byte]) for byte in rest), pause=DRIP)


@pytest.mark.parametrize("respond", [drip_headers, drip_body])
def test_a_slow_response_ends_with_the_total_timeout(run: Runner, serve: Any, respond: Any) -> None:
    server = serve(respond)

    async def call(client: Any) -> None:
        with pytest.raises(APITimeoutError, match=r"0\.3 seconds for the whole call"):
            await client.contacts.get(121, NUMBER)

    run(server, call, timeout=Timeout(10, total=0.3))


def test_a_total_timeout_for_one_call(run: Runner, serve: Any) -> None:
    server = serve(drip_body)

    async def call(client: Any) -> None:
        with pytest.raises(APITimeoutError):
            await client.contacts.get(121, NUMBER, timeout=Timeout(10, total=0.3))

    run(server, call)


def test_a_send_over_the_total_timeout_has_an_unknown_outcome(run: Runner, serve: Any) -> None:
    server = serve(drip_body)

    async def call(client: Any) -> None:
        with pytest.raises(SendOutcomeUnknownError) as caught:
            await client.messages.send("5555550100", "5555550123", "Hello")
        assert isinstance(caught.value, APITimeoutError)

    run(server, call, timeout=Timeout(10, total=0.3), retries=5)
    assert server.requests == 1


def test_the_total_timeout_includes_retries_and_delays(run: Runner, serve: Any) -> None:
    server = serve(
        lambda connection, path, number: connection.send(
            response({}, status="429 Too Many Requests", headers="Retry-After: 30\r\n")
        )
    )

    async def call(client: Any) -> None:
        with pytest.raises(RateLimitError) as caught:
            await client.contacts.get(121, NUMBER)
        assert caught.value.retry_after == 30

    run(server, call, timeout=Timeout(5, total=10), retries=3)
    assert server.requests == 1


def test_the_limit_of_an_upload_includes_the_time_to_send_it(serve: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    accepted: list[socket.socket] = []

    def read_slowly() -> None:
        sock, _ = listener.accept()
        accepted.append(sock)
        try:
            while sock.recv(1000):
                time.sleep(0.005)
        except OSError:
            pass

    thread = threading.Thread(target=read_slowly, daemon=True)
    thread.start()
    url = f"http://localhost:{listener.getsockname()[1]}"
    client = TextRequest(KEY, base_url=url, timeout=Timeout(5, total=0.5), retries=0)
    with client, pytest.raises(APITimeoutError):
        client.messages.upload_media(b"x" * 60_000_000, content_type="image/png")
    for sock in (*accepted, listener):
        sock.close()
    thread.join()


# --- Sizes -------------------------------------------------------------------------------------------


def test_a_response_over_the_limit_is_an_error(run: Runner, serve: Any) -> None:
    server = serve(lambda connection, path, number: connection.send(response({"first_name": "x" * 3000})))

    async def call(client: Any) -> None:
        with pytest.raises(UnexpectedResponseError, match="larger than 1000 bytes"):
            await client.contacts.get(121, NUMBER)

    run(server, call, max_response_bytes=1000)


@functools.cache
def bomb() -> bytes:
    """100 MB in 440 kB."""
    return gzip.compress(b'{"first_name": "' + b"x" * 100_000_000 + b'"}', 1)


def test_a_compressed_response_is_limited_after_decompression(run: Runner, serve: Any) -> None:
    body = bomb()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    server = serve(lambda connection, path, number: connection.send(head.encode() + body))

    async def call(client: Any) -> None:
        tracemalloc.start()
        try:
            with pytest.raises(UnexpectedResponseError, match="larger than"):
                await client.contacts.get(121, NUMBER)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 3 * 4_000_000

    run(server, call, max_response_bytes=4_000_000)


COMPRESS: dict[str, Any] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate without a header": lambda content: zlib.compress(content)[2:-4],
    "identity": lambda content: content,
}


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_response_within_the_limit_is_complete(run: Runner, serve: Any, encoding: str) -> None:
    content = json.dumps({**contact(NUMBER), "note": "x" * 100_000}).encode()
    body = COMPRESS[encoding](content)
    encoding = encoding.partition(" ")[0]
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    server = serve(lambda connection, path, number: connection.send(head.encode() + body))

    async def call(client: Any) -> None:
        assert len((await client.contacts.get(121, NUMBER)).note) == 100_000

    run(server, call)


@pytest.mark.parametrize("damage", ["cut", "garbage"])
def test_a_damaged_compressed_response_is_an_error(run: Runner, serve: Any, damage: str) -> None:
    body = gzip.compress(json.dumps(contact(NUMBER)).encode() * 50)
    body = body[: len(body) // 2] if damage == "cut" else b"no gzip at all"
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    server = serve(lambda connection, path, number: connection.send(head.encode() + body))

    async def call(client: Any) -> None:
        with pytest.raises(UnexpectedResponseError):
            await client.contacts.get(121, NUMBER)
        with pytest.raises(SendOutcomeUnknownError):
            await client.messages.send("5555550100", "5555550123", "Hello")

    run(server, call)


# --- Options -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("client_class", [TextRequest, AsyncTextRequest])
@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "http://api.example.com"},
        {"base_url": "http://10.0.0.1/api"},
        {"base_url": "http://localhost.example.com"},
        {"base_url": "https://example.com:port"},
        {"base_url": "https://example.com:70000"},
        {"base_url": "https://example.com/a\nb"},
        {"base_url": "https://exa mple.com"},
        {"base_url": "https://[::1"},
        {"base_url": "https://\ud800.example.com"},
        {"base_url": ""},
        pytest.param(
            {"base_url": "https://xn--zz-.example.com"},
            marks=pytest.mark.skipif(httpx.__name__ == "httpx2", reason="httpx2 does not decode punycode"),
        ),
        {"base_url": "https://" + 70 * "a" + ".example.com"},
        {"base_url": "https://a..example.com"},
        {"base_url": "https://."},
        {"base_url": "https://" + 60 * "abc." + "example.com.example"},
        {"base_url": "https://example.com/" + 70_000 * "a"},
        {"allow_http": "false"},
        {"allow_http": 1},
        {"max_concurrency": 0},
        {"max_concurrency": -(10**5000)},
        {"max_concurrency": object()},
        {"max_concurrency": True},
        {"max_concurrency": "5"},
        {"max_response_bytes": 0},
        {"max_response_bytes": 1.5},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"timeout": "5"},
        {"timeout": True},
        {"timeout": (1, 2)},
        {"timeout": 10**5000},
        {"timeout": -(10**5000)},
        {"retries": -(10**5000)},
    ],
    ids=lambda option: option if isinstance(option, str) else next(iter(option)),
)
def test_an_invalid_option_is_named(client_class: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        client_class(KEY, **{"base_url": "http://localhost", **options})
    assert str(caught.value).startswith(next(iter(options)))


@pytest.mark.parametrize(
    "url", ["http://localhost", "http://127.0.0.1:8080/x", "http://[::1]:80", "http://a.localhost"]
)
def test_http_is_allowed_on_this_machine(url: str) -> None:
    TextRequest(KEY, base_url=url).close()


def test_http_elsewhere_is_allowed_on_request() -> None:
    TextRequest(KEY, base_url="http://sandbox.example.com", allow_http=True).close()


def test_the_repr_has_no_credentials_of_the_url() -> None:
    with TextRequest(KEY, base_url="https://user:secret@example.com/api") as client:
        assert repr(client) == "TextRequest(base_url='https://example.com/api')"
        assert "https://example.com/api" in repr(client.low_level)
        assert "secret" not in repr(client.low_level)


def test_the_log_has_no_credentials_of_the_url(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=[]))
    with TextRequest(KEY, base_url="https://user:secret@example.com/api", transport=transport) as client:
        webhooks_event_types.sync(client=client.low_level)
    assert any(record.name == httpx.__name__ for record in caplog.records)
    assert not any("secret" in record.getMessage() + repr(record.args) for record in caplog.records)


@pytest.mark.parametrize(
    ("value", "total"),
    [
        (5, 300.0),
        (600, 600.0),
        (None, None),
        (httpx.Timeout(5, read=400), 400.0),
        (httpx.Timeout(5, read=None), None),
        (Timeout(5, total=7), 7),
        (Timeout(5, total=None), None),
        (Timeout(5, connect=1), 300.0),
    ],
)
def test_the_total_timeout_by_default(value: Any, total: float | None) -> None:
    assert Timeout.of(value).total == total


@pytest.mark.parametrize(
    "options", [{"total": 0}, {"total": "1"}, {"read": -1}, {"reed": 1}, {"connect": True}]
)
def test_an_invalid_timeout(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="timeout"):
        Timeout(5, **options)


# --- Proxies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_of_the_environment(
    run: Runner, serve: Any, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    paths: list[str] = []

    def proxy(connection: Connection, path: str, number: int) -> None:
        paths.append(path)
        connection.send(response(contact(number_in(path))))

    server = serve(proxy)
    monkeypatch.setenv("http_proxy", f"{scheme}localhost:{server.port}")
    monkeypatch.setenv("no_proxy", "")

    async def call(client: Any) -> None:
        assert (await client.contacts.get(121, NUMBER)).phone_number == NUMBER

    class Elsewhere:
        url = "http://api.example.com/v3"

    run(Elsewhere(), call, allow_http=True)  # type: ignore[arg-type]
    assert paths == [f"http://api.example.com/v3/dashboards/121/contacts/{NUMBER}"]


@pytest.mark.parametrize(
    "proxy", ["http://user:secret@host:port", "ftp://user:secret@proxy.example.com", "socks5://h:port"]
)
def test_an_invalid_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        TextRequest(KEY, base_url="https://api.example.com")
    assert "secret" not in str(caught.value)


def test_a_retry_policy_is_enough_for_other_requests(serve: Any) -> None:
    server = serve(lambda connection, path, number: connection.close())
    client = TextRequest(KEY, base_url=server.url, retries=RetryPolicy(retries=1, first_delay=0))
    with client, pytest.raises(APIConnectionError):
        client.contacts.get(121, NUMBER)
    assert server.requests == 2
