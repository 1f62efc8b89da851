"""The embedded default engine: tantivy keeps the postings of the streams that `language` makes."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from search.engine.folder import IndexFolder, unavailable
from search.engine.language.folding import fold, normal
from search.engine.language.tokens import exact_stream, word_stream
from search.engine.marks import marks
from search.engine.port import Change, Document, Health, Hit, Hits, Key, Kind, Query, Sort
from search.engine.tantivy_tree import compiled
from search.engine.times import milliseconds, moment
from vault.base.errors import Unavailable

SCHEMA = 1
WRITER_BYTES = 60_000_000
FACET_VALUES = 10_000
_STREAM = "stream"


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("facility_id", stored=True, tokenizer_name="raw", index_option="basic")
    for facet in ("facility", "kind"):
        builder.add_text_field(facet, stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("mark", tokenizer_name="raw", index_option="basic")
    for stream in ("exact", "words", "title_words"):
        builder.add_text_field(stream, tokenizer_name=_STREAM)
    # Kept for excerpts; an index of them would never be asked.
    builder.add_bytes_field("title", stored=True)
    builder.add_bytes_field("body", stored=True)
    builder.add_integer_field("at", stored=True, indexed=True, fast=True)
    return builder.build()


@dataclass(frozen=True)
class _Opened:
    """An index as it was when `stamp` was read."""

    index: Any
    generation: Path
    stamp: tuple[int, int]


class TantivyEngine:
    """Implements `Engine`. One object may be used by many threads."""

    def __init__(self, path: Path) -> None:
        self._folder = IndexFolder(path, "tantivy", SCHEMA)
        self._schema = _schema()
        self._opened: _Opened | None = None
        self._opening = threading.Lock()

    def create(self) -> None:
        if self._folder.exists:
            return
        with self._folder.writing():
            if not self._folder.exists:
                generation = self._folder.fresh()
                self._open(generation, make=True)
                self._folder.publish(generation)

    def write(self, changes: Iterable[Change]) -> None:
        with self._folder.writing():
            generation = self._folder.current()
            rows = [(str(_key(change)), _put(change)) for change in changes]
            with _damage_told():
                writer = self._open(generation).writer(WRITER_BYTES, 1)
                for key, row in rows:
                    writer.delete_documents_by_term("key", key)
                    if row is not None:
                        writer.add_document(row)
                _finish(writer)

    def rebuild(self, documents: Iterable[Document], progress: Callable[[int], None] = lambda done: None) -> int:
        done = 0
        with self._folder.writing():
            generation = self._folder.fresh()
            writer = self._open(generation, make=True).writer(WRITER_BYTES, 1)
            for document in documents:
                writer.add_document(_row(document))
                done += 1
                progress(done)
            _finish(writer)
            self._folder.publish(generation)
        return done

    def search(self, query: Query) -> Hits:
        asked = compiled(self._schema, query)
        with _damage_told():
            searcher = self._searcher()
            order = "at" if query.sort is Sort.DATE else None
            found = searcher.search(asked, limit=query.limit, offset=query.offset, order_by_field=order)
            items = tuple(_hit(searcher.doc(at), 0.0 if order else score) for score, at in found.hits)
            return Hits(found.count, items, _facets(searcher, asked))

    def count(self) -> int:
        with _damage_told():
            return int(self._searcher().num_docs)

    def health(self) -> Health:
        try:
            return Health(True, self.count(), "")
        except Unavailable as problem:
            return Health(False, 0, str(problem))

    def close(self) -> None:
        with self._opening:
            self._opened = None

    def _searcher(self) -> Any:
        """The newest state: VERSION and meta.json are replaced by whoever writes, so a look at them is enough."""
        generation = self._folder.current()
        with self._opening:
            stamp = _stamp(generation)
            if self._opened is None or self._opened.generation != generation:
                self._opened = _Opened(self._open(generation), generation, stamp)
            elif self._opened.stamp != stamp:
                self._opened.index.reload()
                self._opened = _Opened(self._opened.index, generation, stamp)
            return self._opened.index.searcher()

    def _open(self, generation: Path, *, make: bool = False) -> Any:
        with _damage_told():
            path = str(generation)
            index = tantivy.Index(self._schema, path=path, reuse=False) if make else tantivy.Index.open(path)
            blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            index.register_tokenizer(_STREAM, blanks)
            index.config_reader("manual")
            index.reload()
            return index


def _key(change: Change) -> Key:
    return change.key if isinstance(change, Document) else change


def _put(change: Change) -> Any:
    return _row(change) if isinstance(change, Document) else None


def _row(document: Document) -> Any:
    row = tantivy.Document()
    row.add_text("key", str(document.key))
    row.add_text("facility_id", document.facility_id)
    row.add_text("facility", document.facility)
    row.add_text("kind", document.kind.value)
    for value in marks(document):
        row.add_text("mark", value)
    title, text = normal(document.title), normal(f"{document.title}\n{document.body}")
    row.add_text("exact", exact_stream(text))
    row.add_text("words", word_stream(fold(text)))
    row.add_text("title_words", word_stream(fold(title)))
    row.add_bytes("title", document.title.encode())
    row.add_bytes("body", document.body.encode())
    row.add_integer("at", milliseconds(document.at))
    return row


def _hit(row: Any, score: float) -> Hit:
    kind, _, id_ = row.get_first("key").partition(":")
    return Hit(
        key=Key(Kind(kind), id_),
        facility_id=row.get_first("facility_id"),
        facility=row.get_first("facility"),
        title=row.get_first("title").decode(),
        body=row.get_first("body").decode(),
        at=moment(row.get_first("at")),
        score=score,
    )


def _facets(searcher: Any, asked: Any) -> dict[str, dict[str, int]]:
    wanted = {facet: {"terms": {"field": facet, "size": FACET_VALUES}} for facet in ("facility", "kind")}
    counted = searcher.aggregate(asked, wanted)
    return {facet: {one["key"]: one["doc_count"] for one in counted[facet]["buckets"]} for facet in wanted}


def _finish(writer: Any) -> None:
    """Commit, then let merges end: a writer that is dropped abandons them, and segments would pile up."""
    writer.commit()
    writer.wait_merging_threads()


def _stamp(generation: Path) -> tuple[int, int]:
    try:
        seen = (generation / "meta.json").stat()
    except FileNotFoundError:
        raise unavailable("index_damaged") from None
    return seen.st_ino, seen.st_mtime_ns


@contextmanager
def _damage_told() -> Iterator[None]:
    """tantivy tells of damaged files by ValueError or OSError."""
    try:
        yield
    except (ValueError, OSError) as problem:
        raise unavailable("index_damaged") from problem
