"""One line an operation, typed for both clients: `call` and `paged`.

A resource is a class whose attributes are these descriptors. The client behind the resource decides
what an attribute is: a function with TextRequest, a coroutine function with AsyncTextRequest.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, overload

from textrequest_api._arguments import check_names
from textrequest_api.types import Operation

if TYPE_CHECKING:
    from textrequest_ext._operations.clients import (
        AsyncClient,
        BlockingClient,
        RawAsyncClient,
        RawBlockingClient,
    )
    from textrequest_ext._operations.responses import PageOf
    from textrequest_ext._pagination.pagers import AsyncPager, Pager
    from textrequest_ext._raw_response import RawResponse

P = ParamSpec("P")
Q = ParamSpec("Q")
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741
ClientT_co = TypeVar("ClientT_co", covariant=True)

# What the clients raise for the statuses that the docstrings of the operations list.
_ERRORS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    429: "RateLimitError",
}


class Resource(Generic[ClientT_co]):
    """A group of operations, bound to a client."""

    def __init__(self, client: ClientT_co) -> None:
        self._client: Any = client


class _Descriptor(Generic[P, T]):
    """Binds an operation to the client of a resource, with the name and docstring of the attribute."""

    _method = ""

    def __init__(self, operation: Operation[P, Any]) -> None:
        self.operation = operation
        self.__doc__ = operation.build.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"{owner.__name__}.{name}"

    def _bind(self, instance: Any) -> Any:
        if instance is None:
            return self
        operation, method = self.operation, getattr(instance._client, self._method)

        def bound(*args: Any, **kwargs: Any) -> Any:
            return method(operation, *args, **kwargs)

        return self._as_method(bound)

    def _as_method(self, bound: Any) -> Any:
        """Give a function the name, the signature and the docstring of the method, for help() and editors."""
        bound.__module__, bound.__qualname__ = self.operation.build.__module__, self._name
        bound.__name__ = self._name.rpartition(".")[2]
        bound.__wrapped__ = self.operation.build  # the source that is shown
        bound.__signature__, bound.__doc__ = self._help
        return bound

    @functools.cached_property
    def _help(self) -> tuple[inspect.Signature, str]:
        """The signature of the method and its docstring, which differ from those of `build` in the result."""
        build, result = self.operation.build, self._result(self.operation.parse)
        before, returns, after = (build.__doc__ or "").partition("Returns:\n")
        if returns:
            indent = before[before.rindex("\n") + 1 :]
            errors = after.partition("Raises:\n")[2]
            for status, error in _ERRORS.items():
                errors = errors.replace(f"Status {status}:", f"{error}:")
            absent = "; None if the service has none." if result.endswith("| None") else "."
            after = f"{indent}    {result}{absent}\n\n{indent}Raises:\n{errors}"
        return inspect.signature(build).replace(return_annotation=result), f"{before}{returns}{after}"

    def _result(self, parse: Callable[..., Any]) -> str:
        """The type of the result."""
        return str(parse.__annotations__["return"])


class call(_Descriptor[P, T]):
    """An operation that returns one result."""

    _method = "call"

    def __init__(self, operation: Operation[P, T]) -> None:
        super().__init__(operation)

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


class paged(_Descriptor[P, I]):
    """An operation that returns a list page by page."""

    _method = "paginate"

    def __init__(self, operation: Operation[P, PageOf[I] | None]) -> None:
        super().__init__(operation)

    def _result(self, parse: Callable[..., Any]) -> str:
        page = parse.__globals__[super()._result(parse).removesuffix(" | None")]
        return f"Pager{page.__annotations__['items'].removeprefix('list')}"

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(
        self, instance: Resource[BlockingClient | RawBlockingClient], owner: type
    ) -> Callable[P, Pager[I]]: ...
    @overload
    def __get__(
        self, instance: Resource[AsyncClient | RawAsyncClient], owner: type
    ) -> Callable[P, AsyncPager[I]]: ...
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

    parse.__annotations__ = operation.parse.__annotations__  # shown by help()
    changed: Operation[Any, T] = operation.replace(build=build, parse=parse)
    return changed
