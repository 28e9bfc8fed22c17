"""Shared by the tests of the generated package: its names, clients without a server, the stock generator."""

from __future__ import annotations

import importlib.util
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

import textrequest_api
import textrequest_api.api
from textrequest_api import models

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(textrequest_api.__file__).parent
KEY = "095E5113DE4142C28FB7815CC10BEB56"  # the placeholder of the published document


def endpoint_names() -> list[str]:
    found = pkgutil.walk_packages(textrequest_api.api.__path__, "textrequest_api.api.")
    return [module.name for module in found if not module.ispkg]


def model_names() -> list[str]:
    """The names of the models, without the enums."""
    return [name for name in models.__all__ if hasattr(getattr(models, name), "from_dict")]


def enum_names() -> list[str]:
    return [name for name in models.__all__ if not hasattr(getattr(models, name), "from_dict")]


def client_returning(
    status: int = 200,
    *,
    json: Any = None,
    content: bytes | None = None,
    requests: list[httpx.Request] | None = None,
) -> Any:
    """A low-level client that gets this response to every request. `requests` collects the requests."""

    def handler(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            request.read()
            requests.append(request)
        return (
            httpx.Response(status, content=content)
            if content is not None
            else httpx.Response(status, json=json)
        )

    transport = httpx.MockTransport(handler)
    arguments: dict[str, Any] = {"base_url": "https://api.example.com/api/v3", "transport": transport}
    client = textrequest_api.AuthenticatedClient(token=KEY)
    client.set_httpx_client(httpx.Client(**arguments, headers={client.auth_header_name: KEY}))
    client.set_async_httpx_client(httpx.AsyncClient(**arguments, headers={client.auth_header_name: KEY}))
    return client


def load(folder: Path, name: str) -> ModuleType:
    """Import the package in a directory under another name. Its imports are relative."""
    place = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    sys.modules[name] = module
    place.loader.exec_module(module)
    return module


def generate_with_stock_templates(document: Path, package: str, folder: Path) -> tuple[Path, str]:
    """Run the generator with its own templates. Returns the package and what the generator printed."""
    settings = folder / f"{package}.yaml"
    settings.write_text(
        f"package_name_override: {package}\nproject_name_override: {package}\npost_hooks: []\n"
    )
    command = [sys.executable, "-P", "-m", "openapi_python_client", "generate", "--meta", "none"]
    arguments = ["--path", str(document), "--output-path", str(folder / package), "--config", str(settings)]
    result = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
    return folder / package, result.stdout + result.stderr
