"""The tests of docs/testing.md pass."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import respx
from pytest_httpx import HTTPXMock

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "testing.md").read_text("utf-8")
NAMES: dict[str, Any] = {}
for snippet in re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE):
    exec(compile(snippet, "testing.md", "exec"), NAMES)


def test_respx(respx_mock: respx.MockRouter) -> None:
    NAMES["test_a_retry"](respx_mock)


def test_pytest_httpx(httpx_mock: HTTPXMock) -> None:
    NAMES["test_an_error"](httpx_mock)


def test_mock_transport() -> None:
    NAMES["test_a_text"]()


def test_links_point_to_existing_files() -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)\)", GUIDE):
        assert (DOCS / target).exists(), target
