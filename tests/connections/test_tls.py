"""Connections with TLS: certificates are verified, and surplus data is noticed below the encryption."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from connections.conftest import NUMBER, Runner
from connections.raw_server import Connection, RawServer, contact, number_in, response
from connections.test_connections import (
    NUMBERS,
    late_second_response,
    two_responses,
    wait_for_second_response,
)
from textrequest_ext import APIConnectionError, SendOutcomeUnknownError


def echo(connection: Connection, path: str, number: int) -> None:
    connection.send(response(contact(number_in(path))))


class Authority:
    """A certificate authority, which a client trusts if `trust` is called."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._authority = trustme.CA()
        self._file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self._file))
        self._monkeypatch = monkeypatch

    def trust(self) -> None:
        self._monkeypatch.setenv("SSL_CERT_FILE", str(self._file))

    def context(self, host: str) -> ssl.SSLContext:
        """What a server with a certificate for this host needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(host).configure_cert(context)
        return context


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    return Authority(tmp_path, monkeypatch)


@pytest.mark.parametrize(("is_trusted", "host"), [(False, "localhost"), (True, "example.com")])
def test_a_certificate_that_is_not_valid_is_refused(
    run: Runner, serve: Callable[..., RawServer], authority: Authority, is_trusted: bool, host: str
) -> None:
    if is_trusted:
        authority.trust()
    server = serve(echo, context=authority.context(host))

    async def calls(client: Any) -> None:
        with pytest.raises(APIConnectionError, match="ConnectError"):
            await client.contacts.get(121, NUMBER)
        with pytest.raises(APIConnectionError) as caught:
            await client.messages.send("5555550100", "5555550123", "Hello")
        assert not isinstance(caught.value, SendOutcomeUnknownError)

    run(server, calls)
    assert server.requests == 0


def test_a_connection_with_tls_is_used_again(
    run: Runner, serve: Callable[..., RawServer], authority: Authority
) -> None:
    authority.trust()
    server = serve(echo, context=authority.context("localhost"))

    async def calls(client: Any) -> None:
        for number in NUMBERS[:10]:
            assert (await client.contacts.get(121, number)).phone_number == number

    run(server, calls)
    assert server.connections == 1


@pytest.mark.parametrize("respond", [two_responses, late_second_response])
def test_surplus_bytes_below_tls_never_reach_the_next_call(
    run: Runner, serve: Callable[..., RawServer], authority: Authority, respond: Any
) -> None:
    authority.trust()
    server = serve(respond, context=authority.context("localhost"))

    async def calls(client: Any) -> None:
        for number in NUMBERS[:5]:
            assert (await client.contacts.get(121, number)).phone_number == number
            if respond is late_second_response:
                await wait_for_second_response(run)

    run(server, calls)
    assert server.connections == 5
