"""SDK for the Text Request API v3."""
