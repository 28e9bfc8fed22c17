"""Reliable sending: reconciling, send_many, its journal, and kills at random points."""
