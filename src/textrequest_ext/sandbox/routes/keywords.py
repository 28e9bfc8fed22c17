"""Keywords, each with the group of those who texted it."""

from __future__ import annotations

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.models import Group
from textrequest_ext.sandbox.state import State
from textrequest_ext.sandbox.times import zoned


@answers("Keywords_list")
def list_keywords(state: State, call: Call) -> Answer:
    return page(list(state.dashboard(call.path["dashboard_id"]).keywords.values()), call.query, dict)


@answers("Keywords_get")
def get(state: State, call: Call) -> Answer:
    keyword = state.dashboard(call.path["dashboard_id"]).keywords.get(call.path["keyword_id"])
    return Answer(payload=dict(keyword)) if keyword else Answer(NO_CONTENT)


@answers("Keywords_create")
def create(state: State, call: Call) -> Answer:
    """The service makes a group for the keyword (vendor)."""
    dashboard = state.dashboard(call.path["dashboard_id"])
    word = _word(call)
    group = Group(state.next_id("group"), word, is_keyword=True)
    dashboard.groups[group.id] = group
    keyword = {
        "id": state.next_id("keyword"),
        "subscribers_count": 0,
        "keyword_value": word,
        "date_created": zoned(state.clock()),  # vendor: seven digits and Z
        "response": call.body.get("response"),
        "group_id": group.id,
    }
    dashboard.keywords[keyword["id"]] = keyword
    return Answer(payload=dict(keyword))


@answers("Keywords_update")
def update(state: State, call: Call) -> Answer:
    keyword = state.dashboard(call.path["dashboard_id"]).keywords.get(call.path["keyword_id"])
    if keyword is None:
        raise Refusal("The keyword id is not valid.")
    keyword["keyword_value"] = _word(call)
    if "response" in call.body:
        keyword["response"] = call.body["response"]
    return Answer(payload=dict(keyword))


@answers("Keywords_delete")
def delete(state: State, call: Call) -> Answer:
    """The contacts stay (vendor); whether the group stays is open, here it does, as a plain group."""
    dashboard = state.dashboard(call.path["dashboard_id"])
    keyword = dashboard.keywords.pop(call.path["keyword_id"], None)
    if keyword is None:
        raise Refusal("There is no such keyword.", status=404)
    if group := dashboard.groups.get(keyword["group_id"]):
        group.is_keyword = False
    return Answer(NO_CONTENT)


def _word(call: Call) -> str:
    word: str = call.body["keyword_value"]
    if not word.strip():
        raise Refusal("A keyword must be specified.")
    return word
