"""scripts/regen.sh: its output and its exit status; a failed run changes nothing."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from regeneration_support import (
    CONTRACT,
    GENERATED,
    ROOT,
    Node,
    as_yaml,
    files,
    run_script,
    written,
)

from regeneration import Refused, package, source
from regeneration import __main__ as command


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A directory with a package that a failed run must not change."""
    place = tmp_path / "out" / "textrequest_api"
    place.mkdir(parents=True)
    (place / "mine.py").write_text("x = 1\n")
    return tmp_path / "out"


def refuse(capsys: pytest.CaptureFixture[str], output: Path, *arguments: str) -> str:
    """The one line that a failed run prints. The output directory is unchanged."""
    before = files(output)

    status = command.main([*arguments, "--output", str(output)])

    printed = capsys.readouterr()
    assert status == 2, printed
    assert printed.out == ""
    assert printed.err.startswith("regen: ")
    assert printed.err.count("\n") == 1
    assert len(printed.err) < 1500
    assert files(output) == before
    assert [path.name for path in output.iterdir()] == ["textrequest_api"], "no temporary files"
    return printed.err


def test_the_package_is_up_to_date_and_a_second_run_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run_script("--output", str(tmp_path / "new" / "folder"), seed="4", folder=GENERATED)
    package_folder = tmp_path / "new" / "folder" / "textrequest_api"
    inode = package_folder.stat().st_ino
    second = command.main(["--output", str(tmp_path / "new" / "folder")])

    assert (first.returncode, first.stderr, second) == (0, "", 0)
    assert files(package_folder) == files(GENERATED)
    assert first.stdout.splitlines()[-1] == f"{len(files(GENERATED))} files written"
    assert capsys.readouterr().out == "nothing to change\n"
    assert package_folder.stat().st_ino == inode


def test_a_check_without_differences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "regenerate", lambda *_, **__: [])

    assert command.main(["--check"]) == 0
    assert capsys.readouterr().out == "up to date\n"


def test_a_check_lists_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    copied = tmp_path / "textrequest_api"
    shutil.copytree(GENERATED, copied, ignore=shutil.ignore_patterns("__pycache__"))
    changed = ["models/contact.py", "openapi.json", "py.typed", "provenance.json", "__init__.py"]
    for name in changed:
        text = (copied / name).read_text("utf-8")
        middle = len(text) // 2
        (copied / name).write_text(text[:middle] + "#" + text[middle + 1 :], "utf-8")
    (copied / "types.py").unlink()
    (copied / "models" / "extra.py").touch()
    before = files(tmp_path)

    result = run_script("--check", "--output", str(tmp_path))

    assert result.returncode == 1
    expected = {f"changed {name}" for name in changed} | {"added types.py", "removed models/extra.py"}
    assert set(result.stdout.splitlines()) == expected | {"7 files would change"}
    assert files(tmp_path) == before


def test_any_character_anywhere_is_a_difference(tmp_path: Path) -> None:
    copied = tmp_path / "textrequest_api"
    shutil.copytree(GENERATED, copied, ignore=shutil.ignore_patterns("__pycache__"))
    assert package.differences(copied, GENERATED) == []

    for name, content in list(files(GENERATED).items())[::9]:
        at = len(content) * 2 // 3
        (copied / name).write_bytes(content[:at] + b"~" + content[at + 1 :])
        assert package.differences(copied, GENERATED) == [f"changed {name}"]
        (copied / name).write_bytes(content)


def test_provenance_changes_with_each_input_and_with_no_other(tmp_path: Path, document: Node) -> None:
    codegen = tmp_path / "codegen"
    shutil.copytree(ROOT / "codegen", codegen)
    overlay = tmp_path / "overlay.yaml"
    shutil.copy(ROOT / "openapi.overlay.yaml", overlay)

    def changed(key: str) -> None:
        now = package.provenance(document, overlay, codegen)
        assert {name for name in now if now[name] != before[name]} == {key}
        before.update(now)

    before = package.provenance(document, overlay, codegen)
    assert before == json.loads((GENERATED / "provenance.json").read_text("utf-8"))
    assert re.fullmatch(r"openapi-python-client \d+\.\d+\.\d+", before["generator"])
    assert before["generator"].split()[1] in (ROOT / "constraints.txt").read_text("utf-8")
    overlay.write_text(overlay.read_text("utf-8") + "#\n", "utf-8")
    changed("overlay_sha256")
    (codegen / "config.yaml").write_text("post_hooks: []\n")
    changed("settings_sha256")
    (codegen / "templates" / "model.py.jinja").write_text("")
    changed("templates_sha256")
    (codegen / "runtime" / "_requests.py").write_text("")
    changed("templates_sha256")
    document["paths"].popitem()
    changed("contract_sha256")


