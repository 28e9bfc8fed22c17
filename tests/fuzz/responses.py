"""Mutated responses of every operation, through a mock transport, to both clients and the low level."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import trio
from hypothesis import strategies as st

from fuzz import contract_samples, mutations
from fuzz.calls import ENDINGS, METHODS, Method, finish, finish_async
from fuzz.mutations import Mutated
from fuzz.secrets_sent import KEY, TEXT, check_error, quotes
from textrequest_api.errors import ResponseParseError
from textrequest_ext import (
    AsyncTextRequest,
    MessageRejectedError,
    RetryPolicy,
    SendOutcomeUnknownError,
    TextRequest,
    TextRequestError,
)
from textrequest_ext._http.retry_policy import MAYBE_SENT, NEVER_SENT

MODES = ("blocking", "blocking", "blocking", "asyncio", "trio", "raw", "low level")
_FAILURES = [
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout),
    *(
        httpx.ReadError,
        httpx.WriteError,
        httpx.CloseError,
        httpx.RemoteProtocolError,
        httpx.LocalProtocolError,
    ),
    *(httpx.ProxyError, httpx.UnsupportedProtocol, httpx.DecodingError),
]


async def _no_sleep(seconds: float) -> None:
    pass


POLICY = RetryPolicy(retries=1, budget=None, sleep=lambda seconds: None, async_sleep=_no_sleep)

inputs = st.fixed_dictionaries(
    {
        "method": st.sampled_from(METHODS),
        "mode": st.sampled_from(MODES),
        "ending": st.sampled_from(ENDINGS),
        "sample": st.integers(0, 200),
        "json": mutations.json_changes,
        "error_body": st.one_of(*(4 * [st.none()]), st.sampled_from(quotes())),
        "ascii_only": st.booleans(),
        "bytes": mutations.byte_changes,
        "status": mutations.statuses,
        "headers": mutations.headers,
        "coding": mutations.codings,
        "failure": st.one_of(*(9 * [st.none()]), st.sampled_from(_FAILURES)),
        "cut": st.booleans(),
    }
)


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in two pieces, which may break off with an error."""

    def __init__(self, body: bytes, failure: Exception | None) -> None:
        self._pieces = [body[: len(body) // 2], body[len(body) // 2 :]]
        self._failure = failure

    def __iter__(self) -> Iterator[bytes]:
        yield self._pieces[0]
        if self._failure is not None:
            raise self._failure
        yield self._pieces[1]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


class Service:
    """Responds to every request with one mutated response. last: the status, or the failure."""

    def __init__(self, value: dict[str, Any]) -> None:
        self._value = value
        self.last: int | Exception | None = None
        self.operation: Any = None
        self.has_responded = False
        self.requests = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        value = self._value
        self.requests += 1
        self.operation = request.extensions.get("textrequest_api")
        failure = None if value["failure"] is None else value["failure"](quotes()[value["sample"] % 5])
        if failure is not None and not value["cut"]:
            self.last = failure
            raise failure
        self.has_responded = True
        mutated = self._response(request)
        self.last = mutated.status if failure is None else failure
        return httpx.Response(mutated.status, headers=mutated.headers, stream=_Stream(mutated.body, failure))

    def _response(self, request: httpx.Request) -> Mutated:
        value = self._value
        samples = contract_samples.responses(self.operation.name)
        status, body = samples[value["sample"] % len(samples)]
        if isinstance(body, dict):
            body = {**body, **request.extensions.get("textrequest_echoes", {})}
        if value["error_body"] is not None:
            text = value["error_body"]
            body = {"message": text, "error_message": text, "errorCode": text, "status": 400}
        content = b"" if body is None else self._content(body)
        content = mutations.changed_bytes(content, value["bytes"])
        headers = [(b"content-type", b"application/json"), *value["headers"]]
        if value["coding"] is not None:
            coding, content = value["coding"](content)
            headers.append((b"content-encoding", coding))
        return Mutated(value["status"] or status, content, headers)

    def _content(self, body: Any) -> bytes:
        changed = mutations.changed_json(body, self._value["json"])
        return mutations.dumps(changed, ascii_only=self._value["ascii_only"])


class Clients:
    """Clients of every kind whose service is replaced for each input."""

    def __init__(self) -> None:
        self.service: Any = None
        transport = httpx.MockTransport(lambda request: self.service(request))
        self.blocking = TextRequest(KEY, transport=transport, retries=POLICY)
        self.asynchronous = AsyncTextRequest(KEY, transport=transport, retries=POLICY)
        self.runner = asyncio.Runner()

    def close(self) -> None:
        self.blocking.close()
        self.runner.run(self.asynchronous.aclose())
        self.runner.close()

    def call(self, method: Method, mode: str, ending: str) -> Any:
        """The result of a method with valid arguments."""
        arguments = method.valid()
        if mode == "blocking":
            return finish(method.of(self.blocking)(**arguments), ending)
        if mode == "raw":
            result = method.of(self.blocking.with_raw_response)(**arguments)
            return result.parse() if hasattr(result, "parse") else finish(result, ending)
        if mode == "low level":
            return self._call_low_level(method, arguments)

        async def main() -> Any:
            return await finish_async(method.of(self.asynchronous)(**arguments), ending)

        return self.runner.run(main()) if mode == "asyncio" else trio.run(main)

    def _call_low_level(self, method: Method, arguments: dict[str, Any]) -> Any:
        operation = getattr(
            getattr(type(getattr(self.blocking, method.resource)), method.name), "operation", None
        )
        if operation is None or operation.body:
            return finish(method.of(self.blocking)(**arguments), "first")
        module = inspect.getmodule(operation.build)
        return module.sync_detailed(client=self.blocking.low_level, **arguments)  # type: ignore[union-attr]


class Check:
    """Feeds one input to a client. Anything but a result or an error of this package fails."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def __call__(self, value: dict[str, Any]) -> str | None:
        self._clients.service = service = Service(value)
        method = value["method"]
        try:
            result = self._clients.call(method, value["mode"], value["ending"])
        except TextRequestError as error:
            check_error(error, text_was_sent=TEXT in repr(method.valid()))
            _check_kind(error, service)
            return type(error).__name__
        repr(result)
        assert isinstance(service.last, int | None), "a failure became a result"
        for one in result if method.name == "sync" else ():  # reports errors in its results
            if one.error is not None:
                check_error(one.error)
        if value["mode"] != "low level" and method.name != "sync":
            assert service.last is None or 200 <= service.last < 300, "an error became a result"
        if value["ending"] == "count" and isinstance(result, int):
            assert type(result) is int
            assert result >= 0
        return None


def _check_kind(error: TextRequestError, service: Service) -> None:
    """A send whose request may have taken effect must say so."""
    if service.operation is None or not service.operation.sends_text:
        return
    if isinstance(error, MessageRejectedError | ResponseParseError):  # the second of a low-level call
        return
    last = service.last
    if isinstance(last, int):
        took_effect = 200 <= last < 300 or last >= 500 or last == 408
    else:
        took_effect = service.has_responded or (
            isinstance(last, MAYBE_SENT) and not isinstance(last, NEVER_SENT)
        )
    if took_effect:
        assert service.requests == 1, "a send was sent again"
        assert isinstance(error, SendOutcomeUnknownError), f"{type(error).__name__} after {last!r}"
