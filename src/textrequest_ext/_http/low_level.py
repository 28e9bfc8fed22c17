"""The httpx clients of `low_level`.

httpx adds cookies, headers, authentication, hooks and redirects to a request, which takes half as long as
everything else. The requests of operations need none of it, so they go straight to the transport, unless
the user has changed the client, a tool has replaced its methods, or httpx writes a log record of the request.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import httpx

from textrequest_ext._connections.interception import is_replaced

if TYPE_CHECKING:
    from textrequest_ext._http.requests import RequestFactory

_logger = logging.getLogger(httpx.__name__)
# What the functions of the generated package pass on.
_ARGUMENTS = frozenset({"content", "data", "extensions", "files", "headers", "json", "params", "timeout"})


def _settings(client: Any) -> tuple[Any, ...]:
    """What a user can change in a client, for comparison."""
    cookies = [*client.cookies.jar]
    hooks = [[*each] for each in client.event_hooks.values()]
    return (client.headers.raw, client.params, client.timeout, client.auth, client.base_url, cookies, hooks)


class _Direct:
    """requests: builds the requests of operations. options: of the httpx client."""

    def __init__(self, requests: RequestFactory, options: dict[str, Any]) -> None:
        super().__init__(**options)
        self._requests = requests
        self._unchanged = _settings(self)

    def _direct_request(
        self, owner: type, method: str, url: Any, arguments: dict[str, Any]
    ) -> httpx.Request | None:
        """The request to send, or None if httpx must send it."""
        client: Any = self
        if (
            "textrequest_api" not in (arguments.get("extensions") or {})
            or not arguments.keys() <= _ARGUMENTS
            or client.is_closed
            or _logger.isEnabledFor(logging.INFO)
            or is_replaced(owner, "send")
            or is_replaced(owner, "request")
            or _settings(client) != self._unchanged
        ):
            return None
        return self._requests.build({"method": method, "url": url, **arguments})

    def _received(self, response: httpx.Response, request: httpx.Request) -> httpx.Response:
        response.request = request
        if "set-cookie" in response.headers:
            client: Any = self
            client.cookies.extract_cookies(response)
        return response


class DirectClient(_Direct, httpx.Client):
    """The blocking client."""

    def request(self, method: str, url: Any, **arguments: Any) -> httpx.Response:
        """Send a request and return the complete response."""
        request = self._direct_request(httpx.Client, method, url, arguments)
        if request is None:
            return super().request(method, url, **arguments)
        response = self._transport.handle_request(request)
        return self._received(response, request)


class AsyncDirectClient(_Direct, httpx.AsyncClient):
    """The client for asyncio and trio."""

    async def request(self, method: str, url: Any, **arguments: Any) -> httpx.Response:
        """Send a request and return the complete response."""
        request = self._direct_request(httpx.AsyncClient, method, url, arguments)
        if request is None:
            return await super().request(method, url, **arguments)
        response = await self._transport.handle_async_request(request)
        return self._received(response, request)
