"""Phone numbers as people write them: the extra `phonenumbers`. Without it, the clients take 10 or 11 digits."""

from __future__ import annotations

from typing import Any

from textrequest_ext.errors import (
    ConfigurationError,
    InvalidArgumentError,
    PhoneNumberError,
    UnexpectedArgumentError,
)

# Area codes and exchanges of the North American Numbering Plan begin with 2 to 9.
_FIRST_DIGITS = "23456789"


def parse_phone_number(
    text: str, region: str = "US", *, drop_extension: bool = False, assigned: bool = False
) -> str:
    """A phone number in any usual form, as the 11 digits that the service takes. Needs the extra `phonenumbers`.

    text: with or without country code and punctuation; letters count as the digits of a keypad, as in
    1-800-FLOWERS. region: two-letter code of the region of numbers without a country code. drop_extension:
    accept a number with an extension and return it without; a text cannot be sent to an extension.
    assigned: also require that the area code is in use, by the tables of the installed version of
    phonenumbers, which are older than a new area code.

    Raises PhoneNumberError, which says what is wrong with the number, InvalidArgumentError for an unknown
    region or another type, ConfigurationError if the extra is not installed.
    """
    try:
        import phonenumbers
    except ImportError:
        raise ConfigurationError(
            "parse_phone_number: requires the extra phonenumbers; pip install 'textrequest-ext[phonenumbers]'"
        ) from None
    for name, value in {"drop_extension": drop_extension, "assigned": assigned}.items():
        if not isinstance(value, bool):
            raise UnexpectedArgumentError(name, f"must be True or False, not {type(value).__name__}")
    if not isinstance(region, str) or region not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidArgumentError("region", 'must be the two-letter code of a region, such as "US"')
    if not isinstance(text, str):
        raise _error(f"must be a str, not {type(text).__name__}")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise _error(_REASONS.get(error.error_type, "is not a phone number")) from None
    if number.country_code != 1:
        raise _error(
            f"has the country code {number.country_code}; the service sends to North American numbers only"
        )
    digits = phonenumbers.national_significant_number(number)
    _check_digits(digits)
    if number.extension and not drop_extension:
        raise _error("has an extension, which cannot receive texts; use the number without it")
    if assigned and not phonenumbers.is_valid_number(number):
        raise _error(f"is not in use: no such area code, or no such number in it (phonenumbers {_version()})")
    return "1" + digits


_REASONS: dict[Any, str] = {
    0: "has a country code that does not exist",
    1: "is not a phone number: it has too few digits",
    2: "is too short: it ends after the prefix for international calls",
    3: "is too short",
    4: "is too long",
}


def _check_digits(digits: str) -> None:
    """Raise PhoneNumberError unless the digits, without the country code, are a North American number."""
    if len(digits) == 7:
        raise _error("has no area code: 7 digits, and 10 are needed")
    if len(digits) != 10:
        problem = "short" if len(digits) < 10 else "long"
        raise _error(f"is too {problem}: {len(digits)} digits without the country code, and 10 are needed")
    for name, first in (("area code", digits[0]), ("exchange after the area code", digits[3])):
        if first not in _FIRST_DIGITS:
            raise _error(f"has an impossible {name}: it begins with {first}")


def _error(reason: str) -> PhoneNumberError:
    return PhoneNumberError("phone_number", reason)


def _version() -> str:
    from importlib.metadata import version

    return version("phonenumbers")
