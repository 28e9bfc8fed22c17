"""Payment requests, sent by text."""

from textrequest_api.api.payments import (
    payments_cancel,
    payments_create,
    payments_get,
    payments_list,
    payments_mark_as_paid,
    payments_send_reminder,
    payments_set_enabled,
)
from textrequest_ext._operations.descriptors import ClientT_co, Resource, call, paged


class Payments(Resource[ClientT_co]):
    """Payment requests, sent by text."""

    list = paged(payments_list.operation)
    """The payment requests of a dashboard."""
    get = call(payments_get.operation)
    """One payment request by id, or None."""
    create = call(payments_create.operation)
    """Request a payment in US dollars. This texts the customer; it is never sent again if the outcome is unknown."""
    mark_as_paid = call(payments_mark_as_paid.operation)
    """Mark a payment request as paid by other means."""
    send_reminder = call(payments_send_reminder.operation)
    """Text the customer a reminder. It is never sent again if the outcome is unknown."""
    cancel = call(payments_cancel.operation)
    """Cancel a payment request."""
    set_enabled = call(payments_set_enabled.operation)
    """Enable or disable payments for a dashboard."""
