"""The engine for small homes: Whoosh keeps the postings; pure Python, the same answers, slower with size."""

import pickle
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from whoosh import fields, index, sorting
from whoosh.analysis import RegexTokenizer, SpaceSeparatedTokenizer

from search.engine.folder import IndexFolder, unavailable
from search.engine.language.folding import fold, normal
from search.engine.language.tokens import exact_stream, word_stream
from search.engine.marks import marks
from search.engine.port import Change, Document, Health, Hit, Hits, Key, Kind, Query, Sort
from search.engine.times import milliseconds, moment
from search.engine.whoosh_tree import compiled, filtered
from vault.base.errors import Unavailable

SCHEMA = 1
_DAMAGE = (index.IndexError, OSError, EOFError, ValueError, KeyError, struct.error, pickle.UnpicklingError)
_PARTED = "\x1f"
"""Between the marks of one document: no value can hold it."""


def _schema() -> Any:
    words = {"analyzer": SpaceSeparatedTokenizer(), "stored": False}
    return fields.Schema(
        key=fields.ID(unique=True, stored=True),
        facility_id=fields.STORED(),
        facility=fields.ID(stored=True, sortable=True),
        kind=fields.ID(stored=True, sortable=True),
        mark=fields.KEYWORD(analyzer=RegexTokenizer(f"[^{_PARTED}]+")),
        exact=fields.KEYWORD(analyzer=SpaceSeparatedTokenizer()),
        words=fields.TEXT(**words),
        title_words=fields.TEXT(**words),
        title=fields.STORED(),
        body=fields.STORED(),
        at=fields.NUMERIC(int, 64, stored=True, sortable=True),
    )


class WhooshEngine:
    """Implements `Engine`. One object may be used by many threads; every question opens the newest state."""

    def __init__(self, path: Path) -> None:
        self._folder = IndexFolder(path, "whoosh", SCHEMA)

    def create(self) -> None:
        if self._folder.exists:
            return
        with self._folder.writing():
            if not self._folder.exists:
                generation = self._folder.fresh()
                index.create_in(generation, _schema())
                self._folder.publish(generation)

    def write(self, changes: Iterable[Change]) -> None:
        with self._folder.writing():
            self._folder.current()
            # Within one batch Whoosh would keep both of two rows of one key, so the last word on each key counts.
            last = {change.key if isinstance(change, Document) else change: change for change in changes}
            with self._opened() as opened, opened.writer() as writer:
                for key, change in last.items():
                    if isinstance(change, Document):
                        writer.update_document(**_row(change))
                    else:
                        writer.delete_by_term("key", str(key))

    def rebuild(self, documents: Iterable[Document], progress: Callable[[int], None] = lambda done: None) -> int:
        done = 0
        with self._folder.writing():
            generation = self._folder.fresh()
            with index.create_in(generation, _schema()).writer(limitmb=128) as writer:
                for document in documents:
                    writer.add_document(**_row(document))
                    done += 1
                    progress(done)
            self._folder.publish(generation)
        return done

    def search(self, query: Query) -> Hits:
        with self._opened() as opened, opened.searcher() as searcher:
            found = searcher.search(
                compiled(query.tree),
                limit=query.offset + query.limit,
                filter=filtered(query),
                sortedby=sorting.FieldFacet("at", reverse=True) if query.sort is Sort.DATE else None,
                groupedby=["facility", "kind"],
                maptype=sorting.Count,
            )
            scored = query.sort is Sort.SCORE
            items = tuple(_hit(hit, hit.score if scored else 0.0) for hit in found[query.offset :])
            return Hits(len(found), items, {facet: _counted(found, facet) for facet in ("facility", "kind")})

    def count(self) -> int:
        with self._opened() as opened:
            return int(opened.doc_count())

    def health(self) -> Health:
        try:
            return Health(True, self.count(), "")
        except Unavailable as problem:
            return Health(False, 0, str(problem))

    def close(self) -> None:
        """Nothing is kept open between calls."""

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """The index in use; whatever Whoosh says about unreadable files is told as damage."""
        generation = self._folder.current()
        try:
            with closing(index.open_dir(generation)) as opened:
                yield opened
        except _DAMAGE as problem:
            raise unavailable("index_damaged") from problem


def _row(document: Document) -> dict[str, Any]:
    title, text = normal(document.title), normal(f"{document.title}\n{document.body}")
    return {
        "key": str(document.key),
        "facility_id": document.facility_id,
        "facility": document.facility,
        "kind": document.kind.value,
        "mark": _PARTED.join(marks(document)),
        "exact": exact_stream(text),
        "words": word_stream(fold(text)),
        "title_words": word_stream(fold(title)),
        "title": document.title,
        "body": document.body,
        "at": milliseconds(document.at),
    }


def _hit(row: Any, score: float) -> Hit:
    kind, _, id_ = row["key"].partition(":")
    return Hit(
        key=Key(Kind(kind), id_),
        facility_id=row["facility_id"],
        facility=row["facility"],
        title=row["title"],
        body=row["body"],
        at=moment(row["at"]),
        score=score,
    )


def _counted(found: Any, facet: str) -> dict[str, int]:
    counted = Counter({str(value): int(number) for value, number in found.groups(facet).items()})
    return dict(counted.most_common())
