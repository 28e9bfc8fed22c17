"""docs/many_workers.md, a journal for each task: a worker is killed while its text is in flight.

The sandbox records what was really sent.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from textrequest_ext.sandbox import LoggedRequest, Sandbox

GUIDE = Path(__file__).parents[2] / "docs" / "many_workers.md"
# Runs the task in this process, and prints its result. No retries: an eager task makes them without a delay.
RUN = """
import sys
result = send_reminder.apply((int(sys.argv[1]), sys.argv[2], "See you at ten"), task_id="a1", retries=100)
print(result.result if result.successful() else type(result.result).__name__)
"""


def test_a_killed_task_sends_its_text_once(tmp_path: Path) -> None:
    (snippet,) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text("utf-8"), re.M | re.S)
    workers: list[subprocess.Popen[str]] = []
    during: list[str] = []

    def kill(request: LoggedRequest) -> None:
        """After the text was recorded, before its response: another delivery runs, and the first is killed."""
        if request.method == "POST" and len(workers) == 1:
            during.append(result_of(start()))
            workers[0].kill()

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", snippet + RUN, str(dashboard.id), "5555550123"]
        workers.append(
            subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        )
        return workers[-1]

    def result_of(worker: subprocess.Popen[str]) -> str:
        output, _ = worker.communicate(timeout=60)
        return output.strip()

    with Sandbox(dashboards=1, contacts=0, messages=0, on_request=kill) as sandbox:
        dashboard = next(iter(sandbox.state.dashboards.values()))
        environment = {
            **os.environ,
            "TEXTREQUEST_API_KEY": sandbox.api_key,
            "TEXTREQUEST_BASE_URL": sandbox.url,
        }
        assert result_of(start()) == ""
        assert workers[0].returncode == -9
        assert during == ["JournalError"]
        assert result_of(start()) == "sent"
        requests = len(sandbox.requests)
        assert result_of(start()) == "sent"
        assert len(sandbox.requests) == requests  # the journal knows it
        assert [message.body for message in sandbox.state.messages.values()] == ["See you at ten"]
