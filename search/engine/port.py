"""
The port every search engine stands behind: documents in, questions out.

Engines keep postings and answer trees; what a word is, and what widens it, is `language`'s alone, so that
every engine finds the same documents.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from search.engine.tree import Everything, Node


class Kind(StrEnum):
    """What can be found."""

    REQUEST = "request"
    ANSWER = "answer"
    EXAM = "exam"
    CHART = "chart"
    FILE = "file"


class Sort(StrEnum):
    """`DATE` is newest first."""

    SCORE = "score"
    DATE = "date"


@dataclass(frozen=True)
class Key:
    """Names one document; putting a document of the same key replaces it."""

    kind: Kind
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"


@dataclass(frozen=True)
class Document:
    """One row, as search sees it. `facility` is the facility's code; `at` is aware."""

    kind: Kind
    id: str
    facility_id: str
    facility: str
    title: str
    body: str
    at: datetime
    departments: tuple[str, ...] = ()
    exam_kind: str = ""
    scope_model: str = ""

    @property
    def key(self) -> Key:
        return Key(self.kind, self.id)


Change: TypeAlias = Document | Key


@dataclass(frozen=True)
class Query:
    """One question: a tree and filters. Empty filters let everything through; `start` is inclusive, `end` is not."""

    tree: Node = field(default_factory=Everything)
    facilities: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    start: datetime | None = None
    end: datetime | None = None
    sort: Sort = Sort.SCORE
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True)
class Hit:
    """One document found, with its stored text; `score` is 0 when sorted by date."""

    key: Key
    facility_id: str
    facility: str
    title: str
    body: str
    at: datetime
    score: float


@dataclass(frozen=True)
class Hits:
    """One page of what was found; `total` and `facets` count every document that matches."""

    total: int
    items: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]]
    """By `facility` (code) and by `kind`: value → count, most frequent first."""


@dataclass(frozen=True)
class Health:
    """Whether questions can be answered; `detail` says what to do when they cannot."""

    well: bool
    documents: int
    detail: str


class Engine(Protocol):
    """
    An index in a folder of its own.

    Every method that needs the index raises Unavailable while it is missing, damaged, of another version, or held
    by another writer for too long. `create` and `rebuild` are the way back.
    """

    def create(self) -> None:
        """Make an empty index where there is none; an index that exists is left alone."""

    def write(self, changes: Iterable[Change]) -> None:
        """
        Put each Document and delete each Key, in order; visible to every process on return.

        `changes` is read while the right to write is held: rows it then loads are as new as any written before.
        """

    def rebuild(self, documents: Iterable[Document], progress: Callable[[int], None] = ...) -> int:
        """Replace the index; the old one answers until the new one stands. No key may repeat. Returns how many."""

    def search(self, query: Query) -> Hits:
        """One page of the documents that match."""

    def count(self) -> int:
        """How many documents there are."""

    def health(self) -> Health:
        """Never raises."""

    def close(self) -> None:
        """Let go of files; the next call opens them again."""
