"""Webhooks: list, create, delete and reconnect; list event types."""

from __future__ import annotations

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.events import EVENTS
from textrequest_ext.sandbox._account.models import Webhook
from textrequest_ext.sandbox._account.state import State
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response

_HTTP_VERBS = ("PUT", "POST", "DELETE")


@handles("Webhooks_event_types")
def event_types(state: State, request: Request) -> Response:
    return Response(payload=list(EVENTS))


@handles("Webhooks_list")
def list_webhooks(state: State, request: Request) -> Response:
    """A page, although the vendor's document describes a single webhook (vendor)."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    return page_response(list(dashboard.webhooks.values()), request.query, Webhook.to_dict)


@handles("Webhooks_create")
def create(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    body = request.body
    # vendor: the document says http_verb, the vendor's own connector sends httpVerb
    http_verb = body.get("http_verb") or body.get("httpVerb") or "POST"
    if http_verb not in _HTTP_VERBS:
        raise ServiceError(f"The HTTP verb must be one of {', '.join(_HTTP_VERBS)}.")
    url, event = body["target_url"], body["event"]
    if not url.lower().startswith(("http://", "https://")):
        raise ServiceError("The target_url is not valid.")
    if any(webhook.event == event and webhook.target_url == url for webhook in dashboard.webhooks.values()):
        raise ServiceError("This URL is already registered for this event.", status=409)
    webhook = Webhook(state.next_id("webhook"), dashboard.id, url, event, http_verb)
    dashboard.webhooks[webhook.id] = webhook
    return Response(201, webhook.to_dict())  # live-test


@handles("Webhooks_delete")
def delete(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    if dashboard.webhooks.pop(request.path_parameters["webhook_id"], None) is None:
        raise ServiceError("The webhook id is not valid.")
    return Response(NO_CONTENT)


@handles("Webhooks_reconnect")
def reconnect(state: State, request: Request) -> Response:
    """Connects a disconnected webhook and resets its failures (vendor, newer than the document)."""
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    webhook = dashboard.webhooks.get(request.path_parameters["webhook_id"])
    if webhook is None:
        raise ServiceError("There is no such webhook.", status=404)
    webhook.is_connected, webhook.failures = True, 0
    return Response(NO_CONTENT)
