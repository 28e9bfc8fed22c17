"""Payments: list, get, create, remind, mark as paid and cancel. Payments of a new dashboard are disabled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textrequest_ext.sandbox._account.errors import ServiceError
from textrequest_ext.sandbox._account.messaging import find_or_add_contact
from textrequest_ext.sandbox._account.models import Dashboard, Payment
from textrequest_ext.sandbox._account.payments import send_payment_link, set_payment_status
from textrequest_ext.sandbox._account.phone_numbers import normalize
from textrequest_ext.sandbox._account.state import State, require_phone_number
from textrequest_ext.sandbox._service.registry import handles
from textrequest_ext.sandbox._service.requests import Request
from textrequest_ext.sandbox._service.responses import NO_CONTENT, Response, page_response

_SORT_KEYS: dict[str, Callable[[Payment], Any]] = {
    "amount": lambda payment: payment.amount,
    "contact": lambda payment: (payment.recipient or "", payment.customer_phone),
    "date": lambda payment: (payment.requested_at, payment.id),
    "status": lambda payment: payment.status,
}


@handles("Payments_set_enabled")
def set_enabled(state: State, request: Request) -> Response:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    dashboard.payments_enabled = request.body["active"]
    return Response()


@handles("Payments_list")
def list_payments(state: State, request: Request) -> Response:
    """The newest first by default (vendor)."""
    dashboard = _dashboard(state, request)
    query = request.query
    # An invalid number matches no payment.
    phone = normalize(query["phone_number"]) or "none" if "phone_number" in query else None
    payments = [
        payment
        for payment in dashboard.payments.values()
        if query.get("reference_number", payment.reference_number) == payment.reference_number
        and (phone is None or payment.customer_phone == phone)
    ]
    sort_key = _SORT_KEYS[query.get("sort_type", "date")]
    payments.sort(key=sort_key, reverse=query.get("sort_direction", "desc") == "desc")
    return page_response(payments, query, Payment.to_dict)


@handles("Payments_get")
def get(state: State, request: Request) -> Response:
    payment = _dashboard(state, request).payments.get(request.path_parameters["payment_id"])
    return Response(payload=payment.to_dict()) if payment else Response(NO_CONTENT)


@handles("Payments_create")
def create(state: State, request: Request) -> Response:
    dashboard = _dashboard(state, request)
    body = request.body
    phone = require_phone_number(body["customer_phone"], "customer phone")
    if not body["amount_requested"] > 0:
        raise ServiceError("The amount must be more than 0.")
    contact = find_or_add_contact(state, dashboard, phone)
    payment = Payment(
        id=state.next_id("payment"),
        description=body["description"],
        customer_phone=phone,
        recipient=contact.display_name,  # live: null if the contact has no name
        amount=float(body["amount_requested"]),
        reference_number=body.get("reference_number"),
        requested_at=state.clock(),
    )
    dashboard.payments[payment.id] = payment
    send_payment_link(state, dashboard, payment, body.get("message") or "You can pay with this link")
    return Response(payload=payment.to_dict())


@handles("Payments_send_reminder")
def send_reminder(state: State, request: Request) -> Response:
    dashboard, payment = _open_payment(state, request)
    if payment.reminder_sent:
        raise ServiceError("Only one reminder is allowed, and it was already sent.")
    payment.reminder_sent = True
    send_payment_link(state, dashboard, payment, "A reminder: you can pay with this link")
    return Response(payload=payment.to_dict())


@handles("Payments_mark_as_paid")
def mark_as_paid(state: State, request: Request) -> Response:
    dashboard, payment = _open_payment(state, request)
    set_payment_status(state, dashboard, payment, "MarkedAsPaid")
    return Response(payload=payment.to_dict())


@handles("Payments_cancel")
def cancel(state: State, request: Request) -> Response:
    """Sends the contact a message about it (vendor)."""
    dashboard, payment = _open_payment(state, request)
    set_payment_status(state, dashboard, payment, "Cancelled")
    send_payment_link(state, dashboard, payment, "The payment is canceled")
    return Response(payload=payment.to_dict())


def _dashboard(state: State, request: Request) -> Dashboard:
    dashboard = state.dashboard(request.path_parameters["dashboard_id"])
    if not dashboard.payments_enabled:
        raise ServiceError("Payments are not enabled for this dashboard.")
    return dashboard


def _open_payment(state: State, request: Request) -> tuple[Dashboard, Payment]:
    dashboard = _dashboard(state, request)
    payment = dashboard.payments.get(request.path_parameters["payment_id"])
    if payment is None:
        raise ServiceError("The payment id is not valid.")
    if not payment.is_open:
        raise ServiceError("The payment is closed and cannot be changed.")
    return dashboard, payment
