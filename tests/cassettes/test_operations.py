"""Every operation once, a resource a test, as an integrator would use it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from textrequest_api.models import CustomFieldEntry, UpdateContactRequest, UserPermission

PERSON = "5555550123"
OTHER = "(555) 555-0142"


def dashboard_of(api: Any) -> Any:
    dashboard = api(api.client.dashboards.list().first())
    assert dashboard.id
    assert dashboard.phone
    return dashboard


@pytest.mark.reads
def test_reading(api: Any) -> None:
    dashboard = dashboard_of(api)
    messages = api.all(api.client.messages.list(dashboard.id, page_size=5).limit(5))
    assert all(message.message_timestamp_utc.tzinfo is not None for message in messages)
    contacts = api.all(api.client.contacts.list(dashboard.id, page_size=5).limit(5))
    assert all(contact.phone_number for contact in contacts)
    assert api.all(api.client.conversations.list(dashboard.id, page_size=5).limit(5)) is not None
    assert "msg_received" in api(api.client.webhooks.event_types())


def test_dashboards(api: Any) -> None:
    dashboards = api.client.dashboards
    numbers = api(dashboards.available_numbers(area_code=555))
    assert all(len(number) >= 10 for number in numbers)
    made = api(dashboards.create(name="Night desk", phone=numbers[0]))
    assert api(dashboards.get(made.id)).name == "Night desk"
    assert api(dashboards.update(made.id, name="Day desk")).name == "Day desk"
    assert [dashboard.name for dashboard in api.all(dashboards.list())][-1] == "Day desk"
    assert api(dashboards.delete(made.id)) is None


def test_contacts(api: Any) -> None:
    dashboard = dashboard_of(api)
    contacts = api.client.contacts
    field = api(api.client.custom_fields.create(dashboard.id, name="Email"))
    made = api(
        contacts.upsert(
            dashboard.id,
            OTHER,
            first_name="Noor",
            last_name="Haddad",
            custom_fields=[CustomFieldEntry(id=field.id, value="noor@example.com")],
        )
    )
    assert (made.phone_number, made.first_name) == ("15555550142", "Noor")
    assert api(contacts.get(dashboard.id, "+1 555 555 0142")).custom_fields[0].value == "noor@example.com"
    assert (
        api(contacts.upsert(dashboard.id, OTHER, note="Calls back")).custom_fields[0].value
        == "noor@example.com"
    )
    assert api(contacts.upsert(dashboard.id, OTHER, custom_fields=[])).custom_fields in ([], None)
    tag = api(api.client.tags.create(dashboard.id, tag="Lead", tag_color="#1EB1C4"))
    tagged = api(contacts.update(dashboard.id, OTHER, contact_tag=tag.id, add_tag_to_contact=True))
    assert tagged.contact_tags == [tag.id]
    found = api.all(
        contacts.list(dashboard.id, tags=[tag.id], contact_created_after=datetime(2026, 1, 1, tzinfo=UTC))
    )
    assert [contact.phone_number for contact in found] == ["15555550142"]
    many = api(
        contacts.bulk_update(
            dashboard.id,
            body=[
                UpdateContactRequest(phone_number="15555550142", first_name="Nour"),
                UpdateContactRequest(phone_number="15555550143", first_name="Ilse"),
            ],
        )
    )
    assert [contact.first_name for contact in many] == ["Nour", "Ilse"]
    assert api(contacts.delete(dashboard.id, "5555550143")) is None
    assert api(contacts.get(dashboard.id, "5555550143")) is None


def test_conversations(api: Any) -> None:
    dashboard = dashboard_of(api)
    conversations = api.client.conversations
    api(api.client.messages.send_to_contact(dashboard.id, PERSON, "Are you coming?"))
    [conversation] = api.all(conversations.list(dashboard.id, search=PERSON))
    assert conversation.last_message.body == "Are you coming?"
    assert api(conversations.archive(dashboard.id, PERSON)) is None
    assert api.all(conversations.list(dashboard.id, search=PERSON)) == []
    assert len(api.all(conversations.list(dashboard.id, search=PERSON, include_archived=True))) == 1
    assert api(conversations.unarchive(dashboard.id, PERSON)) is None


def test_messages(api: Any, stage: Any) -> None:
    dashboard = dashboard_of(api)
    messages = api.client.messages
    short = api(messages.send(dashboard.phone, PERSON, "Your order is ready.", sender_name="Ann"))
    assert (short.to, short.segments_count) == ("15555550123", 1)
    whole = api(messages.send_to_contact(dashboard.id, PERSON, "The counter is open until six."))
    assert whole.body == "The counter is open until six."
    assert whole.message_direction == "S"
    bodies = [message.body for message in api.all(messages.list_with_contact(dashboard.id, PERSON))]
    assert {"Your order is ready.", "The counter is open until six."} <= set(bodies)
    newest = api(messages.list(dashboard.id, sort="desc", message_direction="S").first())
    assert newest.message_id == whole.message_id
    assert api(messages.redact(whole.message_id)) is None
    assert api(messages.unredact(whole.message_id)) is None
    stage("/scheduled", dashboard_id=dashboard.id, body="Later")
    [later] = [
        m["message_id"] for m in api.all(messages.list_scheduled(dashboard.id)) if m["body"] == "Later"
    ]
    assert api(messages.get_scheduled(dashboard.id, later))["body"] == "Later"
    assert api(messages.get_scheduled(dashboard.id, "00000000-0000-0000-0000-000000000000")) is None


def test_groups(api: Any) -> None:
    dashboard = dashboard_of(api)
    groups = api.client.groups
    made = api(groups.create(dashboard.id, name="Volunteers", notes="Saturdays"))
    assert made.notes == "Saturdays"
    assert api(groups.update(dashboard.id, made.id, name="Helpers")).name == "Helpers"
    assert api(groups.get(dashboard.id, made.id)).name == "Helpers"
    assert made.id in [group.id for group in api.all(groups.list(dashboard.id))]
    assert api(groups.delete(dashboard.id, made.id)) is None
    assert api(groups.get(dashboard.id, made.id)) is None


def test_tags(api: Any) -> None:
    dashboard = dashboard_of(api)
    tags = api.client.tags
    made = api(tags.create(dashboard.id, tag="Warm", tag_color="#1EB1C4"))
    assert api(tags.update(dashboard.id, made.id, tag="Hot", tag_color="#FF0000")).tag == "Hot"
    assert api(tags.get(dashboard.id, made.id)).tag_color == "#FF0000"
    assert made.id in [tag.id for tag in api.all(tags.list(dashboard.id))]
    assert api(tags.delete(dashboard.id, made.id)) is None
    assert api(tags.get(dashboard.id, made.id)) is None


def test_custom_fields(api: Any) -> None:
    dashboard = dashboard_of(api)
    fields = api.client.custom_fields
    made = api(fields.create(dashboard.id, name="Email"))
    assert api(fields.update(dashboard.id, made.id, name="E-mail")).name == "E-mail"
    assert api(fields.get(dashboard.id, made.id)).name == "E-mail"
    assert made.id in [field.id for field in api(fields.list(dashboard.id))]
    assert api(fields.delete(dashboard.id, made.id)) is None
    assert api(fields.get(dashboard.id, made.id)) is None


def test_keywords(api: Any) -> None:
    dashboard = dashboard_of(api)
    keywords = api.client.keywords
    made = api(keywords.create(dashboard.id, keyword_value="JOIN", response="Welcome"))
    assert made.date_created.tzinfo is not None
    assert api(keywords.update(dashboard.id, made.id, keyword_value="ENTER")).keyword_value == "ENTER"
    assert api(keywords.get(dashboard.id, made.id)).id == made.id
    assert made.id in [keyword.id for keyword in api.all(keywords.list(dashboard.id))]
    assert api(keywords.delete(dashboard.id, made.id)) is None
    assert api(keywords.get(dashboard.id, made.id)) is None


def test_users(api: Any) -> None:
    dashboard = dashboard_of(api)
    users = api.client.users
    permissions = [UserPermission(dashboard_id=dashboard.id, role="manager")]
    made = api(
        users.create(
            first_name="Ines",
            last_name="Okafor",
            email="ines@example.com",
            password="made-up-for-this-test",
            is_administrator=False,
            permissions=permissions,
        )
    )
    assert made.permissions[0].role == "manager"
    assert api(users.update(made.id, first_name="Inez")).first_name == "Inez"
    assert api(users.get(made.id)).email == "ines@example.com"
    assert [user.id for user in api.all(users.list(email="ines@example.com"))] == [made.id]
    assert api(users.delete(made.id)) is None
    assert api(users.get(made.id)) is None


def test_payments(api: Any) -> None:
    dashboard = dashboard_of(api)
    payments = api.client.payments
    assert api(payments.set_enabled(dashboard.id, active=True)) is None
    made = api(
        payments.create(
            dashboard.id,
            description="Gutter cleaning",
            customer_phone=PERSON,
            amount_requested=220.5,
            reference_number="job-17",
        )
    )
    assert (made.amount_requested, made.textrequest_payment_status) == (220.5, "Sent")
    assert api(payments.send_reminder(dashboard.id, made.payment_id)).reminder_was_sent is True
    assert (
        api(payments.mark_as_paid(dashboard.id, made.payment_id)).textrequest_payment_status == "MarkedAsPaid"
    )
    second = api(
        payments.create(dashboard.id, description="Roof", customer_phone=PERSON, amount_requested=10)
    )
    assert api(payments.cancel(dashboard.id, second.payment_id)).textrequest_payment_status == "Cancelled"
    listed = api.all(
        payments.list(dashboard.id, sort_type="amount", sort_direction="asc", reference_number="job-17")
    )
    assert [payment.payment_id for payment in listed] == [made.payment_id]
    assert api(payments.get(dashboard.id, made.payment_id)).reference_number == "job-17"
    assert api(payments.get(dashboard.id, 999_999)) is None


def test_reviews_and_campaigns(api: Any) -> None:
    dashboard = dashboard_of(api)
    reviews = api.all(api.client.reviews.list(dashboard.id))
    assert reviews
    assert all(review.star_rating is None or review.is_positive_recommendation is None for review in reviews)
    campaigns = api.all(api.client.campaigns.list(dashboard.id, include_archived=True))
    assert campaigns
    assert api(api.client.campaigns.get(dashboard.id, campaigns[0].id)).name == campaigns[0].name
    assert api(api.client.campaigns.get(dashboard.id, 999_999)) is None


def test_webhooks(api: Any) -> None:
    dashboard = dashboard_of(api)
    webhooks = api.client.webhooks
    assert "msg_received" in api(webhooks.event_types())
    made = api(webhooks.create(dashboard.id, target_url="https://example.com/hooks/in", event="msg_received"))
    assert (made.event, made.http_verb, made.is_connected) == ("msg_received", "POST", True)
    assert [hook.id for hook in api.all(webhooks.list(dashboard.id))] == [made.id]
    assert api(webhooks.reconnect(dashboard.id, made.id)) is None
    assert api(webhooks.delete(dashboard.id, made.id)) is None
