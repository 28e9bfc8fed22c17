"""The wheel to test: a newly built one, or the one in the folder of the option --wheel."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path | None = None) -> str:
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="session")
def distributions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one sdist and one wheel, the wheel built from the checkout."""
    option = request.config.getoption("--wheel", default=None)
    if option:
        return (ROOT / str(option)).resolve()
    folder = tmp_path_factory.mktemp("distributions")
    run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    return next(distributions.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment with the wheel and its runtime dependencies only."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip(python, "install", "-q", "-c", ROOT / "constraints.txt", wheel)
    return python


def pip(python: Path, *arguments: str | Path) -> str:
    """Run the pip of these tests for another environment: one of its own takes seconds to install."""
    return run(sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", *arguments)
