"""The certificates that verify the server: read when they are needed, in a thread, and never skipped."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import trustme

from connections.conftest import NUMBER, Runner
from connections.raw_server import Connection, contact, number_in, response
from textrequest_ext import APIConnectionError, ConfigurationError, TextRequest
from textrequest_ext._connections.routes import Route

THREAD = "textrequest-certificates"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.wfile.write(response(contact(NUMBER)))

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def tls() -> Iterator[SimpleNamespace]:
    """A server with TLS: its url, and the authority that has signed its certificate."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield SimpleNamespace(url=f"https://localhost:{server.server_port}", authority=authority)
        server.shutdown()
        thread.join()


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that have read certificates."""
    names: list[str] = []
    original = httpx.create_ssl_context

    def create() -> ssl.SSLContext:
        names.append(threading.current_thread().name)
        return original()

    monkeypatch.setattr(httpx, "create_ssl_context", create)
    return names


def trust(monkeypatch: pytest.MonkeyPatch, folder: Path, authority: trustme.CA) -> None:
    file = folder / "authorities.pem"
    file.write_bytes(authority.cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


def test_certificates_are_read_once_in_a_thread(
    run: Runner, tls: Any, readers: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trust(monkeypatch, tmp_path, tls.authority)

    async def call(client: Any) -> None:
        assert readers == []
        for _ in range(2):
            assert (await client.contacts.get(121, NUMBER)).phone_number == NUMBER
        assert not any(thread.name == THREAD for thread in threading.enumerate())

    run(tls, call)
    assert readers == [THREAD]


def test_a_server_with_another_certificate_is_refused(
    run: Runner, tls: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trust(monkeypatch, tmp_path, trustme.CA())

    async def call(client: Any) -> None:
        with pytest.raises(APIConnectionError, match="ConnectError"):
            await client.contacts.get(121, NUMBER)

    run(tls, call)


def test_certificates_that_cannot_be_read_are_a_configuration_error(
    run: Runner, tls: Any, readers: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty.pem").touch()

    async def call(client: Any) -> None:
        for name in ("empty.pem", "missing.pem"):
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
            with pytest.raises(ConfigurationError, match="check SSL_CERT_FILE"):
                await client.messages.send_to_contact(121, NUMBER, "hello")
        trust(monkeypatch, tmp_path, tls.authority)
        assert (await client.contacts.get(121, NUMBER)).phone_number == NUMBER

    run(tls, call)
    assert readers[0] == THREAD


def test_no_certificates_are_read_for_http(run: Runner, serve: Any, readers: list[str]) -> None:
    def respond(connection: Connection, path: str, number: int) -> None:
        connection.send(response(contact(number_in(path))))

    async def call(client: Any) -> None:
        assert (await client.contacts.get(121, NUMBER)).phone_number == NUMBER

    run(serve(respond), call)
    assert readers == []


def test_certificates_are_read_without_a_thread_if_there_can_be_none(
    readers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    route = Route()
    route.read_ahead()
    assert route.certificates is route.certificates
    assert readers == [threading.current_thread().name]


def test_certificates_are_read_as_soon_as_a_resource_is_used(readers: list[str]) -> None:
    for base_url in ("http://localhost:9", "https://localhost:9"):
        assert readers == []
        client = TextRequest("key", base_url=base_url)
        _ = client.contacts, client.contacts
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join()
    assert readers == [THREAD]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_waits_until_the_certificates_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def create() -> ssl.SSLContext:
        release.wait()
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    monkeypatch.setattr(httpx, "create_ssl_context", create)
    route = Route()
    route.read_ahead()
    timer = threading.Timer(0.05, release.set)
    timer.start()
    child = os.fork()
    if child == 0:
        os._exit(route._context is None)
    assert os.waitpid(child, 0)[1] == 0
    timer.join()


def test_a_process_that_was_forked_meanwhile_reads_the_certificates_itself(readers: list[str]) -> None:
    route = Route()
    route._reader = threading.Thread(target=int)  # a fork ends all other threads
    route._reader.start()
    assert route.certificates.verify_mode is ssl.CERT_REQUIRED
    assert readers == [threading.current_thread().name]
