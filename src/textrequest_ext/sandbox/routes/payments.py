"""Payments asked of people by text. A dashboard has them turned off at first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textrequest_ext.sandbox.answers import NO_CONTENT, Answer, Refusal, page
from textrequest_ext.sandbox.calls import Call, answers
from textrequest_ext.sandbox.events import payment_updated
from textrequest_ext.sandbox.models import Dashboard, Payment
from textrequest_ext.sandbox.phones import normalized
from textrequest_ext.sandbox.state import State, phone_or_refusal
from textrequest_ext.sandbox.texting import Draft, contact_for, deliver, send

_ORDER: dict[str, Callable[[Payment], Any]] = {
    "amount": lambda payment: payment.amount,
    "contact": lambda payment: (payment.recipient or "", payment.customer_phone),
    "date": lambda payment: (payment.requested, payment.id),
    "status": lambda payment: payment.status,
}


@answers("Payments_set_enabled")
def set_enabled(state: State, call: Call) -> Answer:
    state.dashboard(call.path["dashboard_id"]).payments_on = call.body["active"]
    return Answer()


@answers("Payments_list")
def list_payments(state: State, call: Call) -> Answer:
    """The newest first unless something else is asked for (vendor)."""
    dashboard = _dashboard(state, call)
    query = call.query
    phone = normalized(query["phone_number"]) or "none" if "phone_number" in query else None
    wanted = [
        payment
        for payment in dashboard.payments.values()
        if query.get("reference_number", payment.reference) == payment.reference
        and (phone is None or payment.customer_phone == phone)
    ]
    wanted.sort(
        key=_ORDER[query.get("sort_type", "date")], reverse=query.get("sort_direction", "desc") == "desc"
    )
    return page(wanted, query, Payment.answer)


@answers("Payments_get")
def get(state: State, call: Call) -> Answer:
    payment = _dashboard(state, call).payments.get(call.path["payment_id"])
    return Answer(payload=payment.answer()) if payment else Answer(NO_CONTENT)


@answers("Payments_create")
def create(state: State, call: Call) -> Answer:
    dashboard = _dashboard(state, call)
    body = call.body
    phone = phone_or_refusal(body["customer_phone"], "customer phone")
    if not body["amount_requested"] > 0:
        raise Refusal("The amount must be more than nothing.")
    contact = contact_for(state, dashboard, phone)
    payment = Payment(
        state.next_id("payment"),
        body["description"],
        phone,
        contact.display_name,  # live: null when nobody knows the name
        float(body["amount_requested"]),
        body.get("reference_number"),
        state.clock(),
    )
    dashboard.payments[payment.id] = payment
    _text(state, dashboard, payment, body.get("message") or "You can pay with this link")
    return Answer(payload=payment.answer())


@answers("Payments_send_reminder")
def send_reminder(state: State, call: Call) -> Answer:
    dashboard, payment = _open(state, call)
    if payment.reminded:
        raise Refusal("Only one reminder is allowed, and it went out before.")
    payment.reminded = True
    _text(state, dashboard, payment, "A reminder: you can pay with this link")
    return Answer(payload=payment.answer())


@answers("Payments_mark_as_paid")
def mark_as_paid(state: State, call: Call) -> Answer:
    dashboard, payment = _open(state, call)
    payment.status = "MarkedAsPaid"
    payment_updated(state, dashboard, payment)
    return Answer(payload=payment.answer())


@answers("Payments_cancel")
def cancel(state: State, call: Call) -> Answer:
    """The person gets a text about it (vendor)."""
    dashboard, payment = _open(state, call)
    payment.status = "Cancelled"
    payment_updated(state, dashboard, payment)
    _text(state, dashboard, payment, "The payment is canceled")
    return Answer(payload=payment.answer())


def pay(state: State, dashboard: Dashboard, payment: Payment) -> None:
    """The person pays through the link."""
    payment.status, payment.transaction = "Paid", "Approved"
    payment_updated(state, dashboard, payment)


def _dashboard(state: State, call: Call) -> Dashboard:
    dashboard = state.dashboard(call.path["dashboard_id"])
    if not dashboard.payments_on:
        raise Refusal("This dashboard has not turned payments on.")
    return dashboard


def _open(state: State, call: Call) -> tuple[Dashboard, Payment]:
    dashboard = _dashboard(state, call)
    payment = dashboard.payments.get(call.path["payment_id"])
    if payment is None:
        raise Refusal("The payment id is not valid.")
    if not payment.is_open:
        raise Refusal("The payment is closed and cannot be changed.")
    return dashboard, payment


def _text(state: State, dashboard: Dashboard, payment: Payment, words: str) -> None:
    contact = contact_for(state, dashboard, payment.customer_phone)
    if not contact.opted_out:
        link = f"https://pay.example.com/{payment.id}"
        deliver(state, send(state, dashboard, contact, Draft(f"{words} {link}")))
