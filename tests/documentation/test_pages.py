"""The code of README.md and of docs/ runs against one sandbox, page after page; commands name what exists.

A code block that cannot run has a comment before it: `<!-- not run: the reason -->`.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import sqlite3
import sys
import threading
import tomllib
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from textrequest_ext import TextRequest
from textrequest_ext.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    )
)
# Pages whose code has tests of its own, which check more than that it runs.
OWN_TESTS = {
    "docs/contacts.md": "contacts_sync/test_contacts_examples.py",
    "docs/data_frames.md": "data_frames/test_data_frames.py",
    "docs/export.md": "documentation/test_export_guide.py",
    "docs/http_options.md": "http_options/test_http_options.py",
    "docs/limits.md": "documentation/test_limits_guide.py",
    "docs/many_workers.md": "limits/test_celery_journal.py",
    "docs/observability.md": "observability/test_observability.py",
    "docs/sandbox.md": "sandbox/test_sandbox_guide.py",
    "docs/sending.md": "sending/test_guide.py",
    "docs/texts.md": "texts/test_texts_guide.py",
    "docs/testing.md": "users_tests/test_testing_guide.py",
    "docs/typing.md": "documentation/test_typing_guide.py",
    "docs/webhooks.md": "webhooks/test_webhook_guide.py",
}
# Languages of blocks that are no programs.
TEXT = {"text", "yaml", "mermaid", "diff", "json"}
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+?) -->\n+)?^```(?P<info>[^\n`]*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass
class Block:
    language: str
    title: str | None
    code: str
    reason: str | None
    line: int


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text("utf-8")
    found = []
    for match in BLOCK.finditer(text):
        language, _, rest = match["info"].partition(" ")
        title = re.search(r'title="([^"]+)"', rest)
        line = text.count("\n", 0, match.start("code"))
        found.append(Block(language, title and title[1], match["code"], match["reason"], line))  # type: ignore[arg-type]
    return found


def functions(code: types.CodeType) -> Iterator[types.CodeType]:
    """The functions that a block defines, and those in them."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            if not constant.co_name.startswith("<"):
                yield constant
            yield from functions(constant)


