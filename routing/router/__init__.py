"""The router: the provider's rules, then what is learned, in one Decision that says why."""
