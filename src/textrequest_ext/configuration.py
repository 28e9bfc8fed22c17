"""What a client is set up with: each option checked, and what the environment says."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import httpx

from textrequest_ext.arguments import is_http_url
from textrequest_ext.errors import ConfigurationError

BASE_URL = "https://api.textrequest.com/api/v3"
KEY_HEADER = "x-api-key"
TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class KeyAuth(httpx.Auth):
    """Puts the key into each request as it goes out: a client's own headers show in their repr."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request with the key."""
        request.headers[KEY_HEADER] = self._api_key
        yield request


def checked_key(api_key: str | None) -> str:
    """The key given, or that of the environment."""
    key = os.environ.get("TEXTREQUEST_API_KEY") if api_key is None else api_key
    if not isinstance(key, str) or not key.strip():
        raise ConfigurationError("api_key: missing; pass the account's API key or set TEXTREQUEST_API_KEY")
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError("api_key: holds characters that no header can carry")
    return key


def checked_url(base_url: str | None) -> str:
    """The address given, or that of the environment, or the service's own."""
    url = (os.environ.get("TEXTREQUEST_BASE_URL") or BASE_URL) if base_url is None else base_url
    if not is_http_url(url):
        raise ConfigurationError(f"base_url: an http or https address, such as {BASE_URL}")
    return url.rstrip("/")


def checked_timeout(timeout: Any) -> httpx.Timeout:
    """Seconds, or an httpx.Timeout, or None, as httpx takes them."""
    if isinstance(timeout, httpx.Timeout):
        return timeout
    if timeout is not None and (
        isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0
    ):
        raise ConfigurationError(
            f"timeout: seconds above 0, an httpx.Timeout, or None to wait for ever, not {timeout!r}"
        )
    return httpx.Timeout(timeout)


def checked_transport(transport: Any, kind: type) -> Any:
    """The transport given, or None; one of the wrong kind, or of another library, is refused."""
    if transport is not None and not isinstance(transport, kind):
        raise ConfigurationError(f"transport: an httpx.{kind.__name__}, not {type(transport).__name__}")
    return transport


def proxy_for(url: str) -> str | None:
    """The proxy the environment names for this address: httpx asks it only if given no transport."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
