"""The ways to the service, and what the operating system knows of a socket."""

from __future__ import annotations

import select
import socket
import ssl
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import httpcore
import httpx
import pytest

from textrequest_ext._connections.routes import Route
from textrequest_ext._connections.sockets import close_abandoned, is_readable

ORIGIN = httpcore.Origin(b"https", b"api.example.com", 443)


@pytest.fixture
def certificates(monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The TLS context that is made instead of one with all certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: context)
    return context


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("scheme", "class_name"), [("http", "HTTPProxy"), ("https", "HTTPProxy"), ("socks5", "SOCKSProxy")]
)
def test_a_proxy_gets_its_credentials_and_its_certificates(
    monkeypatch: pytest.MonkeyPatch,
    certificates: ssl.SSLContext,
    scheme: str,
    class_name: str,
    is_async: bool,
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", ModuleType("socksio"))
    monkeypatch.setattr(httpcore, "Async" * is_async + class_name, lambda **options: options)
    route = Route(f"{scheme}://user:secret@proxy.example.com:3128")
    options: dict[str, Any] = route.pool(ORIGIN, "backend", 5.0, is_async=is_async)
    url = options.pop("proxy_url")
    assert (url.scheme, url.host, url.port) == (scheme.encode(), b"proxy.example.com", 3128)
    assert options.pop("proxy_auth") == (b"user", b"secret")
    assert options.pop("network_backend") == "backend"
    assert options.pop("ssl_context") is certificates
    if class_name == "HTTPProxy":
        assert options.pop("proxy_headers") == []
        assert options.pop("proxy_ssl_context") is (certificates if scheme == "https" else None)
    assert options == {"max_connections": 1, "keepalive_expiry": 5.0}


@pytest.mark.parametrize("has_poll", [True, False])
def test_a_socket_is_readable_with_data_and_when_it_is_closed(
    monkeypatch: pytest.MonkeyPatch, has_poll: bool
) -> None:
    if not has_poll:  # Windows
        monkeypatch.delattr(select, "poll")
    here, there = socket.socketpair()
    with here, there:
        assert not is_readable(here)
        there.send(b"surplus")
        assert is_readable(here)
        here.recv(100)
        assert not is_readable(here)
        there.close()
        assert is_readable(here)
        here.close()
        assert is_readable(here)
    assert is_readable(None)


def test_an_abandoned_socket_is_closed_without_its_transport() -> None:
    here, there = socket.socketpair()
    with there:
        # asyncio and trio give their own objects for it.
        transport = SimpleNamespace(_sock=here)
        close_abandoned(SimpleNamespace(_sock=here), transport)
        assert here.fileno() == -1
        assert transport._sock is None
        there.settimeout(5)
        assert there.recv(1) == b""


def test_an_abandoned_socket_that_cannot_be_closed_is_ignored() -> None:
    def close() -> None:
        raise OSError("bad file descriptor")

    transport = SimpleNamespace(_sock=None)
    close_abandoned(SimpleNamespace(close=close), transport)
    assert transport._sock is None
