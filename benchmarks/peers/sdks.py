"""Other SDKs: how a user imports each, and what its first call is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SDK:
    """package: what to install. imports: the import of a user. call: the rest of a first call, with the
    URL of the server in `url`, or None if the SDK takes no base URL. note: what is particular about it.
    """

    package: str
    imports: str
    call: str | None
    note: str = ""


SDKS = (
    SDK(
        "openai",
        "from openai import OpenAI",
        "OpenAI(api_key='key', base_url=url + '/v1').models.list()",
    ),
    SDK(
        "stripe",
        "from stripe import StripeClient",
        # It has its own file of certificates, and does not read the environment variable.
        "import os, stripe; stripe.ca_bundle_path = os.environ['SSL_CERT_FILE']\n"
        "StripeClient('sk_test_placeholder', base_addresses={'api': url}).v1.customers.list()",
    ),
    SDK(
        "twilio",
        "from twilio.rest import Client",
        None,
        "takes no base URL, so that a first call cannot be measured",
    ),
    SDK(
        "benchling-sdk",
        "from benchling_sdk.benchling import Benchling; from benchling_sdk.auth.api_key_auth import ApiKeyAuth",
        "list(Benchling(url=url, auth_method=ApiKeyAuth('key')).dropdowns.list())",
    ),
)
# The responses to their first calls, by the ending of the path.
ROUTES = {
    "/models": {"object": "list", "data": []},
    "/customers": {"object": "list", "data": [], "has_more": False, "url": "/v1/customers"},
    "/dropdowns": {"nextToken": "", "dropdowns": []},
}
