"""Receive webhooks with FastAPI.

    pip install textrequest-ext fastapi uvicorn
    TEXTREQUEST_API_KEY=... uvicorn webhooks_fastapi:app

Register https://your.host/hooks/msg_received for the event msg_received, and a URL of this form for each
other event.
"""

from __future__ import annotations

import os

from fastapi import FastAPI, HTTPException, Request

from textrequest_ext import is_failure, webhooks

app = FastAPI()


# A payload does not contain the name of its event, so the URL does.
@app.post("/hooks/{name}")
async def receive(name: str, request: Request) -> dict[str, str]:
    try:
        event = webhooks.receive(
            await request.body(),  # the raw bytes, which are what is signed
            request.headers,
            api_key=os.environ["TEXTREQUEST_API_KEY"],
            event=name,
        )
    except webhooks.PayloadError:
        raise HTTPException(400) from None
    except webhooks.WebhookError:
        raise HTTPException(401) from None
    handle(event)
    return {}


def handle(event: webhooks.Event) -> None:
    """Process the event. If that takes long, use a queue: ten failed deliveries in a row end all deliveries."""
    match event:
        case webhooks.MessageReceived(message_id=message_id, media=media):
            print(f"received message {message_id} with {len(media)} files")
        case webhooks.MessageStatusUpdated(message_id=message_id, status=status) if is_failure(status):
            print(f"message {message_id} was not delivered: {event.error_code}")
        case webhooks.UnknownEvent():
            print(f"passed over an event of the kind {event.event}")
        case _:
            print(f"took {event.event}")
