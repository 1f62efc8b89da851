"""Backup runs: devices carry them out, what they list is checked against what is held."""
