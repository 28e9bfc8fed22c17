"""The snippet of docs/limits.md runs, and docs/many_workers.md has the settings of the example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from textrequest_ext.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
GUIDES = ("limits.md", "many_workers.md")


def test_snippets_run(monkeypatch: pytest.MonkeyPatch) -> None:
    snippets = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/limits.md").read_text("utf-8"), re.M | re.S)
    assert snippets
    with Sandbox(seed=1, dashboards=1, contacts=1, messages=0) as sandbox:
        monkeypatch.setenv("TEXTREQUEST_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TEXTREQUEST_BASE_URL", sandbox.url)
        namespace: dict[str, object] = {}
        for snippet in snippets:
            exec(compile(snippet, "limits.md", "exec"), namespace)
        with namespace["client"] as client:  # type: ignore[attr-defined]
            assert client.dashboards.list().first() is not None


def test_the_table_has_the_settings_of_the_example() -> None:
    guide = (ROOT / "docs/many_workers.md").read_text("utf-8")
    example = (ROOT / "examples/celery_reminders.py").read_text("utf-8")
    settings = re.findall(r"^    (task_\w+|worker_\w+)=(\w+),$", example, re.M)
    assert len(settings) == 4
    for name, value in settings:
        assert f"`{name}={value}`" in guide
    for name in ("visibility_timeout", "unacked_restore_throttle"):
        assert f'"{name}":' in example
        assert name in guide


@pytest.mark.parametrize("guide", GUIDES)
def test_links_point_to_existing_files(guide: str) -> None:
    text = (ROOT / "docs" / guide).read_text("utf-8")
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)\)", text)
    assert targets
    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []
