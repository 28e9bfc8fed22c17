"""Webhooks: URLs that the service calls when something happens on a dashboard."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from textrequest_api.api.webhooks import (
    webhooks_create,
    webhooks_delete,
    webhooks_event_types,
    webhooks_list,
    webhooks_reconnect,
)
from textrequest_api.models.webhook import Webhook
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call, paged
from textrequest_ext._operations.flows import flow

if TYPE_CHECKING:
    from textrequest_api.events import EventName


class Webhooks(Resource[ClientT_co]):
    """Webhooks: URLs that the service calls when something happens on a dashboard."""

    event_types = call(webhooks_event_types.operation)
    """The names of all events, as a list."""
    list = paged(webhooks_list.operation)
    """The webhooks of a dashboard. `is_connected` is False after ten failed deliveries in a row."""
    create = call(webhooks_create.operation)
    """Register a URL for an event. Raises ConflictError if the pair is registered already."""
    delete = call(webhooks_delete.operation)
    """Delete a webhook."""
    reconnect = call(webhooks_reconnect.operation)
    """Reconnect a webhook that the service has disconnected."""

    @flow
    def ensure(
        self, dashboard_id: int, *, target_url: str, event: EventName | str
    ) -> Generator[Any, Any, Webhook]:
        """Return the webhook for an event and a URL, connected. It is created if it does not exist.

        target_url: an http(s) URL. event: one of `event_types()`, such as "msg_received".

        Call it whenever a program starts: registering a pair twice is a conflict (vendor), and the
        service silently disconnects a webhook after ten failed deliveries (vendor). A new webhook uses
        the HTTP verb POST. Raises the errors of `create`.
        """
        wanted: dict[str, Any] = {"target_url": target_url, "event": event}
        webhooks_create.operation.build(dashboard_id, **wanted)  # raises before the first request
        registered = self._client.paginate(webhooks_list.operation, dashboard_id)
        for webhook in (yield registered.collect()):
            if webhook.event == event and webhook.target_url == target_url:
                if webhook.is_connected is False:
                    yield self._client.call(webhooks_reconnect.operation, dashboard_id, webhook.id)
                    webhook.is_connected = True
                return webhook  # type: ignore[no-any-return]
        created: Webhook = yield self._client.call(webhooks_create.operation, dashboard_id, **wanted)
        return created
