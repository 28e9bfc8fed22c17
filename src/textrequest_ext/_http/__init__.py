"""HTTP: configuration of the clients, retries, and the transports that raise the errors."""
