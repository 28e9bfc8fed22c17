"""Requests for money, sent by text."""

from textrequest_api.api.payments import (
    payments_cancel,
    payments_create,
    payments_get,
    payments_list,
    payments_mark_as_paid,
    payments_send_reminder,
    payments_set_enabled,
)
from textrequest_ext.operations import ClientT_co, Resource, call, paged


class Payments(Resource[ClientT_co]):
    """Requests for money, sent by text."""

    list = paged(payments_list.operation)
    """The payment requests of a dashboard."""
    get = call(payments_get.operation)
    """One payment request by id, or None."""
    create = call(payments_create.operation)
    """Ask for money, in US dollars: texts the customer. Never repeated where the outcome is unknown."""
    mark_as_paid = call(payments_mark_as_paid.operation)
    """Mark a payment as paid by other means."""
    send_reminder = call(payments_send_reminder.operation)
    """Text the customer a reminder. Never repeated where the outcome is unknown."""
    cancel = call(payments_cancel.operation)
    """Cancel a payment request."""
    set_enabled = call(payments_set_enabled.operation)
    """Turn payments of a dashboard on or off."""
