"""Known defects of the stock templates, shown on their output, and absent here.

Numbers are issues of openapi-python-client.
"""

from __future__ import annotations

import importlib
import json
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
from generated_support import KEY, PACKAGE, client_returning

import textrequest_api
from textrequest_api import models
from textrequest_api.api.contacts import contacts_list
from textrequest_api.api.messages import messages_list
from textrequest_api.api.webhooks import webhooks_list
from textrequest_api.errors import InvalidArgumentError, ResponseParseError, UnexpectedStatus

pytestmark = pytest.mark.xdist_group("stock")  # what it generates once is shared by one worker

PAGE = b"<!doctype html><title>Bad Gateway</title>"


def module(package: str, name: str) -> Any:
    return importlib.import_module(f"{package}.{name}")


def stock_client(status: int, content: bytes, requests: list[httpx.Request] | None = None) -> Any:
    def handler(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        return httpx.Response(status, content=content)

    client = module("stock_api", "client").AuthenticatedClient(base_url="https://api.example.com", token=KEY)
    return client.set_httpx_client(
        httpx.Client(base_url="https://api.example.com", transport=httpx.MockTransport(handler))
    )


def test_two_enums_of_one_name_do_not_drop_a_schema(naive: tuple[Path, str]) -> None:
    folder, output = naive

    assert "webhook_payload_message" in output
    assert not (folder / "models" / "webhook_payload_message.py").exists()
    assert not (folder / "models" / "webhook_payload_msg.py").exists()

    payload = models.WebhookPayloadMsg.from_dict(
        {"messageUniqueIdentifier": "a", "conversation": {"id": 5127}}
    )
    assert isinstance(payload, models.WebhookPayloadMsg)
    assert models.WebhookPayloadMessage.from_dict({"id": 5127, "status": "O"}).id == 5127


def test_the_list_of_webhooks_is_a_page(naive: tuple[Path, str]) -> None:
    folder, _ = naive
    published = next((folder / "api").rglob("*webhooks_get_all_for_dashboard.py")).read_text("utf-8")
    assert "Webhook.from_dict" in published
    assert "WebhookResponseContainer" not in published

    page = webhooks_list.sync(350, client=client_returning(json={"items": [{"id": 7}], "meta": {"page": 0}}))
    assert isinstance(page, models.WebhookResponseContainer)
    assert [hook.id for hook in page.items] == [7]


def test_456_671_698_997_null_for_a_date_that_is_not_nullable(naive: tuple[Path, str]) -> None:
    with pytest.raises(TypeError):
        module("naive_api", "models").Message.from_dict({"message_timestamp_utc": None})

    assert models.Message.from_dict({"message_timestamp_utc": None}).message_timestamp_utc is None


def test_456_671_698_997_null_for_an_object_or_a_list(naive: tuple[Path, str]) -> None:
    with pytest.raises(TypeError):
        module("naive_api", "models").Conversation.from_dict({"phone_number": "1", "last_message": None})
    with pytest.raises(TypeError):
        module("naive_api", "models").Contact.from_dict({"custom_fields": None})

    assert models.Contact.from_dict({"custom_fields": None, "last_message": None}).custom_fields is None


def test_a_bad_date_is_not_kept_as_text(stock: Path) -> None:
    kept = module("stock_api", "models").Message.from_dict({"message_timestamp_utc": "soon"})
    assert kept.message_timestamp_utc == "soon"

    with pytest.raises(ValueError, match=r"^message_timestamp_utc: not a timestamp$"):
        models.Message.from_dict({"message_timestamp_utc": "soon"})


def test_a_timestamp_without_a_zone_is_utc(stock: Path) -> None:
    text = "2026-07-25T09:39:35.227"
    naive_moment = (
        module("stock_api", "models").Message.from_dict({"message_timestamp_utc": text}).message_timestamp_utc
    )
    assert naive_moment.tzinfo is None

    moment = models.Message.from_dict({"message_timestamp_utc": text}).message_timestamp_utc
    assert moment is not None
    assert moment.isoformat() == "2026-07-25T09:39:35.227000+00:00"


def test_1243_1405_null_for_an_inline_enum_that_may_be_null() -> None:
    contract = json.loads((PACKAGE / "openapi.json").read_text("utf-8"))
    payload = contract["components"]["schemas"]["webhook_payload_message"]["properties"]["status"]
    assert {"type": "null"} in payload["anyOf"]

    assert models.WebhookPayloadMessage.from_dict({"status": None}).status is None
    names = [name for name in models.__all__ if name.startswith("WebhookPayloadMessageClaimStatus")]
    assert names == ["WebhookPayloadMessageClaimStatus"], "one class, not one a spelling of null"


def test_an_unknown_enum_value_does_not_fail_the_page(naive: tuple[Path, str]) -> None:
    body = {"items": [{"delivery_status": "delivered"}, {"delivery_status": "lost"}]}
    with pytest.raises(ValueError, match="lost"):
        module("naive_api", "models").DashboardMessageResponseContainer.from_dict(body)

    page = models.DashboardMessageResponseContainer.from_dict(body)
    assert [message.delivery_status for message in page.items] == ["delivered", "lost"]


def test_1442_a_status_that_python_does_not_define(stock: Path) -> None:
    assert 520 not in list(HTTPStatus)
    with pytest.raises(ValueError, match="520"):
        module("stock_api", "api.contacts.contacts_list").sync_detailed(350, client=stock_client(520, b""))

    assert contacts_list.sync_detailed(350, client=client_returning(520, content=b"")).status_code == 520


def test_678_1248_an_error_page_that_is_not_json(stock: Path) -> None:
    with pytest.raises(json.JSONDecodeError):
        module("stock_api", "api.contacts.contacts_list").sync_detailed(350, client=stock_client(400, PAGE))

    response = contacts_list.sync_detailed(350, client=client_returning(400, content=PAGE))
    assert (response.status_code, response.parsed, response.content) == (400, None, PAGE)


def test_678_1248_a_success_without_a_body(stock: Path) -> None:
    with pytest.raises(json.JSONDecodeError):
        module("stock_api", "api.contacts.contacts_list").sync_detailed(350, client=stock_client(200, b""))

    with pytest.raises(ResponseParseError, match="the body is empty"):
        contacts_list.sync_detailed(350, client=client_returning(200, content=b""))


def test_a_missing_field_that_is_required(stock: Path) -> None:
    with pytest.raises(KeyError):
        module("stock_api", "models").Contact.from_dict({})

    assert models.Contact.from_dict({}).phone_number is None


def test_the_key_in_the_repr_of_the_client(stock: Path) -> None:
    assert KEY in repr(module("stock_api", "client").AuthenticatedClient(base_url="https://x", token=KEY))

    assert KEY not in repr(textrequest_api.AuthenticatedClient(token=KEY))


def test_no_timeout_unless_one_is_given(stock: Path) -> None:
    stock_timeout = module("stock_api", "client").Client(base_url="https://x").get_httpx_client().timeout
    assert stock_timeout.read is None

    assert textrequest_api.Client().get_httpx_client().timeout.read


def test_1416_changing_a_copy_changes_the_original(stock: Path) -> None:
    original = module("stock_api", "client").Client(base_url="https://x")
    original.get_httpx_client()
    original.with_headers({"x-other": "1"})
    assert original.get_httpx_client().headers.get("x-other") == "1"

    client = textrequest_api.Client()
    client.get_httpx_client()
    client.with_headers({"x-other": "1"})
    assert "x-other" not in client.get_httpx_client().headers


def test_841_a_naive_datetime_is_sent_without_a_zone(stock: Path) -> None:
    requests: list[httpx.Request] = []
    client = stock_client(204, b"", requests)
    module("stock_api", "api.messages.messages_list").sync_detailed(
        350, client=client, start_date=datetime(2026, 7, 25, 9, 30)
    )
    assert requests[0].url.params["start_date"] == "2026-07-25T09:30:00"

    with pytest.raises(InvalidArgumentError, match="time zone"):
        messages_list.sync_detailed(
            350, client=client_returning(204, content=b""), start_date=datetime(2026, 7, 25, 9, 30)
        )


def test_a_list_in_the_query_is_sent_as_several_parameters(stock: Path) -> None:
    requests: list[httpx.Request] = []
    module("stock_api", "api.contacts.contacts_list").sync_detailed(
        350, client=stock_client(401, b"{}", requests), tags=["a", "b"]
    )
    assert requests[0].url.params.get_list("tags") == ["a", "b"]

    requests.clear()
    contacts_list.sync_detailed(
        350, client=client_returning(401, json={}, requests=requests), tags=["a", "b"]
    )
    assert requests[0].url.params.get_list("tags") == ["a,b"]


def test_a_path_value_of_two_dots_names_another_path(stock: Path) -> None:
    requests: list[httpx.Request] = []
    client = stock_client(204, b"", requests)
    module("stock_api", "api.groups.groups_delete").sync_detailed(350, "..", client=client)
    assert requests[0].url.path in ("/dashboards/350", "/dashboards/350/")

    groups_delete = module("textrequest_api", "api.groups.groups_delete")
    with pytest.raises(ValueError, match="part of the path"):
        groups_delete.sync_detailed(350, "..", client=client_returning(204, content=b""))


def test_the_message_of_an_unexpected_status_contains_the_body(stock: Path) -> None:
    client = stock_client(418, b"15555550123")
    client.raise_on_unexpected_status = True
    with pytest.raises(Exception, match="15555550123"):
        module("stock_api", "api.contacts.contacts_list").sync_detailed(350, client=client)

    ours = client_returning(418, content=b"15555550123")
    ours.raise_on_unexpected_status = True
    with pytest.raises(UnexpectedStatus, match=r"^unexpected status 418$"):
        contacts_list.sync_detailed(350, client=ours)


def test_one_endpoint_imports_every_model(stock: Path) -> None:
    source = (stock / "models" / "__init__.py").read_text("utf-8")
    assert source.count("\nfrom .") > 50

    assert "\nfrom ." not in (PACKAGE / "models" / "__init__.py").read_text("utf-8")


def test_a_property_called_d_does_not_hide_a_local() -> None:
    # The stock from_dict pops keys from a local `d`; here no property is a local variable.
    source = (PACKAGE / "models" / "custom_field_entry.py").read_text("utf-8")

    assert "model.value,\n            ) = row" in source
    assert models.CustomFieldEntry.from_dict({"id": "a", "value": "b"}).value == "b"


def test_1127_the_package_is_marked_as_typed(stock: Path) -> None:
    assert not (stock / "py.typed").exists()

    assert (PACKAGE / "py.typed").exists()


def test_the_boundary_of_a_form_is_fixed(stock: Path) -> None:
    assert "boundary=+++" in (stock / "api" / "messages" / "messages_upload_media.py").read_text("utf-8")

    assert "boundary=" not in (PACKAGE / "api" / "messages" / "messages_upload_media.py").read_text("utf-8")
