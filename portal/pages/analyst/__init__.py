"""Pages of the analyst: search over all areas under a stated purpose, and the cases that state it."""

from portal.pages.analyst import cases, search
from portal.pages.analyst.base import bp

__all__ = ["bp", "cases", "search"]
