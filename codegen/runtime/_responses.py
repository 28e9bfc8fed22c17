"""Responses: from the body of an HTTP response to models."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from . import _speed
from ._decoding import Decodable, decode_models, decode_object, decode_variant, decode_variants, kind_of
from .errors import ResponseParseError, UnexpectedStatus
from .types import Operation, Response

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
D = TypeVar("D", bound=Decodable)
_UNDOCUMENTED = object()
_NOT_DIGITS = r"\D"
_NUMBER_LENGTH = 11
_raw_decode = json.JSONDecoder().raw_decode


def parse_json(response: "httpx.Response") -> Any:
    """The body as JSON. Raises ResponseParseError if it is not JSON."""
    content = response.content
    if not content.strip():
        raise ResponseParseError(response, "the body is empty")
    try:
        return _loads(content)
    except (ValueError, RecursionError):
        raise ResponseParseError(response, "the body is not JSON") from None


def _loads(content: bytes) -> Any:
    try:
        # What json.loads does for UTF-8 without spaces around the value, without looking for them.
        text = content.decode()
        value, end = _raw_decode(text)
        if end == len(text):
            return value
    except ValueError:
        pass
    return json.loads(content)


def parse_model(response: "httpx.Response", model: type[D]) -> D:
    """The body as a model. An object without the required fields of the model is not one."""
    if (result := _speed.to_model(model, response.content)) is not None:
        return result
    return _decode_object(response, parse_json(response), model)


def _decode_object(response: "httpx.Response", value: Any, model: type[D]) -> D:
    if type(value) is not dict:
        raise ResponseParseError(response, f"an object was expected, not {kind_of(value)}")
    missing = [name for name in model.REQUIRED_FIELDS if value.get(name) is None]
    if missing:
        raise ResponseParseError(response, f"{', '.join(missing)}: missing")
    return parse_with(response, lambda source: decode_object(model, source), value)


def parse_result(
    response: "httpx.Response", model: type[D], result_has: Mapping[str, Sequence[str]] | None = None
) -> D:
    """The body as the result of the request: `parse_model`, and two checks.

    A value that is an argument too must be that of the request; see `Operation.echoes`. Of the
    properties in `result_has`, one must have a value, out of the listed ones if there are any.
    """
    value = parse_json(response)
    result = _decode_object(response, value, model)
    if result_has and not any(
        value.get(name) in accepted if accepted else isinstance(value.get(name), str) and value[name].strip()
        for name, accepted in result_has.items()
    ):
        raise ResponseParseError(response, f"{' or '.join(result_has)}: missing")
    for name, sent in _echoes_of(response).items():
        if sent is not None and value.get(name) is not None and not _is_same(sent, value[name]):
            raise ResponseParseError(response, f"{name}: not that of the request")
    return result


def _echoes_of(response: "httpx.Response") -> Mapping[str, Any]:
    try:
        extensions = response.request.extensions
    except RuntimeError:  # a response without a request, such as one of a test
        return {}
    return extensions.get("textrequest_echoes", {})  # type: ignore[no-any-return]


def _is_same(sent: Any, received: Any) -> bool:
    """Whether two ids or phone numbers are the same. The service may format a number in another way."""
    if not isinstance(received, str | int):
        return False
    left, right = str(sent).casefold(), str(received).casefold()
    if left == right:
        return True
    digits = re.sub(_NOT_DIGITS, "", right)
    return len(left) == _NUMBER_LENGTH and left.isdigit() and left[1:] == digits[-_NUMBER_LENGTH + 1 :]


def parse_list(response: "httpx.Response") -> list[Any]:
    """The body as a list."""
    value = parse_json(response)
    if type(value) is not list:
        raise ResponseParseError(response, f"a list was expected, not {kind_of(value)}")
    return value


def parse_models(response: "httpx.Response", model: type[D]) -> list[D]:
    """The body as a list of models."""
    if (result := _speed.to_models(model, response.content)) is not None:
        return result
    return parse_with(response, lambda items: decode_models(model, items, "body"), parse_list(response))


def parse_variant(
    response: "httpx.Response", variants: Mapping[str, Callable[[], Any]], discriminator: str
) -> Any:
    """The body as one of several models."""
    value = parse_json(response)
    if type(value) is not dict:
        raise ResponseParseError(response, f"an object was expected, not {kind_of(value)}")
    return parse_with(response, lambda source: decode_variant(variants, discriminator, source, "body"), value)


def parse_variants(
    response: "httpx.Response", variants: Mapping[str, Callable[[], Any]], discriminator: str
) -> Any:
    """The body as a list, each item of which is one of several models."""
    return parse_with(
        response, lambda items: decode_variants(variants, discriminator, items, "body"), parse_list(response)
    )


def parse_with(response: "httpx.Response", decode: Callable[[Any], T], value: Any) -> T:
    """decode(value). Its errors become ResponseParseError."""
    try:
        return decode(value)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else f"unexpected form ({type(error).__name__})"
        raise ResponseParseError(response, reason) from None


def detailed(
    operation: Operation[..., Any], response: "httpx.Response", *, raise_on_unexpected_status: bool
) -> Response[Any]:
    """The response with its parsed body, as the low-level functions return it."""
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_documented(operation, response, raise_on_unexpected_status),
    )


def _parse_documented(
    operation: Operation[..., Any], response: "httpx.Response", raise_on_unexpected_status: bool
) -> Any:
    status, responses = response.status_code, operation.responses
    parse = responses.get(
        status, responses.get(f"{status // 100}XX", responses.get("default", _UNDOCUMENTED))
    )
    if parse is _UNDOCUMENTED:
        if raise_on_unexpected_status:
            raise UnexpectedStatus(status, response.content)
        return None
    if parse is None:
        return None
    if parse is operation.parse:
        return parse(response)
    try:
        return parse_model(response, parse) if isinstance(parse, type) else parse(response)
    except ResponseParseError:
        # The body of an error is often a page of a proxy, not what the contract documents.
        return None
