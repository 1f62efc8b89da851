"""Requests → departments → answers."""
