"""Build the request of a call, ready for the transport.

`httpx.Client.request` does the same and more: cookies, redirects, authentication flows, hooks of its
own. None of that is needed here, and it takes longer than the request itself.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import httpx

from textrequest_ext._http.reading import ACCEPT_ENCODING
from textrequest_ext._http.timeouts import Timeout
from textrequest_ext._version import __version__
from textrequest_ext.errors import InvalidArgumentError

KEY_HEADER = "x-api-key"
USER_AGENT = f"textrequest-ext/{__version__} python/{sys.version.split()[0]} httpx/{httpx.__version__}"
DEFAULT_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": ACCEPT_ENCODING,
    "Connection": "keep-alive",
}


class RequestFactory:
    """Builds requests with the URL, the API key, the timeout and the headers of a client."""

    def __init__(
        self, base_url: str, api_key: str, timeout: Timeout, default_headers: Mapping[str, str]
    ) -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._timeout = timeout.as_dict()
        self._headers = httpx.Headers(DEFAULT_HEADERS)
        self._headers.update(default_headers)
        self._headers[KEY_HEADER] = api_key

    def build(self, arguments: dict[str, Any]) -> httpx.Request:
        """A request from the arguments of `httpx.Client.request`.

        A timeout among them replaces the client's; its total is passed on as an extension.
        """
        extensions = {**arguments.get("extensions", {}), "timeout": self._timeout}
        if "timeout" in arguments:
            timeout = Timeout.of(arguments["timeout"])
            extensions["timeout"] = timeout.as_dict()
            extensions["textrequest_total"] = timeout.total
        headers = self._headers
        if arguments.get("headers"):
            headers = headers.copy()
            headers.update(arguments["headers"])
            headers[KEY_HEADER] = self._api_key
        try:
            return httpx.Request(
                arguments["method"],
                self._base_url + arguments["url"],
                params=arguments.get("params") or None,
                headers=headers,
                cookies=arguments.get("cookies"),
                content=arguments.get("content"),
                data=arguments.get("data"),
                files=arguments.get("files"),
                json=arguments.get("json"),
                extensions=extensions,
            )
        except httpx.InvalidURL:
            name = getattr(extensions.get("textrequest_api"), "name", "operation")
            raise InvalidArgumentError(name, "the arguments make the URL too long") from None
