"""
Recall, speed and size of a search engine on the synthetic corpus of the anchors.

    python search_corpus.py 100000 CORPUS.jsonl QUERIES.json     (the generator that the anchors were measured with)
    python benchmarks/search_recall.py CORPUS.jsonl QUERIES.json [--engine tantivy|whoosh] [--quoted] [--rounds 5]

A document belongs to a query's truth when its title or body holds every term, after NFKC and case folding: as a
substring for Japanese, as whole words for English, as a substring for phrases; and when it passes the query's
filters. Recall is the part of the truth that the engine finds, averaged over the queries, all pages read. Latency is
one page of 20 with total and facets, the best of `--rounds` for each query; --quoted asks every term as a phrase.
"""

import argparse
import json
import re
import shutil
import statistics
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from search.engine import open_engine
from search.engine.port import Document, Engine, Kind, Query, Sort
from search.engine.tree import AllOf, Phrase, Word

Asked = dict[str, Any]
PAGE = 5_000
VISIBLE_ROUNDS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--engine", default="tantivy", choices=["tantivy", "whoosh"])
    parser.add_argument("--quoted", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    rows = [json.loads(line) for line in told.corpus.read_text(encoding="utf-8").splitlines()]
    documents = [document(row) for row in rows]
    queries = json.loads(told.queries.read_text(encoding="utf-8"))
    folder = Path(tempfile.mkdtemp(prefix="search-recall-"))
    try:
        engine = open_engine(told.engine, folder)
        began = perf_counter()
        engine.rebuild(documents)
        print(f"engine            {told.engine}, {len(documents)} documents")
        print(f"index             {len(documents) / (perf_counter() - began):.0f} documents/s")
        print(f"size              {sum(path.stat().st_size for path in folder.rglob('*')) / 2**20:.0f} MiB")
        print(f"add to visible    {visible(engine, documents[0]) * 1000:.0f} ms (median)")
        show_latency(engine, queries, quoted=told.quoted, rounds=told.rounds)
        show_recall(engine, queries, documents, quoted=told.quoted)
    finally:
        shutil.rmtree(folder)


def document(row: Asked) -> Document:
    """One line of the corpus."""
    code = f"f{row['facility']:03d}"
    return Document(
        kind=Kind(row["type"]),
        id=str(row["id"]),
        facility_id=code,
        facility=code,
        title=row["title"],
        body=row["body"],
        at=day(row["date"]),
    )


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def question(asked: Asked, *, quoted: bool) -> Query:
    """One line of the queries; its terms as an analyst would type them."""
    leaf = Phrase if quoted or asked["phrase"] else Word
    return Query(
        tree=AllOf(tuple(leaf(term) for term in asked["terms"])),
        facilities=frozenset([f"f{asked['facility']:03d}"]) if "facility" in asked else frozenset(),
        start=day(asked["date_from"]) if "date_from" in asked else None,
        end=day(asked["date_to"]) + timedelta(days=1) if "date_to" in asked else None,
        sort=Sort(asked.get("sort", "score")),
    )


def visible(engine: Engine, first: Document) -> float:
    """Median seconds from putting one document to finding it."""
    took = []
    for number in range(VISIBLE_ROUNDS):
        new = replace(first, id=f"new-{number}", title=f"目印{number}番", body="")
        began = perf_counter()
        engine.write([new])
        assert engine.search(Query(Phrase(new.title))).total == 1
        took.append(perf_counter() - began)
        engine.write([new.key])
    return statistics.median(took)


def show_latency(engine: Engine, queries: list[Asked], *, quoted: bool, rounds: int) -> None:
    took = []
    for asked in queries:
        query = question(asked, quoted=quoted)
        times = []
        for _ in range(rounds):
            began = perf_counter()
            engine.search(query)
            times.append((perf_counter() - began) * 1000)
        took.append(min(times))
    took.sort()
    print(f"latency           p50 {statistics.median(took):.2f} ms, p95 {took[int(len(took) * 0.95)]:.2f} ms")


def show_recall(engine: Engine, queries: list[Asked], documents: list[Document], *, quoted: bool) -> None:
    texts = [normal(f"{one.title}\n{one.body}") for one in documents]
    recall: dict[str, list[float]] = {"ja": [], "en": []}
    precision: dict[str, list[float]] = {"ja": [], "en": []}
    for asked in queries:
        truth = set(matching(asked, documents, texts))
        found = set(all_found(engine, question(asked, quoted=quoted)))
        if truth:
            recall[asked["lang"]].append(len(truth & found) / len(truth))
        if found:
            precision[asked["lang"]].append(len(truth & found) / len(found))
    for language, figures in recall.items():
        whole = sum(figure == 1 for figure in figures)
        print(f"recall, {language}        {statistics.mean(figures):.4f} ({whole} of {len(figures)} queries complete)")
        print(f"precision, {language}     {statistics.mean(precision[language]):.4f} (widening finds more, on purpose)")


def matching(asked: Asked, documents: list[Document], texts: list[str]) -> Iterator[str]:
    """The ids of the query's truth."""
    query = question(asked, quoted=False)
    whole_words = asked["lang"] == "en" and not asked["phrase"]
    terms = [re.compile(_expression(normal(term), whole=whole_words)) for term in asked["terms"]]
    for one, text in zip(documents, texts, strict=True):
        if query.facilities and one.facility not in query.facilities:
            continue
        if (query.start and one.at < query.start) or (query.end and one.at >= query.end):
            continue
        if all(term.search(text) for term in terms):
            yield one.id


def _expression(term: str, *, whole: bool) -> str:
    return rf"\b{re.escape(term)}\b" if whole else re.escape(term)


def all_found(engine: Engine, query: Query) -> Iterator[str]:
    """The ids on every page."""
    offset = 0
    while True:
        page = engine.search(replace(query, limit=PAGE, offset=offset)).items
        yield from (hit.key.id for hit in page)
        offset += PAGE
        if len(page) < PAGE:
            return


def normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


if __name__ == "__main__":
    main()
