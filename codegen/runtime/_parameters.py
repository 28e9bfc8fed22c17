"""The parameters of operations, and the checks for their values.

A check takes a value and the name of its argument. It returns the value to send, or raises
`errors.InvalidArgumentError` with that name. Two checks with the same rules are equal.
"""

import datetime as _datetime
import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from ._encoding import encode, encode_object, encode_objects, encode_query_value
from .errors import InvalidArgumentError, MessageTooLongError, PhoneNumberError, UnexpectedArgumentError

Check = Callable[[Any, str], Any]


class _Rule:
    """Compared by class and attributes. Each dataclass would take a tenth of the import of this module."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))


class Parameter(_Rule):
    """A parameter of an operation: its name in the request, and its Python name where that differs."""

    location: ClassVar[str] = ""

    def __init__(
        self, name: str, check: Check | None = None, *, required: bool = False, keyword: str = ""
    ) -> None:
        self.name = name
        self.check = check
        self.required = required
        self.keyword = keyword


class Path(Parameter):
    """A part of the path. It is always required."""

    location = "path"


class Query(Parameter):
    """A parameter of the query string."""

    location = "query"


class Header(Parameter):
    """A request header."""

    location = "header"


class Cookie(Parameter):
    """A cookie."""

    location = "cookie"


class Body(_Rule):
    """A request body of one content type. `kind` is json, files, data or content.

    The fields of a JSON body with a model are arguments of `build`; `many` means a list of models.
    """

    def __init__(
        self, content_type: str, kind: str, model: Any = None, *, many: bool = False, required: bool = True
    ) -> None:
        self.content_type = content_type
        self.kind = kind
        self.model = model
        self.many = many
        self.required = required


class Pairs(_Rule):
    """An argument of `build` whose pairs become numbered query parameters: first1, second1, first2, …"""

    def __init__(self, keyword: str, first: str, second: str, maximum: int) -> None:
        self.keyword = keyword
        self.first = first
        self.second = second
        self.maximum = maximum

    def __call__(self, value: Any, name: str) -> dict[str, Any]:
        try:
            pairs = [(left, right) for left, right in value]
        except (TypeError, ValueError):
            raise UnexpectedArgumentError(name, "must be a list of pairs, such as [(id, value)]") from None
        if len(pairs) > self.maximum:
            raise InvalidArgumentError(name, f"must have at most {self.maximum} pairs, not {len(pairs)}")
        numbered: dict[str, Any] = {}
        for number, (left, right) in enumerate(pairs, 1):
            numbered[f"{self.first}{number}"] = str(encode_query_value(left, name))
            numbered[f"{self.second}{number}"] = str(encode_query_value(right, name))
        return numbered


class Text(_Rule):
    """A str of at most `max_length` characters."""

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length

    def __call__(self, value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise UnexpectedArgumentError(name, f"must be a str, not {type(value).__name__}")
        if len(value) > self.max_length:
            raise MessageTooLongError(
                name, f"must have at most {self.max_length} characters, not {len(value)}"
            )
        return value


class Number(_Rule):
    """An int or a float of at least `minimum`, or above `above`."""

    def __init__(self, minimum: float | None = None, above: float | None = None) -> None:
        self.minimum = minimum
        self.above = above

    def __call__(self, value: Any, name: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise UnexpectedArgumentError(name, f"must be an int or a float, not {type(value).__name__}")
        return _within(self.minimum, self.above, value, name)


class Integer(Number):
    """An int of at least `minimum`, or above `above`."""

    def __call__(self, value: Any, name: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise UnexpectedArgumentError(name, f"must be an int, not {type(value).__name__}")
        return _within(self.minimum, self.above, value, name)


def _within(minimum: float | None, above: float | None, value: float, name: str) -> float:
    # A value that is not a number compares as False.
    if minimum is not None and not value >= minimum:
        raise InvalidArgumentError(name, f"must be at least {minimum}")
    if above is not None and not value > above:
        raise InvalidArgumentError(name, f"must be more than {above}")
    return value


class DateTime(_Rule):
    """A datetime with a time zone. It is sent in UTC with a trailing Z."""

    def __call__(self, value: Any, name: str) -> Any:
        if not isinstance(value, _datetime.datetime):
            raise UnexpectedArgumentError(
                name, f"must be a datetime with a time zone, not {type(value).__name__}"
            )
        return encode(value, name)


class Object(_Rule):
    """A model, or a dict with the names of its fields as keys. `many` means a list of them."""

    def __init__(self, model: Callable[[], Any], *, many: bool = False) -> None:
        self.model = model
        self.many = many

    def __call__(self, value: Any, name: str) -> Any:
        return (encode_objects if self.many else encode_object)(self.model(), value, name)


class Separated(_Rule):
    """A list. Its items are sent in one string, with a separator between them."""

    def __init__(self, separator: str = ",") -> None:
        self.separator = separator

    def __call__(self, value: Any, name: str) -> str:
        items = [str(item) for item in Items()(value, name)]
        if any(self.separator in item for item in items):
            sign = {",": "comma", " ": "space", "|": "pipe"}.get(self.separator, self.separator)
            raise InvalidArgumentError(name, f"must have no {sign} in an item; {sign}s separate the items")
        return self.separator.join(items)


class Items(_Rule):
    """A list. Its items are sent one by one: each as a parameter of the query."""

    def __call__(self, value: Any, name: str) -> list[Any]:
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise UnexpectedArgumentError(name, f"must be a list, not {type(value).__name__}")
        return [encode_query_value(item, name) for item in value]


class URL(_Rule):
    """An http or https URL."""

    def __call__(self, value: Any, name: str) -> str:
        if not is_http_url(value):
            raise InvalidArgumentError(
                name, "must be an http or https URL, such as https://example.com/callback"
            )
        url: str = value
        return url


def is_http_url(value: object) -> bool:
    """Whether the value is an http or https URL with a host, and nothing that no URL contains."""
    if not isinstance(value, str) or any(character <= " " or character == "\x7f" for character in value):
        return False
    try:
        parts = urlsplit(value)
        value.encode()
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


_PUNCTUATION = r"[\s().+-]"


class PhoneNumber(_Rule):
    """A North American phone number: 10 digits, or 11 with the country code 1, as a str or an int.

    Punctuation is removed. It is sent with 11 digits, as the service returns it.
    """

    def __call__(self, value: Any, name: str) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise PhoneNumberError(name, f"must be a phone number as a str, not {type(value).__name__}")
        # Python does not convert an int with thousands of digits.
        digits = (
            "" if isinstance(value, int) and not 0 < value < 10**11 else re.sub(_PUNCTUATION, "", str(value))
        )
        if digits.isascii() and digits.isdigit():
            if len(digits) == 10:
                return "1" + digits
            if len(digits) == 11 and digits[0] == "1":
                return digits
        raise PhoneNumberError(
            name,
            "must be a North American phone number: 10 digits, or 11 that begin with the country code 1"
            + (f", not {len(digits)} digits" if digits.isdigit() and len(digits) < 10 else ""),
        )
