"""One line an operation, typed for both clients: `call` and `paged`.

A resource is a class whose attributes are these descriptors. The client behind the resource decides
what an attribute is: a function with TextRequest, a coroutine function with AsyncTextRequest.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, overload

from textrequest_api._arguments import check_names
from textrequest_api.types import Operation
from textrequest_ext._operations.responses import I, P, PageOf, T

if TYPE_CHECKING:
    from textrequest_ext._operations.clients import (
        AnyAsyncClient,
        AnyBlockingClient,
        AsyncClient,
        BlockingClient,
        RawAsyncClient,
        RawBlockingClient,
    )
    from textrequest_ext._pagination.pagers import AsyncPager, Pager
    from textrequest_ext._raw_response import RawResponse

Q = ParamSpec("Q")
ClientT_co = TypeVar("ClientT_co", covariant=True)


class Resource(Generic[ClientT_co]):
    """A group of operations, bound to a client."""

    def __init__(self, client: ClientT_co) -> None:
        self._client: Any = client


class _Descriptor(Generic[P, T]):
    """Binds an operation to the client of a resource, with the name and docstring of the attribute."""

    _method = ""

    def __init__(self, operation: Operation[P, T]) -> None:
        self.operation = operation
        self.__doc__ = operation.build.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"{owner.__name__}.{name}"

    def _bind(self, instance: Any) -> Any:
        if instance is None:
            return self
        operation, method = self.operation, getattr(instance._client, self._method)

        @functools.wraps(operation.build, updated=())
        def bound(*args: Any, **kwargs: Any) -> Any:
            return method(operation, *args, **kwargs)

        bound.__qualname__ = self._name
        bound.__name__ = self._name.rpartition(".")[2]
        return bound


class call(_Descriptor[P, T]):
    """An operation that returns one result."""

    _method = "call"

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource[RawBlockingClient], owner: type) -> Callable[P, RawResponse[T]]: ...
    @overload
    def __get__(
        self, instance: Resource[RawAsyncClient], owner: type
    ) -> Callable[P, Coroutine[Any, Any, RawResponse[T]]]: ...
    @overload
    def __get__(self, instance: Resource[BlockingClient], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, instance: Resource[AsyncClient], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        return self._bind(instance)


class paged(_Descriptor[P, PageOf[I] | None], Generic[P, I]):
    """An operation that returns a list page by page."""

    _method = "paginate"

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource[AnyBlockingClient], owner: type) -> Callable[P, Pager[I]]: ...
    @overload
    def __get__(self, instance: Resource[AnyAsyncClient], owner: type) -> Callable[P, AsyncPager[I]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        return self._bind(instance)


def adapted(
    operation: Operation[..., T],
    arguments: Callable[Q, dict[str, Any]],
    check: Callable[[T], T] | None = None,
) -> Operation[Q, T]:
    """The operation with another signature.

    arguments: takes the new arguments and returns those of the operation. check: takes the result and
    returns it. Both may raise.
    """

    named = check_names(arguments)

    @functools.wraps(arguments)
    def build(*args: Q.args, **kwargs: Q.kwargs) -> dict[str, Any]:
        return operation.build(**named(*args, **kwargs))

    def parse(response: Any) -> T:
        result = operation.parse(response)
        return result if check is None else check(result)

    changed: Operation[Any, T] = operation.replace(build=build, parse=parse)
    return changed
