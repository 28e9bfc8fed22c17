"""The Python snippets of the README and the quickstart run against the sandbox."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from textrequest_ext.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
SNIPPETS = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)


def test_readme_snippets_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(SNIPPETS) >= 10
    output = io.StringIO()
    with Sandbox(seed=1, dashboards=1, contacts=5, messages=120, deliveries="delivered") as sandbox:
        monkeypatch.setenv("TEXTREQUEST_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TEXTREQUEST_BASE_URL", sandbox.url)
        namespace: dict[str, object] = {"__name__": "readme"}
        with contextlib.redirect_stdout(output):
            for snippet in SNIPPETS:
                exec(compile(snippet, "README.md", "exec"), namespace)
        for name in ("client", "patient"):
            namespace[name].close()  # type: ignore[attr-defined]
        operations = {request.operation for request in sandbox.requests}
    assert {"messages_send", "messages_upload_media", "contacts_list"} <= {
        name and name.lower() for name in operations
    }
    assert "delivered" in output.getvalue()


def test_quickstart_runs() -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / "quickstart.py"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for text in (
        "250 messages of",
        "valid signature",
        "raised before sending",
        "retry 1/2",
        "No text was sent to a real phone.",
    ):
        assert text in result.stdout


def test_readme_links_point_to_existing_files() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)\)", text):
        assert (ROOT / target).exists(), target
