"""The configuration of a client: options are checked, environment variables read."""

from __future__ import annotations

import ipaddress
import os
import urllib.request
from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import httpx

from textrequest_api._server import BASE_URL
from textrequest_ext._http.requests import KEY_HEADER
from textrequest_ext.errors import ConfigurationError, InvalidArgumentError

MAX_HOST_LENGTH = 253
MAX_LABEL_LENGTH = 63
MAX_CONNECTIONS = 65_535  # a machine has no more ports for connections to the same address
MAX_BYTES = 2**63 - 1


class KeyAuth(httpx.Auth):
    """Adds the API key to each request. It is not a header of the client, whose repr would show it."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the key to the request."""
        request.headers[KEY_HEADER] = self._api_key
        yield request


def checked_key(api_key: str | None) -> str:
    """The given API key, or the one in TEXTREQUEST_API_KEY."""
    key = os.environ.get("TEXTREQUEST_API_KEY") if api_key is None else api_key
    if not isinstance(key, str) or not key.strip():
        raise ConfigurationError("api_key: missing; pass the account's API key or set TEXTREQUEST_API_KEY")
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError("api_key: contains characters that are not allowed in a header")
    return key


def checked_url(base_url: str | None, *, allow_http: bool) -> str:
    """The given base URL, or the one in TEXTREQUEST_BASE_URL, or that of the service."""
    from textrequest_api._parameters import is_http_url  # not needed to import the package

    if not isinstance(allow_http, bool):  # "false" would be true
        raise ConfigurationError("allow_http: must be True or False")
    url = (os.environ.get("TEXTREQUEST_BASE_URL") or BASE_URL) if base_url is None else base_url
    if not is_http_url(url):
        raise ConfigurationError(f"base_url: must be an http or https URL, such as {BASE_URL}")
    if "?" in url or "#" in url:
        raise ConfigurationError("base_url: must have no query and no fragment; paths are added at its end")
    try:
        # What httpx and the operating system refuse when the first request is sent.
        parsed = httpx.URL(url)
        labels = parsed.raw_host.rstrip(b".").split(b".")
        too_long = len(parsed.raw_host) > MAX_HOST_LENGTH or max(map(len, labels)) > MAX_LABEL_LENGTH
        if not parsed.host or too_long or b"" in labels:
            raise ValueError
    except (httpx.InvalidURL, ValueError):  # UnicodeError is a ValueError
        raise ConfigurationError("base_url: the host is not valid, or the URL is too long") from None
    if parsed.scheme == "http" and not allow_http and not _is_loopback(parsed.host):
        raise ConfigurationError(
            "base_url: http sends the API key and the texts unencrypted; use https, "
            "or allow_http=True if the network is trusted"
        )
    return url.rstrip("/")


def without_credentials(url: str) -> str:
    """The URL without the user name and password it may contain."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_count(name: str, value: Any, maximum: int) -> None:
    """Raise ConfigurationError unless the value is an integer from 1 to the maximum."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= maximum:
        raise ConfigurationError(f"{name}: must be an integer from 1 to {maximum}")


def checked_instance(name: str, value: Any, expected: type) -> Any:
    """The given value, or None; raises ConfigurationError if it is not an instance of `expected`."""
    if value is not None and not isinstance(value, expected):
        raise ConfigurationError(f"{name}: must be an httpx.{expected.__name__}, not {type(value).__name__}")
    return value


def checked_headers(headers: Any) -> dict[str, str]:
    """The given default headers; raises ConfigurationError for those that cannot be sent."""
    if headers is None:
        return {}
    # Imported here because it takes a while and few clients have such headers.
    from textrequest_api._encoding import check_headers

    try:
        check_headers(headers, "default_headers")
    except InvalidArgumentError as error:
        raise ConfigurationError(str(error)) from None
    return dict(headers)


def proxy_for(url: str) -> str | None:
    """The proxy for this URL from the environment. httpx reads it only for a client without a transport."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
