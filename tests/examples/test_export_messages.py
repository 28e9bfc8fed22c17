"""examples/export_messages.py exports every message exactly once, whenever it is killed."""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from export_support import START, Service, exported, history, ids, milliseconds, minutes, row, seconds
from hypothesis import given, settings
from hypothesis import strategies as st

import export_messages
from export_messages import export, messages_between, split_dates, within
from textrequest_api.models import DashboardMessage
from textrequest_ext import TextRequest
from textrequest_ext.sandbox import Sandbox

SCRIPT = Path(export_messages.__file__)
END = START + timedelta(days=1)
FORMATS = sorted(export_messages.FORMATS)
# Runs the script in a forked process, and kills that at one line of the script, counted from the first. What the
# script imports is imported before, once for all runs, which are one line of standard input each.
KILLER = """
import json, os, runpy, signal, sys
import pyarrow.parquet

_, script = sys.argv
sys.path.insert(0, os.path.dirname(script))
runpy.run_path(script)

def run(line, functions, arguments, output):
    for name, number in (("stdout", 1), ("stderr", 2)):
        os.dup2(os.open(f"{output}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        code = frame.f_code
        if code.co_filename != script or functions and code.co_name not in functions.split():
            return None
        if event == "line":
            count += 1
            if count == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.argv = [script, *arguments]
    sys.settrace(trace)
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        sys.settrace(None)
        print(f"lines: {count}")

for task in sys.stdin:
    process = os.fork()
    if not process:
        run(**json.loads(task))
        break
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


class Crash(Exception):
    pass


def crash_after(count: int) -> Any:
    """A progress function that raises when this many messages were added."""
    left = count

    def progress(added: int) -> None:
        nonlocal left
        if added == 1:
            left -= 1
            if left < 0:
                raise Crash

    return progress


# Dates


@given(
    offset=st.timedeltas(timedelta(0), timedelta(days=400)),
    length=st.timedeltas(timedelta(microseconds=1), timedelta(days=4000)),
    parts=st.integers(1, 50),
)
def test_parts_of_a_range_are_complete_and_disjoint(offset: timedelta, length: timedelta, parts: int) -> None:
    start, end = START + offset, START + offset + length
    ranges = split_dates(start, end, parts)
    assert len(ranges) == parts
    assert (ranges[0][0], ranges[-1][1]) == (start, end)
    assert all(left[1] == right[0] for left, right in pairwise(ranges))
    assert all(since <= until for since, until in ranges)


@pytest.mark.parametrize(("length", "parts"), [(timedelta(0), 1), (timedelta(-1), 1), (timedelta(1), 0)])
def test_a_range_that_cannot_be_cut_is_rejected(length: timedelta, parts: int) -> None:
    with pytest.raises(ValueError, match="part"):
        split_dates(START, START + length, parts)


@settings(max_examples=40)  # for each of the twelve cases
@given(data=st.data())
@pytest.mark.parametrize("includes_start", [True, False])
@pytest.mark.parametrize("includes_end", [True, False])
@pytest.mark.parametrize("precision", [milliseconds, seconds, minutes])
def test_ranges_share_no_message_and_miss_none(
    data: st.DataObject, includes_start: bool, includes_end: bool, precision: Any
) -> None:
    # Few different times, so that messages and borders often have the same one.
    moments = st.integers(0, 400).map(lambda number: START + timedelta(milliseconds=500 * number))
    times = sorted(data.draw(st.lists(moments, min_size=1, max_size=30)))
    unknown = data.draw(st.sets(st.integers(0, len(times) - 1), max_size=3))
    rows = [row(n, None if n in unknown else moment) for n, moment in enumerate(times)]
    service = Service(rows, includes_start=includes_start, includes_end=includes_end, precision=precision)
    end = START + timedelta(seconds=210)
    cuts = sorted(data.draw(st.lists(moments, max_size=5)))
    ranges = pairwise([None, *cuts, end])
    with service.client() as client:
        found = [one.message_id for dates in ranges for one in messages_between(client, 121, *dates)]
    assert found == ids(rows)


def test_messages_outside_a_range_do_not_belong_to_it() -> None:
    rows = [row(n, START + timedelta(seconds=n)) for n in range(10)]
    with Service(rows).client() as client:
        since, until = START + timedelta(seconds=2), START + timedelta(seconds=5)
        found = [message.message_id for message in messages_between(client, 121, since, until)]
    assert found == ids(rows[2:5])


def test_a_message_without_a_timestamp_belongs_with_the_one_before_it() -> None:
    early, unknown, late = (
        DashboardMessage(message_id=name, message_timestamp_utc=moment)
        for name, moment in (("a", START), ("b", None), ("c", START + timedelta(hours=1)))
    )
    middle = START + timedelta(minutes=1)
    listed = [unknown, early, unknown, late, unknown]
    assert list(within(listed, None, middle)) == [unknown, early, unknown]
    assert list(within(listed, middle, END)) == [late, unknown]


# Files


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("concurrency", [1, 3])
def test_all_messages_of_the_sandbox_are_exported(tmp_path: Path, format: str, concurrency: int) -> None:
    with (
        Sandbox(seed=1, dashboards=1, contacts=9, messages=2500) as sandbox,
        TextRequest(sandbox.api_key, base_url=sandbox.url) as client,
    ):
        [dashboard] = client.dashboards.list().collect()
        messages = client.messages.list(dashboard.id).collect()
        added: list[int] = []
        total = export(
            client, dashboard.id, tmp_path, end=END + timedelta(days=365), format=format, file_size=600,
            concurrency=concurrency, progress=added.append,
        )  # fmt: skip
    rows = exported(tmp_path)
    assert total == sum(added) == len(rows) == 2500
    assert len(list(tmp_path.glob("part-*"))) == 5
    for message, found in zip(messages, rows, strict=True):
        expected = message.to_dict()
        if format == "parquet":
            expected["message_timestamp_utc"] = message.message_timestamp_utc
            assert json.loads(found.pop("additional_properties")) == {}
        assert found == expected


def test_parquet_keeps_unusual_values(tmp_path: Path) -> None:
    rows = [
        row(1, START, body="cut within an emoji \ud83d", later={"field": [1]}, segments_count=2),
        row(2, None, message_id=17, body=None, mms_media=["https://media.example.com/1"], segments_count="2"),
    ]
    with Service(rows).client() as client:
        assert export(client, 121, tmp_path, end=END, format="parquet") == 2
    first, second = exported(tmp_path)
    assert first["body"] == "cut within an emoji ?"
    assert first["segments_count"] == 2
    assert first["message_timestamp_utc"] == START
    assert json.loads(first["additional_properties"]) == {"later": {"field": [1]}}
    assert (second["message_id"], second["body"], second["message_timestamp_utc"]) == ("17", None, None)
    assert second["mms_media"] == ["https://media.example.com/1"]
    assert json.loads(second["additional_properties"]) == {"segments_count": "2"}


def test_a_folder_is_read_as_one_table(tmp_path: Path) -> None:
    with Service(history(30)).client() as client:
        export(client, 121, tmp_path, end=END, format="parquet", file_size=7)
    assert pyarrow.parquet.read_table(tmp_path).num_rows == 30


def test_memory_does_not_depend_on_the_number_of_messages(tmp_path: Path) -> None:
    alive: list[int] = []
    seen = 0

    def progress(added: int) -> None:
        nonlocal seen
        seen += added
        if seen % 1500 == 0:
            alive.append(sum(type(one) is DashboardMessage for one in gc.get_objects()))

    with Service(history(12_000, timedelta(seconds=1))).client() as client:
        export(client, 121, tmp_path, end=END, file_size=800, progress=progress)
    assert seen == 12_000
    # Those of a file, of the page, and of two pages that may have been requested early.
    assert max(alive) <= 800 + 3 * 1000


# Resuming


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("group", [1, 3, 40])
def test_resumes_after_a_failure_at_any_message(tmp_path: Path, format: str, group: int) -> None:
    rows = history(40, group=group)
    for number in (5, 7, 20):  # without an id
        rows[number]["message_id"] = None
    rows[8] = rows[7]  # cannot be distinguished, and is in the next file
    rows[11]["message_timestamp_utc"] = None
    service = Service(rows)
    with service.client() as client:
        for count in range(0, len(rows), 3 if format == "parquet" else 1):
            folder = tmp_path / str(count)
            options: dict[str, Any] = {"end": END, "format": format, "file_size": 4}
            with pytest.raises(Crash):
                export(client, 121, folder, progress=crash_after(count), **options)
            assert len(exported(folder)) == count // 4 * 4
            progress: list[int] = []
            assert export(client, 121, folder, progress=progress.append, **options) == 40
            assert sum(progress) == 40
            assert [one["body"] for one in exported(folder)] == [one["body"] for one in rows]


def test_resumes_where_it_failed(tmp_path: Path) -> None:
    service = Service(history(3000, timedelta(minutes=1)))
    end = START + timedelta(days=30)
    with service.client() as client:
        with pytest.raises(Crash):
            export(client, 121, tmp_path, end=end, file_size=100, progress=crash_after(2950))
        service.requests = 0
        assert export(client, 121, tmp_path, end=end, file_size=100) == 3000
    assert service.requests <= 2  # the last messages, and an empty page


def test_a_message_that_is_listed_late_is_exported(tmp_path: Path) -> None:
    rows = history(20)
    late = rows.pop(13)
    service = Service(rows)
    with service.client() as client:
        with pytest.raises(Crash):
            export(client, 121, tmp_path, end=END, file_size=5, progress=crash_after(16))
        service.rows.insert(13, late)
        assert export(client, 121, tmp_path, end=END, file_size=5) == 20
    assert sorted(ids(exported(tmp_path))) == ids(service.rows)


def test_messages_before_the_start_stay_out_when_resumed(tmp_path: Path) -> None:
    rows = history(20)
    start = START + timedelta(seconds=20 * 10)
    with Service(rows).client() as client:
        with pytest.raises(Crash):
            export(client, 121, tmp_path, start=start, end=END, file_size=1, progress=crash_after(1))
        assert export(client, 121, tmp_path, end=END) == 10
    assert ids(exported(tmp_path)) == ids(rows[10:])


def test_the_end_of_the_first_run_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    end = START + timedelta(minutes=2)
    monkeypatch.setattr(export_messages, "default_end", lambda: end.isoformat())
    service = Service(history(6))
    with service.client() as client:
        with pytest.raises(Crash):
            export(client, 121, tmp_path, file_size=2, progress=crash_after(4))
        monkeypatch.setattr(export_messages, "default_end", lambda: END.isoformat())
        service.rows = history(20)
        assert export(client, 121, tmp_path, file_size=2) == 6


def test_a_completed_export_sends_no_request(tmp_path: Path) -> None:
    service = Service(history(6))
    with service.client() as client:
        assert export(client, 121, tmp_path, end=END) == 6
        service.requests = 0
        assert export(client, 121, tmp_path) == 6
    assert service.requests == 0


def test_a_dashboard_without_messages(tmp_path: Path) -> None:
    with Service([]).client() as client:
        assert export(client, 121, tmp_path) == 0
    assert exported(tmp_path) == []


@pytest.mark.parametrize(
    "other",
    [{"dashboard_id": 122}, {"format": "parquet"}, {"end": END + timedelta(1)}, {"start": START}],
    ids=lambda other: next(iter(other)),
)
def test_a_folder_with_another_export_is_rejected(tmp_path: Path, other: dict[str, Any]) -> None:
    with Service(history(6)).client() as client:
        export(client, folder=tmp_path, dashboard_id=121, end=END)
        with pytest.raises(ValueError, match=f"has an export with {next(iter(other))} "):
            export(client, folder=tmp_path, **{"dashboard_id": 121, **other})


def test_two_processes_cannot_export_to_one_folder(tmp_path: Path) -> None:
    with Service(history(8)).client() as client:

        def run_another(added: int) -> None:
            if added == 1 and not list(tmp_path.glob("part-*")):
                export(client, 121, tmp_path, end=END, file_size=4)

        with pytest.raises(FileExistsError):
            export(client, 121, tmp_path, end=END, file_size=4, progress=run_another)
        assert export(client, 121, tmp_path) == 8
    assert ids(exported(tmp_path)) == ids(history(8))
    assert not list(tmp_path.glob(".part-*"))


# The script


class Script:
    """Runs the script for one dashboard of a sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        with TextRequest(sandbox.api_key, base_url=sandbox.url) as client:
            [dashboard] = client.dashboards.list().collect()
            self.messages = [str(one.message_id) for one in client.messages.list(dashboard.id)]
        self.dashboard_id = dashboard.id
        self.folder = folder
        self._killer: subprocess.Popen[str] | None = None
        self.environment = {
            **os.environ,
            "TEXTREQUEST_API_KEY": sandbox.api_key,
            "TEXTREQUEST_BASE_URL": sandbox.url,
        }

    def _arguments(self, *others: str) -> list[str]:
        end = ("--end", "2026-12-31T00:00Z")
        return [str(self.dashboard_id), "--output", str(self.folder), *end, *others]

    def __call__(
        self, *arguments: str, before: tuple[str, ...] = (str(SCRIPT),)
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *before, *self._arguments(*arguments)],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def killed_at(self, line: int, *arguments: str, functions: str = "") -> subprocess.CompletedProcess[str]:
        """Run it and kill it at one of its lines, or at one of these functions."""
        if self._killer is None:
            self._killer = subprocess.Popen(
                [sys.executable, "-c", KILLER, str(SCRIPT)],
                env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        assert self._killer.stdin is not None
        assert self._killer.stdout is not None
        output = str(self.folder.with_name("output"))
        given = {"line": line, "functions": functions, "arguments": self._arguments(*arguments)}
        self._killer.stdin.write(json.dumps({**given, "output": output}) + "\n")
        self._killer.stdin.flush()
        status = int(self._killer.stdout.readline())
        texts = [Path(f"{output}.{name}").read_text("utf-8") for name in ("stdout", "stderr")]
        return subprocess.CompletedProcess([], status, *texts)

    def close(self) -> None:
        if self._killer is not None:
            self._killer.communicate()


@pytest.fixture
def script(tmp_path: Path) -> Any:
    with Sandbox(seed=1, dashboards=1, contacts=9, messages=120) as sandbox:
        script = Script(sandbox, tmp_path / "export")
        yield script
        script.close()


def lines_of(done: subprocess.CompletedProcess[str]) -> int:
    assert done.returncode == 0, done.stderr
    return int(done.stdout.rpartition("lines: ")[2])


@pytest.mark.parametrize("format", FORMATS)
def test_killed_at_random_lines(script: Script, format: str) -> None:
    options = ("--format", format, "--file-size", "10")
    folder = script.folder
    script.folder = folder.with_name("another")
    lines = lines_of(script.killed_at(0, *options))
    script.folder = folder
    generator = random.Random(format)
    kills = 0
    for _ in range(4):
        done = script.killed_at(generator.randrange(1, lines), *options)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        kills += done.returncode != 0
        # What can be seen is complete, also while the export is not.
        found = ids(exported(script.folder))
        assert found == script.messages[: len(found)]
    assert kills >= 1
    assert lines_of(script.killed_at(0, *options)) > 0
    assert ids(exported(script.folder)) == script.messages


def test_killed_at_each_line_that_publishes_a_file(script: Script) -> None:
    folder = script.folder
    script.folder = folder.with_name("another")
    lines = lines_of(script.killed_at(0, "--file-size", "60", functions="publish"))
    assert lines % 3 == 0  # the settings, and two files of messages
    end = datetime.fromisoformat("2026-12-31T00:00Z")
    with TextRequest(
        script.environment["TEXTREQUEST_API_KEY"], base_url=script.environment["TEXTREQUEST_BASE_URL"]
    ) as client:
        for line in range(lines // 3 + 1, 2 * lines // 3 + 1):
            script.folder = folder.with_name(f"killed at {line}")
            done = script.killed_at(line, "--file-size", "60", functions="publish")
            assert done.returncode == -signal.SIGKILL, done.stderr
            assert export(client, script.dashboard_id, script.folder, end=end, file_size=60) == 120
            assert ids(exported(script.folder)) == script.messages, line
            assert not list(script.folder.glob(".part-*"))


def test_the_script_shows_progress_and_the_result(script: Script) -> None:
    done = script()
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"120 messages in {script.folder}\n"
    assert "120/120" in done.stderr
    assert ids(exported(script.folder)) == script.messages


def test_the_script_runs_without_tqdm(script: Script) -> None:
    program = (
        "import runpy, sys; sys.modules['tqdm'] = None; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    )
    done = script(before=("-c", program, str(SCRIPT)))
    assert (done.returncode, done.stderr) == (0, "")
    assert ids(exported(script.folder)) == script.messages


def test_the_script_reports_errors_in_one_line(script: Script) -> None:
    done = script("--start", "2026-01-01T00:00")
    assert done.returncode == 2
    assert "has no time zone; write 2026-01-01T00:00Z for UTC" in done.stderr
    script.environment["TEXTREQUEST_API_KEY"] = "another-key"
    done = script()
    assert done.returncode == 1
    assert "401" in done.stderr
    assert done.stderr.endswith("Run the same command again to resume.\n")
    assert "Traceback" not in done.stderr
    assert "another-key" not in done.stderr
