"""Rented storage: who rents, what is agreed, what is kept, what it costs."""
