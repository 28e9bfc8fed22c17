"""Deliveries of webhooks: check who sent them, then read what happened."""

from __future__ import annotations

from textrequest_ext.webhooks.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign

__all__ = ["SIGNATURE_HEADER", "TIMESTAMP_HEADER", "sign"]
