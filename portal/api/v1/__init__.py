"""API v1: one file a noun; a view loads, checks, makes one call and answers."""
