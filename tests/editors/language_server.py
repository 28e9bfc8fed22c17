"""A client of pyright's language server: what an editor shows for a piece of code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self


class Editor:
    """One language server for many documents. `|` is the cursor in the code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._server = subprocess.Popen(
            [str(Path(sys.executable).with_name("pyright-langserver")), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
        )
        text: dict[str, Any] = {"hover": {"contentFormat": ["plaintext"]}}
        parameters = {
            "processId": os.getpid(),
            "rootUri": folder.as_uri(),
            "workspaceFolders": [{"uri": folder.as_uri(), "name": "project"}],
            "capabilities": {"workspace": {"configuration": True}, "textDocument": text},
        }
        self._request("initialize", parameters)
        self._send({"method": "initialized", "params": {}})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self._server.kill()
        self._server.communicate()

    def hover(self, code: str) -> list[str]:
        """What is shown for the name before each cursor."""
        return [
            (shown["contents"]["value"] if shown else "").replace("\xa0", " ")
            for shown in self._at_cursors("textDocument/hover", code, -1)
        ]

    def completions(self, code: str) -> list[list[str]]:
        """What is suggested at each cursor."""
        return [
            [one["label"] for one in suggested["items"]] if suggested else []
            for suggested in self._at_cursors("textDocument/completion", code, 0)
        ]

    def problems(self, code: str) -> list[str]:
        """What is underlined in the code."""
        uri = self._open(code)
        while True:
            message = self._receive()
            if "id" in message:
                self._respond(message)
            elif message["method"] == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                return [one["message"] for one in message["params"]["diagnostics"]]

    def _open(self, text: str) -> str:
        self._count += 1
        uri = (self._folder / f"document_{self._count}.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return uri

    def _at_cursors(self, method: str, code: str, offset: int) -> list[Any]:
        text, *others = code.split("|")
        positions = []
        for other in others:
            positions.append({"line": text.count("\n"), "character": len(text.rpartition("\n")[2]) + offset})
            text += other
        uri = self._open(text)
        results = [self._request(method, {"textDocument": {"uri": uri}, "position": at}) for at in positions]
        self._send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}})
        return results

    def _request(self, method: str, parameters: Any) -> Any:
        self._count += 1
        number = self._count
        self._send({"id": number, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if "method" in message and "id" in message:
                self._respond(message)
            elif message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def _respond(self, request: Any) -> None:
        """Respond to a request of the server: with its settings, or that it is done."""
        result: Any = None
        if request["method"] == "workspace/configuration":
            result = [{"pythonPath": sys.executable} for _ in request["params"]["items"]]
        self._send({"id": request["id"], "result": result})

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self._server.stdin.flush()

    def _receive(self) -> Any:
        assert self._server.stdout is not None
        length = 0
        while line := self._server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        return json.loads(self._server.stdout.read(length))
