"""An item of the input: from its values to a contact of a request, and whether that would change anything."""

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
_TYPES: Mapping[str, tuple[type, str]] = {
    "str": (str, "a str"),
    "int": (int, "an int"),
    "bool": (bool, "True or False"),
}


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
        """Set the result."""
        reason = str(error) if error is not None else reason
        self.result = ContactResult(self.index, outcome, reason, error, contact, self.not_sent, self.item)

    def protect(self, names: tuple[str, ...]) -> None:
        """Omit fields from the request."""
        for name in names:
            if getattr(self.request, name) is not UNSET:
                setattr(self.request, name, UNSET)
                self.not_sent = (*self.not_sent, name)

    def differs_from(self, existing: Contact) -> bool:
        """Whether the request would change the contact. Omitted fields and None change nothing."""
        names = WRITABLE - {"phone_number"}
        values = {one: value for one in names if (value := getattr(self.request, one)) not in (UNSET, None)}
        return not all(_is_same(one, value, getattr(existing, one)) for one, value in values.items())


def entry_of(index: int, item: Any, phone_parser: PhoneParser | None) -> Entry:
    """The entry for an item. An item that is not valid has its result already."""
    entry, name = Entry(index, item), f"contacts[{index}]"
    try:
        values = _values(item, name)
        if values.pop("opted_out_utc", None):
            entry.finish("skipped", reason=f"{name}: has opted out, according to opted_out_utc")
        else:
            entry.request = _request(values, name, phone_parser)
            entry.protect(tuple(one for one in ONLY_TRUE if getattr(entry.request, one) is not True))
            if entry.request.is_suppressed is not True:
                entry.protect(("suppressed_reason",))
    except InvalidArgumentError as error:
        entry.finish("invalid", error=error)
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
        # The type in the generated model, such as bool or list[int]. The phone number has a check of its own.
        kind = UpdateContactRequest.__annotations__[key].partition(" | ")[0]
        if value is not None and key != "phone_number":
            values[key] = _checked(kind, value, f"{name}.{key}")
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


def _checked(kind: str, value: Any, name: str) -> Any:
    """The value of a field of that type; a list of models becomes one of dicts."""
    if kind.startswith("list["):
        if not isinstance(value, list | tuple):
            raise UnexpectedArgumentError(name, f"must be a list, not {type(value).__name__}")
        item = kind.removeprefix("list[").removesuffix("]")
        return [_checked(item, one, f"{name}[{index}]") for index, one in enumerate(value)]
    if kind == CustomFieldEntry.__name__:
        return _custom_field(value, name)
    type_, expected = _TYPES.get(kind, (object, ""))
    if not isinstance(value, type_) or (type_ is int and isinstance(value, bool)):
        raise UnexpectedArgumentError(name, f"must be {expected}, not {type(value).__name__}")
    return value


def _custom_field(value: Any, name: str) -> Any:
    if is_model(value):
        value = value.to_dict()
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), str):
        raise UnexpectedArgumentError(name, "must be a CustomFieldEntry, or a mapping with id and value")
    if not isinstance(value.get("value"), str | None):
        raise UnexpectedArgumentError(f"{name}.value", f"must be a str, not {type(value['value']).__name__}")
    return dict(value)


def _is_same(name: str, value: Any, existing: Any) -> bool:
    if name == "custom_fields" and value:
        # Only the fields of the request are changed.
        current = {entry.id: entry.value or None for entry in existing or ()}
        return all(current.get(entry.id) == (entry.value or None) for entry in value)
    if isinstance(value, list):
        return sorted(value, key=str) == sorted(existing or (), key=str)
    return bool(value == existing) or (not value and not existing)
