"""Receive webhooks with Flask.

    pip install textrequest-ext flask
    TEXTREQUEST_API_KEY=... flask --app webhooks_flask run

Register https://your.host/hooks/msg_received for the event msg_received, and a URL of this form for each
other event.
While you replace the API key, set TEXTREQUEST_API_KEY_BEFORE to the old one.
"""

from __future__ import annotations

import os

from flask import Flask, request

from textrequest_ext import webhooks

app = Flask(__name__)


# A payload does not contain the name of its event, so the URL does.
@app.post("/hooks/<name>")
def receive(name: str) -> tuple[str, int]:
    keys = [os.environ["TEXTREQUEST_API_KEY"]]
    if old_key := os.environ.get("TEXTREQUEST_API_KEY_BEFORE"):
        keys.append(old_key)
    try:
        # The raw bytes, which are what is signed, not request.json.
        event = webhooks.receive(request.get_data(), request.headers, api_key=keys, event=name)
    except webhooks.PayloadError:
        return "not a payload", 400
    except webhooks.WebhookError:
        return "not a genuine delivery", 401
    handle(event)
    return "", 200


def handle(event: webhooks.Event) -> None:
    """Process the event. If that takes long, use a queue: ten failed deliveries in a row end all deliveries."""
    if isinstance(event, webhooks.MessageReceived):
        print(f"received message {event.message_id}, queued at {event.occurred_at}")
    elif isinstance(event, webhooks.LocationReceived):
        print(f"received the location that message {event.message_id} asked for")
    elif isinstance(event, webhooks.UnknownEvent):
        print(f"passed over an event of the kind {event.event}")
    else:
        print(f"took {event.event}")
