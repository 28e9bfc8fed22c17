"""Receive webhooks with Django, in one file. Your own project needs only the view and its path.

    pip install textrequest-ext django
    TEXTREQUEST_API_KEY=... python webhooks_django.py runserver

Register https://your.host/hooks/msg_received for the event msg_received, and a URL of this form for each
other event.
"""

# mypy: disable-error-code="import-untyped, untyped-decorator"

from __future__ import annotations

import os
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from textrequest_ext import webhooks

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=os.environ.get("ALLOWED_HOSTS", "localhost").split(","),
        ROOT_URLCONF=__name__,
        SECRET_KEY=os.environ.get("SECRET_KEY", os.urandom(32).hex()),
    )
    django.setup()


@csrf_exempt  # the service sends no CSRF token; the signature replaces it
@require_POST
def receive(request: HttpRequest, name: str) -> HttpResponse:
    try:
        event = webhooks.receive(
            request.body,  # the raw bytes, which are what is signed
            request.headers,
            api_key=os.environ["TEXTREQUEST_API_KEY"],
            event=name,
        )
    except webhooks.PayloadError:
        return HttpResponseBadRequest()
    except webhooks.WebhookError:
        return HttpResponse(status=401)
    handle(event)
    return HttpResponse()


def handle(event: webhooks.Event) -> None:
    """Process the event. If that takes long, use a queue: ten failed deliveries in a row end all deliveries."""
    if isinstance(event, webhooks.ContactUpdated):
        print("a contact opted out" if event.opted_out_utc else "a contact was changed")
    elif isinstance(event, webhooks.UnknownEvent):
        print(f"passed over an event of the kind {event.event}")
    else:
        print(f"took {event.event}")


# A payload does not contain the name of its event, so the URL does.
urlpatterns = [path("hooks/<str:name>", receive)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
