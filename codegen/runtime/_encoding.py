"""From the values of arguments and models to the parts of a request."""

import datetime as _datetime
import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import quote

from .errors import InvalidArgumentError, UnexpectedArgumentError
from .types import UNSET, File, RequestFiles

NOT_NONE = "is required, and must not be None"
TOO_DEEP = "must not be nested too deeply"
_NOT_UTF8 = "must not contain surrogates, which UTF-8 cannot encode"
# A longer int is no value of this API, and Python refuses to convert a very long one.
_MAX_INT_BITS = 256
_SIMPLE = frozenset({str, int, float, bool})
# Compiled when they are needed. RFC 9110: the name of a header is a token; a value has no line breaks, and no spaces around it.
_HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_HEADER_VALUE = r"(?:[!-~](?:[ -~\t]*[!-~])?)?"


class Field(NamedTuple):
    """A field of a model: its attribute, its key in JSON, its check, and whether requests need it."""

    attribute: str
    key: str
    check: Callable[[Any, str], Any] | None
    required: bool


_FIELDS: dict[Any, tuple[Field, ...]] = {}


def fields_of(model: Any) -> tuple[Field, ...]:
    """The fields of a class of models, in the order of its attributes."""
    fields = _FIELDS.get(model)
    if fields is None:
        names = model.__match_args__
        keys = [model.KEYS.get(name, name) for name in names]
        fields = _FIELDS[model] = tuple(
            Field(name, key, model.CHECKS.get(name), key in model.REQUIRED_FIELDS)
            for name, key in zip(names, keys, strict=True)
        )
    return fields


def encode(value: Any, name: str, *, checked: bool = True) -> Any:
    """A value as JSON has it. The checks of the contract apply to models unless `checked` is False."""
    if value is None or type(value) in _SIMPLE:
        return value
    if isinstance(value, list | tuple):
        return [encode(item, f"{name}[{index}]", checked=checked) for index, item in enumerate(value)]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, _datetime.datetime):
        return encode_datetime(value, name)
    if isinstance(value, _datetime.date):
        return value.isoformat()
    # Importing uuid takes a while; a program that has not imported it has no UUID.
    if (uuid := sys.modules.get("uuid")) is not None and isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, File) and not checked:
        return {"file_name": value.file_name, "mime_type": value.mime_type}  # JSON has no bytes
    return encode_model(value, name, checked=checked) if is_model(value) else value


def is_model(value: Any) -> bool:
    """Whether the value is an instance of a generated model."""
    return hasattr(type(value), "REQUIRED_FIELDS")


