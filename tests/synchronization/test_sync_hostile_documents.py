"""A hostile or broken document is refused with a reason, and changes nothing."""

from __future__ import annotations

import copy
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from synchronization_support import ROOT, fingerprint

from regeneration import source
from synchronization import staging
from synchronization.__main__ import main


@pytest.fixture(scope="module")
def unchanged() -> Iterator[Path]:
    with staging.copy_of(ROOT) as copied:
        yield copied


@pytest.fixture
def refused(
    unchanged: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[str], str]:
    """Runs the job on a document, checks that nothing changes, and returns the error message."""
    monkeypatch.setattr("synchronization.__main__.ROOT", unchanged)

    def run(spec: str) -> str:
        before = fingerprint(unchanged)
        artifacts = tmp_path / "artifacts"
        assert main(["document", spec, "--tests", "", "--no-types", "--artifacts", str(artifacts)]) == 2
        assert fingerprint(unchanged) == before
        assert (artifacts / "status.txt").read_text("utf-8") == "2\n"
        assert not (artifacts / "change.patch").exists()
        output = capsys.readouterr()
        assert output.out == ""
        assert output.err.count("\n") == 1
        assert output.err.startswith("sync: refused, nothing changed: ")
        assert (artifacts / "refused.txt").read_text("utf-8").strip() in output.err
        return output.err

    return run


def written(tmp_path: Path, content: str | dict[str, Any]) -> str:
    path = tmp_path / "document"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


LAUGHS = "openapi: 3.0.0\na: &a [lol, lol]\nb: &b [*a, *a]\nc: &c [*b, *b]\npaths: {}\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not an OpenAPI 3 document"),
        ("<html>Sign in</html>", "not an OpenAPI 3 document"),
        ("[1, 2]", "not an OpenAPI 3 document"),
        ("{'openapi': ", "not YAML or JSON"),
        ('{"swagger": "2.0", "paths": {"/a": {}}}', "not an OpenAPI 3 document"),
        ('{"openapi": "3.0.0", "paths": {}}', "without paths"),
        ('{"openapi": "3.0.0", "info": {}, "paths": {"/a": {}}}', "not valid OpenAPI"),
        ("openapi: 3.0.0\npaths: !!python/object/apply:os.system [touch /tmp/never]\n", "could not determine a constructor"),
        (LAUGHS, "aliases"),
        ("[" * 5000, "deep"),
    ],
)  # fmt: skip
def test_other_content_is_refused(
    refused: Callable[[str], str], tmp_path: Path, content: str, reason: str
) -> None:
    assert reason in refused(written(tmp_path, content))


def _set(document: dict[str, Any], *keys: str, value: Any) -> None:
    for key in keys[:-1]:
        document = document[key]
    document[keys[-1]] = value


@pytest.mark.parametrize(
    ("keys", "value", "reason"),
    [
        (("paths", "/users", "get", "operationId"), "a(); import os; os.system('true')", "not a usable name"),
        (("paths", "/users", "get", "operationId"), "../../../etc/passwd", "not a usable name"),
        (("components", "schemas", "x = __import__('os')"), {"type": "object"}, "not a usable name"),
        (("components", "schemas", "group", "properties", "a: int\n    import os"), {"type": "string"}, "not a usable name"),
        (("components", "schemas", "group"), {"$ref": "../../secrets.yaml"}, "refers to another document"),
        (("components", "schemas", "group"), {"$ref": "file:///etc/passwd"}, "refers to another document"),
        (("components", "schemas", "group"), {"$ref": "https://example.com/a.json"}, "refers to another document"),
        (("paths", '/a"+__import__("os").getcwd()+"'), {"get": {"responses": {"200": {"description": "a"}}}}, "usable path"),
        (("paths", "/../../admin\u200b"), {"get": {"responses": {"200": {"description": "a"}}}}, "usable path"),
        (("paths", "/users", "get", "tags"), ["../../../../X"], "GET '/users' has the tag"),
        (("servers",), [{"url": "https://example.com/\u202e"}], "unprintable"),
        (("paths", "/users", "get", "responses"), 5, "not valid OpenAPI"),
        (
            ("paths", "/users", "get", "parameters"), [{"name": "a" * 100, "in": "query", "schema": {}}] * 3,
            "does not meet the rule uniqueItems at /paths//users/get/parameters",
        ),
    ],
)  # fmt: skip
def test_a_hostile_document_is_refused(
    refused: Callable[[str], str],
    tmp_path: Path,
    ours: dict[str, Any],
    keys: tuple[str, ...],
    value: Any,
    reason: str,
) -> None:
    document = copy.deepcopy(ours)
    _set(document, *keys, value=value)

    assert reason in refused(written(tmp_path, document))


def test_a_document_the_generator_rejects_is_refused(
    refused: Callable[[str], str], tmp_path: Path, ours: dict[str, Any]
) -> None:
    document = copy.deepcopy(ours)
    del document["components"]["schemas"]["response_container"]
    text = json.dumps(document).replace(
        "#/components/schemas/response_container", "#/components/schemas/pagination_info"
    )

    assert "response_container" in refused(written(tmp_path, text))


def test_a_file_that_is_too_large_is_refused(refused: Callable[[str], str], tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(200_000_000)

    assert "larger than" in refused(str(large))


def test_a_missing_file_and_a_url_without_tls_are_refused(refused: Callable[[str], str]) -> None:
    assert "no such file" in refused("/nowhere/document.json")
    assert "TLS" in refused("http://www.example.com/document.json")
    assert "no such file" in refused("ftp://example.com/document.json")


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("location", "/large")
            self.end_headers()
        elif self.path == "/down":
            self.send_response(503)
            self.end_headers()
        elif self.path == "/large":
            self.send_response(200)
            self.end_headers()
            block = b" " * 65536
            try:
                for _ in range(200_000_000 // len(block)):
                    self.wfile.write(block)
            except OSError:
                pass
        else:
            self.send_response(200)
            self.end_headers()
            try:
                while not self.server.shutting_down.wait(0.02):  # type: ignore[attr-defined]
                    self.wfile.write(b" ")
            except OSError:
                pass

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        server.shutting_down = threading.Event()  # type: ignore[attr-defined]
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutting_down.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "reason"), [("/moved", "status 302"), ("/down", "status 503"), ("/large", "larger than")]
)
def test_a_response_without_a_document_is_refused(
    refused: Callable[[str], str], url: str, path: str, reason: str
) -> None:
    assert reason in refused(url + path)


def test_a_response_that_never_ends_is_refused(
    refused: Callable[[str], str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = itertools.count(0, 20)
    monkeypatch.setattr(source, "time", SimpleNamespace(monotonic=lambda: next(seconds)))

    assert "took longer than" in refused(url + "/slow")
