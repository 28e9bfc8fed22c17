"""Record the cassettes anew: `make record`, or `python -m recording --help` with tests/ on the path."""