def test_no_such_file(capsys: pytest.CaptureFixture[str], output: Path) -> None:
    assert "no such file: nowhere.yaml" in refuse(capsys, output, "--spec", "nowhere.yaml")
    assert "no such file: " in refuse(capsys, output, "--spec", str(ROOT))
    assert "no such file: " in refuse(capsys, output, "--spec", "file:///etc/hostname")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("openapi: [3.0.0", "not YAML or JSON"),
        ("\t- x", "not YAML or JSON"),
        ("\x00", "not YAML or JSON"),
        ("just words", "not an OpenAPI 3 document"),
        ("[1, 2]", "not an OpenAPI 3 document"),
        ("", "not an OpenAPI 3 document"),
        ("swagger: '2.0'\npaths: {/x: {}}", "not an OpenAPI 3 document"),
        ("openapi: 3.0.0", "an OpenAPI document without paths"),
        ("openapi: 3.0.0\npaths: []", "an OpenAPI document without paths"),
        ("openapi: 3.0.0\npaths: {/x: {get: {}}}", "not valid OpenAPI"),
        (
            '{"openapi": "3.0.0", "info": {"title": "x", "version": "1"}, "paths": {"/x": []}}',
            "not valid OpenAPI",
        ),
    ],
)
def test_not_a_document(capsys: pytest.CaptureFixture[str], output: Path, content: str, message: str) -> None:
    spec = output.parent / "spec"
    spec.write_text(content)

    assert message in refuse(capsys, output, "--spec", str(spec))


def test_a_reference_to_nothing(capsys: pytest.CaptureFixture[str], output: Path, document: Node) -> None:
    get = document["paths"]["/dashboards"]["get"]
    get["responses"]["200"]["content"]["application/json"]["schema"] = {
        "$ref": "#/components/schemas/nothing"
    }

    refuse(capsys, output, "--spec", str(written(document, output.parent)))


def test_a_reference_in_a_circle(capsys: pytest.CaptureFixture[str], output: Path, document: Node) -> None:
    document["components"]["responses"] = {"a": {"$ref": "#/components/responses/a"}}
    document["paths"]["/dashboards"]["get"]["responses"]["400"] = {"$ref": "#/components/responses/a"}

    refuse(capsys, output, "--spec", str(written(document, output.parent)))


def test_a_url_without_a_response(capsys: pytest.CaptureFixture[str], output: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/openapi.json"

        assert f"{url}: no response" in refuse(capsys, output, "--spec", url)


def test_an_overlay_action_without_a_target(
    capsys: pytest.CaptureFixture[str], output: Path, document: Node
) -> None:
    del document["paths"]["/dashboards/{dashboard_id}/reviews"]

    message = refuse(capsys, output, "--spec", str(written(document, output.parent)))

    assert "overlay action without a target: $.paths['/dashboards/{dashboard_id}/reviews'].get" in message
    assert "ours: published as Reviews_getMatchingReviews." in message


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ("{", "not a readable overlay"),
        ("actions: {}", "no list of actions"),
        ("actions: [x]", "an action needs target"),
        ("actions: [{target: $.paths, update: {}}]", "an action needs target, description"),
        ("actions: [{target: '$.paths[', description: x, remove: true}]", "not a JSONPath: $.paths["),
        (
            "actions: [{target: $.info.nothing, description: x, remove: true}]",
            "without a target: $.info.nothing (x)",
        ),
    ],
)
def test_an_overlay_that_cannot_be_used(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    output: Path,
    overlay: str,
    message: str,
) -> None:
    place = output.parent / "overlay.yaml"
    place.write_text(overlay)
    monkeypatch.setattr(command, "OVERLAY", place)

    assert message in refuse(capsys, output)


