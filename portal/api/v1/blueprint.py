"""The blueprint of API v1, with every noun's views registered on it."""

from portal.api.v1 import (  # noqa: F401 -- importing a noun registers its views
    access_log,
    analyses,
    answers,
    area,
    assignments,
    backup,
    contracts,
    deletions,
    events,
    exams,
    file_acts,
    files,
    invoices,
    me,
    media,
    receipts,
    requests,
    search,
    uploads,
)
from portal.api.v1.base import bp

__all__ = ["bp"]
