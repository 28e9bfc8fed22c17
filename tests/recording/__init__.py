"""Records the cassettes: `make record`, or `python -m recording --help` with tests/ on the path."""
