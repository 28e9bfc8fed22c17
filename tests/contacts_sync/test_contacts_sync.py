"""contacts.sync with both clients: chunks, outcomes, invalid contacts, opt-outs, errors and resuming."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from contacts_sync.conftest import Take, as_async
from textrequest_api.models import Contact, CustomFieldEntry, UpdateContactRequest
from textrequest_ext import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    InvalidArgumentError,
    PhoneNumberError,
    ServerError,
    UnexpectedArgumentError,
    parse_phone_number,
)
from unit.conftest import ClientHarness

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
TAG = "b2e61c08-47fa-4d19-9a53-0c8d7e21f465"


def number(index: int) -> str:
    return f"1{200 + index // 100:03}55501{index % 100:02}"


class Service:
    """Stores contacts as the bulk operation does, and refuses requests with an invalid one as a whole.

    refuses: whether a contact is invalid. requests: the contacts of each bulk request. failures: responses or
    errors instead of the next responses.
    """

    def __init__(self, refuses: Callable[[dict[str, Any]], bool] = lambda contact: False) -> None:
        self.refuses = refuses
        self.contacts: dict[str, dict[str, Any]] = {}
        self.requests: list[list[dict[str, Any]]] = []
        self.reads = 0
        self.failures: list[httpx.Response | Exception] = []
        self.headers = {"date": format_datetime(NOW, usegmt=True)}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        if request.method == "GET":
            self.reads += 1
            contact = self.contacts.get(request.url.path.rpartition("/")[2])
            return httpx.Response(200, json=contact) if contact else httpx.Response(204)
        assert request.url.path == "/api/v3/dashboards/121/contacts"
        body = json.loads(request.content)
        self.requests.append(body)
        if any(map(self.refuses, body)):
            return httpx.Response(400, json={"message": "A contact is invalid."})
        for contact in body:
            stored = self.contacts.setdefault(contact["phone_number"], {"date_created_utc": NOW.isoformat()})
            stored.update(contact)
        return httpx.Response(
            200, json=[self.contacts[contact["phone_number"]] for contact in body], headers=self.headers
        )

    def add(self, phone_number: str, **fields: Any) -> None:
        """A contact from before."""
        created = (NOW - timedelta(days=1)).isoformat()
        self.contacts[phone_number] = {"phone_number": phone_number, "date_created_utc": created, **fields}


def outcomes(results: list[Any]) -> list[str]:
    return [result.outcome for result in results]


def test_contacts_are_sent_in_chunks_in_the_order_of_the_input(harness: ClientHarness, take: Take) -> None:
    service = Service()
    rows = [{"phone_number": number(index), "first_name": f"Ann {index}"} for index in range(7)]
    results = take(harness.client(service).contacts.sync(121, iter(rows), chunk_size=3))
    assert [len(request) for request in service.requests] == [3, 3, 1]
    assert [contact for request in service.requests for contact in request] == rows
    assert [result.index for result in results] == list(range(7))
    assert [result.item for result in results] == rows
    assert [result.contact.first_name for result in results] == [row["first_name"] for row in rows]
    assert all(result.ok for result in results)


def test_an_async_iterable(harness: ClientHarness, take: Take) -> None:
    service, rows = Service(), [{"phone_number": number(index)} for index in range(5)]
    client = harness.client(service)
    if harness.mode == "blocking":
        with pytest.raises(UnexpectedArgumentError, match="contacts: must be an iterable of contacts"):
            client.contacts.sync(121, as_async(rows))
        return
    assert outcomes(take(client.contacts.sync(121, as_async(rows), chunk_size=2))) == ["created"] * 5
    assert [len(request) for request in service.requests] == [2, 2, 1]


def test_the_input_is_read_as_it_is_needed(harness: ClientHarness, take: Take) -> None:
    read = 0

    def rows() -> Iterator[dict[str, str]]:
        nonlocal read
        while True:
            read += 1
            yield {"phone_number": number(read)}

    service = Service()
    run = harness.client(service).contacts.sync(121, rows(), chunk_size=10)
    assert (read, service.requests) == (0, [])
    take(run, 11)
    assert read == 20
    assert run.position == 11


def test_models_and_mappings(harness: ClientHarness, take: Take) -> None:
    service = Service()
    fields = {
        "phone_number": "(201) 555-0100",
        "note": "",
        "groups": [18],
        "contact_tags": [TAG],
        "custom_fields": [{"id": TAG, "value": "red"}],
        "is_archived": False,
    }
    contact = Contact.from_dict(
        {**fields, "phone_number": "12015550101", "total_msgs_sent": 3, "thread_id": "t", "unknown": 1}
    )
    request = UpdateContactRequest(
        "2015550102", contact_tags=[], custom_fields=[CustomFieldEntry(TAG, "blue")], last_name=None
    )
    exported = {"phone_number": "2015550103", "date_created_utc": "2026-01-09T16:18:52", "last_message": None}
    results = take(harness.client(service).contacts.sync(121, [fields, contact, request, exported]))
    assert outcomes(results) == ["created"] * 4
    assert service.requests == [
        [
            {**fields, "phone_number": "12015550100"},
            {**fields, "phone_number": "12015550101"},
            {
                "phone_number": "12015550102",
                "contact_tags": [],
                "custom_fields": [{"id": TAG, "value": "blue"}],
                "last_name": None,
            },
            {"phone_number": "12015550103"},
        ]
    ]


INVALID = [
    ({}, "phone_number: is required"),
    ({"phone_number": None}, "phone_number: is required"),
    ({"phone_number": "555-0123"}, "phone_number: must be a North American phone number"),
    ({"phone_number": "+44 20 7946 0958"}, "phone_number: must be a North American phone number"),
    ({"phone_number": "5555550123", "firstname": "Ann"}, "no field 'firstname'; did you mean first_name?"),
    ({"phone_number": "5555550123", None: ["x"]}, "no field None"),
    ({"phone_number": "5555550123", "first_name": 7}, "first_name: must be a str, not int"),
    ({"phone_number": "5555550123", "first_name": "\ud800"}, "first_name: must not contain surrogates"),
    ({"phone_number": "5555550123", "is_archived": "no"}, "is_archived: must be True or False, not str"),
    ({"phone_number": "5555550123", "groups": "18"}, "groups: must be a list, not str"),
    ({"phone_number": "5555550123", "groups": [True]}, r"groups\[0\]: must be an int, not bool"),
    ({"phone_number": "5555550123", "contact_tags": [1]}, r"contact_tags\[0\]: must be a str, not int"),
    ({"phone_number": "5555550123", "custom_fields": {"a": "b"}}, "custom_fields: must be a list, not dict"),
    ({"phone_number": "5555550123", "custom_fields": [{"a": "b"}]}, r"custom_fields\[0\]: must be a Custom"),
    ({"phone_number": "5555550123", "custom_fields": [{"id": "a", "value": 1}]}, r"value: must be a str"),
    ("5555550123", "must be a mapping"),
    (None, "must be a mapping"),
]


def test_invalid_contacts_are_reported_apart(harness: ClientHarness, take: Take) -> None:
    service = Service()
    rows: list[Any] = []
    for index, (row, _) in enumerate(INVALID):
        rows += [row, {"phone_number": number(index)}]
    results = take(harness.client(service).contacts.sync(121, rows))
    assert outcomes(results) == ["invalid", "created"] * len(INVALID)
    assert [len(request) for request in service.requests] == [len(INVALID)]
    for result, (row, reason) in zip(results[::2], INVALID, strict=True):
        assert not result.ok
        assert isinstance(result.error, InvalidArgumentError)
        with pytest.raises(InvalidArgumentError, match=reason):
            raise result.error
        assert result.reason == str(result.error)
        assert result.reason.startswith(f"contacts[{result.index}]")
        assert result.item is row
        assert "555" not in repr(result)


def test_contacts_that_the_service_refuses_are_found(harness: ClientHarness, take: Take) -> None:
    bad = {number(index) for index in (3, 4, 17)}
    service = Service(lambda contact: contact["phone_number"] in bad)
    rows = [{"phone_number": number(index)} for index in range(20)]
    results = take(harness.client(service).contacts.sync(121, rows))
    assert [result.index for result in results if result.outcome == "invalid"] == [3, 4, 17]
    assert set(service.contacts) == {number(index) for index in range(20)} - bad
    assert isinstance(results[3].error, BadRequestError)
    assert "A contact is invalid." in str(results[3].reason)
    assert len(service.requests) < 20


@pytest.mark.parametrize("fields", [{"is_suppressed": False}, {"is_suppressed": None}, {"is_blocked": False}])
@pytest.mark.parametrize("compare", [False, True])
def test_suppression_is_never_lifted(
    harness: ClientHarness, take: Take, fields: dict[str, Any], compare: bool
) -> None:
    service = Service()
    service.add(number(1), is_suppressed=True, is_blocked=True, suppressed_reason="Opted out")
    row = {"phone_number": number(1), "suppressed_reason": "", "first_name": "Ann", **fields}
    (result,) = take(harness.client(service).contacts.sync(121, [row], compare=compare))
    assert service.requests == [[{"phone_number": number(1), "first_name": "Ann"}]]
    assert set(result.not_sent) == {*fields, "suppressed_reason"}
    assert service.contacts[number(1)]["suppressed_reason"] == "Opted out"


def test_a_contact_can_be_suppressed(harness: ClientHarness, take: Take) -> None:
    service = Service()
    row = {"phone_number": number(1), "is_suppressed": True, "suppressed_reason": "Prefers phone calls"}
    (result,) = take(harness.client(service).contacts.sync(121, [row]))
    assert service.requests == [[row]]
    assert result.not_sent == ()


def test_the_suppression_of_a_contact_that_opted_out_is_not_changed(
    harness: ClientHarness, take: Take
) -> None:
    service = Service()
    service.add(number(1), opted_out_utc="2026-02-17T08:41:30", suppressed_reason="Opted out")
    row = {"phone_number": number(1), "is_suppressed": True, "suppressed_reason": "x", "first_name": "Ann"}
    (result,) = take(harness.client(service).contacts.sync(121, [row], compare=True))
    assert service.requests == [[{"phone_number": number(1), "first_name": "Ann"}]]
    assert result.not_sent == ("is_suppressed", "suppressed_reason")


@pytest.mark.parametrize("as_model", [False, True])
def test_a_contact_that_opted_out_elsewhere_is_skipped(
    harness: ClientHarness, take: Take, as_model: bool
) -> None:
    service = Service()
    row: Any = {"phone_number": number(1), "opted_out_utc": "2026-02-17T08:41:30"}
    run = harness.client(service).contacts.sync(121, [Contact.from_dict(row) if as_model else row])
    (result,) = take(run)
    assert (result.outcome, result.ok) == ("skipped", False)
    assert result.reason == "contacts[0]: has opted out, according to opted_out_utc"
    assert service.requests == []


def test_created_and_updated_are_distinguished_by_the_time_of_creation(
    harness: ClientHarness, take: Take
) -> None:
    service = Service()
    service.add(number(1))
    rows = [{"phone_number": number(index)} for index in (0, 1, 0)]
    assert outcomes(take(harness.client(service).contacts.sync(121, rows))) == [
        "created",
        "updated",
        "updated",
    ]


def test_an_outcome_that_the_response_does_not_tell(harness: ClientHarness, take: Take) -> None:
    service = Service()
    service.headers = {}
    (result,) = take(harness.client(service).contacts.sync(121, [{"phone_number": number(0)}]))
    assert (result.outcome, result.ok) == ("saved", True)
    assert result.contact.phone_number == number(0)
    client = harness.client_returning(httpx.Response(200, json=[], headers={"date": "Tomorrow"}))
    (result,) = take(client.contacts.sync(121, [{"phone_number": number(0)}]))
    assert (result.outcome, result.contact) == ("saved", None)


COMPARED = [
    ({"first_name": "Ann"}, {"first_name": "Ann"}, False),
    ({"first_name": "Ann"}, {"first_name": "Bob"}, True),
    ({"first_name": ""}, {"first_name": None}, False),
    ({"first_name": ""}, {"first_name": "Ann"}, True),
    ({"first_name": None}, {"first_name": "Ann"}, False),
    ({}, {"first_name": "Ann", "contact_tags": [TAG]}, False),
    ({"contact_tags": []}, {"contact_tags": [TAG]}, True),
    ({"contact_tags": []}, {"contact_tags": None}, False),
    ({"contact_tags": ["b", "a"]}, {"contact_tags": ["a", "b"]}, False),
    ({"groups": [18]}, {"groups": [18, 23]}, True),
    ({"is_archived": False}, {"is_archived": None}, False),
    ({"is_archived": True}, {"is_archived": False}, True),
    ({"custom_fields": [{"id": "a", "value": "1"}]}, {"custom_fields": [{"id": "a", "value": "1"}]}, False),
    ({"custom_fields": [{"id": "a", "value": "1"}]}, {"custom_fields": [{"id": "a", "value": "2"}]}, True),
    ({"custom_fields": [{"id": "a", "value": ""}]}, {"custom_fields": None}, False),
    (
        {"custom_fields": [{"id": "a", "value": "1"}]},
        {"custom_fields": [{"id": "b"}, {"id": "a", "value": "1"}]},
        False,
    ),
    ({"custom_fields": []}, {"custom_fields": [{"id": "a", "value": "1"}]}, True),
    ({"is_suppressed": False}, {"is_suppressed": True}, False),
]


def test_compare_sends_only_what_differs(harness: ClientHarness, take: Take) -> None:
    service = Service()
    rows = []
    for index, (row, existing, _) in enumerate(COMPARED):
        service.add(number(index), **existing)
        rows.append({"phone_number": number(index), **row})
    rows.append({"phone_number": number(99)})
    results = take(harness.client(service).contacts.sync(121, rows, compare=True))
    expected = ["updated" if changed else "unchanged" for _, _, changed in COMPARED]
    assert outcomes(results) == [*expected, "created"]
    assert service.reads == len(rows)
    assert len(service.requests) == 1
    assert len(service.requests[0]) == expected.count("updated") + 1


def test_the_same_number_twice_is_sent_in_two_requests(harness: ClientHarness, take: Take) -> None:
    service = Service()
    rows = [
        {"phone_number": phone, "note": note}
        for phone, note in [
            ("2015550100", "1"),
            ("(201) 555-0101", "2"),
            ("12015550100", "3"),
            ("2015550100", "4"),
        ]
    ]
    results = take(harness.client(service).contacts.sync(121, rows))
    assert [[contact["note"] for contact in request] for request in service.requests] == [
        ["1", "2"],
        ["3"],
        ["4"],
    ]
    assert [result.index for result in results] == [0, 1, 2, 3]
    assert service.contacts["12015550100"]["note"] == "4"


FAILURES = [
    (httpx.ConnectError("refused"), APIConnectionError),
    (httpx.Response(503), ServerError),
    (httpx.Response(401), AuthenticationError),
]


@pytest.mark.parametrize(("failure", "error"), FAILURES)
@pytest.mark.parametrize("compare", [False, True])
def test_a_run_continues_after_an_error(
    harness: ClientHarness, take: Take, failure: Any, error: type[Exception], compare: bool
) -> None:
    service = Service()
    client = harness.client(service, retries=0)
    rows = ({"phone_number": number(index)} for index in range(6))
    run = client.contacts.sync(121, rows, chunk_size=3, compare=compare)
    first = take(run, 3)
    service.failures = [failure]
    with pytest.raises(error):
        take(run)
    assert run.position == 3
    rest = take(run)
    assert [result.index for result in first + rest] == list(range(6))
    assert outcomes(first + rest) == ["created"] * 6


def test_a_new_run_starts_at_the_position_of_another(harness: ClientHarness, take: Take) -> None:
    service = Service()
    client = harness.client(service)
    rows = [{"phone_number": number(index)} for index in range(10)]
    run = client.contacts.sync(121, rows, chunk_size=3)
    take(run, 4)
    assert run.position == 4
    service.requests.clear()
    resumed = client.contacts.sync(121, rows, chunk_size=3, start=run.position)
    assert [result.index for result in take(resumed)] == [4, 5, 6, 7, 8, 9]
    assert [len(request) for request in service.requests] == [3, 3]
    assert resumed.position == 10


def test_an_error_of_the_iterable_is_raised_as_it_is(harness: ClientHarness, take: Take) -> None:
    def rows() -> Iterator[dict[str, str]]:
        yield {"phone_number": number(0)}
        raise LookupError("row 2")

    run = harness.client(Service()).contacts.sync(121, rows())
    with pytest.raises(LookupError, match="row 2"):
        take(run)
    assert run.position == 0
    assert outcomes(take(run)) == ["created"]


def test_a_phone_parser(harness: ClientHarness, take: Take) -> None:
    service = Service()
    rows = [{"phone_number": text} for text in ("1-555-KLM-PLUS", "555-0123", "(555) 555-0123 x4")]
    run = harness.client(service).contacts.sync(121, rows, phone_parser=parse_phone_number)
    results = take(run)
    assert outcomes(results) == ["created", "invalid", "invalid"]
    assert service.requests == [[{"phone_number": "15555567587"}]]
    assert results[1].reason == "contacts[1].phone_number: has no area code: 7 digits, and 10 are needed"
    assert isinstance(results[1].error, PhoneNumberError)


def test_request_options_apply_to_every_request(harness: ClientHarness, take: Take) -> None:
    rows = [{"phone_number": number(0)}]
    options: Any = {"extra_headers": {"x-batch": "7"}, "timeout": 3, "compare": True}
    take(harness.client(Service()).contacts.sync(121, rows, **options))
    assert [request.headers["x-batch"] for request in harness.requests] == ["7", "7"]


def test_with_raw_response_returns_results(harness: ClientHarness, take: Take) -> None:
    run = harness.client(Service()).with_raw_response.contacts.sync(121, [{"phone_number": number(0)}])
    assert outcomes(take(run)) == ["created"]


@pytest.mark.parametrize(
    ("args", "options", "argument"),
    [
        ((), {}, "sync"),
        ((121,), {}, "sync"),
        ((None, []), {}, "dashboard_id"),
        ((121, None), {}, "contacts"),
        ((121, "5555550123"), {}, "contacts"),
        ((121, {"phone_number": "5555550123"}), {}, "contacts"),
        ((121, []), {"start": -1}, "start"),
        ((121, []), {"start": "3"}, "start"),
        ((121, []), {"chunk_size": 0}, "chunk_size"),
        ((121, []), {"chunk_size": 1001}, "chunk_size"),
        ((121, []), {"chunk_size": True}, "chunk_size"),
        ((121, []), {"compare": "yes"}, "compare"),
        ((121, []), {"phone_parser": "US"}, "phone_parser"),
        ((121, []), {"timeout": -1}, "timeout"),
        ((121, []), {"chunksize": 3}, "chunksize"),
        ((121, []), {"client": 3}, "client"),
    ],
)
def test_invalid_arguments_are_refused_by_the_call(
    harness: ClientHarness, args: tuple[Any, ...], options: dict[str, Any], argument: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        harness.client_returning().contacts.sync(*args, **options)
    assert caught.value.argument == argument


def test_an_empty_input_sends_nothing(harness: ClientHarness, take: Take) -> None:
    run = harness.client_returning().contacts.sync(121, [])
    assert take(run) == []
    assert take(run) == []
    assert repr(run).endswith("ContactSync at position 0>")


def test_contacts_are_compared_once_also_after_an_error(harness: ClientHarness, take: Take) -> None:
    service = Service()
    failures = [httpx.Response(503)]

    def handler(request: httpx.Request) -> httpx.Response:
        return failures.pop() if failures and request.method == "POST" else service(request)

    run = harness.client(handler, retries=0).contacts.sync(
        121, [{"phone_number": number(index)} for index in range(3)], compare=True
    )
    with pytest.raises(ServerError):
        take(run)
    assert outcomes(take(run)) == ["created"] * 3
    assert service.reads == 3
