"""Changes of a payment, with their events and the messages that carry its link."""

from __future__ import annotations

from .events import send_payment_updated
from .messaging import OutgoingMessage, deliver_message, find_or_add_contact, send_message
from .models import Dashboard, Payment
from .state import State


def set_payment_status(state: State, dashboard: Dashboard, payment: Payment, status: str) -> None:
    """Sets the status of a payment and sends its event."""
    payment.status = status
    send_payment_updated(state, dashboard, payment)


def pay(state: State, dashboard: Dashboard, payment: Payment) -> None:
    """The contact pays through the link."""
    payment.transaction_status = "Approved"
    set_payment_status(state, dashboard, payment, "Paid")


def send_payment_link(state: State, dashboard: Dashboard, payment: Payment, text: str) -> None:
    """Sends the text and the payment's link to the contact, unless the contact opted out."""
    contact = find_or_add_contact(state, dashboard, payment.customer_phone)
    if not contact.opted_out_at:
        link = f"https://pay.example.com/{payment.id}"
        message = send_message(state, dashboard, contact, OutgoingMessage(f"{text} {link}"))
        deliver_message(state, message)
