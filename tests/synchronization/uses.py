"""Small calls with what each prepared change of the document brings, against a mock transport.

Run as a script with the changed package on the path: `python uses.py NAME...`. It prints what fails.
Imports are in the functions, because each change has other modules.
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

USES: dict[str, Callable[[], None]] = {}
Request = httpx.Request


def use(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register the use of the change with this name."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        USES[name] = function
        return function

    return register


def api(module: str) -> Any:
    return importlib.import_module(f"textrequest_api.{module}")


class Service:
    """Responds with prepared bodies in turn, and keeps the requests."""

    def __init__(self, *bodies: Any, status: int = 200) -> None:
        self.bodies, self.status, self.requests = list(bodies), status, list[Request]()

    def __call__(self, request: Request) -> httpx.Response:
        self.requests.append(request)
        body = self.bodies.pop(0)
        if isinstance(body, bytes):
            return httpx.Response(self.status, content=body)
        return httpx.Response(self.status, json=body) if body is not None else httpx.Response(self.status)

    @property
    def request(self) -> Request:
        return self.requests[-1]

    def client(self) -> Any:
        """The client of users, whose resources need an unbroken package."""
        import textrequest_ext

        return textrequest_ext.TextRequest("made-up-key", transport=httpx.MockTransport(self))

    def low_level(self) -> Any:
        """The generated client, which works even if the hand-written code does not."""
        module = api("client")
        client = module.AuthenticatedClient(token="made-up-key")
        settings = {"base_url": module.BASE_URL, "transport": httpx.MockTransport(self)}
        return client.set_httpx_client(httpx.Client(**settings))


def sent(module: str, *arguments: Any, **keywords: Any) -> Request:
    """The request that an operation builds."""
    request = dict(api(f"api.{module}").operation.build(*arguments, **keywords))
    for option in ("extensions", "timeout"):
        request.pop(option, None)
    request["url"] = "https://example.com" + request["url"]
    return httpx.Request(**request)


def received(module: str, body: Any, status: int = 200) -> Any:
    """What an operation makes of a response."""
    return api(f"api.{module}").operation.parse(httpx.Response(status, json=body))


@use("property-names-reserved")
def _() -> None:
    keys = {
        "class": "class_", "self": "self_", "2nd_phone": "field_2nd_phone", "additional_properties": "additional_properties_",
        "to_dict": "to_dict_", "_fill": "field_fill", "KEYS": "keys", "model": "model",
    }  # fmt: skip
    body = {key: f"value of {key}" for key in keys if key != "additional_properties"}
    body |= {
        "missing": "a",
        "MISSING": "b",
        "import": 5,
        "additional_properties": {"a": "b"},
        "raw": "2026-07-25T09:30:00Z",
        "other": 7,
    }
    service = Service(body)
    model = api("models").OddNames.from_dict(body)
    result = api("api.odd_names.odd_names_create").sync(121, client=service.low_level(), body=model)
    assert json.loads(service.request.content) == body
    assert {key: getattr(result, name) for key, name in keys.items() if key != "additional_properties"} == {
        key: value for key, value in body.items() if key in keys and key != "additional_properties"
    }
    assert (result.import_, result.raw.year, result["other"]) == (5, 2026, 7)
    assert result.additional_properties_["a"] == "b"
    assert {result.missing, result.missing_2} == {"a", "b"}
    assert result.to_dict() == body
    request = sent("odd_names.odd_names_create", 121, class_="c", self_="s", import_=1)
    assert json.loads(request.content) == {"class": "c", "self": "s", "import": 1}


@use("property-names-alike")
def _() -> None:
    body = {"userId": 1, "user_id": 2, "UserID": 3, "user-id": 4, "user id": 5}
    result = received("similar_names.similar_names_update", body)
    assert result.to_dict() == body
    assert sorted(getattr(result, one.name) for one in type(result).__attrs_attrs__[:5]) == [1, 2, 3, 4, 5]
    request = sent("similar_names.similar_names_update", user_id=1, userid=4)
    assert sorted(json.loads(request.content).values()) == [1, 4]


@use("property-names-unicode")
def _() -> None:
    result = received(
        "foreign_names.foreign_names_get", {"größe": 5, "имя": "a", "名前": "2026-07-25T09:30:00Z"}
    )
    assert (result.größe, result.имя, result.名前.year) == (5, "a", 2026)


@use("parameter-names-reserved")
def _() -> None:
    request = sent(
        "searches.searches_list", 121, class_="a", from_="b", client_query="c", timeout_query=4, self_="e",
        extra_query_query="f", field_2nd="g", filterstate="h", operation="i", extra_query={"more": "j"}, timeout=5,
    )  # fmt: skip
    assert dict(request.url.params) == {
        "class": "a", "from": "b", "client": "c", "timeout": "4", "self": "e", "extra_query": "f", "2nd": "g",
        "filter[state]": "h", "operation": "i", "more": "j",
    }  # fmt: skip
    service = Service([{"id": "1"}])
    result = api("api.searches.searches_list").sync(121, client=service.low_level(), client_query="c")
    assert type(result[0]).__name__ == "Tag"


@use("enum-values-emoji")
def _() -> None:
    for value in ("👍", "a👎", "", " ", "+1", "-1", "größe", "True", "None"):
        assert sent("moods.moods_list", mood=value).url.params["mood"] == value
    result = received("moods.moods_list", {"mood": "👎"})
    assert (result.mood, result.mood.value) == ("👎", "👎")
    assert {member.value for member in type(result.mood)} >= {
        "good",
        "👍",
        "2nd",
        "self",
        "name",
        "value",
        "mro",
    }
    assert received("moods.moods_list", {"mood": "🤷"}).mood == "🤷"


@use("enum-values-integer")
def _() -> None:
    result = received("levels.levels_get", {"level": -1})
    assert (result.level, result.level.name) == (-1, "VALUE_NEGATIVE_1")
    assert received("levels.levels_get", {"level": 7}).level == 7


@use("schema-names-reserved")
def _() -> None:
    result = received("reserved.reserved_get", {"id": 1, "file": {"id": 2}, "any": {"id": 3}})
    assert (type(result).__name__, result.file.id, result.any_.id) == ("ResponseModel", 2, 3)
    service = Service([{"id": 4, "uuid": "3f0c7a52-9d1e-4b6a-8c27-5e4f1ab90d36"}])
    create = api("api.reserved.reserved_create")
    found = create.sync(client=service.low_level(), body=api("models").OperationModel(id=3))
    assert json.loads(service.request.content) == {"id": 3}
    assert (found[0].id, found[0].uuid.version) == (4, 4)


@use("schema-names-alike")
def _() -> None:
    models = api("models")
    assert models.DeliveryReport.from_dict({"id": 1}).id == 1
    assert models.OldDeliveryReport.from_dict({"id": "a"}).id == "a"


@use("schema-recursive")
def _() -> None:
    body: dict[str, Any] = {"name": "a"}
    for name in "bcd":
        body = {
            "name": name,
            "folders": [body, {"name": "x"}],
            "owner": {"name": "o", "home": body},
            "parent": body,
        }
    result = received("folders.folders_get", body)
    assert result.folders[0].folders[0].folders[0].name == "a"
    assert (result.owner.home.owner.home.name, result.parent.parent.name) == ("b", "b")


@use("schema-discriminator")
def _() -> None:
    text = {"kind": "text", "body": "hi"}
    call = {"kind": "call", "seconds": 5, "at": "2026-07-25T09:30:00Z"}
    other = {"kind": "fax", "pages": 2}
    page = received("notices.notices_list", {"newest": call, "all": [text, None, call, other]})
    assert [type(one).__name__ for one in page.all_] == ["NoticeText", "NoticeCall", "dict"]
    assert (page.newest.at.year, page.newest.seconds, page.all_[0].body, page.all_[2]) == (
        2026,
        5,
        "hi",
        other,
    )
    assert page.to_dict()["all"] == [text, call, other]
    assert received("notices.notices_newest", text).body == "hi"
    assert received("notices.notices_create", [call])[0].seconds == 5
    service = Service([text])
    api("api.notices.notices_create").sync(
        client=service.low_level(), body=api("models").NoticeText.from_dict(text)
    )
    assert json.loads(service.request.content) == text


@use("schema-union")
def _() -> None:
    page = received("attachments.attachments_list", {"newest": {"url": "u"}, "all": [{"latitude": 1.5}, "x"]})
    assert (page.newest, page.all_) == ({"url": "u"}, [{"latitude": 1.5}, "x"])


@use("schema-types-and-const")
def _() -> None:
    result = received(
        "measures.measures_create", {"kind": "measure", "value": 5, "parts": ["a", 1.5], "label": None}
    )
    assert (result.kind, result.value, result.parts, result.label) == ("measure", 5, ["a", 1.5], None)
    assert received("measures.measures_create", {"kind": "other", "value": "x"}).kind == "other"
    request = sent("measures.measures_create", kind="measure", value="x", version=2, size=1)
    assert json.loads(request.content) == {"kind": "measure", "value": "x", "version": 2, "size": 1}


@use("schema-map")
def _() -> None:
    result = received("totals.totals_get", {"a": 1, "b b": 2})
    assert (result["a"], result["b b"], result.additional_keys) == (1, 2, ["a", "b b"])


@use("schema-of-3000-properties")
def _() -> None:
    body = {f"value_{number}": f"{number}" for number in range(3000)}
    result = received("wide.wide_get", body)
    assert (result.value_0, result.value_2999) == ("0", "2999")
    assert result.to_dict() == body


@use("inline-schema-name-taken")
def _() -> None:
    assert api("models").Group.from_dict({"paint": "red"}).paint == "red"
    assert api("models").GroupCoat("red").name == "RED"


@use("list-by-offset")
def _() -> None:
    def page(first: int, number: int) -> dict[str, Any]:
        return {"results": [{"id": first + step} for step in range(number)], "paging": {"total": 70}}

    operation = api("api.calls.calls_list").operation
    service = Service(page(0, 50), page(50, 20))
    calls = service.client().paginate(operation, 121)
    assert [one.id for one in calls] == list(range(70))
    assert [dict(one.url.params) for one in service.requests] == [
        {"skip": "0", "take": "50"}, {"skip": "50", "take": "50"},
    ]  # fmt: skip
    # The service returns fewer than it was asked for: the next offset counts what it has returned.
    service = Service(page(0, 10), page(10, 10), {"results": [], "paging": None})
    assert len(service.client().paginate(operation, 121).collect()) == 20
    assert service.requests[1].url.params["skip"] == "10"
    service = Service(page(3, 2))
    assert [one.id for one in service.client().paginate(operation, 121).starting_at(3).limit(2)] == [3, 4]
    assert dict(service.request.url.params) == {"skip": "3", "take": "2"}
    assert Service(page(0, 1)).client().paginate(operation, 121).count() == 70
    called = Service(page(0, 1)).client().call(operation, 121)
    assert called.items[0].id == 0


@use("list-by-cursor")
def _() -> None:
    import textrequest_ext

    def page(following: str | None, *ids: str) -> dict[str, Any]:
        return {"data": [{"id": one} for one in ids], "links": {"next": following}}

    operation = api("api.activities.activities_list").operation
    service = Service(page("x", "a", "b"), page("y"), page(None, "c"))
    activities = service.client().paginate(operation, 121)
    assert [one.id for one in activities] == ["a", "b", "c"]
    assert [one.url.params.get("after") for one in service.requests] == [None, "x", "y"]
    assert service.request.url.params["first"] == "100"
    service = Service(page("x", "a"))
    assert service.client().paginate(operation, 121, after="w").first().id == "a"
    assert dict(service.request.url.params) == {"after": "w", "first": "1"}
    try:
        Service(page("x", "a"), page("x", "b")).client().paginate(operation, 121).collect()
    except textrequest_ext.UnexpectedResponseError as error:
        assert "cannot be read to its end" in str(error)
    else:
        raise AssertionError("the same cursor again must not be an endless loop")
    try:
        activities.starting_at(2)
    except textrequest_ext.InvalidArgumentError:
        pass
    else:
        raise AssertionError("a list by cursor has no numbers")


@use("success-201")
def _() -> None:
    service = Service({"id": 7, "name": "n"}, status=201)
    result = api("api.groups.groups_create").sync(
        121, client=service.low_level(), body=api("models").PostGroupRequest(name="n")
    )
    assert result.id == 7
    assert received("groups.groups_create", {"id": 8}, 201).id == 8


@use("success-without-body")
def _() -> None:
    service = Service(None, status=204)
    body = api("models").PostGroupRequest(name="n")
    assert (
        api("api.groups.groups_update").sync_detailed(121, 5, client=service.low_level(), body=body).parsed
        is None
    )
    assert api("api.groups.groups_update").operation.parse(httpx.Response(204)) is None


@use("response-second-media-type")
def _() -> None:
    assert received("groups.groups_get", {"id": 7}).id == 7


@use("request-second-media-type")
def _() -> None:
    request = sent("messages.messages_send", from_="5555550100", to="5555550123", body="hi")
    assert json.loads(request.content)["body"] == "hi"
    assert request.headers["content-type"] == "application/json"


@use("request-form")
def _() -> None:
    service = Service({"id": 1})
    model = api("models").SessionsCreateRequest(user="a b", seconds=5)
    result = api("api.sessions.sessions_create").sync(client=service.low_level(), body=model)
    assert service.request.content == b"user=a+b&seconds=5"
    assert service.request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert result.id == 1


@use("request-any-object")
def _() -> None:
    request = sent("imports.imports_create", body={"source": {"rows": [1]}})
    assert json.loads(request.content) == {"source": {"rows": [1]}}


@use("request-files")
def _() -> None:
    file = api("types").File
    album = api("models").AlbumsCreateRequest(
        pictures=[file(b"GIF89a", "a.gif"), file(b"GIF87a", "b.gif")], place="Oslo"
    )
    parts = sent("albums.albums_create", body=album).read()
    for part in (
        b'name="pictures"; filename="a.gif"',
        b'name="pictures"; filename="b.gif"',
        b"GIF87a",
        b"Oslo",
    ):
        assert part in parts
    try:
        sent(
            "albums.albums_create",
            body=api("models").AlbumsCreateRequest(pictures=[file(b"GIF89a", "a.gif"), "b.gif"]),
        )
    except api("errors").InvalidArgumentError as error:
        assert str(error) == "body.pictures[1]: must be a File, not str"
    else:
        raise AssertionError("a text was sent as a file")


@use("response-default-only")
def _() -> None:
    assert received("states.states_get", {"id": "7"}).id == "7"


@use("parameter-path-style")
def _() -> None:
    assert sent("regions.regions_get", "north").url.path == "/regions/north"


@use("parameter-names-in-paths")
def _() -> None:
    request = sent("reports.reports_get_part", 7, "a/b", "c")
    assert request.url.raw_path == b"/reports/7/a%2Fb-c"
    assert (
        sent("reports.reports_get_part", report_id=7, class_="a", client_path="b").url.path
        == "/reports/7/a-b"
    )
    service = Service({"id": "7"})
    part = api("api.reports.reports_get_part").sync(7, "a", "b", client=service.low_level())
    assert (part.id, service.request.url.path) == ("7", "/api/v3/reports/7/a-b")


@use("response-file")
def _() -> None:
    service = Service(b"%PDF-1.7", b"a,b\n")
    assert api("api.invoices.invoices_pdf").sync(7, client=service.low_level()) == b"%PDF-1.7"
    assert api("api.invoices.invoices_csv").sync(7, client=service.low_level()) == "a,b\n"


@use("parameter-array-styles")
def _() -> None:
    request = sent(
        "filters.filters_list", [1, 2], several=["a", "b"], bracketed=["c", "d"], commas=["a", "z"], pipes=["e", "f"],
        spaces=["g", "h"], x_ids="1,2",
    )  # fmt: skip
    assert request.url.raw_path.startswith(b"/filters/1,2?")
    assert request.url.params.multi_items() == [
        ("several", "a"), ("several", "b"), ("bracketed[]", "c"), ("bracketed[]", "d"), ("commas", "a,z"),
        ("pipes", "e|f"), ("spaces", "g h"),
    ]  # fmt: skip
    assert request.headers["x-ids"] == "1,2"
    for wrong in ({"pipes": ["a|b"]}, {"several": "ab"}, {"spaces": ["a b"]}):
        try:
            sent("filters.filters_list", [1], **wrong)
        except api("errors").InvalidArgumentError:
            continue
        raise AssertionError(wrong)


@use("parameter-deep-object")
def _() -> None:
    assert sent("users.users_list", whereemail="a").url.params["where[email]"] == "a"


@use("parameter-in-header-and-cookie")
def _() -> None:
    request = sent("users.users_list", x_trace_id="t", theme="dark")
    assert (request.headers["x-trace-id"], request.headers["cookie"]) == ("t", "theme=dark")


@use("request-property-required")
def _() -> None:
    assert json.loads(sent("tags.tags_create", 121, tag="a", color="red").content)["color"] == "red"
    try:
        sent("tags.tags_create", 121, tag="a")
    except api("errors").InvalidArgumentError as error:
        assert "color" in str(error)
    else:
        raise AssertionError("color is required")


@use("security-alternative")
@use("server-added")
@use("server-spelled-otherwise")
@use("server-of-an-operation")
@use("security-header-case")
@use("request-xml")
@use("operation-deprecated")
@use("document-of-openapi-3.1")
@use("operation-renamed")
@use("security-of-a-new-operation")
def _() -> None:
    import textrequest_ext

    requests = []

    def respond(request: Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(
            200, json={"items": [{"id": 7}], "meta": {"page": 0, "page_size": 1, "total_items": 1}}
        )

    client = textrequest_ext.TextRequest("made-up-key", transport=httpx.MockTransport(respond))
    assert client.groups.list(121).first().id == 7
    assert requests[0].headers["x-api-key"] == "made-up-key"
    assert requests[0].url.host == "api.textrequest.com"


@use("server-moved")
def _() -> None:
    service = Service({"id": 7})
    api("api.groups.groups_get").sync(121, 7, client=service.low_level())
    assert {str(one.url) for one in service.requests} == {
        "https://api2.textrequest.com/v3/dashboards/121/groups/7"
    }


@use("server-of-another-host")
def _() -> None:
    service = Service({"id": 7})
    api("api.groups.groups_get").sync(121, 7, client=service.low_level())
    assert service.request.url.host == "api.example.com"


@use("webhook-attribute-removed")
def _() -> None:
    event = api("events").decode({"payment_id": 7, "status": "Paid", "reference_id": "r"})
    assert (type(event).__name__, event.payment_id, event.raw["reference_id"]) == (
        "PaymentStatusUpdated",
        7,
        "r",
    )
    assert not hasattr(event, "reference_id")


@use("webhook-payload-removed")
def _() -> None:
    event = api("events").decode({"ContactId": 7, "ContactPhoneNumber": "5555550123"})
    assert type(event).__name__ == "UnknownEvent"
    assert not hasattr(api("events"), "ContactCreated")


@use("timestamp-as-a-number")
def _() -> None:
    assert (
        api("models").Message.from_dict({"message_timestamp_utc": 1785000000}).message_timestamp_utc
        == 1785000000
    )


@use("corrections-documented")
def _() -> None:
    group = api("models").Contact.from_dict({"opted_out_utc": "2026-07-25T09:30:00Z"})
    assert isinstance(group.opted_out_utc, datetime)
    assert sent("contacts.contacts_list", 121, display_name="a").url.params["display_name"] == "a"
    assert Service(None, status=204).client().webhooks.reconnect(121, 5) is None


@use("enum-value-added")
def _() -> None:
    message = api("models").Message.from_dict({"delivery_status": "read"})
    assert message.delivery_status.name == "READ"


@use("enum-value-null")
def _() -> None:
    models = api("models")
    assert models.Message.from_dict({"delivery_status": None}).delivery_status is None
    assert "None" not in [member.value for member in models.MessageDeliveryStatus]


@use("enum-value-removed")
def _() -> None:
    message = api("models").Message.from_dict({"delivery_status": "accepted"})
    assert (message.delivery_status, message.delivery_status.name) == ("accepted", "UNKNOWN")


@use("operation-added")
def _() -> None:
    body = {"items": [{"id": 1, "title": "t"}], "meta": {"page": 0, "page_size": 2, "total_items": 1}}
    service = Service(body, {"items": []})
    reports = service.client().paginate(api("api.reports.reports_get_all").operation, 121)
    assert [report.id for report in reports] == [1]


@use("operation-removed")
def _() -> None:
    try:
        api("api.tags.tags_delete")
    except ModuleNotFoundError:
        pass
    else:
        raise AssertionError("the operation was removed")
    assert received("tags.tags_get", {"id": "7"}).id == "7"


@use("parameter-added")
def _() -> None:
    assert sent("groups.groups_list", 121, name_prefix="a").url.params["name_prefix"] == "a"


@use("parameter-made-required")
def _() -> None:
    assert sent("users.users_list", email="a@example.com").url.params["email"] == "a@example.com"
    try:
        sent("users.users_list")
    except api("errors").InvalidArgumentError as error:
        assert "email" in str(error)
    else:
        raise AssertionError("email is required")


@use("parameter-retyped")
def _() -> None:
    assert sent("keywords.keywords_get", 121, "abc").url.path.endswith("/keywords/abc")


@use("path-moved")
def _() -> None:
    service = Service(None, status=204)
    api("api.payments.payments_send_reminder").sync_detailed(121, 5, client=service.low_level())
    assert service.request.url.path.endswith("/payments/5/remind")


@use("path-moved-without-ids")
def _() -> None:
    service = Service(None, status=204)
    module = api("api.payments.post_dashboards_dashboard_id_payments_payment_id_remind")
    module.sync_detailed(121, 5, client=service.low_level())
    assert service.request.url.path.endswith("/payments/5/remind")


@use("property-added")
def _() -> None:
    assert api("models").Group.from_dict({"color": "red"}).color == "red"


@use("property-removed")
def _() -> None:
    group = api("models").Group.from_dict({"notes": "n"})
    assert (hasattr(group, "notes"), group["notes"]) == (False, "n")


@use("property-retyped")
def _() -> None:
    assert api("models").Group.from_dict({"group_member_count": "many"}).group_member_count == "many"


@use("response-container-changed")
def _() -> None:
    page = received("groups.groups_list", {"items": [{"id": "7"}], "meta": {}})
    assert type(page.items[0]).__name__ == "Tag"


def main(names: list[str]) -> int:
    """Print the uses that fail, as JSON: their names, and the last lines of the traceback."""
    failed = {}
    for name in names:
        try:
            USES[name]()
        except Exception as error:
            failed[name] = "".join(traceback.format_exception(error, limit=-2))
    print(json.dumps(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
