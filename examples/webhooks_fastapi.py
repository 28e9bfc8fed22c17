"""Receive webhooks with FastAPI.

    pip install textrequest-ext fastapi uvicorn
    TEXTREQUEST_API_KEY=... uvicorn webhooks_fastapi:app

Register https://your.host/hooks/msg_received for the event msg_received, and so on for each event.
"""

from __future__ import annotations

import os

from fastapi import FastAPI, HTTPException, Request

from textrequest_ext import is_failure, webhooks

app = FastAPI()


# No payload names its event, so the address does: one for each event.
@app.post("/hooks/{name}")
async def receive(name: str, request: Request) -> dict[str, str]:
    try:
        event = webhooks.receive(
            await request.body(),  # the raw bytes: the signature is over them, not over the JSON
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
    """Take what happened. Be quick, or put it on a queue: ten failures in a row end the deliveries."""
    match event:
        case webhooks.MessageReceived(message_id=message_id, media=media):
            print(f"message {message_id} came in with {len(media)} files")
        case webhooks.MessageStatusUpdated(message_id=message_id, status=status) if is_failure(status):
            print(f"message {message_id} did not arrive: {event.error_code}")
        case webhooks.UnknownEvent():
            print(f"passed over an event of the kind {event.event}")
        case _:
            print(f"took {event.event}")
