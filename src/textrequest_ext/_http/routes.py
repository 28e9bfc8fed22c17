"""How a connection reaches the service: directly or through a proxy, and with which certificates."""

from __future__ import annotations

import ssl
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx

from textrequest_ext.errors import ConfigurationError

if TYPE_CHECKING:
    import httpcore


class Route:
    """Creates httpcore pools, each for a single connection."""

    def __init__(self, proxy: str | None = None) -> None:
        self.proxy = None if proxy is None else _checked_proxy(proxy)

    @cached_property
    def certificates(self) -> ssl.SSLContext:
        """The TLS context of all connections."""
        # Reading all certificates takes a while; a client that never connects does not need them.
        return httpx.create_ssl_context()

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
