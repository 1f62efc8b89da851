"""Pages of the analyst: search and analyses over all areas under a stated purpose, and the cases that state it."""

from portal.pages.analyst import analyses, cases, hit, search
from portal.pages.analyst.base import bp

__all__ = ["analyses", "bp", "cases", "hit", "search"]
