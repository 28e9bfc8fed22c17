"""Schemathesis sends requests that the contract allows, and some that it does not.

Each example starts from the same small history, so that a failure is reproducible. The number of examples
for each operation is fixed.

Schemathesis could collect the tests itself. But it gives all of them one node id, of which pytest-xdist runs
one, and makes examples of every operation in each process that collects tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any
from zlib import crc32

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from textrequest_ext.sandbox import LoggedRequest, Sandbox
from textrequest_ext.sandbox._account.models import Webhook

# For each operation: what the contract allows, what it does not, and more of the former until a request succeeds.
EXAMPLES = [(GenerationMode.POSITIVE, 6), (GenerationMode.NEGATIVE, 3), (GenerationMode.POSITIVE, 100)]
Running = tuple[Sandbox, requests.Session, set[int]]
NO_HISTORY = "15555550123"
HISTORY = {"seed": 7, "dashboards": 1, "contacts": 4, "messages": 8}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@cache
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


@cache
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
        # In bodies.
        "from": [dashboard.phone],
        "customer_phone": list(dashboard.contacts),
        "phone": ["14235550142"],
    }


def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Replaces three of four ids by existing ones, because a random id never exists."""
    existing = ids_of_history()
    for name, value in (path_parameters or {}).items():
        draw = crc32(repr(value).encode())
        if path_parameters and name in existing and draw % 4:
            path_parameters[name] = existing[name][draw // 4 % len(existing[name])]
    return path_parameters


def map_body(context: Any, body: Any) -> Any:
    """Does the same for phone numbers that must be those of something, or valid."""
    for name in ("from", "customer_phone", "phone"):
        if isinstance(body, dict) and name in body and crc32(repr(body).encode()) % 4:
            body[name] = ids_of_history()[name][0]
    return body


@pytest.fixture(scope="module")
def schema() -> Any:
    loaded = schemathesis.openapi.from_dict(adapted_contract())
    for hook in (map_path_parameters, map_body):
        loaded.hook(hook)
    return loaded


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The sandbox, a session, and the status codes of the responses."""
    statuses: set[int] = set()

    def record(request: LoggedRequest) -> None:
        if request.operation is not None and request.status is not None:
            statuses.add(request.status)

    with Sandbox(**HISTORY, on_request=record) as sandbox, requests.Session() as session:
        session.headers["x-api-key"] = sandbox.api_key
        yield sandbox, session, statuses


def reset(sandbox: Sandbox) -> None:
    """Restores the history, with a webhook and a contact without messages."""
    sandbox.reset()
    dashboard = next(iter(sandbox.state.dashboards.values()))
    dashboard.webhooks[1] = Webhook(1, dashboard.id, "https://example.com/first", "msg_sent", "POST")
    sandbox.state.add_contact(dashboard, NO_HISTORY)


OPERATIONS = [
    (path, method.upper())
    for path, item in adapted_contract()["paths"].items()
    for method, operation in item.items()
    if "responses" in operation
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_response_matches_the_contract(path: str, method: str, schema: Any, running: Running) -> None:
    sandbox, session, statuses = running
    statuses.clear()
    for number, (mode, examples) in enumerate(EXAMPLES, 1):
        if number == len(EXAMPLES) and min(statuses) < 300:
            break

        @settings(
            max_examples=examples,
            phases=[Phase.generate],
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=schema[path][method].as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case) -> None:
            # Hypothesis derives its examples from the source of this function: a change of it changes the examples.
            reset(sandbox)
            case.call_and_validate(base_url=sandbox.url, session=session, checks=CHECKS)

        check()
    assert min(statuses) < 300, "no successful response was checked"
