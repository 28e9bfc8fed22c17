"""Models from JSON that was stored, with the checks that responses get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from textrequest_ext.errors import InvalidArgumentError, UnexpectedArgumentError

M = TypeVar("M")


def parse_model(model: type[M], value: Any) -> M:
    """A model from a JSON object, checked as a response is: the counterpart of `to_dict`.

    model: a class of textrequest_api.models. value: a mapping, such as the result of `to_dict` or
    json.loads; a model of this class is returned as it is. Unknown keys are kept.

    Raises InvalidArgumentError, which is a ValueError, if a required field is missing or a value does not
    match the contract. The message names the field, without its value.
    """
    from_dict = getattr(model, "from_dict", None)
    if not isinstance(model, type) or from_dict is None:
        raise UnexpectedArgumentError("model", "must be a class of textrequest_api.models")
    if isinstance(value, model):
        return value
    if not isinstance(value, Mapping):
        raise UnexpectedArgumentError("value", f"must be a mapping, not {type(value).__name__}")
    missing = [key for key in getattr(model, "REQUIRED_FIELDS", ()) if value.get(key) is None]
    if missing:
        raise InvalidArgumentError("value", f"{', '.join(missing)}: missing")
    try:
        parsed: M = from_dict(value)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else f"unexpected form ({type(error).__name__})"
        raise InvalidArgumentError("value", reason) from None
    return parsed
