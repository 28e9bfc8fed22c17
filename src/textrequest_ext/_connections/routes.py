"""How a connection reaches the service: directly or through a proxy, and with which certificates."""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import httpx

from textrequest_ext.errors import ConfigurationError

if TYPE_CHECKING:
    import httpcore

_readers: WeakSet[Thread] = WeakSet()


def _wait_for_readers() -> None:
    for reader in list(_readers):
        reader.join()


# OpenSSL has locks, which a process that is forked while a thread has one could never get.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_wait_for_readers)


class Route:
    """Creates httpcore pools, each for a single connection."""

    def __init__(self, proxy: str | None = None) -> None:
        self.proxy = None if proxy is None else _checked_proxy(proxy)
        self._context: ssl.SSLContext | None = None
        self._reader: Thread | None = None

    def read_ahead(self) -> None:
        """Begin to read the certificates, in a thread: OpenSSL needs milliseconds, but not Python's lock."""
        if self._context is not None or self._reader is not None:
            return
        # In the thread, each module would wait for that lock again, and the reading would begin late.
        import certifi  # noqa: F401 - httpx has the certificates from it

        # Not a daemon: a program must not end while OpenSSL reads.
        reader = Thread(target=self._read, name="textrequest-certificates")
        with suppress(RuntimeError):  # too many threads, or the interpreter is shutting down
            reader.start()
            self._reader = reader
            _readers.add(reader)

    def _read(self) -> None:
        with suppress(OSError):  # raised again when the certificates are needed
            self._context = httpx.create_ssl_context()

    @property
    def certificates(self) -> ssl.SSLContext:
        """The TLS context of all connections. A client that never connects does not read the certificates."""
        reader = self._reader
        if reader is not None:
            reader.join()  # returns immediately after a fork, which the thread does not survive
        if self._context is None:
            try:
                self._context = httpx.create_ssl_context()
            except OSError as error:
                raise ConfigurationError(
                    "the certificates to verify the server with cannot be read; check SSL_CERT_FILE and SSL_CERT_DIR"
                ) from error
        return self._context

    def pool(self, origin: httpcore.Origin, backend: Any, keepalive_expiry: float, *, is_async: bool) -> Any:
        """An httpcore pool for one connection to the origin. `backend` opens its socket."""
        import httpcore

        options: dict[str, Any] = {
            "ssl_context": self.certificates if origin.scheme == b"https" else None,
            "max_connections": 1,
            "keepalive_expiry": keepalive_expiry,
            "network_backend": backend,
        }
        pool: Any
        if self.proxy is None:
            pool = httpcore.AsyncConnectionPool if is_async else httpcore.ConnectionPool
        else:
            url = self.proxy.url
            options["proxy_url"] = httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            )
            options["proxy_auth"] = self.proxy.raw_auth
            if url.scheme in ("http", "https"):
                pool = httpcore.AsyncHTTPProxy if is_async else httpcore.HTTPProxy
                options["proxy_headers"] = self.proxy.headers.raw
                options["proxy_ssl_context"] = self.certificates if url.scheme == "https" else None
            else:
                pool = httpcore.AsyncSOCKSProxy if is_async else httpcore.SOCKSProxy
        return pool(**options)


def _checked_proxy(proxy: str) -> httpx.Proxy:
    """The proxy, whose URL may lack the scheme. Errors do not contain it: it may have a password."""
    text = proxy if "://" in proxy else f"http://{proxy}"
    try:
        checked = httpx.Proxy(text)
    except (ValueError, TypeError, httpx.InvalidURL):
        raise ConfigurationError(
            "proxy: the proxy of the environment must be a URL such as http://proxy.example.com:3128"
        ) from None
    if checked.url.scheme.startswith("socks"):
        try:
            import socksio  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
        except ImportError:
            raise ConfigurationError(
                "proxy: a SOCKS proxy requires the package socksio; pip install 'httpx[socks]'"
            ) from None
    return checked
