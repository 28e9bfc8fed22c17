"""Send the request of an operation: what the four functions of each generated module have in common."""

from typing import TYPE_CHECKING, Any

from ._requests import build_with_model
from ._responses import detailed
from .errors import UnexpectedArgumentError
from .types import Operation, Response

if TYPE_CHECKING:
    from .client import Client


def send(operation: Operation[..., Any], client: "Client", arguments: dict[str, Any]) -> Response[Any]:
    """Send the request with the blocking client. `arguments` are the local variables of the function."""
    request = build_with_model(operation, arguments)
    response = _checked(client).get_httpx_client().request(**request)
    return detailed(operation, response, raise_on_unexpected_status=client.raise_on_unexpected_status)


async def send_async(
    operation: Operation[..., Any], client: "Client", arguments: dict[str, Any]
) -> Response[Any]:
    """Send the request with the async client. `arguments` are the local variables of the function."""
    request = build_with_model(operation, arguments)
    response = await _checked(client).get_async_httpx_client().request(**request)
    return detailed(operation, response, raise_on_unexpected_status=client.raise_on_unexpected_status)


def _checked(client: "Client") -> "Client":
    if not hasattr(client, "get_httpx_client"):
        raise UnexpectedArgumentError(
            "client",
            f"must be a low-level client, such as TextRequest().low_level, not {type(client).__name__}",
        )
    return client
