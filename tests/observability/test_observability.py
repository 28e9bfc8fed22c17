"""The recipes of docs/observability.md: what they record, and that none of it is personal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from textrequest_api.api.contacts import contacts_get
from textrequest_ext import APIConnectionError, AsyncTextRequest, RetryPolicy, TextRequest
from textrequest_ext.sandbox import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "observability.md").read_text("utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
NUMBER = "5555550123"
TEXT = "Your appointment is on Tuesday"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1, dashboards=1, contacts=2) as running:
        yield running


@pytest.fixture
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setenv("TEXTREQUEST_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TEXTREQUEST_BASE_URL", sandbox.url)
    return sandbox


def run_snippet(containing: str) -> dict[str, Any]:
    """Run the snippet with this text, after the imports of the first one."""
    [snippet] = [one for one in SNIPPETS if containing in one]
    namespace: dict[str, Any] = {}
    exec(compile(SNIPPETS[0].partition("\n\n")[0], "observability.md", "exec"), namespace)
    exec(compile(snippet, "observability.md", "exec"), namespace)
    return namespace


def dashboard_id(client: TextRequest) -> int:
    dashboard = client.dashboards.list().first()
    assert dashboard is not None
    return dashboard.id


def test_hooks(environment: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    with run_snippet("def count")["client"] as client:
        client.messages.send_to_contact(dashboard_id(client), NUMBER, TEXT)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["dashboards_list", "messages_send_to_contact"]
    assert NUMBER not in "".join(lines)


def test_structlog(environment: Sandbox) -> None:
    with structlog.testing.capture_logs() as records:
        namespace = run_snippet("structlog")
        environment.fail(status=503, times=1)
        with namespace["client"].with_options(retries=RetryPolicy(retries=1, first_delay=0)) as client:
            client.dashboards.list().first()
        namespace["client"].close()
    assert [(record["event"], record["operation"]) for record in records] == [
        ("textrequest", "dashboards_list"),
        ("textrequest retry", "dashboards_list"),
        ("textrequest", "dashboards_list"),
    ]


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    processor = SimpleSpanProcessor(exporter)
    provider.add_span_processor(processor)
    try:
        yield exporter
    finally:
        HTTPXClientInstrumentor().uninstrument()
        processor.shutdown()


def test_opentelemetry(environment: Sandbox, spans: InMemorySpanExporter) -> None:
    run_snippet("HTTPXClientInstrumentor")
    policy = RetryPolicy(retries=1, first_delay=0)

    async def call(**options: Any) -> None:
        async with AsyncTextRequest(retries=policy, **options) as client:
            environment.fail(status=503, times=1)
            await client.contacts.get(dashboard, NUMBER)
            await client.messages.send_to_contact(dashboard, NUMBER, TEXT)

    async def call_with_client() -> None:
        async with httpx.AsyncClient() as http_client:
            await call(http_client=http_client)

    with TextRequest(retries=policy) as client:
        dashboard = dashboard_id(client)
        spans.clear()
        environment.fail(status=503, times=1)
        client.contacts.get(dashboard, NUMBER)
        client.messages.send_to_contact(dashboard, NUMBER, TEXT)
        client.contacts.list(dashboard, contact_phone_number=NUMBER, display_name="Odette").first()
        contacts_get.sync(dashboard, NUMBER, client=client.low_level)
    with httpx.Client() as http_client, TextRequest(http_client=http_client) as client:
        client.contacts.get(dashboard, NUMBER)
    with TextRequest(base_url="http://127.0.0.1:9", retries=0) as client, pytest.raises(APIConnectionError):
        client.messages.send_to_contact(dashboard, NUMBER, TEXT)
    asyncio.run(call())
    asyncio.run(call_with_client())
    asyncio.run(call(transport="aiohttp"))  # no spans, and nothing else of what was sent
    finished = spans.get_finished_spans()
    assert [span.name for span in finished] == [
        *("contacts_get", "contacts_get", "messages_send_to_contact"),  # one span an attempt
        *("contacts_list", "contacts_get"),
        "contacts_get",
        "messages_send_to_contact",
        *("contacts_get", "contacts_get", "messages_send_to_contact") * 2,
    ]
    recorded = "".join(span.to_json() for span in finished)
    assert "/dashboards/{dashboard_id}/contacts/{phone_number}" in recorded
    for secret in (NUMBER, "appointment", "Odette", environment.api_key):
        assert secret not in recorded
