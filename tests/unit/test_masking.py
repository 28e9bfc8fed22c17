"""What an error shows of a text of the service that quotes the request or the API key."""

from __future__ import annotations

import base64
import html
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from textrequest_ext import APIStatusError, TextRequest

KEY = "our-own_Key & more+2031"
TEXT = "Appointment with Dr. Müller, für Kniegelenk"
WORDS = ("appointment", "müller", "mu\u0308ller", "kniegelenk", "kniege", "gelenk", "m%c3%bcller", "u00fc")


def upsert(client: TextRequest) -> None:
    client.contacts.upsert(1, "5555550123", note=TEXT)


def shown(message: str, call: Any = None, key: str = KEY) -> str:
    """The error for a 400 with this message."""

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"message": message, "error_code": message})

    with TextRequest(key, transport=httpx.MockTransport(respond)) as client:
        with pytest.raises(APIStatusError) as caught:
            (call or upsert)(client)
        return f"{caught.value!r} {caught.value.message} {caught.value.code}".casefold()


@pytest.mark.parametrize(
    "quoted",
    [
        KEY,
        KEY.upper(),
        html.escape(KEY),
        quote(KEY),
        quote(KEY, safe=""),
        json.dumps(KEY),
        base64.b64encode(KEY.encode()).decode(),
        KEY[:12] + "...",
        "..." + KEY[-12:],
        KEY.encode().hex(),
        base64.b64encode(b"user:" + KEY.encode()).decode(),
        base64.b64encode(b"x" + KEY.encode()).decode(),
        base64.urlsafe_b64encode(b"KEY:" + KEY.encode() + b":").decode(),
        "-".join(KEY[at : at + 4] for at in range(0, len(KEY), 4)),
        " ".join(KEY[at : at + 5] for at in range(0, len(KEY), 5)),
        "".join(f"%{byte:02x}" for byte in KEY.encode()),
    ],
)
def test_the_own_key_is_masked_in_every_form(quoted: str) -> None:
    text = shown(f"Not valid: '{quoted}', it seems.")
    assert "not valid" in text
    assert "it seems" in text
    assert "own_key" not in text
    assert "more" not in text
    assert quoted.casefold() not in text
    assert quoted[4:12].casefold() not in text


@pytest.mark.parametrize("quoted", ["ab9$", "%61%62%39%24", "&#97;&#98;9$", "YWI5JA=="])
def test_a_short_key_is_masked(quoted: str) -> None:
    text = shown(f"The key {quoted} is not valid.", key="ab9$")
    assert "the key [key] is" in text.replace("[key]==", "[key]")


def test_a_long_text_is_masked_as_far_as_it_is_shown() -> None:
    assert len(shown(f"The key {KEY} is not valid. " * 100_000)) < 2_000


@pytest.mark.parametrize(
    "quoted",
    [
        TEXT,
        TEXT.upper(),
        TEXT[:20],
        TEXT[8:40] + "…",
        html.escape(TEXT),
        TEXT.encode("ascii", "xmlcharrefreplace").decode(),
        html.escape(TEXT.encode("ascii", "xmlcharrefreplace").decode()),
        json.dumps(TEXT),
        json.dumps(json.dumps(TEXT)),
        quote(TEXT),
        TEXT.replace("ü", "u\u0308"),
        TEXT.replace(" ", "+"),
        TEXT.replace(" ", "") + "IsNotValid",
        TEXT.replace("gelenk", "\u00adgelenk").replace("ment", "nullment"),
    ],
)
def test_no_word_of_a_sent_text_is_shown(quoted: str) -> None:
    text = shown(f"Invalid value: {quoted}")
    assert "invalid value" in text
    assert not [word for word in WORDS if word in text]


@pytest.mark.parametrize(
    ("call", "secret"),
    [
        (lambda c: c.contacts.list(1, display_name="Odette Marsh").first(), "Odette"),
        (lambda c: c.contacts.list(1, contact_phone_number="5550123").first(), "5550123"),
        (lambda c: c.contacts.list(1, custom_fields=[("f1", "Odette")]).first(), "Odette"),
        (lambda c: c.contacts.get(1, "5555550123"), "5550123"),
        (
            lambda c: c.payments.create(
                1, description="Odette's knee", customer_phone="5555550123", amount_requested=5
            ),
            "knee",
        ),
        (lambda c: c.users.get(1, extra_query={"email": "odette@example.com"}), "odette"),
    ],
)
def test_no_value_of_the_query_or_the_path_is_shown(call: Any, secret: str) -> None:
    text = shown(f"Not found: {secret}, see {secret.upper()}", call)
    assert "not found" in text
    assert secret.casefold() not in text.replace("/contacts", "")


def test_other_words_are_shown() -> None:
    message = "A first name must be given, page_size 100 is not at least 101."
    assert (
        shown(message, lambda c: c.contacts.list(100, page_size=101).first()).count(message.casefold()) == 4
    )
