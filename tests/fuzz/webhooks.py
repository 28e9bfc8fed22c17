"""Mutated webhook deliveries: bodies, headers, and arguments of the three functions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fuzz import contract_samples, mutations
from fuzz.secrets_sent import KEY, check_error, quotes
from textrequest_ext import TextRequestError, webhooks

NOW = 1_770_000_000
_EVENTS = ["msg_sent", "msg_received", "contact_created", "contact_updated", "msg_status_updated"]
_EVENTS += ["location_received", "payment_status_updated", "unknown", "", "\ud800"]
_TIMES = [
    *(20 * [str(NOW)]),
    str(NOW - 301),
    str(NOW + 10**9),
    "",
    "0",
    "-1",
    "1e9",
    "nan",
    "٠١٢",
    "9" * 5000,
    "1770000000.5",
    "\x00",
]
_NAMES = [
    ("x-tr-webhook-signature", "x-tr-webhook-timestamp"),
    ("X-TR-Webhook-Signature", "X-TR-Webhook-Timestamp"),
    ("HTTP_X_TR_WEBHOOK_SIGNATURE", "HTTP_X_TR_WEBHOOK_TIMESTAMP"),
    (b"x-tr-webhook-signature", b"x-tr-webhook-timestamp"),
    ("x-tr-webhook-signature ", "x-tr-webhook-timestam"),
]
_SAMPLES = contract_samples.payloads()


def _pairs(names: Any, signature: Any, timestamp: Any) -> Any:
    return [(names[0], signature), (names[1], timestamp)]


def _twice(names: Any, signature: Any, timestamp: Any) -> Any:
    return [(names[0], "x"), *_pairs(names, signature, timestamp)]


def _bytes(names: Any, signature: Any, timestamp: Any) -> Any:
    return {names[0]: signature.encode("utf-8", "replace"), names[1]: timestamp.encode("utf-8", "replace")}


def _strange(names: Any, signature: Any, timestamp: Any) -> Any:
    return {names[0]: None, names[1]: object(), 5: 6, None: None, "a": [signature]}


_SHAPES = [lambda names, *values: dict(_pairs(names, *values)), _pairs, _twice, _bytes, _strange]
_SHAPES += [
    lambda *values: None,
    lambda *values: 5,
    lambda *values: "headers",
    lambda *values: [("a",)],
    lambda *values: {},
]
_BODIES = [
    *(30 * [bytes]),
    bytearray,
    memoryview,
    lambda body: body.decode("utf-8", "surrogateescape"),
    lambda body: None,
    lambda body: {},
    lambda body: 5,
]
_KEYS: list[Any] = [*(20 * [KEY]), [KEY, "other"], "other", "", [], None, [KEY, None], "\ud800", 5]

inputs = st.fixed_dictionaries(
    {
        "sample": st.integers(0, len(_SAMPLES) - 1),
        "json": mutations.json_changes,
        "ascii_only": st.booleans(),
        "bytes": mutations.byte_changes,
        "event": st.one_of(st.none(), st.sampled_from(_EVENTS)),
        "timestamp": st.sampled_from(_TIMES),
        "names": st.sampled_from(_NAMES),
        "shape": st.sampled_from([_SHAPES[0]] * 40 + _SHAPES),
        "body": st.sampled_from(_BODIES),
        "key": st.sampled_from(_KEYS),
        "signature": st.one_of(*(4 * [st.none()]), st.sampled_from([*quotes(), "é", "\ud800", "=" * 44])),
        "function": st.sampled_from(["receive", "receive", "parse", "verify"]),
        "tolerance": st.sampled_from([*(20 * [300]), None, 0, -1, float("nan"), float("inf"), "5", 10**400]),
        "now": st.sampled_from([*(20 * [NOW]), float("nan"), 10**400, "x"]),
    }
)


def check(value: dict[str, Any]) -> str | None:
    """Feed one delivery to a function. Anything but a result or an error of this package fails."""
    payload = mutations.changed_json(_SAMPLES[value["sample"]], value["json"])
    content = mutations.changed_bytes(
        mutations.dumps(payload, ascii_only=value["ascii_only"]), value["bytes"]
    )
    signature = value["signature"] or webhooks.sign(content, api_key=KEY, timestamp=value["timestamp"] or "0")
    headers = value["shape"](value["names"], signature, value["timestamp"])
    options = {"api_key": value["key"], "tolerance": value["tolerance"], "now": value["now"]}
    body = value["body"](content)
    try:
        if value["function"] == "parse":
            result: Any = webhooks.parse(body, event=value["event"])
        elif value["function"] == "verify":
            result = webhooks.verify(body, headers, **options)
        else:
            result = webhooks.receive(body, headers, event=value["event"], **options)
    except TextRequestError as error:
        check_error(error)
        return type(error).__name__
    repr(result)
    return None
