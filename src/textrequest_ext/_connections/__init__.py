"""The connections between a client and the service: pools that no process and no event loop shares."""
