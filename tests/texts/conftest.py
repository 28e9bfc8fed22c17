"""Fixtures: the clients of the unit tests."""

from __future__ import annotations

from unit.conftest import _clean_environment, harness

__all__ = ["_clean_environment", "harness"]
