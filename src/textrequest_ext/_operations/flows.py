"""Methods that take several requests, written once for both clients."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Generator
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, Self, overload

from textrequest_api._arguments import check_names
from textrequest_ext._operations.responses import P, T

if TYPE_CHECKING:
    from textrequest_ext._operations.clients import AnyAsyncClient, AnyBlockingClient
    from textrequest_ext._operations.descriptors import Resource


class flow(Generic[P, T]):
    """Makes a generator of requests a method of both clients.

    The generator yields what the client's methods return and receives the results: with TextRequest
    they are results already, with AsyncTextRequest they are awaited first. Its return value is the
    return value of the method.
    """

    def __init__(self, steps: Callable[Concatenate[Any, P], Generator[Any, Any, T]]) -> None:
        self.steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource[AnyBlockingClient], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, instance: Resource[AnyAsyncClient], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        # The steps work with results, also if the method was called for a raw response.
        instance = type(instance)(getattr(instance._client, "parsed", instance._client))
        run = instance._client._run_flow
        steps = check_names(MethodType(self.steps, instance))

        @functools.wraps(steps)
        def bound(*args: Any, **kwargs: Any) -> Any:
            return run(steps(*args, **kwargs))

        return bound


def run_flow(steps: Generator[Any, Any, T]) -> T:
    """Run a flow whose requests are complete when they are yielded."""
    result: Any = None
    while True:
        try:
            result = steps.send(result)
        except StopIteration as stop:
            value: T = stop.value
            return value


async def run_flow_async(steps: Generator[Any, Any, T]) -> T:
    """Run a flow whose requests must be awaited."""
    result: Any = None
    failure: BaseException | None = None
    while True:
        try:
            request: Any = steps.throw(failure) if failure else steps.send(result)
        except StopIteration as stop:
            value: T = stop.value
            return value
        result, failure = None, None
        try:
            result = await request
        except BaseException as error:
            failure = error
