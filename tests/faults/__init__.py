"""Faults over real sockets: no text is sent twice, none is lost without an error, no row is read twice.

`make faults` runs the campaigns in full; `make test` runs a short part of each.
"""
