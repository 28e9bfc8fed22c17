"""Addresses that the service calls when something happens on a dashboard."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from textrequest_api.api.webhooks import (
    webhooks_create,
    webhooks_delete,
    webhooks_event_types,
    webhooks_list,
    webhooks_reconnect,
)
from textrequest_api.models.webhook import Webhook
from textrequest_ext.arguments import build_request
from textrequest_ext.operations import ClientT_co, Resource, call, flow, paged


class Webhooks(Resource[ClientT_co]):
    """Addresses that the service calls when something happens on a dashboard."""

    event_types = call(webhooks_event_types.operation)
    """The names of the events a webhook can be made for, as a plain list."""
    list = paged(webhooks_list.operation)
    """The webhooks of a dashboard; is_connected is False after ten failed deliveries in a row."""
    create = call(webhooks_create.operation)
    """Register an address for an event; the same pair twice is a ConflictError."""
    delete = call(webhooks_delete.operation)
    """Remove a webhook."""
    reconnect = call(webhooks_reconnect.operation)
    """Have the service deliver again to a webhook it had disconnected."""

    @flow
    def ensure(self, dashboard_id: int, *, target_url: str, event: str) -> Generator[Any, Any, Webhook]:
        """The connected webhook of an event and an address: found, reconnected, or made.

        For the start of a program, as often as it starts: registering the same pair twice is a
        conflict (vendor), and a webhook whose deliveries failed ten times is disconnected without a
        word (vendor). A webhook is made with the verb POST. Raises what `create` raises.
        """
        wanted = {"target_url": target_url, "event": event}
        build_request(webhooks_create.operation, (dashboard_id,), wanted)  # refuses bad input before the list
        hooks = self._client.paginate(webhooks_list.operation, dashboard_id)
        for hook in (yield hooks.collect()):
            if hook.event == event and hook.target_url == target_url:
                if hook.is_connected is False:
                    yield self._client.call(webhooks_reconnect.operation, dashboard_id, hook.id)
                    hook.is_connected = True
                return hook  # type: ignore[no-any-return]
        created: Webhook = yield self._client.call(webhooks_create.operation, dashboard_id, **wanted)
        return created
