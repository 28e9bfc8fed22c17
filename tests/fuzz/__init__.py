"""Mutated responses, webhook deliveries and arguments: only errors of this package may be raised.

`make fuzz` runs all campaigns with 100,000 inputs; `make test` runs a few thousand with a fixed seed.
"""
