"""Keeping many contacts in step with another system: `contacts.sync`."""
