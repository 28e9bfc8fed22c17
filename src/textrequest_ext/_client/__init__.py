"""The clients: TextRequest and AsyncTextRequest."""

from textrequest_ext._client.asynchronous import AsyncTextRequest
from textrequest_ext._client.blocking import TextRequest

__all__ = ["AsyncTextRequest", "TextRequest"]
