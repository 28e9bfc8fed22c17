"""The blocking client."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Self

import httpx

from textrequest_api.types import Operation
from textrequest_ext._client.base import BaseClient
from textrequest_ext._connections.connections import MAX_CONCURRENCY, Connections
from textrequest_ext._http.client_transport import ClientTransport
from textrequest_ext._http.hooks import Hooks
from textrequest_ext._http.reading import MAX_RESPONSE_BYTES
from textrequest_ext._http.retry_policy import RetryPolicy
from textrequest_ext._http.timeouts import DEFAULT_TIMEOUT
from textrequest_ext._http.transport import RetryTransport
from textrequest_ext._operations.responses import I, P, PageOf, T, raw_response_of, request_of, result_of
from textrequest_ext.resources import Resources

if TYPE_CHECKING:
    from textrequest_ext._http.events import RequestEvent, ResponseEvent, RetryEvent
    from textrequest_ext._limits.options import Limits
    from textrequest_ext._pagination.pagers import Pager
    from textrequest_ext._raw_response import RawResponse


class RawTextRequest(Resources):
    """The resources of a TextRequest whose methods return a RawResponse; lists are pagers as usual."""

    def __init__(self, client: TextRequest) -> None:
        self.parsed = client

    def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> RawResponse[T]:
        """Call any operation of the generated package with its own arguments."""
        return raw_response_of(operation, self.parsed._send(request_of(operation, *args, **kwargs)))

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> Pager[I]:
        """A pager for any operation of the generated package that returns pages."""
        return self.parsed.paginate(operation, *args, **kwargs)

    def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        return self.parsed._run_flow(steps)


class TextRequest(BaseClient):
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

    _is_async = False
    _transport_class = httpx.BaseTransport
    _http_client_class = httpx.Client
    _client_transport_class = ClientTransport
    _retry_transport_class = RetryTransport
    _retry_transport: RetryTransport

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
            Hooks(on_request, on_response, on_retry),
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
        from textrequest_ext._operations.lists import ListRequest
        from textrequest_ext._pagination.pagers import Pager

        pages = ListRequest(operation, args, kwargs)

        def fetch(number: int, size: int) -> httpx.Response:
            return self._send(pages.request(number, size))

        return Pager(pages.settings(fetch))

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

    def _send(self, arguments: dict[str, Any]) -> httpx.Response:
        request = self._requests.build(arguments)
        response = self._retry_transport.handle_request(request)
        response.request = request
        return response

    def _run_flow(self, steps: Generator[Any, Any, T]) -> T:
        from textrequest_ext._operations.flows import run_flow

        return run_flow(steps)

    def _sleep(self, seconds: float) -> None:
        self._settings.policy.wait(seconds)