def test_a_warning_of_the_generator(capsys: pytest.CaptureFixture[str], output: Path, document: Node) -> None:
    document["openapi"] = "3.1.0"
    document["paths"]["/export"] = {
        "get": {
            "parameters": [{"name": "columns", "in": "query", "schema": {"type": "array"}}],
            "responses": {"204": {"description": "x"}},
        }
    }

    message = refuse(capsys, output, "--spec", str(written(document, output.parent)))

    assert message.startswith("regen: generator: ")
    assert "items" in message
    assert "/export" in message


def test_names_that_are_the_same_in_python(
    capsys: pytest.CaptureFixture[str], output: Path, document: Node
) -> None:
    document["paths"]["/eventTypes"]["get"]["parameters"] = [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("timeout", "timeout_query")
    ]

    message = refuse(capsys, output, "--spec", str(written(document, output.parent)))

    assert "api/webhooks/webhooks_event_types.py" in message
    assert "duplicate argument 'timeout_query'" in message


def test_a_template_that_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, output: Path
) -> None:
    codegen = output.parent / "codegen"
    shutil.copytree(ROOT / "codegen", codegen)
    (codegen / "templates" / "str_enum.py.jinja").write_text("class {{ enum.class_info.name }}(:\n")
    monkeypatch.setattr(command, "CODEGEN", codegen)

    assert "regen: formatter: " in refuse(capsys, output)


def test_an_output_that_is_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    assert command.main(["--output", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_run_that_fails_at_the_last_step_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, output: Path, error: BaseException
) -> None:
    before = files(output)
    rename = Path.rename

    def breaks(self: Path, target: Any) -> Path:
        if Path(target) == output / "textrequest_api" and self.name == "textrequest_api":
            raise error
        return rename(self, target)

    def write(built: Node, provenance: dict[str, str], codegen: Path, directory: Path) -> None:
        (directory / "textrequest_api").mkdir()

    monkeypatch.setattr(Path, "rename", breaks)
    monkeypatch.setattr(package, "write", write)
    with pytest.raises((Refused, KeyboardInterrupt)):
        command.regenerate(str(CONTRACT), output, check=False)

    assert files(output) == before
    assert [path.name for path in output.iterdir()] == ["textrequest_api"]


@contextmanager
def serving(
    status: int, body: bytes, headers: dict[str, str] | None = None
) -> Iterator[tuple[str, list[str]]]:
    """A local server with one response; yields its URL and the requested paths."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def test_a_document_from_a_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, document: Node) -> None:
    made: list[Node] = []
    monkeypatch.setattr(package, "write", lambda built, *rest: made.append(built))
    with serving(200, json.dumps(document).encode()) as (url, asked):
        command.regenerate(f"{url}/openapi.json", tmp_path, check=True)

    assert asked == ["/openapi.json"]
    assert made == [json.loads((GENERATED / "openapi.json").read_text("utf-8"))]


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (404, {}, "the response has status 404, not 200"),
        (302, {"Location": "https://example.com"}, "the response has status 302, not 200"),
    ],
)
def test_a_url_without_a_document(
    capsys: pytest.CaptureFixture[str], output: Path, status: int, headers: dict[str, str], message: str
) -> None:
    with serving(status, b"", headers) as (url, _):
        assert message in refuse(capsys, output, "--spec", url)


def test_references_and_identifiers_fetch_nothing(
    capsys: pytest.CaptureFixture[str], output: Path, document: Node
) -> None:
    with serving(200, b'{"type": "string"}') as (url, asked):
        for bait in (
            {"$ref": f"{url}/schema.json"},
            {
                "$id": f"{url}/base.json",
                "type": "object",
                "properties": {"a": {"$ref": "#/components/schemas/tag"}},
            },
            {"$dynamicRef": f"{url}/schema.json"},
        ):
            document["components"]["schemas"]["bait"] = bait
            message = refuse(capsys, output, "--spec", str(written(document, output.parent)))
            assert "refers to another document" in message

    assert asked == []


def test_the_help_names_every_option_and_status() -> None:
    result = run_script("--help")

    assert result.returncode == 0
    for word in ("--check", "--spec", "--output", "0 done", "1 --check", "2 invalid"):
        assert word in result.stdout


def test_a_contract_with_yaml_dates_and_switches_reads_as_json_would(tmp_path: Path, document: Node) -> None:
    spec = tmp_path / "same.yaml"
    spec.write_text(as_yaml(document), "utf-8")

    assert command.build(source.load(str(spec)), "same") == json.loads(
        (GENERATED / "openapi.json").read_text("utf-8")
    )
