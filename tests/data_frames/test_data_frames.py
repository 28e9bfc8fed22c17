"""The code in docs/data_frames.md, against the sandbox."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas
import polars
import pyarrow
import pyarrow.parquet
import pydantic
import pytest

from textrequest_api.models import Contact, DashboardMessage
from textrequest_ext import InvalidArgumentError, TextRequest, UnexpectedArgumentError, parse_model
from textrequest_ext.sandbox import Sandbox

GUIDE = (Path(__file__).parents[2] / "docs" / "data_frames.md").read_text("utf-8")


@pytest.fixture(scope="module")
def guide() -> dict[str, Any]:
    """What the code of the guide defines."""
    names: dict[str, Any] = {"__name__": "guide"}
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 4
    for block in blocks:
        exec(compile(block, "docs/data_frames.md", "exec", dont_inherit=True), names)
    return names


@pytest.fixture(scope="module")
def messages() -> Any:
    """A client, the id of a dashboard, and its messages; in the first, every field that may be is null."""
    with (
        Sandbox(seed=1, dashboards=1, contacts=20, messages=250) as sandbox,
        TextRequest(sandbox.api_key, base_url=sandbox.url) as client,
    ):
        dashboard = client.dashboards.list().first()
        assert dashboard is not None
        found = client.messages.list(dashboard.id).collect()
        assert found[0].delivery_status is None
        assert {message.delivery_status for message in found} > {None, "delivered"}
        yield client, dashboard.id, found


def values(messages: list[DashboardMessage], guide: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: getattr(message, name) for name in guide["COLUMNS"]} for message in messages]


def test_json_and_back(guide: dict[str, Any], messages: Any) -> None:
    client, dashboard_id, _ = messages
    lines = guide["store_contacts"](client, dashboard_id)
    assert len(lines) == 20
    assert guide["load_contacts"](lines) == client.contacts.list(dashboard_id).collect()


def test_pandas(guide: dict[str, Any], messages: Any) -> None:
    client, dashboard_id, expected = messages
    frame = guide["to_pandas"](client, dashboard_id)
    assert isinstance(frame, pandas.DataFrame)
    assert frame.shape == (250, 6)
    assert str(frame["message_timestamp_utc"].dtype) == "datetime64[us, UTC]"
    assert str(frame["segments_count"].dtype) == "int64"
    rows = [
        {name: None if pandas.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
    assert rows == values(expected, guide)
    whole = pandas.DataFrame([message.to_dict() for message in expected])
    assert pandas.to_datetime(whole["message_timestamp_utc"], format="ISO8601").equals(
        frame["message_timestamp_utc"]
    )


def test_polars(guide: dict[str, Any], messages: Any) -> None:
    client, dashboard_id, expected = messages
    frame = guide["to_polars"](client, dashboard_id)
    assert frame.schema["message_timestamp_utc"] == polars.Datetime("us", "UTC")
    assert frame.to_dicts() == values(expected, guide)
    whole = polars.DataFrame([message.to_dict() for message in expected], infer_schema_length=None)
    assert whole["delivery_status"].to_list() == [message.delivery_status for message in expected]


def test_arrow_and_parquet(guide: dict[str, Any], messages: Any, tmp_path: Path) -> None:
    client, dashboard_id, expected = messages
    table = guide["to_arrow"](client, dashboard_id)
    assert table.schema == guide["SCHEMA"]
    assert table.column("body").num_chunks == 3  # one for each page
    assert table.to_pylist() == values(expected, guide)
    guide["to_parquet"](client, dashboard_id, tmp_path / "messages.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "messages.parquet").to_pylist() == table.to_pylist()


def test_a_dashboard_without_messages(guide: dict[str, Any], textrequest: TextRequest) -> None:
    dashboard = textrequest.dashboards.create(name="Empty", phone="15555550100")
    assert list(guide["to_pandas"](textrequest, dashboard.id).columns) == list(guide["COLUMNS"])
    assert guide["to_polars"](textrequest, dashboard.id).columns == list(guide["COLUMNS"])
    assert guide["to_arrow"](textrequest, dashboard.id).schema == guide["SCHEMA"]


def test_a_pydantic_field(guide: dict[str, Any]) -> None:
    appointment_class = guide["Appointment"]
    source = {"phone_number": "15555550123", "groups": [18], "opted_out_utc": "2026-02-17T08:41:30.907"}
    appointment = appointment_class.model_validate_json(json.dumps({"at": "7", "contact": source}))
    assert isinstance(appointment.contact, Contact)
    assert appointment.contact.groups == [18]
    assert appointment_class(at="7", contact=appointment.contact) == appointment
    assert appointment_class.model_validate_json(appointment.model_dump_json()) == appointment
    assert json.loads(appointment.model_dump_json())["contact"] == appointment.contact.to_dict()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, "value: must be a mapping, not int"),
        (None, "value: must be a mapping, not NoneType"),
        ({}, "value: phone_number: missing"),
        ({"phone_number": "15555550123", "groups": 1}, "value: groups: a list was expected, not a number"),
        (
            {"phone_number": "15555550123", "last_message": {"message_timestamp_utc": "x"}},
            "value: last_message.message_timestamp_utc: not a timestamp",
        ),
    ],
)
def test_an_object_that_does_not_match_the_contract(guide: dict[str, Any], value: Any, reason: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        guide["Appointment"](at="7", contact=value)
    (error,) = caught.value.errors()
    assert (error["loc"], error["msg"]) == (("contact",), f"Value error, {reason}")
    with pytest.raises(InvalidArgumentError, match=f"^{re.escape(reason)}$"):
        parse_model(Contact, value)


def test_a_class_that_is_no_model() -> None:
    other: Any
    for other in (dict, Contact(phone_number="5555550123"), None):
        with pytest.raises(UnexpectedArgumentError, match="model: must be a class of"):
            parse_model(other, {})
