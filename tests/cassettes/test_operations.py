"""Every operation at least once, one test for each resource."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cassettes.conftest import ClientHarness, SandboxControl
from textrequest_api.models import CustomFieldEntry, UpdateContactRequest, UserPermission

CUSTOMER = "5555550123"
OTHER_CUSTOMER = "(555) 555-0142"


def first_dashboard(harness: ClientHarness) -> Any:
    dashboard = harness.run(harness.client.dashboards.list().first())
    assert dashboard.id
    assert dashboard.phone
    return dashboard


@pytest.mark.reads
def test_read_only_operations(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    messages = harness.collect(harness.client.messages.list(dashboard.id, page_size=5).limit(5))
    assert all(message.message_timestamp_utc.tzinfo is not None for message in messages)
    contacts = harness.collect(harness.client.contacts.list(dashboard.id, page_size=5).limit(5))
    assert all(contact.phone_number for contact in contacts)
    assert harness.collect(harness.client.conversations.list(dashboard.id, page_size=5).limit(5)) is not None
    assert "msg_received" in harness.run(harness.client.webhooks.event_types())


def test_dashboards(harness: ClientHarness) -> None:
    dashboards = harness.client.dashboards
    numbers = harness.run(dashboards.available_numbers(area_code=555))
    assert all(len(number) >= 10 for number in numbers)
    created = harness.run(dashboards.create(name="Night desk", phone=numbers[0]))
    assert harness.run(dashboards.get(created.id)).name == "Night desk"
    assert harness.run(dashboards.update(created.id, name="Day desk")).name == "Day desk"
    assert [dashboard.name for dashboard in harness.collect(dashboards.list())][-1] == "Day desk"
    assert harness.run(dashboards.delete(created.id)) is None


def test_contacts(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    contacts = harness.client.contacts
    field = harness.run(harness.client.custom_fields.create(dashboard.id, name="Email"))
    created = harness.run(
        contacts.upsert(
            dashboard.id,
            OTHER_CUSTOMER,
            first_name="Noor",
            last_name="Haddad",
            custom_fields=[CustomFieldEntry(id=field.id, value="noor@example.com")],
        )
    )
    assert (created.phone_number, created.first_name) == ("15555550142", "Noor")
    assert (
        harness.run(contacts.get(dashboard.id, "+1 555 555 0142")).custom_fields[0].value
        == "noor@example.com"
    )
    assert (
        harness.run(contacts.upsert(dashboard.id, OTHER_CUSTOMER, note="Calls back")).custom_fields[0].value
        == "noor@example.com"
    )
    assert harness.run(contacts.upsert(dashboard.id, OTHER_CUSTOMER, custom_fields=[])).custom_fields in (
        [],
        None,
    )
    tag = harness.run(harness.client.tags.create(dashboard.id, tag="Lead", tag_color="#1EB1C4"))
    tagged = harness.run(
        contacts.update(dashboard.id, OTHER_CUSTOMER, contact_tag=tag.id, add_tag_to_contact=True)
    )
    assert tagged.contact_tags == [tag.id]
    found = harness.collect(
        contacts.list(dashboard.id, tags=[tag.id], contact_created_after=datetime(2026, 1, 1, tzinfo=UTC))
    )
    assert [contact.phone_number for contact in found] == ["15555550142"]
    updated = harness.run(
        contacts.bulk_update(
            dashboard.id,
            body=[
                UpdateContactRequest(phone_number="15555550142", first_name="Nour"),
                UpdateContactRequest(phone_number="15555550143", first_name="Ilse"),
            ],
        )
    )
    assert [contact.first_name for contact in updated] == ["Nour", "Ilse"]
    assert harness.run(contacts.delete(dashboard.id, "5555550143")) is None
    assert harness.run(contacts.get(dashboard.id, "5555550143")) is None


def test_conversations(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    conversations = harness.client.conversations
    harness.run(harness.client.messages.send_to_contact(dashboard.id, CUSTOMER, "Are you coming?"))
    [conversation] = harness.collect(conversations.list(dashboard.id, search=CUSTOMER))
    assert conversation.last_message.body == "Are you coming?"
    assert harness.run(conversations.archive(dashboard.id, CUSTOMER)) is None
    assert harness.collect(conversations.list(dashboard.id, search=CUSTOMER)) == []
    assert len(harness.collect(conversations.list(dashboard.id, search=CUSTOMER, include_archived=True))) == 1
    assert harness.run(conversations.unarchive(dashboard.id, CUSTOMER)) is None


def test_messages(harness: ClientHarness, sandbox: SandboxControl) -> None:
    dashboard = first_dashboard(harness)
    messages = harness.client.messages
    short = harness.run(messages.send(dashboard.phone, CUSTOMER, "Your order is ready.", sender_name="Ann"))
    assert (short.to, short.segments_count) == ("15555550123", 1)
    whole = harness.run(messages.send_to_contact(dashboard.id, CUSTOMER, "The counter is open until six."))
    assert whole.body == "The counter is open until six."
    assert whole.message_direction == "S"
    bodies = [message.body for message in harness.collect(messages.list_with_contact(dashboard.id, CUSTOMER))]
    assert {"Your order is ready.", "The counter is open until six."} <= set(bodies)
    newest = harness.run(messages.list(dashboard.id, sort="desc", message_direction="S").first())
    assert newest.message_id == whole.message_id
    assert harness.run(messages.redact(whole.message_id)) is None
    assert harness.run(messages.unredact(whole.message_id)) is None
    sandbox.post("/scheduled", dashboard_id=dashboard.id, body="Later")
    [later] = [
        m["message_id"]
        for m in harness.collect(messages.list_scheduled(dashboard.id))
        if m["body"] == "Later"
    ]
    assert harness.run(messages.get_scheduled(dashboard.id, later))["body"] == "Later"
    assert harness.run(messages.get_scheduled(dashboard.id, "00000000-0000-0000-0000-000000000000")) is None


def test_groups(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    groups = harness.client.groups
    created = harness.run(groups.create(dashboard.id, name="Volunteers", notes="Saturdays"))
    assert created.notes == "Saturdays"
    assert harness.run(groups.update(dashboard.id, created.id, name="Helpers")).name == "Helpers"
    assert harness.run(groups.get(dashboard.id, created.id)).name == "Helpers"
    assert created.id in [group.id for group in harness.collect(groups.list(dashboard.id))]
    assert harness.run(groups.delete(dashboard.id, created.id)) is None
    assert harness.run(groups.get(dashboard.id, created.id)) is None


def test_tags(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    tags = harness.client.tags
    created = harness.run(tags.create(dashboard.id, tag="Warm", tag_color="#1EB1C4"))
    assert harness.run(tags.update(dashboard.id, created.id, tag="Hot", tag_color="#FF0000")).tag == "Hot"
    assert harness.run(tags.get(dashboard.id, created.id)).tag_color == "#FF0000"
    assert created.id in [tag.id for tag in harness.collect(tags.list(dashboard.id))]
    assert harness.run(tags.delete(dashboard.id, created.id)) is None
    assert harness.run(tags.get(dashboard.id, created.id)) is None


def test_custom_fields(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    fields = harness.client.custom_fields
    created = harness.run(fields.create(dashboard.id, name="Email"))
    assert harness.run(fields.update(dashboard.id, created.id, name="E-mail")).name == "E-mail"
    assert harness.run(fields.get(dashboard.id, created.id)).name == "E-mail"
    assert created.id in [field.id for field in harness.run(fields.list(dashboard.id))]
    assert harness.run(fields.delete(dashboard.id, created.id)) is None
    assert harness.run(fields.get(dashboard.id, created.id)) is None


def test_keywords(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    keywords = harness.client.keywords
    created = harness.run(keywords.create(dashboard.id, keyword_value="JOIN", response="Welcome"))
    assert created.date_created.tzinfo is not None
    assert (
        harness.run(keywords.update(dashboard.id, created.id, keyword_value="ENTER")).keyword_value == "ENTER"
    )
    assert harness.run(keywords.get(dashboard.id, created.id)).id == created.id
    assert created.id in [keyword.id for keyword in harness.collect(keywords.list(dashboard.id))]
    assert harness.run(keywords.delete(dashboard.id, created.id)) is None
    assert harness.run(keywords.get(dashboard.id, created.id)) is None


def test_users(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    users = harness.client.users
    permissions = [UserPermission(dashboard_id=dashboard.id, role="manager")]
    created = harness.run(
        users.create(
            first_name="Ines",
            last_name="Okafor",
            email="ines@example.com",
            password="made-up-for-this-test",
            is_administrator=False,
            permissions=permissions,
        )
    )
    assert created.permissions[0].role == "manager"
    assert harness.run(users.update(created.id, first_name="Inez")).first_name == "Inez"
    assert harness.run(users.get(created.id)).email == "ines@example.com"
    assert [user.id for user in harness.collect(users.list(email="ines@example.com"))] == [created.id]
    assert harness.run(users.delete(created.id)) is None
    assert harness.run(users.get(created.id)) is None


def test_payments(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    payments = harness.client.payments
    assert harness.run(payments.set_enabled(dashboard.id, active=True)) is None
    created = harness.run(
        payments.create(
            dashboard.id,
            description="Gutter cleaning",
            customer_phone=CUSTOMER,
            amount_requested=220.5,
            reference_number="job-17",
        )
    )
    assert (created.amount_requested, created.textrequest_payment_status) == (220.5, "Sent")
    assert harness.run(payments.send_reminder(dashboard.id, created.payment_id)).reminder_was_sent is True
    assert (
        harness.run(payments.mark_as_paid(dashboard.id, created.payment_id)).textrequest_payment_status
        == "MarkedAsPaid"
    )
    second = harness.run(
        payments.create(dashboard.id, description="Roof", customer_phone=CUSTOMER, amount_requested=10)
    )
    assert (
        harness.run(payments.cancel(dashboard.id, second.payment_id)).textrequest_payment_status
        == "Cancelled"
    )
    listed = harness.collect(
        payments.list(dashboard.id, sort_type="amount", sort_direction="asc", reference_number="job-17")
    )
    assert [payment.payment_id for payment in listed] == [created.payment_id]
    assert harness.run(payments.get(dashboard.id, created.payment_id)).reference_number == "job-17"
    assert harness.run(payments.get(dashboard.id, 999_999)) is None


def test_reviews_and_campaigns(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    reviews = harness.collect(harness.client.reviews.list(dashboard.id))
    assert reviews
    assert all(review.star_rating is None or review.is_positive_recommendation is None for review in reviews)
    campaigns = harness.collect(harness.client.campaigns.list(dashboard.id, include_archived=True))
    assert campaigns
    assert harness.run(harness.client.campaigns.get(dashboard.id, campaigns[0].id)).name == campaigns[0].name
    assert harness.run(harness.client.campaigns.get(dashboard.id, 999_999)) is None


def test_webhooks(harness: ClientHarness) -> None:
    dashboard = first_dashboard(harness)
    webhooks = harness.client.webhooks
    assert "msg_received" in harness.run(webhooks.event_types())
    created = harness.run(
        webhooks.create(dashboard.id, target_url="https://example.com/hooks/in", event="msg_received")
    )
    assert (created.event, created.http_verb, created.is_connected) == ("msg_received", "POST", True)
    assert [webhook.id for webhook in harness.collect(webhooks.list(dashboard.id))] == [created.id]
    assert harness.run(webhooks.reconnect(dashboard.id, created.id)) is None
    assert harness.run(webhooks.delete(dashboard.id, created.id)) is None
