"""The examples run in their frameworks, and receive signed requests from the frameworks' test clients."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from webhook_payloads import API_KEY, CONTACT_NUMBER, PAYLOADS, TEXT

from textrequest_ext.webhooks import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

EXAMPLES = Path(__file__).parents[2] / "examples"
Post = Callable[[str, bytes, dict[str, str]], int]


def load(name: str) -> Any:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def fastapi_post() -> Post:
    with warnings.catch_warnings():
        # Starlette's test client warns that it prefers the successor of httpx.
        warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
        from fastapi.testclient import TestClient

    client = TestClient(load("webhooks_fastapi").app)
    return lambda path, body, headers: client.post(path, content=body, headers=headers).status_code


def flask_post() -> Post:
    client = load("webhooks_flask").app.test_client()
    return lambda path, body, headers: client.post(path, data=body, headers=headers).status_code


def django_post() -> Post:
    load("webhooks_django")
    from django.test import Client  # type: ignore[import-untyped]

    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})

    def post(path: str, body: bytes, headers: dict[str, str]) -> int:
        response = client.post(path, body, content_type="application/json", headers=headers)
        return int(response.status_code)

    return post


FRAMEWORKS: dict[str, Callable[[], Post]] = {
    "fastapi": fastapi_post,
    "flask": flask_post,
    "django": django_post,
}


@pytest.fixture(params=FRAMEWORKS)
def post(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Post:
    monkeypatch.setenv("TEXTREQUEST_API_KEY", API_KEY)
    return FRAMEWORKS[request.param]()


def signed(body: bytes, *, key: str = API_KEY, age: int = 0) -> dict[str, str]:
    timestamp = int(time.time()) - age
    return {
        SIGNATURE_HEADER: sign(body, api_key=key, timestamp=timestamp),
        TIMESTAMP_HEADER: str(timestamp),
        "Content-Type": "application/json",
    }


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_genuine_delivery_is_handled(post: Post, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    body = json.dumps(PAYLOADS[name], ensure_ascii=False, indent=1).encode()
    assert post(f"/hooks/{name}", body, signed(body)) == 200
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 1
    assert "passed over" not in printed
    assert TEXT not in printed
    assert CONTACT_NUMBER not in printed


def test_a_genuine_delivery_of_an_unknown_event_is_accepted(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    body = b'{"review_id": 7}'
    assert post("/hooks/review_received", body, signed(body)) == 200
    assert "passed over an event of the kind review_received" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (lambda body: signed(body + b" "), 401),
        (lambda body: signed(body, key="A-MADE-UP-KEY"), 401),
        (lambda body: signed(body, age=3600), 401),
        (lambda body: signed(body, age=-3600), 401),
        (lambda body: {}, 401),
    ],
    ids=["other body", "other key", "too old", "too new", "unsigned"],
)
def test_a_delivery_that_is_not_genuine_or_not_recent_is_refused(
    post: Post, headers: Callable[[bytes], dict[str, str]], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps(PAYLOADS["msg_received"]).encode()
    assert post("/hooks/msg_received", body, headers(body)) == status
    assert capsys.readouterr().out == ""


def test_a_genuine_delivery_that_is_not_a_payload_is_a_bad_request(post: Post) -> None:
    assert post("/hooks/msg_received", b"hello", signed(b"hello")) == 400


def test_the_flask_example_accepts_the_old_key_while_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTREQUEST_API_KEY", API_KEY)
    post, body = flask_post(), b"{}"
    assert post("/hooks/msg_sent", body, signed(body, key="THE-OLD-MADE-UP-KEY")) == 401
    monkeypatch.setenv("TEXTREQUEST_API_KEY_BEFORE", "THE-OLD-MADE-UP-KEY")
    assert post("/hooks/msg_sent", body, signed(body, key="THE-OLD-MADE-UP-KEY")) == 200
    assert post("/hooks/msg_sent", body, signed(body)) == 200
