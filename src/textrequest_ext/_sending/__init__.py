"""Reliable sending: reconciling unknown outcomes, and sending many messages with a journal."""
