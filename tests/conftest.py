"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--wheel", metavar="DIR", help="test the distributions in this folder instead of building them"
    )
