"""Departments: whom requests can go to, and who works there."""
