"""The first call: a process that imports, creates a client and sends one GET over TLS.

Both sides verify the server with a file that has all certificates of certifi and one more, made here: a
file with the one certificate alone would hide what reading certificates costs.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme

from benchmarks.environments import runtime_environment
from benchmarks.measuring import Ratio, Result, alternate, run_process
from benchmarks.server import running_server

OURS = """
from textrequest_ext import TextRequest
with TextRequest("key", base_url={url!r}) as client:
    assert client.dashboards.get(350).name == "Front desk"
"""
BASELINE = """
import httpx
with httpx.Client(base_url={url!r}, headers={{"x-api-key": "key"}}) as client:
    assert client.get("/dashboards/350").json()["name"] == "Front desk"
"""


@dataclass(frozen=True)
class Certificates:
    """server: certificate and private key of localhost. authorities: what clients verify it with."""

    server: Path
    authorities: Path


@contextmanager
def local_certificates() -> Iterator[Certificates]:
    """Certificates in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        authority = trustme.CA()
        server = Path(folder, "server.pem")
        authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
            str(server)
        )
        authorities = Path(folder, "authorities.pem")
        authorities.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
        ssl.create_default_context(cafile=str(authorities))  # a file that cannot be read fails here
        yield Certificates(server, authorities)


def measure(*, quick: bool) -> Iterator[Result]:
    """The budget of a cold process."""
    with (
        runtime_environment() as python,
        local_certificates() as certificates,
        running_server(certificate=certificates.server) as url,
    ):
        environment = {"SSL_CERT_FILE": str(certificates.authorities)}
        cpu: dict[str, list[float]] = {"ours": [], "baseline": []}

        def process(name: str, code: str) -> float:
            times = run_process(python, code.format(url=url), environment)
            cpu[name].append(times.cpu)
            return times.wall

        measured = alternate(
            {"ours": lambda: process("ours", OURS), "baseline": lambda: process("baseline", BASELINE)},
            5 if quick else 41,
        )
    yield Ratio.of(measured["ours"], measured["baseline"]).result(
        "cold", **{"CPU time": Ratio.of(cpu["ours"], cpu["baseline"]).value}
    )
