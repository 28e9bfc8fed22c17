"""Limits of the rate at which a client sends requests and texts."""
