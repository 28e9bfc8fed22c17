"""Addresses that the service calls when something happens on a dashboard."""

from textrequest_api.api.webhooks import (
    webhooks_create,
    webhooks_delete,
    webhooks_event_types,
    webhooks_list,
    webhooks_reconnect,
)
from textrequest_ext.operations import ClientT_co, Resource, call, paged


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
