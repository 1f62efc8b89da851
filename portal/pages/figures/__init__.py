"""Figures as charts with the table behind each: shared by the provider's pages and the facility's."""
