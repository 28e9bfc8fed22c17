"""One line an operation, typed for both clients: `call`, `paged`, `flow`, and what they stand on.

A resource is a class whose attributes are these descriptors. What an attribute is depends on the
client behind the resource: with TextRequest a function, with AsyncTextRequest a coroutine function.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    Self,
    TypedDict,
    TypeVar,
    overload,
)

from textrequest_api.types import Operation
from textrequest_ext.arguments import build_request

if TYPE_CHECKING:
    import httpx

    from textrequest_ext.client import AsyncTextRequest, TextRequest
    from textrequest_ext.pagination import AsyncPager, Pager

P = ParamSpec("P")
Q = ParamSpec("Q")
T = TypeVar("T")
I_co = TypeVar("I_co", covariant=True)
I = TypeVar("I")  # noqa: E741
ClientT_co = TypeVar("ClientT_co", covariant=True)


class PageOf(Protocol[I_co]):
    """An answer that holds one page of a list: `items`, and `meta` with page, page_size, total_items."""

    @property
    def items(self) -> Sequence[I_co]: ...
    @property
    def meta(self) -> Any: ...


class RequestOptions(TypedDict, total=False):
    """What any one request can be given: see `extra_query`, `extra_headers` and `timeout` of any operation."""

    extra_query: Mapping[str, Any] | None
    extra_headers: Mapping[str, str] | None
    timeout: httpx.Timeout | float | None


class Resource(Generic[ClientT_co]):
    """A group of operations, bound to a client."""

    def __init__(self, client: ClientT_co) -> None:
        self._client: Any = client


class _Descriptor(Generic[P, T]):
    """Binds an operation to a resource's client, under the name and with the text of its attribute."""

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

        @functools.wraps(operation.build, updated=())
        def bound(*args: Any, **kwargs: Any) -> Any:
            return method(operation, *args, **kwargs)

        bound.__qualname__ = self._name
        bound.__name__ = self._name.rpartition(".")[2]
        return bound


class call(_Descriptor[P, T]):
    """An operation with one answer."""

    _method = "call"

    def __init__(self, operation: Operation[P, T]) -> None:
        super().__init__(operation)

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource[TextRequest], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, instance: Resource[AsyncTextRequest], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        return self._bind(instance)


class paged(_Descriptor[P, I]):
    """An operation that lists, page after page."""

    _method = "paginate"

    def __init__(self, operation: Operation[P, PageOf[I] | None]) -> None:
        super().__init__(operation)

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource[TextRequest], owner: type) -> Callable[P, Pager[I]]: ...
    @overload
    def __get__(self, instance: Resource[AsyncTextRequest], owner: type) -> Callable[P, AsyncPager[I]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        return self._bind(instance)


def arranged(
    operation: Operation[..., T], arrange: Callable[Q, dict[str, Any]], accept: Callable[[T], T] | None = None
) -> Operation[Q, T]:
    """An operation under other arguments: arrange turns them into those of the operation and checks
    them, accept looks at the result. Both may raise."""

    @functools.wraps(arrange)
    def build(*args: Q.args, **kwargs: Q.kwargs) -> dict[str, Any]:
        return build_request(operation, (), arrange(*args, **kwargs))

    def parse(response: Any) -> T:
        result = operation.parse(response)
        return result if accept is None else accept(result)

    # The rules for arguments hold for what arrange returns; build_request sees to them there.
    changed: Operation[Any, T] = dataclasses.replace(
        operation, build=build, parse=parse, positional=(), arguments={}
    )
    return changed


class flow(Generic[P, T]):
    """Several requests as one method, written once for both clients.

    The decorated generator yields what the client's methods return and is handed the results: with
    TextRequest they are results already, with AsyncTextRequest they are awaited first. What the
    generator returns is the method's result.
    """

    def __init__(self, steps: Callable[Concatenate[Any, P], Generator[Any, Any, T]]) -> None:
        self.steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource[TextRequest], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, instance: Resource[AsyncTextRequest], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        run = instance._client._run_flow

        @functools.wraps(self.steps)
        def bound(*args: Any, **kwargs: Any) -> Any:
            return run(self.steps(instance, *args, **kwargs))

        return bound


def run_flow(steps: Generator[Any, Any, T]) -> T:
    """Drive a flow whose requests are done when they are yielded."""
    result: Any = None
    while True:
        try:
            result = steps.send(result)
        except StopIteration as stop:
            value: T = stop.value
            return value


async def run_flow_async(steps: Generator[Any, Any, T]) -> T:
    """Drive a flow whose requests must be awaited."""
    awaited: Any = None
    failure: BaseException | None = None
    while True:
        try:
            waiting: Any = steps.throw(failure) if failure else steps.send(awaited)
        except StopIteration as stop:
            value: T = stop.value
            return value
        awaited, failure = None, None
        try:
            awaited = await waiting
        except BaseException as error:
            failure = error
