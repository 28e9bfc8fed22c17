"""From an item of the input to a contact of a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from textrequest_api._encoding import encode_json, encode_model, fields_of, is_model
from textrequest_api.models.contact import Contact
from textrequest_api.models.custom_field_entry import CustomFieldEntry
from textrequest_api.models.update_contact_request import UpdateContactRequest
from textrequest_api.types import UNSET
from textrequest_ext._contacts.results import ContactResult, Outcome
from textrequest_ext.errors import (
    BadRequestError,
    InvalidArgumentError,
    PhoneNumberError,
    UnexpectedArgumentError,
)

PhoneParser = Callable[[Any], str]

WRITABLE = frozenset(one.attribute for one in fields_of(UpdateContactRequest))
READ_ONLY = frozenset(one.attribute for one in fields_of(Contact)) - WRITABLE
# What could undo an opt-out, or the decision of a person not to text a contact. These are sent to suppress
# or block a contact, never for the opposite, so that a STOP that arrives meanwhile is not undone either.
ONLY_TRUE = ("is_suppressed", "is_blocked")
# Fields that keep the state of a contact that has opted out.
PROTECTED = (*ONLY_TRUE, "suppressed_reason")


@dataclass(slots=True)
class Entry:
    """One item of the input, and its result as soon as there is one."""

    index: int
    item: Any
    request: UpdateContactRequest = field(default_factory=lambda: UpdateContactRequest(""))
    not_sent: tuple[str, ...] = ()
    existed: bool | None = None
    result: ContactResult | None = None

    def finish(
        self,
        outcome: Outcome,
        *,
        contact: Contact | None = None,
        error: InvalidArgumentError | BadRequestError | None = None,
        reason: str | None = None,
    ) -> None:
        reason = str(error) if error is not None else reason
        self.result = ContactResult(self.index, outcome, reason, error, contact, self.not_sent, self.item)

    def protect(self, names: tuple[str, ...]) -> None:
        """Omit fields from the request."""
        for name in names:
            if getattr(self.request, name) is not UNSET:
                setattr(self.request, name, UNSET)
                self.not_sent = (*self.not_sent, name)


def entry_of(index: int, item: Any, phone_parser: PhoneParser | None) -> Entry:
    """The entry for an item. An item that is not valid has its result already."""
    entry, name = Entry(index, item), f"contacts[{index}]"
    try:
        values = _values(item, name)
        if values.pop("opted_out_utc", None):
            entry.finish("skipped", reason=f"{name}: has opted out, according to opted_out_utc")
            return entry
        entry.request = _request(values, name, phone_parser)
    except InvalidArgumentError as error:
        entry.finish("invalid", error=error)
        return entry
    entry.protect(tuple(one for one in ONLY_TRUE if getattr(entry.request, one) is not True))
    if entry.request.is_suppressed is not True:
        entry.protect(("suppressed_reason",))
    return entry


def _values(item: Any, name: str) -> dict[str, Any]:
    """The values of an item by field, without those that only the service can set."""
    if isinstance(item, Contact):
        # None means that the service knows nothing, not that something is to be removed.
        names = (*WRITABLE, "opted_out_utc")
        return {one: value for one in names if (value := getattr(item, one)) is not None}
    if isinstance(item, UpdateContactRequest):
        item = item.to_dict()
    if not isinstance(item, Mapping):
        raise UnexpectedArgumentError(
            name, f"must be a mapping, an UpdateContactRequest or a Contact, not {type(item).__name__}"
        )
    for key in item:
        if key not in WRITABLE and key not in READ_ONLY:
            raise UnexpectedArgumentError(name, f"contacts have no field {key!r}{_hint(key)}")
    return {key: value for key, value in item.items() if key == "opted_out_utc" or key not in READ_ONLY}


def _hint(key: object) -> str:
    from difflib import get_close_matches

    similar = get_close_matches(str(key), WRITABLE, 1)
    return f"; did you mean {similar[0]}?" if similar else ""


def _request(values: dict[str, Any], name: str, phone_parser: PhoneParser | None) -> UpdateContactRequest:
    for key, value in values.items():
        if value is not None and (check := _CHECKS.get(_kind(key))) is not None:
            values[key] = check(value, f"{name}.{key}")
    if phone_parser is not None and values.get("phone_number") is not None:
        try:
            values["phone_number"] = phone_parser(values["phone_number"])
        except PhoneNumberError as error:
            reason = str(error).removeprefix(f"{error.argument}: ")
            raise PhoneNumberError(f"{name}.phone_number", reason) from None
    request = UpdateContactRequest.from_dict(values)
    encoded = encode_model(request, name)
    encode_json(encoded, name)
    request.phone_number = encoded["phone_number"]
    return request


def _kind(key: str) -> str:
    """The type of a field in the generated model, such as bool or list[int]."""
    annotation: str = UpdateContactRequest.__annotations__[key] if key != "phone_number" else ""
    return annotation.partition(" | ")[0]


def _instance_of(kind: type, expected: str) -> Callable[[Any, str], Any]:
    def check(value: Any, name: str) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise UnexpectedArgumentError(name, f"must be {expected}, not {type(value).__name__}")
        return value

    return check


def _list_of(check: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def check_all(values: Any, name: str) -> Any:
        if not isinstance(values, list | tuple):
            raise UnexpectedArgumentError(name, f"must be a list, not {type(values).__name__}")
        return [check(value, f"{name}[{index}]") for index, value in enumerate(values)]

    return check_all


def _custom_field(value: Any, name: str) -> Any:
    if is_model(value):
        value = value.to_dict()
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), str):
        raise UnexpectedArgumentError(name, "must be a CustomFieldEntry, or a mapping with id and value")
    if not isinstance(value.get("value"), str | None):
        raise UnexpectedArgumentError(f"{name}.value", f"must be a str, not {type(value['value']).__name__}")
    return dict(value)


_CHECKS: Mapping[str, Callable[[Any, str], Any]] = {
    "str": _instance_of(str, "a str"),
    "bool": _instance_of(bool, "True or False"),
    "list[int]": _list_of(_instance_of(int, "an int")),
    "list[str]": _list_of(_instance_of(str, "a str")),
    f"list[{CustomFieldEntry.__name__}]": _list_of(_custom_field),
}