def encode_datetime(value: _datetime.datetime, name: str) -> str:
    """The time in UTC with a trailing Z. A datetime without a time zone is not valid."""
    if value.utcoffset() is None:
        raise InvalidArgumentError(
            name,
            "must be a datetime with a time zone, such as "
            "datetime(2026, 7, 25, 9, 30, tzinfo=timezone.utc) or value.astimezone()",
        )
    try:
        return value.astimezone(_datetime.UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        raise InvalidArgumentError(name, "must be within the years 1 to 9999 in UTC") from None


def encode_model(model: Any, name: str, *, checked: bool = True) -> dict[str, Any]:
    """A model as a JSON object, with its unknown keys. Omitted fields are omitted. The model is not changed."""
    result = dict(model.additional_properties)
    for attribute, key, check, required in fields_of(type(model)):
        value = getattr(model, attribute)
        if value is UNSET or value is None:
            if required and checked:
                raise UnexpectedArgumentError(_within(name, attribute), NOT_NONE)
            if value is None:
                result[key] = None
        elif check is not None and checked:
            result[key] = check(value, _within(name, attribute))
        else:
            try:
                result[key] = encode(value, _within(name, attribute), checked=checked)
            except RecursionError:
                raise InvalidArgumentError(_within(name, attribute), TOO_DEEP) from None
    return result


def encode_object(model: Any, value: Any, name: str) -> dict[str, Any]:
    """A model, or a dict with the names of its fields as keys, as a JSON object."""
    if isinstance(value, model):
        return encode_model(value, name)
    if not isinstance(value, Mapping):
        raise UnexpectedArgumentError(name, f"must be a dict or {model.__name__}, not {type(value).__name__}")
    fields = fields_of(model)
    names = [field.attribute for field in fields]
    for key in value:
        if key not in names:
            raise UnexpectedArgumentError(name, _unknown_key(model, key, names))
    new = model.__new__(model)
    new.additional_properties = {}
    for attribute in names:
        setattr(new, attribute, value.get(attribute, UNSET))
    return encode_model(new, name)


def encode_objects(model: Any, value: Any, name: str) -> list[dict[str, Any]]:
    """A list of models or dicts as a JSON array."""
    if not isinstance(value, list | tuple):
        raise UnexpectedArgumentError(name, f"must be a list, not {type(value).__name__}")
    return [encode_object(model, item, f"{name}[{index}]") for index, item in enumerate(value)]


def _unknown_key(model: Any, key: object, names: list[str]) -> str:
    from difflib import get_close_matches

    similar = get_close_matches(key, names, 1) if isinstance(key, str) else []
    hint = f"did you mean {similar[0]}?" if similar else f"they are {', '.join(names)}"
    # Not the key itself: a dict in the place of another may have phone numbers as keys.
    return f"has a key that is no field of {model.__name__}; {hint}"


def _within(name: str, attribute: str) -> str:
    return f"{name}.{attribute}" if name else attribute


def encode_form(model: Any, name: str) -> RequestFiles:
    """A model as the parts of a multipart form. The model is not changed."""
    parts: RequestFiles = []
    for attribute, key, check, required in fields_of(type(model)):
        value, where = getattr(model, attribute), _within(name, attribute)
        if value is UNSET or value is None:
            if required:
                raise UnexpectedArgumentError(where, NOT_NONE)
        elif isinstance(value, File):
            _check_file(value, where)
            parts.append((key, value.to_tuple()))
        elif isinstance(value, list | tuple) and any(isinstance(one, File) for one in value):
            for index, one in enumerate(value):
                if not isinstance(one, File):
                    raise UnexpectedArgumentError(
                        f"{where}[{index}]", f"must be a File, not {type(one).__name__}"
                    )
                _check_file(one, f"{where}[{index}]")
                parts.append((key, one.to_tuple()))
        else:
            encoded = encode(value, where) if check is None else check(value, where)
            content = encode_json(encoded, where)
            parts.append((key, (None, encoded.encode() if isinstance(encoded, str) else content, None)))
    return parts


def _check_file(file: File, name: str) -> None:
    if not hasattr(file.payload, "read") and not isinstance(file.payload, bytes):
        raise UnexpectedArgumentError(
            f"{name}.payload", f"must be a binary file object, not {type(file.payload).__name__}"
        )
    if file.file_name is not None:
        check_file_name(file.file_name, f"{name}.file_name")
    if file.mime_type is not None:
        check_header_value(file.mime_type, f"{name}.mime_type")


def check_file_name(value: Any, name: str) -> None:
    """Raise InvalidArgumentError unless the value can be the name of a file in a form."""
    if any(character in _text(value, name) for character in "\r\n\0"):
        raise InvalidArgumentError(name, "must not contain line breaks or NUL characters")


def check_header_value(value: Any, name: str) -> None:
    """Raise InvalidArgumentError unless the value can be that of a header."""
    if not re.fullmatch(_HEADER_VALUE, _text(value, name)):
        raise InvalidArgumentError(name, "must be printable ASCII, without line breaks or outer spaces")


def check_headers(headers: Any, name: str) -> None:
    """Raise InvalidArgumentError unless the value is a mapping of headers that can be sent."""
    if not isinstance(headers, Mapping):
        raise UnexpectedArgumentError(name, f"must be a mapping, not {type(headers).__name__}")
    for key, value in headers.items():
        if not re.fullmatch(_HEADER_NAME, _text(key, name)):
            raise InvalidArgumentError(
                name, "must have ASCII letters, digits and hyphens in the header names"
            )
        check_header_value(value, f"{name}[{key!r}]")


def check_query(query: Any, name: str) -> None:
    """Raise InvalidArgumentError unless the value is a mapping of query parameters that can be sent."""
    if not isinstance(query, Mapping):
        raise UnexpectedArgumentError(name, f"must be a mapping, not {type(query).__name__}")
    for key, value in query.items():
        _text(key, name)
        for item in value if isinstance(value, list | tuple) else [value]:
            if item is not None:
                try:
                    encode_query_value(item, f"{name}[{key!r}]")
                except RecursionError:
                    raise InvalidArgumentError(f"{name}[{key!r}]", TOO_DEEP) from None


def check_timeout(timeout: Any, name: str) -> None:
    """Raise InvalidArgumentError unless httpx can wait that long: None, seconds, or an httpx.Timeout."""
    if isinstance(timeout, int | float) and not isinstance(timeout, bool):
        seconds = [timeout]
    elif timeout is None:
        seconds = []
    else:
        import httpx

        if not isinstance(timeout, httpx.Timeout):
            raise UnexpectedArgumentError(
                name, f"must be seconds, an httpx.Timeout or None, not {type(timeout).__name__}"
            )
        seconds = [value for value in timeout.as_dict().values() if value is not None]
    for value in seconds:
        if not 0 < value < 1e9:
            raise InvalidArgumentError(name, "must be seconds above 0 and below 1e9, or None for no timeout")


def _text(value: Any, name: str) -> str:
    """The value, if it is a str that UTF-8 can encode."""
    if not isinstance(value, str):
        raise UnexpectedArgumentError(name, f"must be a str, not {type(value).__name__}")
    if not _is_utf8(value):
        raise InvalidArgumentError(name, _NOT_UTF8)
    return value


def _is_utf8(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def encode_query_value(value: Any, name: str) -> Any:
    """A value of the query string: a str, an int, a float or a bool, which httpx writes in lower case."""
    given = type(value).__name__
    value = encode(value, name)
    if isinstance(value, str):
        if not _is_utf8(value):
            raise InvalidArgumentError(name, _NOT_UTF8)
    elif isinstance(value, int):
        if value.bit_length() > _MAX_INT_BITS:
            raise InvalidArgumentError(name, "must be a shorter number")
    elif not isinstance(value, float):
        raise UnexpectedArgumentError(name, f"must be a str or a number, not {given}")
    elif not math.isfinite(value):
        raise InvalidArgumentError(name, "must be a finite number")
    return value


def encode_segment(value: Any, name: str) -> str:
    """A value as one segment of the path. A value that would change the path is not valid."""
    text = str(encode_query_value(value, name))
    if text in ("", ".", ".."):
        raise InvalidArgumentError(name, "must not be empty, '.' or '..', because it is part of the path")
    return quote(text, safe="")


def encode_header(value: Any, name: str) -> str:
    """A value as a header has it."""
    encoded = encode_query_value(value, name)
    text = str(encoded).lower() if isinstance(encoded, bool) else str(encoded)
    check_header_value(text, name)
    return text


_dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_JSON_ERRORS = (TypeError, ValueError, RecursionError)
_MAX_CULPRIT_LEVELS = 5


def encode_json(value: Any, name: str, arguments: Mapping[str, str] | None = None) -> bytes:
    """The value as JSON in UTF-8. `arguments` has the names of the arguments a JSON object is made of."""
    try:
        return _dumps(value).encode()
    except _JSON_ERRORS:
        pass
    # The error of json is not chained: it contains the value.
    raise _json_error(value, name, arguments)


def _json_error(value: Any, name: str, arguments: Mapping[str, str] | None) -> InvalidArgumentError:
    """The error for the innermost value that JSON cannot have."""
    for _ in range(_MAX_CULPRIT_LEVELS):
        inner: list[tuple[str, Any]] = []
        if isinstance(value, dict):
            inner = [((arguments or {}).get(key) or f"{name}.{key}", item) for key, item in value.items()]
        elif isinstance(value, list | tuple):
            inner = [(f"{name}[{index}]", item) for index, item in enumerate(value)]
        culprit = next((pair for pair in inner if not _is_json(pair[1])), None)
        if culprit is None:
            break
        (name, value), arguments = culprit, None
    if isinstance(value, str):
        return InvalidArgumentError(name, _NOT_UTF8)
    if isinstance(value, int | float):
        return InvalidArgumentError(name, "must be a finite number of ordinary length")
    if isinstance(value, dict | list | tuple):
        return InvalidArgumentError(name, "must have str keys, and must not be nested too deeply")
    return UnexpectedArgumentError(name, f"must be a value that JSON has, not {type(value).__name__}")


def _is_json(value: Any) -> bool:
    try:
        _dumps(value).encode()
    except _JSON_ERRORS:
        return False
    return True
