"""The simulated account: its data and the rules that change it, without HTTP."""
