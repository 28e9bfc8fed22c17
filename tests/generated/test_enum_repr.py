"""The repr of an enum works for any value."""

from __future__ import annotations

import pytest

from textrequest_api.models import MessageDeliveryStatus


@pytest.mark.parametrize("value", ["lost", "", 5, 1.5, True])
def test_an_unknown_value_has_a_repr(value: object) -> None:
    assert repr(MessageDeliveryStatus(value)) == f"<MessageDeliveryStatus.UNKNOWN: {value!r}>"


def test_a_known_value_has_the_repr_of_an_enum() -> None:
    assert repr(MessageDeliveryStatus.SENT) == "<MessageDeliveryStatus.SENT: 'sent'>"
