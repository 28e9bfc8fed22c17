"""The code of docs/sending.md runs, and what it lists is what there is."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any, get_args

import pytest

from textrequest_ext._reconciliation import SETTLE
from textrequest_ext._sending import journal, reconciling, sends, settings, windows, workers
from textrequest_ext._sending.results import Outcome, OutgoingMessage
from textrequest_ext.sandbox import Sandbox

GUIDE = (Path(__file__).parents[2] / "docs" / "sending.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


def table(heading: str) -> set[str]:
    """The names in the first column of a table."""
    rows = GUIDE.partition(heading)[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `(\w+)`", rows, re.MULTILINE))


def test_the_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "guide"}
    with Sandbox(seed=1, dashboards=1, contacts=3, messages=0) as sandbox:
        monkeypatch.setenv("TEXTREQUEST_API_KEY", sandbox.api_key)
        monkeypatch.setenv("TEXTREQUEST_BASE_URL", sandbox.url)
        for block in blocks("python"):
            exec(compile(block, "docs/sending.md", "exec"), names)
        names["client"].close()
        with sandbox.state.lock:
            bodies = [message.body for message in sandbox.state.messages.values() if message.direction == "S"]
    assert bodies.count("See you tomorrow at 9:30.") == 1
    assert bodies.count("Message 0") == 3  # with tqdm, with rich, and with asyncio
    connection = sqlite3.connect(tmp_path / "reminders.journal")
    (statements,) = blocks("sql")
    results = [connection.execute(line).fetchall() for line in statements.splitlines()]
    connection.close()
    assert results[0] == [("sent", 2)]
    assert results[1] == []
    assert [key for key, _ in results[2]] == ["a17", "a18"]


def test_the_tables_are_complete() -> None:
    assert table("| Column | |") == set(journal.Entry._fields)
    assert table("In the next run with the same journal |") == set(get_args(Outcome))
    assert table("| Option | |") == set(settings.Settings.__annotations__)
    options = set(re.findall(r"`(\w+)`", GUIDE.partition("| `options` | JSON:")[2].partition("\n")[0]))
    values: dict[str, Any] = {"sender_name": "a", "status_callback": "b", "location_callback": "c"}
    assert options == OutgoingMessage("", "", mms_media=["d"], **values).options().keys()
    documented = set(re.findall(r'^\| `"(\w+)"`', GUIDE, re.MULTILINE))
    assert documented == set(get_args(sends.IfUnknown))
    for value in get_args(settings.IfRunUnknown):
        assert f'"{value}"' in GUIDE.partition("| Option | |")[2]


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"{SETTLE:g} by default" in GUIDE
    assert f"{reconciling.MAX_ROWS:,} messages" in GUIDE
    assert (windows.CHECKED_DOUBT, windows.UNCHECKED_DOUBT) == (5 * 60, 24 * 60 * 60)
    assert sends.MAX_RESENDS == 2
    assert workers.GRACE == 5
    assert settings.Settings().concurrency == 8
    assert f"this schema, {journal.SCHEMA_VERSION}." in GUIDE


def test_links_point_to_existing_files() -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)\)", GUIDE):
        assert (Path(__file__).parents[2] / "docs" / target).exists(), target
