"""What an editor shows of the SDK: signatures and docstrings on hovering, and known values on completion."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from editors.language_server import Editor
from textrequest_api.typed_dicts import CustomFieldEntryDict, PostWebhookRequestDict, UpdateContactRequestDict
from textrequest_ext import TextRequest
from textrequest_ext.resources import Resources
from unit.conftest import KEY

GUIDE = "\n".join(
    re.findall(
        r"^```python\n(.*?)^```",
        (Path(__file__).parents[2] / "docs" / "typing.md").read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
)

CLIENTS = """import textrequest_ext
client = textrequest_ext.TextRequest()
client_async = textrequest_ext.AsyncTextRequest()
"""
EVENTS = PostWebhookRequestDict.__annotations__["event"].__args__[0].__args__[0].__args__
METHODS = [
    (resource, method)
    for resource in vars(Resources)
    if not resource.startswith("_")
    for method in vars(type(getattr(TextRequest(KEY), resource)))
    if not method.startswith("_")
]


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with Editor(tmp_path_factory.mktemp("project")) as running:
        yield running


SEND = [
    *("from_: str,", "to: str,", "body: str,", "*,", "sender_name: str | None = None,"),
    *("mms_media: Sequence[str] | None = None,", "max_segments: int | None = None,", "smart: bool = False,"),
    *('if_unknown: IfUnknown = "raise",', "settle: float =", "timeout: Timeout | float | Unset | None"),
]
GET = ["dashboard_id: int,", "phone_number: str,", "*,", "extra_headers: Mapping[str, str] | None = None,"]
LIST = [
    *("dashboard_id: int,", "*,", "contact_created_after: datetime | Unset = UNSET,"),
    *("tags: Sequence[str] | Unset = UNSET,", "custom_fields: Sequence[tuple[str, str]] | Unset = UNSET,"),
]
SENDS = "Send a text to a phone number. It is never sent twice."
GETS = "One contact by phone number, or None."
LISTS = "The contacts of a dashboard that match the filters."


HOVERS = [
    ("client.messages.send", SEND, "PostMessageResponse", SENDS),
    ("client_async.messages.send", SEND, "Coroutine[Any, Any, PostMessageResponse]", SENDS),
    ("client.with_raw_response.messages.send", SEND, "RawResponse[PostMessageResponse]", SENDS),
    ("client.contacts.get", GET, "(Contact | None)", GETS),
    ("client_async.contacts.get", GET, "Coroutine[Any, Any, Contact | None]", GETS),
    ("client.contacts.list", LIST, "Pager[Contact]", LISTS),
    ("client_async.contacts.list", LIST, "AsyncPager[Contact]", LISTS),
]


def test_hovering(editor: Editor) -> None:
    hovers = editor.hover(CLIENTS + "\n".join(f"{method}|" for method, *_ in HOVERS))
    for (_, arguments, result, first_line), shown in zip(HOVERS, hovers, strict=True):
        signature, _, rest = shown.partition("\n) -> ")
        lines = [line.strip() for line in signature.splitlines()]
        at = [next((i for i, line in enumerate(lines) if line.startswith(one)), None) for one in arguments]
        assert None not in at, signature
        assert at == sorted(at)  # type: ignore[type-var]
        returned, _, documentation = rest.partition("\n")
        assert returned == result
        assert first_line in documentation.splitlines()


def test_every_method_shows_its_arguments_and_its_docstring(editor: Editor) -> None:
    methods = [(client, *names) for client in ("client", "client_async") for names in METHODS]
    hovers = editor.hover(CLIENTS + "\n".join(f"{'.'.join(names)}|" for names in methods))
    assert len(hovers) == len(methods) > 100
    for (_, resource, method), shown in zip(methods, hovers, strict=True):
        function = getattr(getattr(TextRequest(KEY), resource), method)
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind is not parameter.VAR_KEYWORD:
                assert re.search(rf"\b{name}: \w", shown), shown
        assert "**" not in shown
        assert str(inspect.getdoc(function)).splitlines()[0] in shown


COMPLETIONS: list[tuple[str, Any]] = [
    ('client.messages.list(121, sort="|")', ["asc", "desc"]),
    ('client.messages.list(121, message_direction="|")', ["R", "S"]),
    ('client.payments.list(121, sort_direction="|")', ["asc", "desc"]),
    ('client.webhooks.create(121, target_url="", http_verb="|")', ["PUT", "POST", "DELETE"]),
    ('client.webhooks.create(121, target_url="", event="|")', EVENTS),
    ('client.webhooks.ensure(121, target_url="", event="|")', EVENTS),
    ('textrequest_ext.webhooks.receive(b"", {}, api_key="", event="|")', EVENTS),
    ('textrequest_ext.webhooks.parse(b"", event="|")', EVENTS),
    ('client.messages.send("", "", "", if_unknown="|")', ["raise", "reconcile", "resend"]),
    ('client.messages.send_many(1, [], if_unknown="|")', ["reconcile", "resend", "report"]),
    ('textrequest_ext.AsyncTextRequest(transport="|")', ["aiohttp"]),
    ('client.contacts.bulk_update(1, [{"|"}])', UpdateContactRequestDict.__annotations__),
    ('client.contacts.sync(1, [{"|"}])', UpdateContactRequestDict.__annotations__),
    ('client.contacts.upsert(1, "", custom_fields=[{"|"}])', CustomFieldEntryDict.__annotations__),
    ('textrequest_ext.sandbox.Sandbox().fail(drop="|")', ["before", "after"]),
    ('client.users.update(1, permissions=[{"|"}])', ["dashboard_id", "role"]),
]


def test_known_values_are_completed(editor: Editor) -> None:
    suggested = editor.completions(CLIENTS + "\n".join(code for code, _ in COMPLETIONS))
    for (code, expected), values in zip(COMPLETIONS, suggested, strict=True):
        assert sorted(values) == sorted(f'"{value}"' for value in expected), code


def test_arguments_are_completed(editor: Editor) -> None:
    code = "client.messages.send(|)\nclient_async.messages.send(|)"
    names = {f"{name}=" for name in inspect.signature(TextRequest(KEY).messages.send).parameters}
    assert [names <= set(suggested) for suggested in editor.completions(CLIENTS + code)] == [True, True]


def test_the_guide_to_types_has_no_problems(editor: Editor) -> None:
    assert editor.problems(GUIDE) == []
    misspelled = GUIDE.replace('"first_name": name', '"frist_name": name')
    (problem,) = editor.problems(misspelled)
    assert "UpdateContactRequestDict" in problem
