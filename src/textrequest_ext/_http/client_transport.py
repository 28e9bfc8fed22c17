"""Send through an httpx client of the user's, with its proxies, certificates, limits and event hooks."""

from __future__ import annotations

import httpx

from textrequest_ext.errors import ConfigurationError

_CLOSED = "http_client: is closed; create a new one"


class ClientTransport(httpx.BaseTransport):
    """An httpx.Client as a transport. It is not closed with ours, since others may use it."""

    def __init__(self, http_client: httpx.Client) -> None:
        self._http_client = http_client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; redirects are not followed."""
        if self._http_client.is_closed:
            raise ConfigurationError(_CLOSED)
        return self._http_client.send(request, stream=True, follow_redirects=False)


class AsyncClientTransport(httpx.AsyncBaseTransport):
    """An httpx.AsyncClient as a transport."""

    def __init__(self, http_client: httpx.AsyncClient) -> None:
        self._http_client = http_client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; redirects are not followed."""
        if self._http_client.is_closed:
            raise ConfigurationError(_CLOSED)
        return await self._http_client.send(request, stream=True, follow_redirects=False)
