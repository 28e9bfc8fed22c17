"""The recipes of docs/http_options.md, with a proxy and servers with certificates on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from connections.raw_server import Connection, RawServer, response
from textrequest_ext import APIConnectionError, AsyncTextRequest, TextRequest

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "http_options.md").read_text("utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
PROXY = "http://proxy.example.com:3128"
PAGE = {"items": [{"id": 121, "name": "Main"}], "meta": {"page": 0, "page_size": 1000, "total_items": 1}}


class Network:
    """A TLS server with a private certificate authority, and a proxy that leads to it.

    tunnels: the targets that the proxy was asked for. heads: of the requests at the server.
    """

    def __init__(self, folder: Path) -> None:
        self.tunnels: list[str] = []
        self.authority = trustme.CA()
        self.files = {"company-ca.pem": folder / "company-ca.pem", "client.pem": folder / "client.pem"}
        self.authority.cert_pem.write_to_path(self.files["company-ca.pem"])
        self.authority.issue_cert("client.example.com").private_key_and_cert_chain_pem.write_to_path(
            self.files["client.pem"]
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("localhost").configure_cert(self.context)
        self.server = RawServer(self.respond, self.context)
        self.proxy = RawServer(self.tunnel)

    def respond(self, connection: Connection, path: str, number: int) -> None:
        time.sleep(0.01)  # so that requests overlap
        connection.send(response(PAGE))

    def tunnel(self, connection: Connection, path: str, number: int) -> None:
        self.tunnels.append(path)
        host, _, port = path.rpartition(":")
        with socket.create_connection((host, int(port))) as upstream:
            connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=relay, args=(upstream, connection.sock), daemon=True)
            back.start()
            relay(connection.sock, upstream)
            back.join()

    def run_snippet(self, containing: str) -> Any:
        """The client of the snippet with this text, after the imports of the first one."""
        [snippet] = [one for one in SNIPPETS if containing in one]
        code = SNIPPETS[0].partition("\n\nhttp_client")[0] + "\n" + snippet
        assert PROXY in code or "proxy" not in code
        code = code.replace(PROXY, self.proxy.url)
        for name, path in self.files.items():
            code = code.replace(f'"{name}"', repr(str(path)))
        names: dict[str, Any] = {}
        exec(compile("import ssl\n" + code, "http_options.md", "exec"), names)
        return names["client"]


def relay(source: Any, target: Any) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    network = Network(tmp_path)
    monkeypatch.setenv("TEXTREQUEST_API_KEY", "a-key")
    monkeypatch.setenv("TEXTREQUEST_BASE_URL", network.server.url)
    with network.server, network.proxy:
        yield network


def name_of_dashboard(client: Any) -> str | None:
    """A request with a client, which is closed after it, and with it the client of httpx."""
    http_client = client._given["http_client"]

    async def request() -> str | None:
        async with contextlib.AsyncExitStack() as stack:
            if http_client is not None:
                stack.push_async_callback(http_client.aclose)
            await stack.enter_async_context(client)
            return (await client.dashboards.list().first()).name

    if isinstance(client, AsyncTextRequest):
        return asyncio.run(request())
    with contextlib.ExitStack() as stack:
        if http_client is not None:
            stack.callback(http_client.close)
        stack.enter_context(client)
        dashboard = client.dashboards.list().first()
        assert dashboard is not None
        return dashboard.name


def trust(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the guide has it for the environment."""
    assert "export SSL_CERT_FILE=company-ca.pem" in GUIDE
    monkeypatch.setenv("SSL_CERT_FILE", str(network.files["company-ca.pem"]))


CLIENTS: dict[str, Callable[..., Any]] = {
    "blocking": TextRequest,
    "async": AsyncTextRequest,
    "aiohttp": lambda **options: AsyncTextRequest(transport="aiohttp", **options),
}


