"""Receive webhooks with Flask.

    pip install textrequest-ext flask
    TEXTREQUEST_API_KEY=... flask --app webhooks_flask run

Register https://your.host/hooks/msg_received for the event msg_received, and so on for each event.
While you change the API key, TEXTREQUEST_API_KEY_BEFORE holds the old one.
"""

from __future__ import annotations

import os

from flask import Flask, request

from textrequest_ext import webhooks

app = Flask(__name__)


# No payload names its event, so the address does: one for each event.
@app.post("/hooks/<name>")
def receive(name: str) -> tuple[str, int]:
    keys = [os.environ["TEXTREQUEST_API_KEY"]]
    if old_key := os.environ.get("TEXTREQUEST_API_KEY_BEFORE"):
        keys.append(old_key)
    try:
        # The raw bytes, not request.json: the signature is over them.
        event = webhooks.receive(request.get_data(), request.headers, api_key=keys, event=name)
    except webhooks.PayloadError:
        return "not a payload", 400
    except webhooks.WebhookError:
        return "not a genuine delivery", 401
    handle(event)
    return "", 200


def handle(event: webhooks.Event) -> None:
    """Take what happened. Be quick, or put it on a queue: ten failures in a row end the deliveries."""
    if isinstance(event, webhooks.MessageReceived):
        print(f"message {event.message_id} came in at {event.occurred_at}")
    elif isinstance(event, webhooks.LocationReceived):
        print(f"message {event.message_id} was answered with a place")
    elif isinstance(event, webhooks.UnknownEvent):
        print(f"passed over an event of the kind {event.event}")
    else:
        print(f"took {event.event}")
