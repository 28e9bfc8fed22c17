"""A tag of an operation becomes a folder of the package, so only a tag made of words is accepted."""

from __future__ import annotations

import json

import pytest

from regeneration import Refused, source


def with_tags(tags: object) -> bytes:
    operation = {"operationId": "A_get", "tags": tags, "responses": {}}
    return json.dumps({"openapi": "3.0.0", "paths": {"/users": {"get": operation}}}).encode()


@pytest.mark.parametrize(
    "tag",
    [
        "../../../../X",
        "..",
        "a/b",
        "a\\b",
        "a.b",
        "",
        " ",
        " Users",
        "-",
        "_",
        "a\nb",
        "a\u202eb",
        "\uff58",
        "'''",
        "a" * 121,
        5,
        ["Users"],
    ],
)
@pytest.mark.parametrize("before", [[], ["Users"]], ids=["first", "second"])
def test_a_tag_that_is_not_made_of_words_is_refused(tag: object, before: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        source.parse(with_tags([*before, tag]), "document")

    assert str(refused.value) == (
        f"document: GET '/users' has the tag {str(tag)[:60]!r}; "
        "a tag may have only letters, digits, spaces, underscores and hyphens"
    )


def test_tags_made_of_words_are_accepted() -> None:
    tags = ["Users", "CustomFields", "custom fields", "custom_fields", "custom-fields", "3D", "a" * 120]

    document = source.parse(with_tags(tags), "document")

    assert document["paths"]["/users"]["get"]["tags"] == tags


def test_a_property_called_tags_is_not_a_tag() -> None:
    schema = {"properties": {"tags": {"type": "array", "example": ["a/b"]}}}
    document = {"openapi": "3.0.0", "paths": {"/users": {}}, "components": {"schemas": {"user": schema}}}

    assert source.parse(json.dumps(document).encode(), "document")["components"]["schemas"]["user"] == schema
