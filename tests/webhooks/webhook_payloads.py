"""One payload of each event, with its keys in the casing of the contract."""

from __future__ import annotations

from typing import Any

API_KEY = "095E5113DE4142C28FB7815CC10BEB56"
MESSAGE_ID = "7d1b0c3e-58a4-4f5e-9c1d-2b6f80e4a913"
CONTACT_NUMBER = "14235550142"
DASHBOARD_NUMBER = "15555550199"
TEXT = "Gate code is 4471 ✓ see you at nine"


def _message(direction: str) -> dict[str, Any]:
    return {
        "messageUniqueIdentifier": MESSAGE_ID,
        "account": {"id": 31, "externalAccountId": "acct-north"},
        "yourPhoneNumber": {
            "description": "Workshop",
            "id": 402,
            "externalPhoneId": None,
            "phoneNumber": DASHBOARD_NUMBER,
        },
        "conversation": {
            "id": 9120,
            "date": "2026-05-02T13:07:44.1250403Z",
            "consumerPhoneNumber": CONTACT_NUMBER,
            "messageDirection": direction,
            "message": TEXT,
            "numSegments": 1,
            "status": "unclaimed",
            "claimedBy": {"externalUserId": "desk-2", "externalUserName": "Ines Okafor"},
            "consumerFriendlyName": "Tove Adler",
            "mmsAttachments": [{"mimeType": "image/png", "url": "https://media.example.com/402/gate.png"}],
        },
    }


PAYLOADS: dict[str, dict[str, Any]] = {
    "msg_sent": _message("S"),
    "msg_received": _message("R"),
    "contact_created": {
        "ContactId": 77021,
        "LocationPhoneNumber": DASHBOARD_NUMBER,
        "ContactPhoneNumber": CONTACT_NUMBER,
        "ContactFriendlyName": "Tove Adler",
    },
    "contact_updated": {
        "phone_number": CONTACT_NUMBER,
        "first_name": "Tove",
        "last_name": "Adler",
        "display_name": "Tove Adler",
        "is_suppressed": True,
        "is_archived": False,
        "is_blocked": False,
        "suppressed_reason": "Asked for letters",
        "note": "Prefers mornings",
        "groups": [5, 8],
        "contact_tags": ["4a6c7f30-0c55-4b83-bf0e-6a9a1de37c52"],
        "custom_fields": [{"id": "12", "value": "blue door"}],
        "is_resolved": False,
        "first_contact_utc": "2026-01-11T08:00:01.5",
        "opted_out_utc": "2026-04-30T17:45:00",
    },
    "msg_status_updated": {"message_id": MESSAGE_ID, "status": "undelivered", "error_code": "2001"},
    "location_received": {
        "MessageId": MESSAGE_ID,
        "PhoneNumber": CONTACT_NUMBER,
        "DashboardId": 402,
        "Longitude": -122.125,
        "Latitude": 47.5625,
        "FormattedAddress": "Near 9 Tinker Row, Fallow Bay, WA",
    },
    "payment_status_updated": {"payment_id": 615, "status": "Paid", "reference_id": "invoice-88"},
}

SCHEMAS: dict[str, str] = {
    "msg_sent": "webhook_payload_msg",
    "msg_received": "webhook_payload_msg",
    "contact_created": "webhook_payload_contact_created",
    "contact_updated": "webhook_payload_contact_updated",
    "msg_status_updated": "webhook_payload_message_status",
    "location_received": "webhook_payload_location_callback",
    "payment_status_updated": "webhook_payload_payment",
}
