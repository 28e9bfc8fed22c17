"""Every Python block of the README runs, one after the other, against the sandbox."""

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
BLOCKS = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)


def test_the_blocks_of_the_readme_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(BLOCKS) >= 10
    printed = io.StringIO()
    with Sandbox(seed=1, dashboards=1, contacts=5, messages=120, deliveries="delivered") as sandbox:
        monkeypatch.setenv("TEXTREQUEST_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TEXTREQUEST_BASE_URL", sandbox.url)
        names: dict[str, object] = {"__name__": "readme"}
        with contextlib.redirect_stdout(printed):
            for block in BLOCKS:
                exec(compile(block, "README.md", "exec"), names)
        for name in ("client", "patient"):
            names[name].close()  # type: ignore[attr-defined]
        operations = {request.operation for request in sandbox.requests}
    assert {"messages_send", "messages_upload_media", "contacts_list"} <= {
        o and o.lower() for o in operations
    }
    assert "delivered" in printed.getvalue()


def test_the_quickstart_runs_and_says_what_it_does() -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / "quickstart.py"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for words in (
        "250 messages of",
        "genuine signature",
        "refused before sending",
        "retry 1/2",
        "Nobody was texted.",
    ):
        assert words in result.stdout


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)\)", text):
        assert (ROOT / target).exists(), target
