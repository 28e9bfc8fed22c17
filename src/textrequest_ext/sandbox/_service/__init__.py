"""The simulated service: turns a request into a response, without sockets, faults or the request log."""
