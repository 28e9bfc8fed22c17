"""Build the request of a call, ready for the transport.

`httpx.Client.request` does the same and more: cookies, redirects, authentication flows, hooks of its
own. None of that is needed here, and it takes longer than the request itself.
"""

from __future__ import annotations

import re
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

# A path that httpx leaves as it is, and a length that it accepts with every base URL.
_PLAIN_PATH = re.compile(r"(?:/(?!\.)(?:[\w.~-]|%[0-9A-F]{2})*)+", re.ASCII)
_MAX_PLAIN_LENGTH = 50_000
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE"})
_BODY = frozenset({"content", "cookies", "data", "files", "json"})


class RequestFactory:
    """Builds requests with the URL, the API key, the timeout and the headers of a client.

    base_url: without a query and a fragment.
    """

    def __init__(
        self, base_url: str, api_key: str, timeout: Timeout, default_headers: Mapping[str, str]
    ) -> None:
        self._base_url = base_url
        url = httpx.URL(base_url)
        parts: Any = getattr(url, "_uri_reference", None)
        self._parts: Any = parts and parts._replace(path=parts.path.rstrip("/"))
        self._api_key = api_key
        self._timeout = timeout.as_dict()
        self._headers = httpx.Headers({"Host": url.netloc.decode("ascii"), **DEFAULT_HEADERS})
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
        method = arguments["method"]
        try:
            url = self._url(arguments["url"], arguments.get("params"))
            if method in _WITHOUT_BODY and not arguments.keys() & _BODY:
                # With a stream, httpx does not search for the body and its headers, which takes a while.
                request = httpx.Request(
                    method, url, headers=headers, stream=httpx.ByteStream(b""), extensions=extensions
                )
                request.read()
                return request
            return httpx.Request(
                method,
                url,
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

    def _url(self, path: str, params: Any) -> httpx.URL:
        """The URL of a request. Parsing it as a text would take longer than building the rest of the request."""
        query = str(httpx.QueryParams(params)) if params else None
        if (
            self._parts is None
            or len(path) + len(query or "") > _MAX_PLAIN_LENGTH
            or not _PLAIN_PATH.fullmatch(path)
        ):
            return httpx.URL(self._base_url + path, params=params or None)
        url: Any = httpx.URL.__new__(httpx.URL)
        url._uri_reference = self._parts._replace(path=self._parts.path + path, query=query)
        return url  # type: ignore[no-any-return]
