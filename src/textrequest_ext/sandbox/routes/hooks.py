"""Hooks: registered, listed, taken away, reconnected."""

from __future__ import annotations

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.events import EVENTS
from textrequest_ext.sandbox.models import Hook
from textrequest_ext.sandbox.state import State

_VERBS = ("PUT", "POST", "DELETE")


@answers("Webhooks_event_types")
def event_types(state: State, call: Call) -> Answer:
    return Answer(payload=list(EVENTS))


@answers("Webhooks_list")
def list_hooks(state: State, call: Call) -> Answer:
    """A page, though the document says one hook (vendor)."""
    return page(list(state.dashboard(call.path["dashboard_id"]).hooks.values()), call.query, Hook.answer)


@answers("Webhooks_create")
def create(state: State, call: Call) -> Answer:
    dashboard = state.dashboard(call.path["dashboard_id"])
    body = call.body
    # vendor: the document says http_verb, the vendor's own connector sends httpVerb
    verb = body.get("http_verb") or body.get("httpVerb") or "POST"
    if verb not in _VERBS:
        raise Refusal(f"The HTTP verb must be one of {', '.join(_VERBS)}.")
    url = body["target_url"]
    if not url.lower().startswith(("http://", "https://")):
        raise Refusal("The target_url is not valid.")
    if any(hook.event == body["event"] and hook.target_url == url for hook in dashboard.hooks.values()):
        raise Refusal("This URL is already registered for this event.", status=409)
    hook = Hook(state.next_id("hook"), dashboard.id, url, body["event"], verb)
    dashboard.hooks[hook.id] = hook
    return Answer(201, hook.answer())  # live-test


@answers("Webhooks_delete")
def delete(state: State, call: Call) -> Answer:
    if state.dashboard(call.path["dashboard_id"]).hooks.pop(call.path["webhook_id"], None) is None:
        raise Refusal("The webhook id is not valid.")
    return Answer(NO_CONTENT)


@answers("Webhooks_reconnect")
def reconnect(state: State, call: Call) -> Answer:
    """vendor, newer than the document: connects again after ten failures; a connected hook stays so."""
    hook = state.dashboard(call.path["dashboard_id"]).hooks.get(call.path["webhook_id"])
    if hook is None:
        raise Refusal("There is no such webhook.", status=404)
    hook.is_connected, hook.failures = True, 0
    return Answer(NO_CONTENT)
