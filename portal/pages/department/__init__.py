"""Pages of a department: its queue, and one assignment with everything needed to answer."""

from portal.pages.department import acts, assignment, queue
from portal.pages.department.base import bp

__all__ = ["acts", "assignment", "bp", "queue"]
