"""Command-line options and settings of all tests."""

from __future__ import annotations

import copyreg
import gc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test fails because the machine is busy.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


# The files that take longest, so that no worker has one of them left when the other has none.
LONGEST = [
    "synchronization/test_sync_prepared.py",
    "synchronization/test_sync_end_to_end.py",
    "regeneration/test_regeneration_documents.py",
    "regeneration/test_regeneration_command.py",
    "examples/test_export_messages.py",
    "examples/test_export_with_dask.py",
    "sending/test_kills.py",
    "limits/test_celery_example.py",
    "limits/test_celery_journal.py",
    "fuzz/test_fuzz.py",
    "editors/test_editors.py",
    "synchronization/test_sync_merge.py",
    "synchronization/test_sync_python_api.py",
    "scripts/test_environment.py",
    "examples/test_webhooks_to_sqlite.py",
    "distribution/test_distributions.py",
    "faults/test_faults.py",
    "faults/test_forked_workers.py",
    "regeneration/test_regeneration_typed_dicts.py",
    "regeneration/test_regeneration_hostile.py",
    "measuring/test_peers.py",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--wheel", metavar="DIR", help="test the wheel in this folder instead of building one")
    parser.addoption("--sandbox", metavar="URL", help="record cassettes against the sandbox at this URL")
    parser.addoption("--live", action="store_true", help="record cassettes against the real service")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files in LONGEST first, the others in their order. Of tests with one id, pytest-xdist would run one."""
    count = Counter(item.nodeid for item in items)
    if duplicates := [name for name, number in count.items() if number > 1]:
        raise pytest.UsageError(f"several tests have this id: {duplicates[0]}")
    folder = Path(__file__).parent
    place = {folder / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.fixture(autouse=True, scope="module")
def _little_to_collect(request: pytest.FixtureRequest) -> None:
    """For modules that run the garbage collector, often: it ignores what earlier tests and imports created."""
    if hasattr(request.module, "gc"):
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def _pickled_by_the_package() -> None:
    """distributed replaces how all exceptions are pickled, with their causes and tracebacks."""
    for kind, function in list(copyreg.dispatch_table.items()):
        if getattr(function, "__module__", "").startswith("tblib") and issubclass(kind, BaseException):
            del copyreg.dispatch_table[kind]
    return
