"""The clients: TextRequest and AsyncTextRequest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from dataclasses import asdict, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, Self, TypeVar

import httpx

from textrequest_api.types import UNSET, Operation, Unset
from textrequest_ext._http.client_transport import AsyncClientTransport, ClientTransport
from textrequest_ext._http.configuration import (
    KeyAuth,
    checked_count,
    checked_headers,
    checked_instance,
    checked_key,
    checked_url,
    proxy_for,
    without_credentials,
)
from textrequest_ext._http.connections import MAX_CONCURRENCY, AsyncConnections, Connections
from textrequest_ext._http.hooks import Hooks, RequestEvent, ResponseEvent, RetryEvent
from textrequest_ext._http.logs import configure_logging, mask_httpx_logs
from textrequest_ext._http.reading import MAX_RESPONSE_BYTES
from textrequest_ext._http.requests import DEFAULT_HEADERS, RequestFactory
from textrequest_ext._http.retry_policy import RetryBudget, RetryPolicy
from textrequest_ext._http.timeouts import DEFAULT_TIMEOUT, Timeout
from textrequest_ext._http.transport import (
    AsyncRetryTransport,
    CallSettings,
    Lifetime,
    RetryTransport,
    WrongClientTransport,
)
from textrequest_ext._limits.installation import limited
from textrequest_ext._limits.options import Limits
from textrequest_ext._operations.flows import run_flow, run_flow_async
from textrequest_ext._operations.responses import ListRequest, PageOf, RawResponse, request_of, result_of
from textrequest_ext._pagination.pagers import AsyncPager, Pager
from textrequest_ext._pagination.prefetch import Settings
from textrequest_ext._pagination.rules import Page
from textrequest_ext.errors import ConfigurationError
from textrequest_ext.resources import Resources

if TYPE_CHECKING:
    from textrequest_api.client import AuthenticatedClient

P = ParamSpec("P")
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741
# Attributes that are created again when a client is unpickled, or pickled in another form.
_NOT_PICKLED = frozenset(
    {"_shared", "_transport", "_retry_transport", "_requests", "low_level"}
    | {"_api_key", "_base_url", "_default_headers", "_limits"}
)


class _BaseClient(Resources):
    """What both clients share. The copies made by `with_options` use the same inner transport, which
    holds the connections."""

    _retry_transport: Any
    _retry_transport_class: Any

    def __init__(
        self,
        api_key: str | None,
        base_url: str | None,
        timeout: httpx.Timeout | float | None,
        retries: RetryPolicy | int,
        transport: Any,
        http_client: Any,
        default_headers: Mapping[str, str] | None,
        max_concurrency: int,
        max_response_bytes: int | None,
        allow_http: bool,
        limits: Limits | None,
        hooks: Hooks,
    ) -> None:
        self._shared: dict[str, Any] = {}  # of all copies; each package adds what it needs
        self._api_key = checked_key(api_key)
        self._base_url = checked_url(base_url, allow_http=allow_http)
        self._timeout = Timeout.of(timeout)
        checked_count("max_concurrency", max_concurrency)
        if max_response_bytes is not None:
            checked_count("max_response_bytes", max_response_bytes)
        self._settings = CallSettings(
            policy=(policy := RetryPolicy.of(retries)),
            budget=RetryBudget(policy.budget),
            hooks=hooks,
            total=self._timeout.total,
            max_response_bytes=max_response_bytes,
            api_key=self._api_key,
        )
        self._default_headers = checked_headers(default_headers)
        self._max_concurrency = max_concurrency
        self._limits = limits
        self._is_copy = False
        if transport is not None and http_client is not None:
            raise ConfigurationError("http_client: cannot be combined with transport; it has its own")
        self._given = {"transport": transport, "http_client": http_client}
        self._open()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={without_credentials(self._base_url)!r})"

    def __getstate__(self) -> dict[str, Any]:
        """The settings, for pickle. Connections are not pickled."""
        from textrequest_ext._http.pickling import check_picklable, encode_secrets

        settings = self._settings
        check_picklable({**self._given, "retries": settings.policy, **settings.hooks._asdict()})
        state = {name: value for name, value in self.__dict__.items() if name not in _NOT_PICKLED}
        budget = RetryBudget(settings.policy.budget)
        state["_settings"] = replace(settings, api_key="", budget=budget, lifetime=Lifetime())
        # Tools that run tasks in other processes log the pickles that they cannot read.
        limits = None if self._limits is None else asdict(self._limits)
        state["_secrets"] = encode_secrets(self._api_key, self._base_url, self._default_headers, limits)
        return {**state, "_is_copy": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from textrequest_ext._http.pickling import decode_secrets

        self.__dict__.update(state)
        self._shared = {}
        secrets = decode_secrets(self.__dict__.pop("_secrets"))
        self._api_key, self._base_url, self._default_headers, limits = secrets
        self._limits = None if limits is None else Limits(**limits)
        self._settings = replace(self._settings, api_key=self._api_key)
        self._open()

    def _open(self) -> None:
        """Prepare the connections, or use what the user has given for them."""
        configure_logging()
        if self._given["http_client"] is not None:
            mask_httpx_logs(self._base_url)
        self._transport = (
            self._checked_transport(self._given["transport"])
            or self._transport_of(self._given["http_client"])
            or self._connections(proxy_for(self._base_url), self._max_concurrency)
        )
        is_async = hasattr(self, "aclose")
        self._transport = limited(self._transport, self._limits, self._api_key, is_async=is_async)
        self._configure()

    def _connections(self, proxy: str | None, max_concurrency: int) -> Any:
        raise NotImplementedError

    def _checked_transport(self, transport: Any) -> Any:
        raise NotImplementedError

    def _transport_of(self, http_client: Any) -> Any:
        raise NotImplementedError

    def _configure(self) -> None:
        """Apply the options that a copy may have changed."""
        self._requests = RequestFactory(self._base_url, self._api_key, self._timeout, self._default_headers)
        self._retry_transport = self._retry_transport_class(self._transport, self._settings)

    def _http_options(self) -> dict[str, Any]:
        return {
            "transport": self._retry_transport,
            "base_url": self._base_url,
            "auth": KeyAuth(self._api_key),
            "headers": {**DEFAULT_HEADERS, **self._default_headers},
            "timeout": self._timeout,
            "follow_redirects": False,
        }

    def with_options(
        self,
        *,
        timeout: httpx.Timeout | float | Unset | None = UNSET,
        retries: RetryPolicy | int | None = None,
    ) -> Self:
        """A copy of this client with another timeout or other retries, on the same connections.

        Closing the copy closes nothing; closing this client closes the connections of both.
        """
        copy = type(self).__new__(type(self))
        copy.__dict__.update({key: value for key, value in self.__dict__.items() if key != "low_level"})
        if not isinstance(timeout, Unset):
            copy._timeout = Timeout.of(timeout)
        copy._settings = replace(self._settings, total=copy._timeout.total)
        if retries is not None:
            policy = RetryPolicy.of(retries)
            copy._settings = replace(copy._settings, policy=policy, budget=RetryBudget(policy.budget))
        copy._is_copy = True
        copy._configure()
        return copy

    @cached_property
    def low_level(self) -> AuthenticatedClient:
        """The generated client, on the same connections and with the same API key, retries and errors."""
        from textrequest_api.client import AuthenticatedClient

        mask_httpx_logs(self._base_url)
        client = AuthenticatedClient(
            base_url=self._base_url, token=self._api_key, httpx_args={"transport": WrongClientTransport()}
        )
        return self._with_httpx_client(client)

    def _with_httpx_client(self, client: AuthenticatedClient) -> AuthenticatedClient:
        raise NotImplementedError


class RawTextRequest(Resources):
    """The resources of a TextRequest whose methods return a RawResponse; lists are pagers as usual."""

    def __init__(self, client: TextRequest) -> None:
        self.parsed = client

    def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        """Call any operation of the generated package with its own arguments."""
        return RawResponse(operation, self.parsed._send(request_of(operation, *args, **kwargs)))

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> Pager[I]:
        """A pager for any operation of the generated package that returns pages."""
        return self.parsed.paginate(operation, *args, **kwargs)

    def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        return run_flow(steps)


class RawAsyncTextRequest(Resources):
    """The resources of an AsyncTextRequest whose methods return a RawResponse; lists are pagers as usual."""

    def __init__(self, client: AsyncTextRequest) -> None:
        self.parsed = client

    async def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        """Call any operation of the generated package with its own arguments."""
        return RawResponse(operation, await self.parsed._send(request_of(operation, *args, **kwargs)))

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncPager[I]:
        """A pager for any operation of the generated package that returns pages."""
        return self.parsed.paginate(operation, *args, **kwargs)

    async def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        return await run_flow_async(steps)


class TextRequest(_BaseClient):
    """The blocking client of the Text Request API.

    A client holds a pool of connections: create one and use it for all calls. It is a context manager.

    api_key: the account's API key. Default: the environment variable TEXTREQUEST_API_KEY.
    base_url: the URL of the API. Default: TEXTREQUEST_BASE_URL, or the URL of the service.
    timeout: seconds for connecting, for each write and for each read, or a Timeout, which also limits
    the whole call; None disables it. Default: 30 seconds, 5 for connecting, 300 for the whole call.
    retries: a RetryPolicy, or the maximum number of retries. Default: 2.
    transport: an httpx transport that sends the requests, below the retries; for tests and proxies.
    max_concurrency: how many requests are open at the same time; others wait. Default: 100. It does not
    apply to a transport of your own.
    max_response_bytes: limit of a response body after decompression; None for no limit. Default: 64 MiB.
    allow_http: permit a base_url without TLS that is not on this machine. It sends the API key and the
    texts unencrypted.
    limits: how many requests and texts are sent per second, shared by the copies that `with_options`
    makes. Default: no limit.
    http_client: an httpx client of your own that sends the requests, below the retries, with its proxies,
    certificates, limits and event hooks. Close it yourself.
    default_headers: headers of every request; `extra_headers` of a call take precedence.
    on_request, on_response, on_retry: functions that are called with a RequestEvent, a ResponseEvent and
    a RetryEvent. Their errors are logged and ignored.

    A client can be pickled, for other processes. The pickle has the settings and the API key, which is
    encoded and not encrypted: protect it like the key. The unpickled client opens connections of its own.

    Raises ConfigurationError if the API key is missing, an option is not valid, or the limits need a
    package that is not installed.
    """

    _retry_transport: RetryTransport
    _retry_transport_class = RetryTransport

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: httpx.Timeout | float | None = DEFAULT_TIMEOUT,
        retries: RetryPolicy | int = RetryPolicy(),  # noqa: B008 - frozen
        transport: httpx.BaseTransport | None = None,
        http_client: httpx.Client | None = None,
        default_headers: Mapping[str, str] | None = None,
        max_concurrency: int = MAX_CONCURRENCY,
        max_response_bytes: int | None = MAX_RESPONSE_BYTES,
        allow_http: bool = False,
        limits: Limits | None = None,
        on_request: Callable[[RequestEvent], None] | None = None,
        on_response: Callable[[ResponseEvent], None] | None = None,
        on_retry: Callable[[RetryEvent], None] | None = None,
    ) -> None:
        super().__init__(
            api_key,
            base_url,
            timeout,
            retries,
            transport,
            http_client,
            default_headers,
            max_concurrency,
            max_response_bytes,
            allow_http,
            limits,
            Hooks(on_request, on_response, on_retry).checked(is_async=False),
        )

    @property
    def with_raw_response(self) -> RawTextRequest:
        """The same resources with methods that return a RawResponse: status, headers, attempts, `parse()`."""
        return RawTextRequest(self)

    def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call any operation of the generated package with its own arguments."""
        return result_of(operation, self._send(request_of(operation, *args, **kwargs)))

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> Pager[I]:
        """A pager for any operation of the generated package that returns pages."""
        pages = ListRequest(operation, args, kwargs)

        def fetch(number: int, size: int) -> Page[I]:
            return pages.page(self._send(pages.request(number, size)), number)

        return Pager(Settings(fetch, pages.start, pages.page_size))

    def close(self) -> None:
        """Close the connections, unless this client is a copy made by `with_options`."""
        if not self._is_copy:
            self._retry_transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def _connections(self, proxy: str | None, max_concurrency: int) -> httpx.BaseTransport:
        return Connections(proxy, max_concurrency)

    def _checked_transport(self, transport: Any) -> Any:
        return checked_instance("transport", transport, httpx.BaseTransport)

    def _transport_of(self, http_client: Any) -> Any:
        checked_instance("http_client", http_client, httpx.Client)
        return None if http_client is None else ClientTransport(http_client)

    def _with_httpx_client(self, client: AuthenticatedClient) -> AuthenticatedClient:
        return client.set_httpx_client(httpx.Client(**self._http_options()))

    def _send(self, arguments: dict[str, Any]) -> httpx.Response:
        request = self._requests.build(arguments)
        response = self._retry_transport.handle_request(request)
        response.request = request
        return response

    def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        return run_flow(steps)

    def _sleep(self, seconds: float) -> None:
        self._settings.policy.wait(seconds)


