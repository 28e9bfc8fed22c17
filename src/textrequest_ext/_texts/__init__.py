"""Texts as they are billed: encoding, segments, and characters that can be replaced to save segments."""