@pytest.mark.parametrize("mode", CLIENTS)
def test_a_proxy_and_a_certificate_in_the_environment(
    network: Network, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    trust(network, monkeypatch)
    assert f"export HTTPS_PROXY={PROXY}" in GUIDE
    monkeypatch.setenv("HTTPS_PROXY", network.proxy.url)
    assert name_of_dashboard(CLIENTS[mode]()) == "Main"
    assert network.tunnels == [f"localhost:{network.server.port}"]
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert name_of_dashboard(CLIENTS[mode]()) == "Main"
    assert len(network.tunnels) == 1
    assert network.server.connections == 2  # one through the proxy, one directly


@pytest.mark.parametrize("snippet", ["httpx.Client(proxy=", "httpx.AsyncClient(proxy="])
def test_a_proxy_in_code(network: Network, monkeypatch: pytest.MonkeyPatch, snippet: str) -> None:
    trust(network, monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # the proxy in code takes precedence
    assert name_of_dashboard(network.run_snippet(snippet)) == "Main"
    assert network.tunnels == [f"localhost:{network.server.port}"]


@pytest.mark.parametrize("mode", CLIENTS)
def test_an_unknown_certificate_is_refused(network: Network, mode: str) -> None:
    with pytest.raises(APIConnectionError):
        name_of_dashboard(CLIENTS[mode](retries=0))


def test_a_certificate_in_code(network: Network) -> None:
    assert name_of_dashboard(network.run_snippet("load_verify_locations")) == "Main"


def test_a_certificate_of_the_client(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    network.context.verify_mode = ssl.CERT_REQUIRED
    network.authority.configure_trust(network.context)
    assert name_of_dashboard(network.run_snippet("load_cert_chain")) == "Main"
    trust(network, monkeypatch)
    with pytest.raises(APIConnectionError):
        name_of_dashboard(TextRequest(retries=0))


@pytest.mark.parametrize("snippet", ["max_concurrency=4", "max_connections=4"])
def test_connection_limits(network: Network, monkeypatch: pytest.MonkeyPatch, snippet: str) -> None:
    trust(network, monkeypatch)
    client = network.run_snippet(snippet)
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: client.dashboards.list().first().id, range(32)))
    assert found == [121] * 32
    assert 2 <= network.server.max_open <= 4
    assert name_of_dashboard(client) == "Main"


def test_event_hooks(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[httpx.Headers] = []
    trust(network, monkeypatch)
    client = network.run_snippet("event_hooks")
    client._given["http_client"].event_hooks["response"].append(lambda got: sent.append(got.request.headers))
    assert name_of_dashboard(client) == "Main"
    assert [headers["x-gateway-ticket"] for headers in sent] == ["ticket for 1 parts"]


def test_what_the_client_of_httpx_decides() -> None:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(302, headers={"Location": "/", "Set-Cookie": "a=b"})

    http_client = httpx.Client(
        transport=httpx.MockTransport(handler),
        base_url="https://other.example.com",
        headers={"X-Other": "1", "User-Agent": "other"},
        params={"other": "1"},
        cookies={"other": "1"},
        timeout=1,
        auth=("user", "password"),
        follow_redirects=True,
    )
    with http_client, TextRequest("a-key", http_client=http_client, timeout=7, retries=0) as client:
        for _ in range(2):
            with pytest.raises(Exception, match="status 302"):
                client.dashboards.get(121)
    for request in requests:
        assert str(request.url) == "https://api.textrequest.com/api/v3/dashboards/121"
        assert request.headers["user-agent"].startswith("textrequest-ext/")
        assert {"x-other", "cookie"}.isdisjoint(request.headers)
        assert request.extensions["timeout"]["read"] == 7
        assert request.headers["authorization"].startswith("Basic ")
        assert request.headers["x-api-key"] == "a-key"
    assert len(requests) == 2


def test_every_snippet_is_run() -> None:
    own = Path(__file__).read_text("utf-8")
    needles = re.findall(r'run_snippet\("(\w+)"\)|"(max_\w+=4|httpx\.\w+\(proxy=)"', own)
    found = [one for pair in needles for one in pair if one]
    assert [sum(needle in snippet for needle in found) for snippet in SNIPPETS] == [1] * len(SNIPPETS)


def test_links_point_to_existing_files() -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)\)", GUIDE):
        assert (DOCS / target).exists(), target
