"""`webhooks list`, `ensure` and `listen`; the sandbox sends the deliveries."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
import time

import httpx
import pytest

from command_line.conftest import Run, Start, records
from textrequest_ext._command_line.listening import Listener
from textrequest_ext._command_line.output import Output
from textrequest_ext.sandbox import Sandbox
from textrequest_ext.webhooks import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

PERSON = "15555550123"
URL = "https://hooks.example.com/hooks/{event}"


def test_webhooks_are_ensured_once_and_listed(run: Run, dashboard_id: int) -> None:
    arguments = ("webhooks", "ensure", dashboard_id, "--url", URL)
    first = records(run(*arguments, "--json"))
    assert len(first) == 7
    assert first[0]["target_url"] == "https://hooks.example.com/hooks/msg_sent"
    assert records(run(*arguments, "--json")) == first
    assert records(run("webhooks", "list", dashboard_id, "--json")) == first
    lines = run("webhooks", "list", dashboard_id).stdout.splitlines()
    assert lines[0].split() == ["Id", "Event", "Connected", "URL"]
    assert lines[1].split()[1:] == ["msg_sent", "yes", "https://hooks.example.com/hooks/msg_sent"]


def test_a_disconnected_webhook_is_shown_and_reconnected(
    run: Run, sandbox: Sandbox, dashboard_id: int
) -> None:
    # A number in a URL is not a phone number.
    url = "https://hooks.example.com/1555555012345"
    arguments = ("webhooks", "ensure", dashboard_id, "--url", url, "--event", "msg_received")
    assert run(*arguments).stdout.splitlines()[1].split()[1:] == ["msg_received", "yes", url]
    for number in range(10):
        sandbox.receive_text(dashboard_id, PERSON, f"Message {number}")
    sandbox.wait_for_callbacks(10)
    assert run("webhooks", "list", dashboard_id).stdout.splitlines()[1].split()[2] == "no"
    assert run(*arguments).stdout.splitlines()[1].split()[2] == "yes"
    assert records(run("webhooks", "list", dashboard_id, "--json"))[0]["is_connected"] is True


def test_several_events_need_a_url_for_each(run: Run, dashboard_id: int) -> None:
    result = run("webhooks", "ensure", dashboard_id, "--url", "https://hooks.example.com/")
    assert result.exit_code == 2
    assert "must have {event} in it" in result.stderr
    result = run("webhooks", "ensure", dashboard_id, "--url", URL, "--event", "msg_lost")
    assert (result.exit_code, len(result.stderr.splitlines())) in ((1, 1), (2, 1))


def url_of(listening: subprocess.Popen[str]) -> str:
    assert listening.stderr is not None
    line = listening.stderr.readline()
    found = re.match(r"listening on (http://127\.0\.0\.1:\d+/hooks)/EVENT; press Ctrl-C to stop", line)
    assert found, line
    return found[1]


def test_deliveries_are_verified_and_printed_as_json(
    run: Run, process: Start, sandbox: Sandbox, dashboard_id: int
) -> None:
    with process("webhooks", "listen", "--port", 0, "--json", "--count", 2) as listening:
        url = url_of(listening)
        assert run("webhooks", "ensure", dashboard_id, "--url", f"{url}/{{event}}").exit_code == 0
        body = json.dumps({"message_id": "1", "status": "delivered"}).encode()
        assert httpx.post(f"{url}/msg_status_updated", content=body).status_code == 401
        moment = str(int(time.time()))
        headers = {
            SIGNATURE_HEADER: sign(body, api_key="A-MADE-UP-KEY", timestamp=moment),
            TIMESTAMP_HEADER: moment,
        }
        assert httpx.post(f"{url}/msg_status_updated", content=body, headers=headers).status_code == 401
        headers[SIGNATURE_HEADER] = sign(b"[]", api_key=sandbox.api_key, timestamp=moment)
        assert httpx.post(f"{url}/msg_status_updated", content=b"[]", headers=headers).status_code == 400
        too_big = b" " * (1024 * 1024 + 1)
        assert httpx.post(f"{url}/msg_received", content=too_big).status_code == 413
        assert httpx.post(f"{url}/msg_received", content=iter([b"{}"])).status_code == 411
        assert httpx.get(url).status_code == 501
        sandbox.receive_text(dashboard_id, PERSON, "Is it ready?")
        output, errors = listening.communicate(timeout=60)
    assert listening.returncode == 0
    deliveries = [json.loads(line) for line in output.splitlines()]
    assert [one["event"] for one in deliveries] == ["contact_created", "msg_received"]
    assert deliveries[1]["payload"]["conversation"]["message"] == "Is it ready?"
    assert len(errors.splitlines()) == 3
    assert all(line.startswith("refused a delivery for msg_status_updated: ") for line in errors.splitlines())


def test_deliveries_are_printed_for_people_until_ctrl_c(
    run: Run, process: Start, sandbox: Sandbox, dashboard_id: int
) -> None:
    with process("webhooks", "listen", "--port", 0) as listening:
        url = url_of(listening)
        run("webhooks", "ensure", dashboard_id, "--url", f"{url}/{{event}}", "--event", "msg_received")
        sandbox.receive_text(dashboard_id, PERSON, "It's \x1b[31mred")
        callbacks = sandbox.wait_for_callbacks(10)
        listening.send_signal(signal.SIGINT)
        output, errors = listening.communicate(timeout=60)
    assert [one.status for one in callbacks] == [200]
    assert (listening.returncode, errors) == (0, "")
    assert output.startswith("msg_received message_id='")
    assert "phone_number='***0123'" in output
    assert re.search(r"occurred_at='\d{4}-\d\d-\d\d \d\d:\d\d:\d\d'", output), output
    assert '''body="It's [31mred"''' in output
    assert (PERSON in output, "\x1b" in output) == (False, False)


def test_a_taken_port_is_one_line(run: Run) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("webhooks", "listen", "--port", taken.getsockname()[1])
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    result = run("webhooks", "listen", "--host", "\udcff")  # a byte that is not UTF-8
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    result = run("webhooks", "listen", env={"TEXTREQUEST_API_KEY": ""})
    assert result.exit_code == 2
    assert "api_key: missing" in result.stderr


def test_no_more_than_the_count_are_printed(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    with Listener("127.0.0.1", 0, sandbox.api_key, Output(as_json=True), 1) as listener:
        url = f"http://127.0.0.1:{listener.server_address[1]}/hooks"
        body = b'{"message_id": "1", "status": "delivered"}'
        moment = str(int(time.time()))
        signature = sign(body, api_key=sandbox.api_key, timestamp=moment)
        headers = {SIGNATURE_HEADER: signature, TIMESTAMP_HEADER: moment}
        # `serve` ends after the first. The second is one that was on its way.
        listener.timeout = 60
        listening = threading.Thread(target=lambda: [listener.handle_request() for _ in range(2)])
        listening.start()
        statuses = [
            httpx.post(f"{url}/msg_status_updated", content=body, headers=headers).status_code
            for _ in range(2)
        ]
        listening.join()
        listener.serve()  # ends, because no more are to be received
    assert statuses == [200, 503]
    assert len(capsys.readouterr().out.splitlines()) == 1
