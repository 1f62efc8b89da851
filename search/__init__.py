"""Finds and analyses across areas, for the provider alone."""
