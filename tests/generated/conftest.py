"""The modules of the generated package, and packages made with the generator's own templates."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest
from generated_support import PACKAGE, ROOT, endpoint_names, generate_with_stock_templates, load


@pytest.fixture(scope="session")
def endpoints() -> dict[str, ModuleType]:
    return {name.rpartition(".")[2]: importlib.import_module(name) for name in endpoint_names()}


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that the stock templates make of the same built document."""
    folder = tmp_path_factory.mktemp("stock")
    path, _ = generate_with_stock_templates(PACKAGE / "openapi.json", "stock_api", folder)
    load(path, "stock_api")
    return path


@pytest.fixture(scope="session")
def naive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The package that the stock templates make of the uncorrected contract, and the warnings."""
    folder = tmp_path_factory.mktemp("naive")
    path, output = generate_with_stock_templates(ROOT / "openapi.yaml", "naive_api", folder)
    load(path, "naive_api")
    return path, output
