"""Requests: what a facility asks, what it attaches, and the states it goes through."""
