"""Documents are untrusted: dangerous ones are refused before they are used."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from regeneration_support import Node

from regeneration import Refused, source

SMALL = "openapi: 3.0.0\npaths: {/x: {get: {responses: {'200': {description: x}}}}}\n"


def parsed(text: str | bytes) -> Node:
    return source.parse(text.encode() if isinstance(text, str) else text, "document")


def test_a_document_that_expands() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 6)]
    tracemalloc.start()

    with pytest.raises(Refused, match=r"^document: the document uses YAML aliases"):
        parsed(SMALL + "\n".join(lines))

    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_merge_key_does_not_expand_either() -> None:
    with pytest.raises(Refused, match="YAML aliases"):
        parsed(SMALL + "a: &a {k: v}\nb: {<<: [*a, *a]}\n")

    assert parsed(SMALL + "b: {<<: {k: v}}\n")["b"] == {"<<": {"k": "v"}}


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting(opening: str) -> None:
    with pytest.raises(Refused):
        parsed(SMALL + "x:\n  " + opening * 100_000)


@pytest.mark.parametrize("levels", [1000, 100_000])
def test_deep_nesting_in_json(levels: int) -> None:
    with pytest.raises(Refused):
        parsed('{"openapi": "3.0.0", "paths": {"/x": {}}, "x": ' + "[" * levels + "]" * levels + "}")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()

    with pytest.raises(Refused, match="larger than 20000000 bytes"):
        source.load(str(path))

    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()


class Endless(httpx.SyncByteStream):
    """A body without an end, which counts the bytes that were read."""

    taken = 0

    def __iter__(self) -> Any:
        while True:
            Endless.taken += 1_000_000
            yield b" " * 1_000_000


def respond_with(monkeypatch: pytest.MonkeyPatch, handler: Any) -> None:
    def stream(method: str, url: str, **options: Any) -> Any:
        assert options["timeout"] <= 30
        client = httpx.Client(transport=httpx.MockTransport(handler))
        return client.stream(method, url)

    monkeypatch.setattr("regeneration.source.httpx.stream", stream)


def test_a_response_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    respond_with(monkeypatch, lambda request: httpx.Response(200, stream=Endless()))

    with pytest.raises(Refused, match="larger than 20000000 bytes"):
        source.load("https://example.com/openapi.json")

    assert Endless.taken <= 22_000_000


def test_a_response_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 10_000, 20))
    monkeypatch.setattr("regeneration.source.time.monotonic", lambda: next(moments))
    respond_with(monkeypatch, lambda request: httpx.Response(200, content=iter([b"x"] * 100)))

    with pytest.raises(Refused, match="took longer than 60 seconds"):
        source.load("https://example.com/openapi.json")


def test_a_response_that_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("broken")

    respond_with(monkeypatch, handler)
    with pytest.raises(Refused, match=r"^https://example.com: no response \(ReadError\)$"):
        source.load("https://example.com")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/openapi.yaml",
        "HTTP://example.com",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com/",
    ],
)
def test_without_tls_only_from_this_machine(url: str) -> None:
    with pytest.raises(Refused, match="not fetched without TLS; use https://"):
        source.load(url)


@pytest.mark.parametrize("url", ["http://[::1", "https://", "http://localhost:99999999/", "https://\x00"])
def test_an_invalid_url(url: str) -> None:
    with pytest.raises(Refused):
        source.load(url)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.touch(mode=0o000)

    with pytest.raises(Refused, match="cannot be read"):
        source.load(str(path))


def test_a_name_too_long_for_a_file() -> None:
    with pytest.raises(Refused):
        source.load("x" * 5000)


@pytest.mark.parametrize(
    "reference",
    [
        "https://example.com/x.yaml",
        "//example.com/x",
        "file:///etc/passwd",
        "../../../etc/passwd",
        "/etc/passwd",
        "x.yaml#/a",
        "",
    ],
)
@pytest.mark.parametrize("key", ["$ref", "$dynamicRef", "$id"])
def test_references_to_other_documents(reference: str, key: str) -> None:
    with pytest.raises(Refused, match=r"^document: /x-deep/0 refers to another document: "):
        parsed(SMALL + f"x-deep: [{{'{key}': '{reference}'}}]\n")


@pytest.mark.parametrize(
    "name",
    [
        "x; import os",
        'x"""',
        "x'",
        "../../evil",
        "x\ny",
        "x/y",
        "__import__('os')",
        "{{ 7 * 7 }}",
        "x\\",
        "",
        "a" * 200,
        "0",
        "\uff58\u202e",
    ],
)
@pytest.mark.parametrize("place", ["schema", "property", "operation", "parameter"])
def test_unusable_names(name: str, place: str) -> None:
    document: Node = {
        "openapi": "3.0.0",
        "paths": {"/x": {"get": {"responses": {}}}},
        "components": {"schemas": {}},
    }
    get, schemas = document["paths"]["/x"]["get"], document["components"]["schemas"]
    match place:
        case "schema":
            schemas[name] = {"type": "object"}
        case "property":
            schemas["thing"] = {"properties": {name: {"type": "string"}}}
        case "operation":
            get["operationId"] = name
        case "parameter":
            get["parameters"] = [{"name": name, "in": "query"}]

    with pytest.raises(Refused, match="not a usable name"):
        parsed(json.dumps(document))


def test_python_in_a_tag_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    with pytest.raises(Refused, match="not YAML or JSON"):
        parsed(SMALL + f"x: !!python/object/apply:os.system ['touch {mark}']\n")

    assert not mark.exists()


@pytest.mark.parametrize(
    "value", ["!!binary aGVsbG8=", "!!set {a, b}", "!!timestamp 2026-03-14", "!!float .nan", "!!float .inf"]
)
def test_values_that_json_does_not_have(value: str) -> None:
    with pytest.raises(Refused):
        parsed(SMALL + f"x: {value}\n")


def test_yaml_has_the_types_of_json() -> None:
    document = parsed(
        SMALL
        + "x: [on, yes, 12:30, 010, 0x10, 1e3, 1.50, -7, ~, true, 2026-03-14, 1_000, '5', '']\non: {200: y}\n"
    )

    assert document["x"] == [
        "on",
        "yes",
        "12:30",
        10,
        "0x10",
        1000.0,
        1.5,
        -7,
        None,
        True,
        "2026-03-14",
        "1_000",
        "5",
        "",
    ]
    assert document["on"] == {"200": "y"}


def test_json_that_is_not_valid_yaml() -> None:
    document = parsed('\ufeff{\n\t"openapi": "3.0.0",\n\t"paths": {"\\/x": {}},\n\t"x": "\\ud83d\\ude00"\n}')

    assert list(document["paths"]) == ["/x"]
    assert document["x"] == "😀"


@given(st.binary(max_size=300))
def test_any_bytes_raise_only_refused(content: bytes) -> None:
    with pytest.raises(Refused):
        parsed(content)


Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(["name", "in"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(Json, Json)
def test_only_the_order_changes(document: Any, reference: Any) -> None:
    ordered = source.in_order_of(document, reference)

    def unordered(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: unordered(value) for key, value in node.items()}
        if isinstance(node, list):
            return sorted(json.dumps(unordered(item), sort_keys=True) for item in node)
        return node

    assert unordered(ordered) == unordered(document)
    assert source.in_order_of(ordered, reference) == ordered


def test_new_keys_come_last() -> None:
    ordered = source.in_order_of({"z": 1, "new": 2, "a": 3, "also": 4}, {"a": 0, "gone": 0, "z": 0})

    assert list(ordered) == ["a", "z", "also", "new"]
