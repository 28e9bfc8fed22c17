"""The low-level client: a finite timeout, no key in a repr, and few imports."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import pickle
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest
from generated_support import KEY, PACKAGE, ROOT

import textrequest_api
from textrequest_api import AuthenticatedClient, Client, models


def test_the_timeout_is_finite_for_every_step() -> None:
    client = AuthenticatedClient(token=KEY)

    with client.get_httpx_client() as blocking:
        timeouts = blocking.timeout.as_dict()
    assert timeouts == client.get_async_httpx_client().timeout.as_dict()
    assert set(timeouts) == {"connect", "read", "write", "pool"}
    assert all(0 < (seconds or 0) <= 60 for seconds in timeouts.values())
    assert (timeouts["connect"] or 0) < (timeouts["read"] or 0)


def test_redirects_are_not_followed_and_certificates_are_verified() -> None:
    settings = AuthenticatedClient(token=KEY)._settings()

    assert settings["follow_redirects"] is False
    assert settings["verify"] is True


def test_the_key_is_in_no_repr() -> None:
    client = AuthenticatedClient(
        token=KEY, headers={"x-api-key": KEY}, cookies={"k": KEY}, httpx_args={"auth": (KEY, KEY)}
    )

    for text in (
        repr(client),
        str(client),
        f"{client}",
        repr([client]),
        repr(client.with_timeout(httpx.Timeout(1))),
    ):
        assert KEY not in text
    client = AuthenticatedClient(token=KEY)
    for http in (client.get_httpx_client(), client.get_async_httpx_client()):
        assert KEY not in repr(http.headers) + repr(http.__dict__)
    assert "https://api.textrequest.com/api/v3" in repr(client)


def test_the_key_is_sent_in_the_header_of_the_contract() -> None:
    contract = json.loads((PACKAGE / "openapi.json").read_text("utf-8"))
    (scheme,) = contract["components"]["securitySchemes"].values()

    assert sent_headers(token=KEY)[scheme["name"]] == KEY
    assert sent_headers(token="k", prefix="Bearer")["x-api-key"] == "Bearer k"
    assert sent_headers(token=KEY, auth_header_name="x-other")["x-other"] == KEY
    assert sent_headers(token=KEY, headers={"x-api-key": "other"})["x-api-key"] == KEY


def test_the_key_is_sent_with_the_authentication_and_the_hooks_of_the_caller() -> None:
    seen: list[str] = []

    def hook(request: httpx.Request) -> None:
        seen.append(request.headers["x-api-key"])

    options = {"auth": ("user", "password"), "event_hooks": {"request": [hook]}}
    client = AuthenticatedClient(token=KEY, httpx_args={**options, "transport": echo_headers()})

    assert client.get_httpx_client().get("/").json()["authorization"].startswith("Basic ")
    assert seen == [KEY]


def echo_headers() -> httpx.MockTransport:
    """A transport whose responses contain the headers of the request."""
    return httpx.MockTransport(lambda request: httpx.Response(200, json=dict(request.headers)))


def sent_headers(**options: Any) -> dict[str, str]:
    """The headers of a request, the same with both clients."""
    client = AuthenticatedClient(**options, httpx_args={"transport": echo_headers()})

    async def get() -> Any:
        return (await client.get_async_httpx_client().get("/")).json()

    headers: dict[str, str] = client.get_httpx_client().get("/").json()
    assert asyncio.run(get()) == headers
    return headers


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        (lambda client: client.with_headers({"a": "2"}), "headers"),
        (lambda client: client.with_cookies({"a": "2"}), "cookies"),
        (lambda client: client.with_timeout(httpx.Timeout(7)), "timeout"),
    ],
)
def test_a_changed_copy_does_not_change_the_client(change: Any, setting: str) -> None:
    first = AuthenticatedClient(token=KEY, headers={"a": "1"}, cookies={"a": "1"})
    connections = first.get_httpx_client()
    before = copy.deepcopy(first._settings())

    second = change(first)

    assert type(second) is AuthenticatedClient
    assert second.token == KEY
    assert {key: value for key, value in second._settings().items() if value != before[key]}.keys() == {
        setting
    }
    assert first._settings() == before
    assert first.get_httpx_client() is connections
    assert connections.headers["a"] == "1"
    assert connections.cookies == httpx.Cookies({"a": "1"})
    assert second.get_httpx_client() is not connections


def test_both_kinds_of_connections_are_closed_on_exit() -> None:
    client = Client()
    with client:
        assert not client.get_httpx_client().is_closed
    assert client.get_httpx_client().is_closed

    async def enter() -> httpx.AsyncClient:
        async with client:
            return client.get_async_httpx_client()

    assert asyncio.run(enter()).is_closed


def test_the_files_of_a_typed_package_exist() -> None:
    assert (PACKAGE / "py.typed").is_file()
    for name in ("contract", "overlay", "settings", "templates"):
        assert re.fullmatch("[0-9a-f]{64}", textrequest_api.__contract__[f"{name}_sha256"])
    assert re.fullmatch(r"openapi-python-client \d+\.\d+\.\d+", textrequest_api.__contract__["generator"])


def test_every_file_names_the_command_that_makes_it() -> None:
    for path in PACKAGE.rglob("*.py"):
        head = path.read_text("utf-8")[:300]
        assert "scripts/regen.sh" in head, path
        assert "Never edit" in head, path


def test_every_public_name_can_be_imported() -> None:
    assert sorted(models.__all__) == dir(models)
    for name in (*models.__all__, *textrequest_api.__all__):
        module = models if name in models.__all__ else textrequest_api
        assert getattr(module, name) is not None
    for module in (models, textrequest_api):
        with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
            module.Nothing  # noqa: B018


def modules_after(statement: str) -> set[str]:
    """The modules of the package that a statement imports in a new interpreter."""
    code = f"import sys\n{statement}\nprint(*[name for name in sys.modules if name.startswith('textrequest_api')])"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    result = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return set(result.stdout.split())


def test_importing_the_package_imports_nothing_else() -> None:
    assert modules_after("import textrequest_api") == {"textrequest_api"}


def test_importing_the_client_imports_no_model_and_no_endpoint() -> None:
    assert modules_after("from textrequest_api import AuthenticatedClient") == {
        "textrequest_api",
        "textrequest_api._server",
        "textrequest_api.client",
    }


def test_an_endpoint_imports_only_its_models() -> None:
    loaded = modules_after("from textrequest_api.api.contacts import contacts_get")

    assert {name for name in loaded if ".models." in name} == {
        f"textrequest_api.models.{name}" for name in ("contact", "error")
    }
    assert {name for name in loaded if name.count(".") == 3} == {"textrequest_api.api.contacts.contacts_get"}


def test_a_model_imports_others_when_it_first_decodes_one() -> None:
    before = modules_after("from textrequest_api.models import Contact")
    after = modules_after(
        "from textrequest_api.models import Contact; Contact.from_dict({'last_message': {}})"
    )

    assert after - before == {
        "textrequest_api.models.message",
        "textrequest_api.models.message_delivery_status",
    }


def test_values_of_the_package_can_be_copied_and_pickled() -> None:
    from textrequest_api.types import UNSET

    contact = models.Contact.from_dict(
        {"phone_number": "15555550123", "last_message": {"delivery_status": "new"}, "x": 1}
    )

    for again in (copy.deepcopy(contact), pickle.loads(pickle.dumps(contact))):
        assert again == contact
        assert again["x"] == 1
    assert copy.deepcopy(UNSET) is pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert not UNSET


def run_checker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_mypy_accepts_the_package() -> None:
    result = run_checker("mypy", "--strict", str(PACKAGE))

    assert result.returncode == 0, result.stdout
