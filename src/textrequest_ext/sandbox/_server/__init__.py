"""The HTTP server: sockets and connections, faults and the request log."""
