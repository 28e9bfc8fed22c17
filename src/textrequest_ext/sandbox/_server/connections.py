"""The open connections of the server, so that a fault can close one."""

from __future__ import annotations

import asyncio

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connections:
    """The transports of open connections, by client address.

    The client address is all that an ASGI scope contains of its connection.
    """

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """A protocol class for uvicorn that registers its connections here."""
        transports = self._transports

        class RegisteredProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    transports.pop(self.client, None)
                super().connection_lost(exc)

        return RegisteredProtocol

    def close(self, scope: Scope) -> None:
        """Closes the connection of a scope after everything that was written is sent."""
        if (transport := self._transport(scope)) is not None:
            transport.close()

    def abort(self, scope: Scope) -> None:
        """Resets the connection of a scope immediately."""
        if (transport := self._transport(scope)) is not None:
            transport.abort()

    def _transport(self, scope: Scope) -> asyncio.Transport | None:
        client = scope.get("client")
        return self._transports.get((client[0], client[1])) if client else None
