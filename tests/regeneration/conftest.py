"""Regenerated packages, made once for all tests: each takes some seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
from regeneration_support import (
    Node,
    as_yaml,
    contract,
    grown,
    load,
    rewritten,
    run_script,
    without_operation_ids,
    written,
)


@pytest.fixture
def document() -> Node:
    return contract()


def _regenerated(spec: Path, output: Path, seed: str) -> Path:
    result = run_script("--spec", str(spec), "--output", str(output), seed=seed)
    assert result.returncode == 0, result.stderr
    return output / "textrequest_api"


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package from the same contract with other prose, as YAML."""
    folder = tmp_path_factory.mktemp("foreign")
    spec = folder / "document.yaml"
    spec.write_text(as_yaml(rewritten(contract())), "utf-8")
    return _regenerated(spec, folder, "7")


@pytest.fixture(scope="session")
def anonymous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package from the same contract as JSON, without operationIds, its keys in another order."""
    folder = tmp_path_factory.mktemp("anonymous")
    return _regenerated(written(without_operation_ids(contract()), folder), folder, "8")


@pytest.fixture(scope="session")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package from a document with additions, imported as later_api."""
    folder = tmp_path_factory.mktemp("later")
    package = _regenerated(written(grown(contract()), folder), folder, "9")
    load(package, "later_api")
    return package
