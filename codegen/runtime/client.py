"""The clients: base URL, API key and connections for the functions under `api`."""

import re
import ssl
from dataclasses import dataclass
from typing import Any, Self

import httpx
from attrs import define, evolve, field

from ._server import BASE_URL

KEY_HEADER = "x-api-key"
TIMEOUT = httpx.Timeout(30.0, connect=5.0)


def _url_without_credentials(url: str) -> str:
    return repr(re.sub(r"(?<=//)[^/]*@", "", url))


@dataclass(frozen=True, repr=False)
class _AddKey:
    """Adds the API key to each request. Headers of an httpx client are part of its repr, hooks are not."""

    name: str
    value: str

    def __call__(self, request: httpx.Request) -> None:
        request.headers[self.name] = self.value


class _AddKeyAsync(_AddKey):
    """The same for an httpx.AsyncClient."""

    async def __call__(self, request: httpx.Request) -> None:  # type: ignore[override]
        super().__call__(request)


@define
class Client:
    """A client without a key. It opens connections on first use.

    Attributes:
        base_url: URL of the API, to which every path is added.
        cookies: Sent with every request.
        headers: Sent with every request.
        timeout: Seconds for each step of a request; by default 5 to connect and 30 for the others.
        verify_ssl: Whether to verify the certificate of the server, or an ssl.SSLContext.
        follow_redirects: Whether to follow redirects, which the API does not use.
        httpx_args: Further arguments of httpx.Client and httpx.AsyncClient.
        raise_on_unexpected_status: Whether to raise errors.UnexpectedStatus for a status that the
            contract does not document.
    """

    raise_on_unexpected_status: bool = field(default=False, kw_only=True)
    _base_url: str = field(default=BASE_URL, alias="base_url", repr=_url_without_credentials)
    _cookies: dict[str, str] = field(factory=dict, kw_only=True, alias="cookies", repr=False)
    _headers: dict[str, str] = field(factory=dict, kw_only=True, alias="headers", repr=False)
    _timeout: httpx.Timeout | None = field(default=TIMEOUT, kw_only=True, alias="timeout")
    _verify_ssl: str | bool | ssl.SSLContext = field(default=True, kw_only=True, alias="verify_ssl")
    _follow_redirects: bool = field(default=False, kw_only=True, alias="follow_redirects")
    _httpx_args: dict[str, Any] = field(factory=dict, kw_only=True, alias="httpx_args", repr=False)
    _client: httpx.Client | None = field(default=None, init=False, repr=False)
    _async_client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)

    def with_headers(self, headers: dict[str, str]) -> Self:
        """A new client with additional headers and its own connections. This one is not changed."""
        return evolve(self, headers={**self._headers, **headers})

    def with_cookies(self, cookies: dict[str, str]) -> Self:
        """A new client with additional cookies and its own connections. This one is not changed."""
        return evolve(self, cookies={**self._cookies, **cookies})

    def with_timeout(self, timeout: httpx.Timeout) -> Self:
        """A new client with another timeout and its own connections. This one is not changed."""
        return evolve(self, timeout=timeout)

    def _settings(self, *, is_async: bool = False) -> dict[str, Any]:
        return {
            "base_url": self._base_url,
            "cookies": self._cookies,
            "headers": self._headers,
            "timeout": self._timeout,
            "verify": self._verify_ssl,
            "follow_redirects": self._follow_redirects,
            **self._httpx_args,
        }

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Use this httpx.Client. Its settings replace those of this object."""
        self._client = client
        return self

    def get_httpx_client(self) -> httpx.Client:
        """The httpx.Client in use."""
        if self._client is None:
            self._client = httpx.Client(**self._settings(is_async=False))
        return self._client

    def set_async_httpx_client(self, async_client: httpx.AsyncClient) -> Self:
        """Use this httpx.AsyncClient. Its settings replace those of this object."""
        self._async_client = async_client
        return self

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """The httpx.AsyncClient in use."""
        if self._async_client is None:
            self._async_client = httpx.AsyncClient(**self._settings(is_async=True))
        return self._async_client

    def __enter__(self) -> Self:
        self.get_httpx_client().__enter__()
        return self

    def __exit__(self, *reason: Any) -> None:
        self.get_httpx_client().__exit__(*reason)

    async def __aenter__(self) -> Self:
        await self.get_async_httpx_client().__aenter__()
        return self

    async def __aexit__(self, *reason: Any) -> None:
        await self.get_async_httpx_client().__aexit__(*reason)


@define
class AuthenticatedClient(Client):
    """A client with the API key of the account, which every operation requires.

    Attributes:
        token: The API key. The repr does not show it.
        prefix: A word before the key. This API uses none.
        auth_header_name: The header for the key.
    """

    token: str = field(kw_only=True, repr=False)
    prefix: str = field(default="", kw_only=True)
    auth_header_name: str = field(default=KEY_HEADER, kw_only=True)

    def _settings(self, *, is_async: bool = False) -> dict[str, Any]:
        value = f"{self.prefix} {self.token}" if self.prefix else self.token
        add = (_AddKeyAsync if is_async else _AddKey)(self.auth_header_name, value)
        settings = super()._settings(is_async=is_async)
        hooks = settings.get("event_hooks", {})
        return {**settings, "event_hooks": {**hooks, "request": [add, *hooks.get("request", [])]}}
