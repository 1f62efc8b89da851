"""Every failure point, met by real work in a process of its own; see scenarios."""
