"""What the package may connect to, and with what: the API key in its header, and the servers of the vendor."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from regeneration import Refused

Node = dict[str, Any]
KEY_HEADER = "x-api-key"
DOMAIN = "textrequest.com"
_URL = re.compile(r"https://([A-Za-z0-9.-]+)(?::\d+)?(?:/[A-Za-z0-9._~/-]*)?")


def check(document: Node, operation: Node, where: str) -> None:
    """Raise Refused for an operation of another server, or that the API key in its header does not permit."""
    servers = document["paths"][where.partition(" ")[2]].get("servers", document.get("servers"))
    if operation.get("servers", servers) != document.get("servers"):
        raise Refused(
            f"{where} has a server of its own, but the package sends every request to the first of `servers`; "
            "remove the `servers` of the operation and its path, or the operation, by an action in "
            "openapi.overlay.yaml"
        )
    alternatives = operation["security"]
    if not alternatives or any(all(map(_is_key, _schemes(document, one))) for one in alternatives):
        return
    needed = " or ".join(dict.fromkeys(" and ".join(one) for one in alternatives))
    raise Refused(
        f"{where} requires {needed}, but the package sends the API key in the header {KEY_HEADER}; correct "
        "`security`, or remove the operation, by an action in openapi.overlay.yaml"
    )


def _schemes(document: Node, alternative: Node) -> list[Node]:
    schemes = document.get("components", {}).get("securitySchemes", {})
    return [schemes.get(name, {}) for name in alternative]


def _is_key(scheme: Node) -> bool:
    place = (scheme.get("type"), scheme.get("in"), str(scheme.get("name")).lower())
    return place == ("apiKey", "header", KEY_HEADER)


def server(contract: Node, built: Node) -> str:
    """The URL of the first server, to which the API key is sent.

    Raises Refused for a server outside of the vendor's domain, unless the overlay has set it.
    """
    servers = built.get("servers") or [{}]
    url = str(servers[0].get("url", ""))
    found = _URL.fullmatch(url)
    if found is None:
        raise Refused(
            f"the server {url[:100]!r} is not an https URL; set `servers` by an action in openapi.overlay.yaml"
        )
    host = found[1].lower()
    if host != DOMAIN and not host.endswith(f".{DOMAIN}") and servers == contract.get("servers"):
        raise Refused(
            f"the server {url} is not one of {DOMAIN}, and the API key would be sent there; if that is right, set "
            "`servers` by an action in openapi.overlay.yaml"
        )
    return url.rstrip("/")


def same_url(url: str) -> str:
    """The URL of a server in the form that all its spellings have: case of the host, slash at the end."""
    parts = urlsplit(url)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl().rstrip("/")
