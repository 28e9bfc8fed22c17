"""The recipes of docs/observability.md: what they record, and that none of it is personal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
import structlog
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from textrequest_ext import AsyncTextRequest, RetryPolicy, SendOutcomeUnknownError, TextRequest
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

    async def call() -> None:
        async with AsyncTextRequest(retries=RetryPolicy(retries=1, first_delay=0)) as client:
            await client.contacts.get(dashboard, NUMBER)

    with TextRequest(retries=RetryPolicy(retries=1, first_delay=0)) as client:
        dashboard = dashboard_id(client)
        environment.fail(status=503, times=1)
        client.contacts.get(dashboard, NUMBER)
        client.messages.send_to_contact(dashboard, NUMBER, TEXT)
    asyncio.run(call())
    finished = spans.get_finished_spans()
    assert [span.name for span in finished] == [
        "dashboards_list",
        "contacts_get",
        "contacts_get",  # one span an attempt
        "messages_send_to_contact",
        "contacts_get",
    ]
    recorded = "".join(span.to_json() for span in finished)
    assert "/dashboards/{dashboard_id}/contacts/{phone_number}" in recorded
    assert NUMBER not in recorded
    assert "appointment" not in recorded


class _Envelopes(sentry_sdk.transport.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.events.append(envelope.get_event())


def test_sentry(environment: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = _Envelopes()
    init = sentry_sdk.init
    monkeypatch.setattr(
        sentry_sdk,
        "init",
        lambda **options: init(
            **{**options, "dsn": "https://key@sentry.example.com/1", "transport": transport}
        ),
    )
    run_snippet("sentry_sdk")
    with TextRequest(retries=0) as client:
        dashboard = dashboard_id(client)
        environment.fail(status=500, times=1, operation="messages_send_to_contact")
        _fail(client, dashboard)
    sentry_sdk.get_client().close()
    [event] = transport.events
    frames = [frame for value in event["exception"]["values"] for frame in value["stacktrace"]["frames"]]
    ours = [frame for frame in frames if (frame["module"] or "").startswith("textrequest_")]
    assert len(ours) >= 4
    for secret in (NUMBER, "appointment", environment.api_key):
        assert secret not in str(ours)
        assert secret not in str([value["value"] for value in event["exception"]["values"]])


def _fail(client: TextRequest, dashboard: int) -> None:
    try:
        client.messages.send_to_contact(dashboard, NUMBER, TEXT)
    except SendOutcomeUnknownError as error:
        sentry_sdk.capture_exception(error)
