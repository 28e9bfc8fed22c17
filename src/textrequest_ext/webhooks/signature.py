"""Who sent a delivery: the signature over its raw body and its timestamp.

The scheme is the one of the vendor's example repository; the published document does not describe it.
"""

from __future__ import annotations

import base64
import hmac

SIGNATURE_HEADER = "x-tr-webhook-signature"
TIMESTAMP_HEADER = "x-tr-webhook-timestamp"


def sign(body: bytes, *, api_key: str, timestamp: int | str) -> str:
    """The signature of a delivery: for tests, and for programs that stand in for the service.

    body: the bytes that are sent. timestamp: Unix seconds, exactly as the header has them. Comes back
    as padded Base64 of the HMAC-SHA256, keyed with the API key, over timestamp, a dot and the body.
    """
    digest = hmac.digest(api_key.encode(), f"{timestamp}.".encode() + body, "sha256")
    return base64.b64encode(digest).decode("ascii")