class AsyncTextRequest(_BaseClient):
    """The client for asyncio and trio: methods are awaited, lists are an AsyncPager.

    It takes the same arguments as TextRequest. `aclose()` closes it.
    transport: an httpx transport, or "aiohttp" to open the connections with aiohttp, which is faster for
    many concurrent calls. It runs under asyncio only, and needs the extra `aiohttp`.
    """

    _retry_transport: AsyncRetryTransport
    _retry_transport_class = AsyncRetryTransport

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
            Hooks(on_request, on_response, on_retry).checked(is_async=True),
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
        pages = ListRequest(operation, args, kwargs)

        async def fetch(number: int, size: int) -> Page[I]:
            return pages.page(await self._send(pages.request(number, size)), number)

        return AsyncPager(Settings(fetch, pages.start, pages.page_size))

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

    def _checked_transport(self, transport: Any) -> Any:
        return checked_instance("transport", transport, httpx.AsyncBaseTransport)

    def _transport_of(self, http_client: Any) -> Any:
        checked_instance("http_client", http_client, httpx.AsyncClient)
        return None if http_client is None else AsyncClientTransport(http_client)

    def _with_httpx_client(self, client: AuthenticatedClient) -> AuthenticatedClient:
        return client.set_async_httpx_client(httpx.AsyncClient(**self._http_options()))

    async def _send(self, arguments: dict[str, Any]) -> httpx.Response:
        request = self._requests.build(arguments)
        response = await self._retry_transport.handle_async_request(request)
        response.request = request
        return response

    async def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        return await run_flow_async(steps)

    def _sleep(self, seconds: float) -> Coroutine[Any, Any, None]:
        return self._settings.policy.wait_async(seconds)
