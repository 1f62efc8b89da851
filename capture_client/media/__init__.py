"""Copies on discs, at the facility: read back, checked, opened; without the portal."""
