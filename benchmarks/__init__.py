"""Benchmarks. `make bench` checks the budgets of the project, `make bench-peers` compares it with others."""
