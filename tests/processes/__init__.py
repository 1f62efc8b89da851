"""Kura as its processes run it: servers that are killed, workers on Redis, PostgreSQL underneath."""
