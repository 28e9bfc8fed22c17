"""Errors for a call whose arguments do not match the signature of the function."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from .errors import UnexpectedArgumentError

P = ParamSpec("P")
R = TypeVar("R")


def check_names(function: Callable[P, R]) -> Callable[P, R]:
    """Make the function raise UnexpectedArgumentError where Python raises a TypeError for the call."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            try:
                coroutine = function(*args, **kwargs)
            except TypeError as error:
                _raise_for_call(error, function, args, kwargs)
                raise
            return await coroutine

        return cast(Callable[P, R], call_async)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            _raise_for_call(error, function, args, kwargs)
            raise

    return call


def _raise_for_call(
    error: TypeError, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> None:
    # No frame after that of the caller: Python refused the call, and the function did not start.
    if error.__traceback__ is not None and error.__traceback__.tb_next is None:
        raise _call_error(function, args, kwargs) from None


def _call_error(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> UnexpectedArgumentError:
    parameters = inspect.signature(function).parameters
    positional = [
        name for name, one in parameters.items() if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    title = name_of(function)
    if len(args) > len(positional):
        takes = f"{', '.join(positional)} as positional arguments, and" if positional else "only"
        return UnexpectedArgumentError(title, f"takes {takes} keyword arguments")
    for name in kwargs:
        if name in positional[: len(args)]:
            return UnexpectedArgumentError(name, "is given twice, as a positional and as a keyword argument")
        if name not in parameters:
            import difflib

            # A part of a name, such as amount for amount_requested, is closer than a name that is spelled alike.
            similar = [one for one in parameters if len(name) > 3 and name in one]
            similar = similar or difflib.get_close_matches(name, parameters, 1, cutoff=0.7)
            hint = f"did you mean {' or '.join(similar)}?" if similar else f"it takes {', '.join(parameters)}"
            return UnexpectedArgumentError(name, f"{title} has no such argument; {hint}")
    given = {*positional[: len(args)], *kwargs}
    missing = [name for name, one in parameters.items() if one.default is one.empty and name not in given]
    return UnexpectedArgumentError(title, f"needs {', '.join(missing)}")


def name_of(function: Callable[..., Any]) -> str:
    """The name of a function in errors: of an operation, that of its module."""
    package, _, module = function.__module__.rpartition(".")
    return module if f"{__package__}.api." in f"{package}." else function.__name__.strip("_")
