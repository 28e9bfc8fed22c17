"""The client for asyncio and trio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import httpx

from textrequest_api.types import Operation
from textrequest_ext._client.base import BaseClient
from textrequest_ext._connections.connections import MAX_CONCURRENCY, AsyncConnections
from textrequest_ext._http.client_transport import AsyncClientTransport
from textrequest_ext._http.hooks import Hooks
from textrequest_ext._http.reading import MAX_RESPONSE_BYTES
from textrequest_ext._http.retry_policy import RetryPolicy
from textrequest_ext._http.timeouts import DEFAULT_TIMEOUT
from textrequest_ext._http.transport import AsyncRetryTransport
from textrequest_ext._operations.responses import I, P, PageOf, T, raw_response_of, request_of, result_of
from textrequest_ext.resources import Resources

if TYPE_CHECKING:
    from textrequest_ext._http.events import RequestEvent, ResponseEvent, RetryEvent
    from textrequest_ext._limits.options import Limits
    from textrequest_ext._pagination.pagers import AsyncPager
    from textrequest_ext._raw_response import RawResponse


class RawAsyncTextRequest(Resources):
    """The resources of an AsyncTextRequest whose methods return a RawResponse; lists are pagers as usual."""

    def __init__(self, client: AsyncTextRequest) -> None:
        self.parsed = client

    async def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        """Call any operation of the generated package with its own arguments."""
        return raw_response_of(operation, await self.parsed._send(request_of(operation, *args, **kwargs)))

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncPager[I]:
        """A pager for any operation of the generated package that returns pages."""
        return self.parsed.paginate(operation, *args, **kwargs)

    async def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        return await self.parsed._run_flow(steps)


class AsyncTextRequest(BaseClient):
    """The client for asyncio and trio: methods are awaited, lists are an AsyncPager.

    It takes the same arguments as TextRequest. `aclose()` closes it.
    transport: an httpx transport, or "aiohttp" to open the connections with aiohttp, which is faster for
    many concurrent calls. It runs under asyncio only, and needs the extra `aiohttp`.
    """

    _is_async = True
    _transport_class = httpx.AsyncBaseTransport
    _http_client_class = httpx.AsyncClient
    _client_transport_class = AsyncClientTransport
    _retry_transport_class = AsyncRetryTransport
    _retry_transport: AsyncRetryTransport

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: httpx.Timeout | float | None = DEFAULT_TIMEOUT,
        retries: RetryPolicy | int = RetryPolicy(),  # noqa: B008 - frozen
        transport: httpx.AsyncBaseTransport | Literal["aiohttp"] | None = None,
        http_client: httpx.AsyncClient | None = None,
        default_headers: Mapping[str, str] | None = None,
        max_concurrency: int = MAX_CONCURRENCY,
        max_response_bytes: int | None = MAX_RESPONSE_BYTES,
        allow_http: bool = False,
        limits: Limits | None = None,
        on_request: Callable[[RequestEvent], Awaitable[None] | None] | None = None,
        on_response: Callable[[ResponseEvent], Awaitable[None] | None] | None = None,
        on_retry: Callable[[RetryEvent], Awaitable[None] | None] | None = None,
    ) -> None:
        self._uses_aiohttp = transport == "aiohttp"
        super().__init__(
            api_key,
            base_url,
            timeout,
            retries,
            None if self._uses_aiohttp else transport,
            http_client,
            default_headers,
            max_concurrency,
            max_response_bytes,
            allow_http,
            limits,
            Hooks(on_request, on_response, on_retry),
        )

    @property
    def with_raw_response(self) -> RawAsyncTextRequest:
        """The same resources with methods that return a RawResponse: status, headers, attempts, `parse()`."""
        return RawAsyncTextRequest(self)

    async def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call any operation of the generated package with its own arguments."""
        return result_of(operation, await self._send(request_of(operation, *args, **kwargs)))

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncPager[I]:
        """A pager for any operation of the generated package that returns pages."""
        from textrequest_ext._operations.lists import ListRequest
        from textrequest_ext._pagination.pagers import AsyncPager

        pages = ListRequest(operation, args, kwargs)

        async def fetch(number: int, size: int) -> httpx.Response:
            return await self._send(pages.request(number, size))

        return AsyncPager(pages.settings(fetch))

    async def aclose(self) -> None:
        """Close the connections, unless this client is a copy made by `with_options`."""
        if not self._is_copy:
            await self._retry_transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self.aclose()

    def _connections(self, proxy: str | None, max_concurrency: int) -> httpx.AsyncBaseTransport:
        return AsyncConnections(proxy, max_concurrency, aiohttp=self._uses_aiohttp)

    async def _send(self, arguments: dict[str, Any]) -> httpx.Response:
        request = self._requests.build(arguments)
        response = await self._retry_transport.handle_async_request(request)
        response.request = request
        return response

    async def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        from textrequest_ext._operations.flows import run_flow_async

        return await run_flow_async(steps)

    def _sleep(self, seconds: float) -> Coroutine[Any, Any, None]:
        return self._settings.policy.wait_async(seconds)
