"""What both clients share: their options, copies, and pickles."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import httpx

from textrequest_api.types import UNSET, Unset
from textrequest_ext._http.configuration import (
    MAX_BYTES,
    MAX_CONNECTIONS,
    KeyAuth,
    checked_count,
    checked_headers,
    checked_instance,
    checked_key,
    checked_url,
    proxy_for,
    without_credentials,
)
from textrequest_ext._http.hooks import Hooks
from textrequest_ext._http.logs import configure_logging, mask_httpx_logs
from textrequest_ext._http.requests import DEFAULT_HEADERS, RequestFactory
from textrequest_ext._http.retry_policy import RetryBudget, RetryPolicy
from textrequest_ext._http.timeouts import Timeout
from textrequest_ext._http.transport import CallSettings, Lifetime, WrongClientTransport
from textrequest_ext.errors import ConfigurationError
from textrequest_ext.resources import Resources

if TYPE_CHECKING:
    from textrequest_api.client import AuthenticatedClient
    from textrequest_ext._limits.options import Limits

# Attributes that are created again when a client is unpickled, or pickled in another form.
_NOT_PICKLED = frozenset(
    {"_shared", "_transport", "_retry_transport", "_requests", "low_level"}
    | {"_api_key", "_base_url", "_default_headers", "_limits"}
)


class BaseClient(Resources):
    """What both clients share. The copies made by `with_options` use the same inner transport, which
    holds the connections."""

    _is_async: bool
    # What the options of these names must be.
    _transport_class: type
    _http_client_class: type
    _client_transport_class: Any
    _retry_transport_class: Any
    _retry_transport: Any

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
        checked_count("max_concurrency", max_concurrency, MAX_CONNECTIONS)
        if max_response_bytes is not None:
            checked_count("max_response_bytes", max_response_bytes, MAX_BYTES)
        self._settings = CallSettings(
            policy=(policy := RetryPolicy.of(retries)),
            budget=RetryBudget(policy.budget),
            hooks=hooks.checked(is_async=self._is_async),
            total=self._timeout.total,
            max_response_bytes=max_response_bytes,
            api_key=self._api_key,
            lifetime=Lifetime(),
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
        state["_settings"] = settings._replace(api_key="", budget=budget, lifetime=Lifetime())
        # Tools that run tasks in other processes log the pickles that they cannot read.
        limits = None if self._limits is None else vars(self._limits)
        state["_secrets"] = encode_secrets(self._api_key, self._base_url, self._default_headers, limits)
        return {**state, "_is_copy": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from textrequest_ext._http.pickling import decode_secrets

        self.__dict__.update(state)
        self._shared = {}
        secrets = decode_secrets(self.__dict__.pop("_secrets"))
        self._api_key, self._base_url, self._default_headers, limits = secrets
        if limits is None:
            self._limits = None
        else:
            from textrequest_ext._limits.options import Limits

            self._limits = Limits(**limits)
        self._settings = self._settings._replace(api_key=self._api_key)
        self._open()

    def _open(self) -> None:
        """Prepare the connections, or use what the user has given for them."""
        configure_logging()
        transport = checked_instance("transport", self._given["transport"], self._transport_class)
        http_client = checked_instance("http_client", self._given["http_client"], self._http_client_class)
        if http_client is not None:
            mask_httpx_logs(self._base_url)
            transport = self._client_transport_class(http_client)
        elif transport is None:
            transport = self._connections(proxy_for(self._base_url), self._max_concurrency)
        if self._limits is not None:
            # Not imported without limits.
            from textrequest_ext._limits.transports import limited

            transport = limited(transport, self._limits, self._api_key, is_async=self._is_async)
        self._transport = transport
        self._configure()

    def _expect_call(self) -> None:
        read_ahead = getattr(self._transport, "read_ahead", None)  # only our own connections have it
        if read_ahead is not None and self._base_url.startswith("https:"):
            read_ahead()

    def _connections(self, proxy: str | None, max_concurrency: int) -> Any:
        raise NotImplementedError

    def _configure(self) -> None:
        """Apply the options that a copy may have changed."""
        self._requests = RequestFactory(self._base_url, self._api_key, self._timeout, self._default_headers)
        self._retry_transport = self._retry_transport_class(self._transport, self._settings)

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
        copy._settings = self._settings._replace(total=copy._timeout.total)
        if retries is not None:
            policy = RetryPolicy.of(retries)
            copy._settings = copy._settings._replace(policy=policy, budget=RetryBudget(policy.budget))
        copy._is_copy = True
        copy._configure()
        return copy

    @cached_property
    def low_level(self) -> AuthenticatedClient:
        """The generated client, on the same connections and with the same API key, retries and errors."""
        from textrequest_api.client import AuthenticatedClient
        from textrequest_ext._http.low_level import AsyncDirectClient, DirectClient

        mask_httpx_logs(self._base_url)
        client = AuthenticatedClient(
            base_url=self._base_url, token=self._api_key, httpx_args={"transport": WrongClientTransport()}
        )
        options = {
            "transport": self._retry_transport,
            "base_url": self._base_url,
            "auth": KeyAuth(self._api_key),
            "headers": {**DEFAULT_HEADERS, **self._default_headers},
            "timeout": self._timeout,
        }
        if self._is_async:
            return client.set_async_httpx_client(AsyncDirectClient(self._requests, options))
        return client.set_httpx_client(DirectClient(self._requests, options))
