"""The program of an integrator. The tests here test it as the integrator would."""

from __future__ import annotations

from textrequest_ext import AsyncTextRequest, TextRequest

DASHBOARD = 121


def remind(client: TextRequest, phone_number: str) -> str | None:
    """Text a contact, if there is one. Returns the id of the message."""
    contact = client.contacts.get(DASHBOARD, phone_number)
    if contact is None:
        return None
    text = f"See you tomorrow, {contact.first_name}!"
    return client.messages.send_to_contact(DASHBOARD, phone_number, text).message_id


async def remind_async(client: AsyncTextRequest, phone_number: str) -> str | None:
    """Text a contact, if there is one. Returns the id of the message."""
    contact = await client.contacts.get(DASHBOARD, phone_number)
    if contact is None:
        return None
    text = f"See you tomorrow, {contact.first_name}!"
    return (await client.messages.send_to_contact(DASHBOARD, phone_number, text)).message_id


def names(client: TextRequest) -> list[str | None]:
    """The first names of all contacts."""
    return [contact.first_name for contact in client.contacts.list(DASHBOARD)]


async def names_async(client: AsyncTextRequest) -> list[str | None]:
    """The first names of all contacts."""
    return [contact.first_name async for contact in client.contacts.list(DASHBOARD)]
