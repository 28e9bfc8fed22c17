"""Schemathesis asks the sandbox whatever the contract allows, and some of what it does not.

Each example starts from the same small history, so that a failure repeats. The budget is a fixed number
of examples for each of the 64 operations.
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
from textrequest_ext.sandbox.models import Hook

EXAMPLES = 6
NO_HISTORY = "15555550123"
HISTORY = {"seed": 7, "dashboards": 1, "contacts": 4, "messages": 8}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def adapted_contract() -> dict[str, Any]:
    """The built contract, with what is known of the service and not written in it."""
    document: dict[str, Any] = json.loads(files("textrequest_api").joinpath("openapi.json").read_bytes())
    refusal = document["paths"]["/messages"]["post"]["responses"]["400"]
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                # Malformed requests get a 400 everywhere; the contract names it for some operations only.
                operation["responses"].setdefault("400", refusal)
    _without_moments(document["components"])
    return document


def _without_moments(node: Any) -> None:
    # The service's moments lack the zone that the format date-time demands (live).
    if isinstance(node, dict):
        if node.get("format") == "date-time":
            del node["format"]
        for value in node.values():
            _without_moments(value)
    elif isinstance(node, list):
        for value in node:
            _without_moments(value)


def ids_of_history() -> dict[str, list[Any]]:
    """The ids that exist, by the names of the path's parameters."""
    state = Sandbox(**HISTORY).state
    dashboard = next(iter(state.dashboards.values()))
    return {
        "dashboard_id": [dashboard.id],
        "phone_number": [*dashboard.contacts, NO_HISTORY],
        "message_id": [*(message.id for message in dashboard.messages), *dashboard.scheduled],
        "group_id": list(dashboard.groups),
        "tag_id": list(dashboard.tags),
        "field_id": list(dashboard.fields),
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
    """Of four ids, three exist: a random one never would."""
    for name, value in (path_parameters or {}).items():
        draw = crc32(repr(value).encode())
        if path_parameters and name in IDS and draw % 4:
            path_parameters[name] = IDS[name][draw // 4 % len(IDS[name])]
    return path_parameters


@schema.hook
def map_body(context: Any, body: Any) -> Any:
    """The same for the number a message is sent from."""
    if isinstance(body, dict) and "from" in body and crc32(repr(body).encode()) % 4:
        body["from"] = IDS["from"][0]
    return body


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Sandbox, requests.Session]]:
    answered: dict[str, set[int]] = defaultdict(set)

    def note(request: LoggedRequest) -> None:
        if request.operation is not None and request.status is not None:
            answered[request.operation].add(request.status)

    with Sandbox(**HISTORY, on_request=note) as sandbox, requests.Session() as session:
        session.headers["x-api-key"] = sandbox.api_key
        yield sandbox, session
    never = sorted(operation for operation, statuses in answered.items() if min(statuses) >= 300)
    assert never == [], "these were only ever refused, so their answers were not looked at"


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_answer_breaks_the_contract(
    case: schemathesis.Case, running: tuple[Sandbox, requests.Session]
) -> None:
    sandbox, session = running
    sandbox.reset()
    dashboard = next(iter(sandbox.state.dashboards.values()))
    dashboard.hooks[1] = Hook(1, dashboard.id, "https://example.com/first", "msg_sent", "POST")
    sandbox.state.new_contact(dashboard, NO_HISTORY)
    case.call_and_validate(base_url=sandbox.url, session=session, checks=CHECKS)
