"""Every public method of a client as a call, with valid arguments or with strange ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fuzz.secrets_sent import NUMBER, SENDER, TEXT
from textrequest_api.models import UpdateContactRequest
from textrequest_ext import AsyncPager, Pager, TextRequest
from textrequest_ext._contacts.runs import AsyncContactSync, ContactSync
from textrequest_ext.resources import Resources

ID = "3f0c7a52-9d1e-4b6a-8c27-5e4f1ab90d36"
# Methods of a resource that are no single operation.
_SKIPPED = {"send_many"}
_BY_NAME: dict[str, Any] = {
    **dict.fromkeys(("phone_number", "to", "customer_phone"), NUMBER),
    **dict.fromkeys(("from_", "phone"), SENDER),
    **dict.fromkeys(("message_id", "tag_id", "field_id", "message"), ID),
    **dict.fromkeys(("target_url", "url"), "https://example.com/hook"),
    "event": "msg_sent",
    "amount_requested": 84.5,
    "email": "ines@example.com",
    "timeout": 0.0,
    "file": b"pixels",
    "filename": "a.png",
    "active": True,
}
_OPTIONAL = (
    "note",
    "display_name",
    "first_name",
    "last_name",
    "message",
    "description",
    "contact_phone_number",
)


@dataclass(frozen=True)
class Method:
    """A method: the name of its resource, its own, and its parameters."""

    resource: str
    name: str
    parameters: tuple[inspect.Parameter, ...]

    def __str__(self) -> str:
        return f"{self.resource}.{self.name}"

    def of(self, client: Any) -> Callable[..., Any]:
        """The method of a client."""
        function: Callable[..., Any] = getattr(getattr(client, self.resource), self.name)
        return function

    def valid(self) -> dict[str, Any]:
        """Valid arguments: the required ones, and those that contain personal text."""
        return {
            one.name: _valid(one)
            for one in self.parameters
            if one.default is one.empty or one.name in (*_OPTIONAL, "filename", "timeout")
        }


def _valid(parameter: inspect.Parameter) -> Any:
    kind = str(parameter.annotation)
    if parameter.name == "contacts" or (parameter.name == "body" and "UpdateContactRequest" in kind):
        return [UpdateContactRequest(phone_number=NUMBER, note=TEXT)]
    if parameter.name == "contact_phone_number":
        return NUMBER
    if parameter.name in _BY_NAME:
        return _BY_NAME[parameter.name]
    for word, value in {"datetime": datetime(2026, 3, 14, tzinfo=UTC), "bool": True, "float": 1.0}.items():
        if word in kind:
            return value
    if "list" in kind or "Sequence" in kind:
        return []
    return TEXT if "str" in kind else 350


def methods() -> list[Method]:
    """All methods of all resources."""
    found = []
    with TextRequest("key") as client:
        for resource in (name for name, value in vars(Resources).items() if isinstance(value, property)):
            bound = getattr(client, resource)
            for name in (
                name for name in dir(type(bound)) if not name.startswith("_") and name not in _SKIPPED
            ):
                signature = inspect.signature(getattr(bound, name))
                parameters = tuple(
                    one
                    for one in signature.parameters.values()
                    if one.kind is not one.VAR_KEYWORD and one.name not in ("extra_query", "extra_headers")
                    if not (one.name == "timeout" and name != "wait_for_delivery")
                )
                found.append(Method(resource, name, parameters))
    return found


METHODS = methods()
ENDINGS = ("collect", "first", "count", "pages", "concurrent")


def finish(result: Any, ending: str) -> Any:
    """Run a pager of the blocking client to its end; anything else is returned."""
    if not isinstance(result, Pager):
        return list(result) if isinstance(result, ContactSync) else result
    if ending == "pages":
        return list(result.limit(40).pages())
    if ending == "concurrent":
        return result.limit(40).concurrent(3).collect()
    if ending == "collect":
        return result.limit(40).collect()
    return result.first() if ending == "first" else result.limit(40).count()


async def finish_async(result: Any, ending: str) -> Any:
    """`finish` for the async client."""
    if isinstance(result, AsyncContactSync):
        return [one async for one in result]
    if not isinstance(result, AsyncPager):
        return await result
    if ending == "pages":
        return [page async for page in result.limit(40).pages()]
    if ending == "concurrent":
        return await result.limit(40).concurrent(3).collect()
    if ending == "collect":
        return await result.limit(40).collect()
    return await (result.first() if ending == "first" else result.limit(40).count())
