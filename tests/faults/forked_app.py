"""Programs whose client is created and used before their workers are forked: for gunicorn and for Celery."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from textrequest_ext import TextRequest

client = TextRequest()
# The workers inherit the idle connection of this call.
client.contacts.get(1, "15555550199")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Respond with the phone number of the contact that was found for the one in the query."""
    number = parse_qs(environ["QUERY_STRING"])["number"][0]
    found = client.contacts.get(1, number)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {found.phone_number if found else None}".encode()]


def celery_app() -> Any:
    """An app with one task, which writes what was found. Its broker is the folder in BROKER_FOLDER."""
    from celery import Celery

    folder = os.environ["BROKER_FOLDER"]
    app = Celery("forked", broker="filesystem://")
    app.conf.task_ignore_result = True
    app.conf.broker_transport_options = {
        "data_folder_in": f"{folder}/queue",
        "data_folder_out": f"{folder}/queue",
        "control_folder": f"{folder}/control",
        "polling_interval": 0.02,
    }

    @app.task(name="look_up")
    def look_up(number: str) -> None:
        try:
            found = client.contacts.get(1, number)
            result = found.phone_number if found else None
        except Exception as error:
            result = type(error).__name__
        path = f"{folder}/results/{number}"
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {result}")
        os.replace(f"{path}.new", path)

    return app


if "BROKER_FOLDER" in os.environ:
    app = celery_app()
