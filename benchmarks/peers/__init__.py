"""Comparison with other libraries: `make bench-peers`. None of them is a dependency of the project."""
