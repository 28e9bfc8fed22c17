"""Command-line options and settings of all tests."""

from __future__ import annotations

import copyreg
import gc

import pytest
from hypothesis import HealthCheck, settings

# No test fails because the machine is busy.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--wheel", metavar="DIR", help="test the wheel in this folder instead of building one")
    parser.addoption("--sandbox", metavar="URL", help="record cassettes against the sandbox at this URL")
    parser.addoption("--live", action="store_true", help="record cassettes against the real service")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the garbage collector ignore what the tests import: several of them run it many times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _pickled_by_the_package() -> None:
    """distributed replaces how all exceptions are pickled, with their causes and tracebacks."""
    for kind, function in list(copyreg.dispatch_table.items()):
        if getattr(function, "__module__", "").startswith("tblib") and issubclass(kind, BaseException):
            del copyreg.dispatch_table[kind]
    return
