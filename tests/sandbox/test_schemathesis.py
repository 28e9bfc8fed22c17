"""Schemathesis sends requests that the contract allows, and some that it does not.

Each example starts from the same small history, so that a failure is reproducible. The number of examples
for each operation is fixed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from typing import Any
from zlib import crc32

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from textrequest_ext.sandbox import LoggedRequest, Sandbox
from textrequest_ext.sandbox._account.models import Webhook

EXAMPLES = 6
NO_HISTORY = "15555550123"
HISTORY = {"seed": 7, "dashboards": 1, "contacts": 4, "messages": 8}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def adapted_contract() -> dict[str, Any]:
    """The built contract, adapted to the known behavior of the service that the contract does not describe."""
    document: dict[str, Any] = json.loads(files("textrequest_api").joinpath("openapi.json").read_bytes())
    bad_request = document["paths"]["/messages"]["post"]["responses"]["400"]
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                # Every operation can return a 400; the contract documents it for some operations only.
                operation["responses"].setdefault("400", bad_request)
    _remove_date_time(document["components"])
    return document


def _remove_date_time(node: Any) -> None:
    # The service's timestamps lack the zone that the format date-time requires (live).
    if isinstance(node, dict):
        if node.get("format") == "date-time":
            del node["format"]
        for value in node.values():
            _remove_date_time(value)
    elif isinstance(node, list):
        for value in node:
            _remove_date_time(value)


def ids_of_history() -> dict[str, list[Any]]:
    """The existing ids, keyed by path parameter."""
    state = Sandbox(**HISTORY).state
    dashboard = next(iter(state.dashboards.values()))
    return {
        "dashboard_id": [dashboard.id],
        "phone_number": [*dashboard.contacts, NO_HISTORY],
        "message_id": [*(message.id for message in dashboard.messages), *dashboard.scheduled_messages],
        "group_id": list(dashboard.groups),
        "tag_id": list(dashboard.tags),
        "field_id": list(dashboard.custom_fields),
        "keyword_id": list(dashboard.keywords),
        "payment_id": list(dashboard.payments),
        "campaign_id": list(dashboard.campaigns),
        "user_id": list(state.users),
        "webhook_id": [1],
        "from": [dashboard.phone],
    }


IDS = ids_of_history()
schema = schemathesis.openapi.from_dict(adapted_contract())


@schema.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Replaces three of four ids by existing ones, because a random id never exists."""
    for name, value in (path_parameters or {}).items():
        draw = crc32(repr(value).encode())
        if path_parameters and name in IDS and draw % 4:
            path_parameters[name] = IDS[name][draw // 4 % len(IDS[name])]
    return path_parameters


@schema.hook
def map_body(context: Any, body: Any) -> Any:
    """Does the same for the number that a message is sent from."""
    if isinstance(body, dict) and "from" in body and crc32(repr(body).encode()) % 4:
        body["from"] = IDS["from"][0]
    return body


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Sandbox, requests.Session]]:
    statuses: dict[str, set[int]] = defaultdict(set)

    def record(request: LoggedRequest) -> None:
        if request.operation is not None and request.status is not None:
            statuses[request.operation].add(request.status)

    with Sandbox(**HISTORY, on_request=record) as sandbox, requests.Session() as session:
        session.headers["x-api-key"] = sandbox.api_key
        yield sandbox, session
    never_successful = sorted(operation for operation, found in statuses.items() if min(found) >= 300)
    assert never_successful == [], "no successful response of these operations was checked"


def reset(sandbox: Sandbox) -> None:
    """Restores the history, with a webhook and a contact without messages."""
    sandbox.reset()
    dashboard = next(iter(sandbox.state.dashboards.values()))
    dashboard.webhooks[1] = Webhook(1, dashboard.id, "https://example.com/first", "msg_sent", "POST")
    sandbox.state.add_contact(dashboard, NO_HISTORY)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_response_matches_the_contract(
    case: schemathesis.Case, running: tuple[Sandbox, requests.Session]
) -> None:
    # Hypothesis derives its examples from the source of this function: a change of it changes the examples.
    sandbox, session = running
    reset(sandbox)
    case.call_and_validate(base_url=sandbox.url, session=session, checks=CHECKS)
