"""What a term costs: the fee of points, which contracts state too, as billing names it."""

from vault.contracts.points import ANNUAL_POINTS, MONTHLY_POINTS, charge, points_of, terms_a_line

__all__ = ["ANNUAL_POINTS", "MONTHLY_POINTS", "charge", "points_of", "terms_a_line"]
