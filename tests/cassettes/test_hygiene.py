"""The recorded cassettes: all operations, valid requests, no API keys and no personal data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import jsonschema_rs
import pytest
import yaml

from cassettes.conftest import BASE_URL, KEY, RECORDED
from recording.scrubbing import Scrubber

CONTRACT: dict[str, Any] = json.loads(files("textrequest_api").joinpath("openapi.json").read_text("utf-8"))
FILES = sorted(path for path in RECORDED.rglob("*") if path.is_file())
CASSETTES = [path for path in FILES if path.suffix == ".yaml"]


def interactions() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in CASSETTES:
        for interaction in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["interactions"]:
            yield path, interaction


def templates() -> Iterator[tuple[str, re.Pattern[str], dict[str, Any], dict[str, Any]]]:
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "operationId" in operation:
                pattern = re.compile(re.sub(r"\\{[^}]+\\}", "([^/]+)", re.escape(path)) + "$")
                yield method.upper(), pattern, operation, {"path": path}


# Paths without placeholders first: /dashboards/provisioning is not the path of a dashboard.
TEMPLATES = sorted(templates(), key=lambda template: template[3]["path"].count("{"))


def operation_of(request: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    path = urlsplit(request["uri"]).path.removeprefix("/api/v3")
    for method, pattern, operation, details in TEMPLATES:
        match = pattern.match(path)
        if match and method == request["method"]:
            names = re.findall(r"\{([^}]+)\}", details["path"])
            return operation, dict(zip(names, map(unquote, match.groups()), strict=True))
    raise AssertionError(f"no operation for {request['method']} {path}")


def test_every_operation_is_recorded() -> None:
    recorded = {operation_of(interaction["request"])[0]["operationId"] for _, interaction in interactions()}
    expected = {operation["operationId"] for _, _, operation, _ in TEMPLATES}
    assert len(expected) >= 64
    assert expected - recorded == set()


def test_every_request_matches_the_contract() -> None:
    for path, interaction in interactions():
        request = interaction["request"]
        operation, path_values = operation_of(request)
        query = dict(parse_qsl(urlsplit(request["uri"]).query, keep_blank_values=True))
        parameters = {p["name"]: p for p in operation.get("parameters", [])}
        assert query.keys() <= {name for name, p in parameters.items() if p["in"] == "query"}, path
        for name, parameter in parameters.items():
            value = (path_values if parameter["in"] == "path" else query).get(name)
            assert value is not None or not parameter.get("required"), f"{path}: {name}"
            if value is not None and parameter["schema"].get("type") in ("integer", "boolean"):
                value = json.loads(value)
            if value is not None and parameter["schema"].get("type") != "array":
                jsonschema_rs.validate({**parameter["schema"], "components": CONTRACT["components"]}, value)
        media = operation.get("requestBody", {}).get("content", {})
        if "application/json" in media:
            schema = {**media["application/json"]["schema"], "components": CONTRACT["components"]}
            jsonschema_rs.validate(schema, json.loads(request["body"]))


def test_no_cassette_contains_an_api_key_a_real_phone_number_or_a_real_host() -> None:
    assert len(CASSETTES) > 25
    for path in FILES:
        text = path.read_text("utf-8")
        assert KEY.lower() not in text.lower(), path
        assert not re.search(r"\b[0-9A-Fa-f]{32}\b", text), path
        for digits in re.findall(r"(?<![0-9A-Za-z.-])\+?1?([2-9]\d{9})(?![0-9A-Za-z-])", text):
            assert re.match(r"\d{3}55501\d\d$", digits), f"{path}: a number outside 555-01xx: {digits}"
        for host in re.findall(r"https?://([^/\s\"':\\]+)", text):
            assert host == "example.com" or host.endswith(".example.com"), f"{path}: {host}"
        for host in re.findall(r"[\w.+-]+@([\w-]+\.[\w.]+)", text):
            assert host.rstrip(".") == "example.com", f"{path}: {host}"


def test_every_request_has_the_masked_api_key_and_the_example_host() -> None:
    for path, interaction in interactions():
        request = interaction["request"]
        assert request["headers"]["x-api-key"] == ["<API_KEY>"], path
        assert request["uri"].startswith(BASE_URL + "/"), path


def test_scrubber_replaces_personal_data() -> None:
    scrubber = Scrubber()
    response = {
        "items": [
            {
                "phone_number": "14235559876",
                "first_name": "Jo",
                "note": "call 423-555-9876",
                "id": 7,
                "x": None,
            }
        ],
        "target_url": "https://hooks.somebody.net/in",
        "email": "jo@somebody.net",
        "message_id": "3f0c7a52-9d1e-4b6a-8c27-5e4f1ab90d36",
        "other": "her number is +14235559876, ours 15555550123",
    }
    scrubbed = json.loads(scrubber.body(json.dumps(response).encode()))
    assert scrubbed["items"][0] == {
        "phone_number": "15555550100",
        "first_name": "word-1",
        "note": "word-2",
        "id": 7,
        "x": None,
    }
    assert scrubbed["target_url"].startswith("https://example.com/")
    assert scrubbed["email"].startswith("https://example.com/")
    assert scrubbed["message_id"] == response["message_id"]
    assert scrubbed["other"] == "her number is +15555550100, ours 15555550123"
    assert scrubber.url("/dashboards/1/contacts/14235559876?search=4235559876") == (
        "/dashboards/1/contacts/15555550100?search=5555550100"
    )
    assert scrubber.body(b"\xff not json 4235559876").endswith(b"5555550100")


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_every_cassette_belongs_to_a_test(path: Path) -> None:
    module = Path(__file__).parent / f"test_{path.parent.name}.py"
    assert f"def test_{path.stem}(" in module.read_text("utf-8")
