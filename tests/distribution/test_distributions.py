"""The wheel, which contains both packages, and the sdist, which builds the same wheel."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from distribution.conftest import pip, run


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_wheel_contains_both_packages_only(wheel: Path) -> None:
    names = contents(wheel)
    top_level = {name.split("/")[0] for name in names}
    assert {name for name in top_level if not name.endswith(".dist-info")} == {
        "textrequest_ext",
        "textrequest_api",
    }
    for required in ("textrequest_ext/py.typed", "textrequest_api/py.typed", "textrequest_api/openapi.json"):
        assert required in names
    unexpected = [
        name
        for name in names
        if not name.endswith((".py", "py.typed", ".json")) and ".dist-info/" not in name
    ]
    assert unexpected == []
    assert not [name for name in names if "test" in name.lower() and "pytest_plugin" not in name]


def test_sdist_builds_the_same_wheel(distributions: Path, wheel: Path, tmp_path: Path) -> None:
    sdist = next(distributions.glob("*.tar.gz"))
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = next(path for path in tmp_path.iterdir() if path.is_dir())
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path / "again", unpacked)
    assert contents(next((tmp_path / "again").glob("*.whl"))) == contents(wheel)


def test_wheel_works_with_runtime_dependencies_only(installed: Path, tmp_path: Path) -> None:
    installed_packages = pip(installed, "list", "--format", "freeze")
    names = {line.split("==")[0].lower().replace("_", "-") for line in installed_packages.splitlines()}
    assert {"httpx", "attrs", "python-dateutil", "textrequest-ext"} <= names
    assert not names & {"starlette", "uvicorn", "jsonschema-rs", "python-multipart", "pytest", "pyyaml"}
    script = tmp_path / "use.py"
    script.write_text(
        """
import importlib, pkgutil, sys
import httpx
import textrequest_api, textrequest_ext
from textrequest_api import models

assert textrequest_api.__contract__["generator"].startswith("openapi-python-client ")
assert len(textrequest_api.__contract__["contract_sha256"]) == 64
for name in models.__all__:
    getattr(models, name)
for package in (textrequest_api, textrequest_ext):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.startswith(
            ("textrequest_ext.sandbox", "textrequest_ext._connections.aiohttp_", "textrequest_api._structs",
             "textrequest_ext._command_line.")
        ):
            importlib.import_module(module.name)
transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"message_id": "m", "status": "sent"}))
with textrequest_ext.TextRequest("key", transport=transport) as client:
    assert client.messages.send("5555550100", "5555550123", "Hello").message_id == "m"
assert "starlette" not in sys.modules
try:
    textrequest_ext.sandbox
except ImportError as error:
    assert "textrequest-ext[sandbox]" in str(error), error
else:
    raise AssertionError("the sandbox was imported without its extra")
print("ok")
"""
    )
    assert run(installed, "-W", "error", script, cwd=tmp_path).strip() == "ok"


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("textrequest", 'textrequest: needs click, rich: pip install "textrequest-ext[cli]"'),
        (
            "textrequest-sandbox",
            "textrequest-sandbox: the sandbox needs jsonschema_rs, python_multipart, starlette, uvicorn: "
            'pip install "textrequest-ext[sandbox]"',
        ),
    ],
)
def test_a_command_says_in_one_line_how_to_install_its_extra(
    installed: Path, tmp_path: Path, command: str, line: str
) -> None:
    result = subprocess.run(
        [installed.with_name(command), "check"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (2, "", f"{line}\n")


def test_package_does_not_import_the_sandbox_or_its_dependencies() -> None:
    root = Path(__file__).parents[2] / "src" / "textrequest_ext"
    for path in root.rglob("*.py"):
        if "sandbox" in path.parts:
            continue
        for line in path.read_text("utf-8").splitlines():
            is_import = line.split()[:1] in (["import"], ["from"])
            if is_import and "TYPE_CHECKING" not in line:
                assert not any(name in line for name in ("starlette", "uvicorn", "jsonschema")), (
                    f"{path}: {line}"
                )
                if path.parent.name != "_command_line":
                    assert "textrequest_ext.sandbox" not in line, f"{path}: {line}"
