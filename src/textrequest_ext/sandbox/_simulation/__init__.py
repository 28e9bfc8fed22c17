"""The simulation: a service with its account, faults and callbacks, and the methods that act on it."""
