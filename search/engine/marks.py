"""Marks: the values of a document that a field filter such as `scope:CF-HQ290` compares whole."""

from search.engine.language.folding import normal
from search.engine.port import Document

FIELDS = ("facility", "kind", "department", "exam", "scope")
"""The fields a question may name."""


def mark(field: str, value: str) -> str:
    """One mark, in the form that is kept and asked for."""
    return f"{field}={normal(value).strip()}"


def marks(document: Document) -> tuple[str, ...]:
    """Every mark of a document."""
    pairs = [
        ("facility", document.facility),
        ("kind", document.kind.value),
        *(("department", code) for code in document.departments),
        ("exam", document.exam_kind),
        ("scope", document.scope_model),
    ]
    return tuple(mark(field, value) for field, value in pairs if value)
