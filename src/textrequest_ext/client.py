"""TextRequest and AsyncTextRequest: the key, the address, the connections, and the resources."""

from __future__ import annotations

import sys
import time
from collections.abc import Coroutine, Generator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar

import httpx

from textrequest_api.types import UNSET, Operation, Unset
from textrequest_ext._version import __version__
from textrequest_ext.answers import Listing, result_of
from textrequest_ext.arguments import build_request
from textrequest_ext.configuration import (
    TIMEOUT,
    KeyAuth,
    checked_key,
    checked_timeout,
    checked_transport,
    checked_url,
    proxy_for,
)
from textrequest_ext.operations import PageOf, run_flow, run_flow_async
from textrequest_ext.pagination import AsyncPager, Pager, Settings
from textrequest_ext.resources import Resources
from textrequest_ext.retry import RetryPolicy
from textrequest_ext.transport import AsyncRetryTransport, RetryTransport, WrongKindTransport, async_sleep
from textrequest_ext.walk import Page

if TYPE_CHECKING:
    from textrequest_api.client import AuthenticatedClient

P = ParamSpec("P")
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741
HttpT = TypeVar("HttpT", httpx.Client, httpx.AsyncClient)

USER_AGENT = f"textrequest-ext/{__version__} python/{sys.version.split()[0]} httpx/{httpx.__version__}"


class _BaseClient(Resources, Generic[HttpT]):
    """What both clients share. The connections live in the inner transport, so that clients made by
    `with_options` use the same ones."""

    def __init__(
        self,
        api_key: str | None,
        base_url: str | None,
        timeout: httpx.Timeout | float | None,
        retries: RetryPolicy | int,
        transport: Any,
    ) -> None:
        self._api_key = checked_key(api_key)
        self._base_url = checked_url(base_url)
        self._timeout = checked_timeout(timeout)
        self._retries = RetryPolicy.of(retries)
        self._owns_connections = True
        self._transport = self._checked_transport(transport) or self._connections(proxy_for(self._base_url))
        self._http: HttpT = self._make_http()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._base_url!r})"

    def _connections(self, proxy: str | None) -> Any:
        raise NotImplementedError

    def _checked_transport(self, transport: Any) -> Any:
        raise NotImplementedError

    def _make_http(self) -> HttpT:
        raise NotImplementedError

    def _http_settings(self) -> dict[str, Any]:
        return {
            "base_url": self._base_url,
            "auth": KeyAuth(self._api_key),
            "headers": {"User-Agent": USER_AGENT, "Accept": "application/json"},
            "timeout": self._timeout,
            "follow_redirects": False,
        }

    def with_options(
        self,
        *,
        timeout: httpx.Timeout | float | Unset | None = UNSET,
        retries: RetryPolicy | int | None = None,
    ) -> Self:
        """A client with another timeout or other retries on the same connections.

        Closing it closes nothing; closing this one closes both.
        """
        twin = type(self).__new__(type(self))
        twin.__dict__.update({key: value for key, value in self.__dict__.items() if key != "low_level"})
        if not isinstance(timeout, Unset):
            twin._timeout = checked_timeout(timeout)
        if retries is not None:
            twin._retries = RetryPolicy.of(retries)
        twin._owns_connections = False
        twin._http = twin._make_http()
        return twin

    @cached_property
    def low_level(self) -> AuthenticatedClient:
        """The generated client on the same connections, with the same key, retries, and errors."""
        from textrequest_api.client import AuthenticatedClient

        client = AuthenticatedClient(
            base_url=self._base_url, token=self._api_key, httpx_args={"transport": WrongKindTransport()}
        )
        if isinstance(self._http, httpx.Client):
            return client.set_httpx_client(self._http)
        return client.set_async_httpx_client(self._http)


class TextRequest(_BaseClient[httpx.Client]):
    """The Text Request API, blocking. One client holds a pool of connections; use one for many calls.

    api_key: the account's key; from TEXTREQUEST_API_KEY if left out.
    base_url: address of the API; from TEXTREQUEST_BASE_URL if left out, else the service's own.
    timeout: seconds each step of a request may take, or an httpx.Timeout; None waits for ever.
    retries: a RetryPolicy, or how many times to repeat what may be repeated; 2 by default.
    transport: an httpx transport to send through, below the retries; for tests and proxies.

    Raises ConfigurationError for a missing key or an unusable option. A context manager.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: httpx.Timeout | float | None = TIMEOUT,
        retries: RetryPolicy | int = RetryPolicy(),  # noqa: B008 - frozen
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(api_key, base_url, timeout, retries, transport)

    def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Any operation of the generated package, with its own arguments."""
        return result_of(operation, self._http.request(**build_request(operation, args, kwargs)))

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> Pager[I]:
        """Any operation of the generated package that lists, as a pager."""
        listing = Listing(operation, args, kwargs)

        def fetch(number: int, size: int | None) -> Page[I]:
            return listing.page(self._http.request(**listing.request(number, size)), number)

        return Pager(Settings(fetch, listing.start))

    def close(self) -> None:
        """Close the connections, unless they belong to the client this one was made from."""
        if self._owns_connections:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def _connections(self, proxy: str | None) -> httpx.BaseTransport:
        return httpx.HTTPTransport(proxy=proxy)

    def _checked_transport(self, transport: Any) -> Any:
        return checked_transport(transport, httpx.BaseTransport)

    def _make_http(self) -> httpx.Client:
        return httpx.Client(transport=RetryTransport(self._transport, self._retries), **self._http_settings())

    def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        return run_flow(steps)

    def _sleep(self, seconds: float) -> None:
        (self._retries.sleep or time.sleep)(seconds)


class AsyncTextRequest(_BaseClient[httpx.AsyncClient]):
    """The same for asyncio and trio: every method is awaited, every list is an AsyncPager."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: httpx.Timeout | float | None = TIMEOUT,
        retries: RetryPolicy | int = RetryPolicy(),  # noqa: B008 - frozen
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(api_key, base_url, timeout, retries, transport)

    async def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Any operation of the generated package, with its own arguments."""
        return result_of(operation, await self._http.request(**build_request(operation, args, kwargs)))

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncPager[I]:
        """Any operation of the generated package that lists, as a pager."""
        listing = Listing(operation, args, kwargs)

        async def fetch(number: int, size: int | None) -> Page[I]:
            return listing.page(await self._http.request(**listing.request(number, size)), number)

        return AsyncPager(Settings(fetch, listing.start))

    async def aclose(self) -> None:
        """Close the connections, unless they belong to the client this one was made from."""
        if self._owns_connections:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self.aclose()

    def _connections(self, proxy: str | None) -> httpx.AsyncBaseTransport:
        return httpx.AsyncHTTPTransport(proxy=proxy)

    def _checked_transport(self, transport: Any) -> Any:
        return checked_transport(transport, httpx.AsyncBaseTransport)

    def _make_http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=AsyncRetryTransport(self._transport, self._retries), **self._http_settings()
        )

    async def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        return await run_flow_async(steps)

    def _sleep(self, seconds: float) -> Coroutine[Any, Any, None]:
        return async_sleep(seconds, self._retries)
