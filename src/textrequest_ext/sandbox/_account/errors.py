"""The exception for a request that the service refuses."""

from __future__ import annotations


class ServiceError(Exception):
    """The service refuses a request: the status, message and code of its error response."""

    def __init__(self, message: str, *, status: int = 400, code: str | None = None) -> None:
        self.status = status
        self.message = message
        self.code = code
        super().__init__(message)