@contextlib.contextmanager
def recorded_calls(name: str) -> Iterator[set[types.CodeType]]:
    """The functions of a page that are called."""
    called: set[types.CodeType] = set()

    def record(frame: types.FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename == name:
            called.add(frame.f_code)

    threading.setprofile(record)
    sys.setprofile(record)
    try:
        yield called
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1, dashboards=2, contacts=20, messages=120, deliveries="delivered") as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox as a page finds it, in an empty folder."""
    sandbox.reset()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEXTREQUEST_API_KEY", sandbox.api_key)
    monkeypatch.setenv("TEXTREQUEST_BASE_URL", sandbox.url)
    return sandbox


def close(names: dict[str, Any]) -> None:
    """Close what a page leaves open, so that no warning hides another."""
    for value in names.values():
        if type(value) in (TextRequest, httpx.Client, sqlite3.Connection):
            value.close()


def run(page: str, finish: Callable[[dict[str, Any]], object] | None = None) -> tuple[dict[str, Any], str]:
    """Run the Python of a page in one namespace. Every function that it defines must be called."""
    names: dict[str, Any] = {"__name__": "page"}
    output = io.StringIO()
    defined: set[types.CodeType] = set()
    with contextlib.ExitStack() as stack:
        stack.callback(close, names)
        called = stack.enter_context(recorded_calls(page))
        stack.enter_context(contextlib.redirect_stdout(output))
        for block in blocks(page):
            if block.title is not None:
                Path(block.title).write_text(block.code, "utf-8")
            elif block.language == "python" and block.reason is None and not block.code.startswith(">>>"):
                code = compile("\n" * block.line + block.code, page, "exec", dont_inherit=True)
                defined |= set(functions(code))
                exec(code, names)
        if finish is not None:
            finish(names)
    uncalled = sorted(f"{code.co_name}, line {code.co_firstlineno}" for code in defined - called)
    assert uncalled == [], f"{page}: call these functions in the page, or in FINISH below"
    return names, output.getvalue()


# What a page leaves to its reader: calls of the functions that it defines.


def finish_compliance(names: dict[str, Any]) -> None:
    from textrequest_ext import webhooks

    body = b'{"phone_number": "15555550142", "opted_out_utc": "2026-07-25T09:39:35.227", "is_blocked": false}'
    headers = signed(body)
    names["on_contact"](body, headers, os.environ["TEXTREQUEST_API_KEY"])
    assert "15555550142" in names["opted_out"]
    with pytest.raises(webhooks.WebhookError):
        names["on_contact"](body, {}, os.environ["TEXTREQUEST_API_KEY"])


def finish_from_requests(names: dict[str, Any]) -> None:
    with TextRequest() as client:
        [dashboard, *_] = client.dashboards.list()
        phone = client.contacts.list(dashboard.id).collect()[0].phone_number
        assert names["send_by_hand"](dashboard.phone, "5555550123", "Hello")
        assert names["send"](dashboard.phone, "5555550123", "Hello")
        by_hand, messages = names["messages_by_hand"](dashboard.id), names["messages"](dashboard.id)
        assert {message["message_id"] for message in by_hand} == {message.message_id for message in messages}
        names["rename_by_hand"](dashboard.id, phone, "Ann")
        names["rename"](dashboard.id, phone, "Bo")
        contact = client.contacts.get(dashboard.id, phone)
        assert contact is not None
        assert contact.display_name == "Bo"


def finish_send_and_follow(names: dict[str, Any]) -> None:
    url = "https://shop.example.com/status?order=1047&token=x"
    for status in ("sent", "delivered", "sending"):
        names["on_status"](url, b'{"message_id": "0c1f6d52", "status": "%s"}' % status.encode())
    assert names["orders"] == {"1047": "delivered"}


def finish_webhook_servers(names: dict[str, Any]) -> None:
    import warnings

    import webhooks_django  # noqa: F401 - Django can be configured once only, and its own tests need its settings
    from django.test import RequestFactory  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        # Starlette's test client warns that it prefers the successor of httpx.
        warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
        from fastapi.testclient import TestClient

    posts: list[Callable[[bytes, dict[str, str]], int]] = [
        lambda body, headers: TestClient(names["app"]).post("/hooks/msg_status_updated", content=body, headers=headers).status_code,
        lambda body, headers: names["flask_app"].test_client().post("/hooks/msg_status_updated", data=body, headers=headers).status_code,
        lambda body, headers: names["receive_django"](
            RequestFactory().post("/", body, content_type="application/json", headers=headers), "msg_status_updated"
        ).status_code,
    ]  # fmt: skip
    for number, post in enumerate(posts):
        body = b'{"message_id": "b%d", "status": "delivered"}' % number
        assert post(body, signed(body)) == 200
        assert post(body, signed(body)) == 200
        assert post(body, {}) == 401
    rows = names["database"].execute("SELECT key FROM events ORDER BY key").fetchall()
    assert [row[0] for row in rows] == [f"status {name} delivered" for name in ("0c1f6d52", "b0", "b1", "b2")]


def signed(body: bytes) -> dict[str, str]:
    import time

    from textrequest_ext import webhooks

    now = int(time.time())
    signature = webhooks.sign(body, api_key=os.environ["TEXTREQUEST_API_KEY"], timestamp=now)
    return {webhooks.TIMESTAMP_HEADER: str(now), webhooks.SIGNATURE_HEADER: signature}


FINISH: dict[str, Callable[[dict[str, Any]], object]] = {
    "docs/compliance.md": finish_compliance,
    "docs/from_requests.md": finish_from_requests,
    "docs/send_and_follow.md": finish_send_and_follow,
    "docs/webhook_servers.md": finish_webhook_servers,
}


def has_python(page: str) -> bool:
    return any(block.language == "python" and block.reason is None for block in blocks(page))


@pytest.mark.parametrize("page", [page for page in PAGES if page not in OWN_TESTS and has_python(page)])
def test_code_of_the_page_runs(page: str, account: Sandbox) -> None:
    run(page, FINISH.get(page))
    for block in blocks(page):
        if block.language == "python" and block.code.startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(block.code, {}, page, page, block.line)
            results = doctest.DocTestRunner(verbose=False).run(test)
            assert results.attempted > 0
            assert results.failed == 0


def test_pages_with_own_tests_are_named_there() -> None:
    for page, test in OWN_TESTS.items():
        assert has_python(page), f"{page}: no Python any more"
        source = (ROOT / "tests" / test).read_text("utf-8")
        assert Path(page).name in source, test
        assert re.search(r"exec\(|subprocess", source), test


@pytest.mark.parametrize("page", PAGES)
def test_every_block_has_a_language_that_is_checked(page: str) -> None:
    known = {"python", "console", "sh", "sql", "csv", *TEXT}
    assert [f"line {block.line}" for block in blocks(page) if block.language not in known] == []
    # Every fence belongs to a block.
    text = (ROOT / page).read_text("utf-8")
    assert len(re.findall(r"^```", text, re.MULTILINE)) == 2 * len(blocks(page))


def commands(page: str) -> list[str]:
    """The commands of a page, without those that cannot run."""
    found = []
    for block in blocks(page):
        if block.reason is None and block.language in ("console", "sh"):
            lines = block.code.replace("\\\n", " ").splitlines()
            prompt = "$ " if block.language == "console" else ""
            found += [line.removeprefix(prompt) for line in lines if line.startswith(prompt) and line.strip()]
    return found


def check_command(command: str, *, with_options: bool) -> None:
    """Fail if a command names a target, a script, an extra or an option that does not exist."""
    [program, *arguments] = shlex.split(command, comments=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    match program:
        case "make":
            targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
            assert [name for name in arguments if "=" not in name and name not in targets] == [], command
        case "pip":
            for argument in arguments[1:]:
                if match := re.fullmatch(r"textrequest-ext\[(.+)\]", argument):
                    assert set(match[1].split(",")) <= set(project["optional-dependencies"]), command
        case "python" | "python3":
            [script] = [argument for argument in arguments if argument.endswith(".py")][:1]
            paths = [ROOT / script, ROOT / "examples" / script]
            sources = [path.read_text("utf-8") for path in paths if path.exists()]
            assert sources, command
            names = [argument.partition("=")[0] for argument in arguments if argument.startswith("--")]
            options = names if with_options else []
            assert [option for option in options if f'"{option}"' not in sources[0]] == [], command
        case "cd":
            assert (ROOT / arguments[0]).is_dir(), command
        case "textrequest" if arguments[0] == "sandbox":
            check_command(shlex.join(["textrequest-sandbox", *arguments[1:]]), with_options=with_options)
        case "textrequest":
            from textrequest_ext._command_line.application import application

            found: Any = application
            while hasattr(found, "commands"):
                found = found.commands[arguments.pop(0)]
            options = {name for parameter in found.params for name in parameter.opts}
            assert [name for name in arguments if name.startswith("--") and name not in options] == [], (
                command
            )
        case _ if program.startswith(("scripts/", "./scripts/")):
            assert (ROOT / program).exists(), command
        case "textrequest-sandbox":
            source = (ROOT / "src/textrequest_ext/sandbox/command_line.py").read_text("utf-8")
            options = [argument.partition("=")[0] for argument in arguments if argument.startswith("--")]
            assert [option for option in options if f'"{option}"' not in source] == [], command
        case _:
            pytest.fail(f"{command}: say why it is not run, with <!-- not run: … -->")


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)])
def test_commands_name_what_exists(page: str) -> None:
    for command in commands(page):
        check_command(command, with_options=page not in OWN_TESTS)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings(page: str) -> None:
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^()\s]+)\)", text):
        if re.match(r"[a-z]+:", target) or target == "performance.svg":
            continue
        name, _, heading = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            # As GitHub and the site make them.
            slugs = {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in headings}
            assert heading in slugs, target
