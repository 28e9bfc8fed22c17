"""What operations need of a client. `TextRequest` and `AsyncTextRequest` match these protocols.

They keep the imports one-way: the clients import the operations, never the reverse.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import TYPE_CHECKING, Any, Protocol

from textrequest_ext._operations.responses import I, P, PageOf, T

if TYPE_CHECKING:
    from textrequest_api.types import Operation
    from textrequest_ext._pagination.pagers import AsyncPager, Pager
    from textrequest_ext._raw_response import RawResponse


class AnyBlockingClient(Protocol):
    """A blocking client, whatever its methods return: lists are a Pager."""

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> Pager[I]: ...
    def _run_flow(self, steps: Generator[Any, Any, T]) -> T: ...


class BlockingClient(AnyBlockingClient, Protocol):
    """A client whose methods return results."""

    def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...


class RawBlockingClient(AnyBlockingClient, Protocol):
    """A blocking client whose methods return raw responses."""

    def call(self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs) -> RawResponse[T]: ...


class AnyAsyncClient(Protocol):
    """An async client, whatever its methods return: lists are an AsyncPager."""

    def paginate(
        self, operation: Operation[P, PageOf[I] | None], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncPager[I]: ...
    def _run_flow(self, steps: Generator[Any, Any, T]) -> Coroutine[Any, Any, T]: ...


class AsyncClient(AnyAsyncClient, Protocol):
    """A client whose methods return coroutines."""

    def call(
        self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]: ...


class RawAsyncClient(AnyAsyncClient, Protocol):
    """An async client whose methods return raw responses."""

    def call(
        self, operation: Operation[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, RawResponse[T]]: ...
