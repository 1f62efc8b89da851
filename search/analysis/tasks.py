"""What a worker does for an analysis: measure the small renderings of each exam, after recording that it looks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import cv2
import numpy as np

from search.analysis.registry import KINDS
from search.analysis.selection import Selection
from search.documents.area import Area, areas
from vault.base import audit, jobs
from vault.base.database import Database
from vault.base.errors import Damaged, NotFound
from vault.base.scope import Role, Scope
from vault.exams import queries as exams
from vault.store.store import Store

ANALYSE = "search.analyse"
LOOKED = "analysis.looked"
EDGE = 320
"""The thumbnails that are measured: made by the vault's limited process, so that no upload is decoded here."""
MOST_SHOWN = 50


class Resources(Protocol):
    """What this job needs of the installation."""

    @property
    def store(self) -> Store: ...


@dataclass(frozen=True)
class Order:
    """What was ordered, why, and by whom."""

    kind: str
    selection: Selection
    purpose: str
    login: str
    name: str

    def kept(self) -> dict[str, Any]:
        """As JSON, for the job."""
        return {
            "kind": self.kind,
            "selection": self.selection.kept(),
            "purpose": self.purpose,
            "login": self.login,
            "name": self.name,
        }

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Self:
        """From what `kept` made."""
        return cls(**{**kept, "selection": Selection.restored(kept["selection"])})

    @property
    def scope(self) -> Scope:
        """The analyst, as the facilities' logs name them."""
        return Scope(who=self.login, login=self.login, name=self.name, role=Role.ANALYST)


@dataclass
class _Tally:
    """What has been measured so far; `unread` counts images without a rendering, or with damaged bytes."""

    exams: int = 0
    images: int = 0
    unread: int = 0
    suspected: Counter[str] = field(default_factory=Counter)
    looked_at: Counter[str] = field(default_factory=Counter)
    shown: list[dict[str, Any]] = field(default_factory=list)

    def result(self) -> dict[str, Any]:
        """As JSON: the counts, by facility, and the images that stand out most."""
        worst = sorted(self.shown, key=lambda one: (-one["band"], -one["cast"]))[:MOST_SHOWN]
        by_facility = {
            code: {"images": count, "suspected": self.suspected[code]} for code, count in sorted(self.looked_at.items())
        }
        counts = {"exams": self.exams, "images": self.images, "unread": self.unread}
        return {**counts, "suspected": self.suspected.total(), "facilities": by_facility, "worst": worst}


@jobs.handler(ANALYSE, queue=jobs.Queue.SLOW)
def analyse(context: jobs.Context) -> dict[str, Any]:
    """One analysis, exam by exam; cancelled between two exams."""
    resources: Resources = context.resources
    ordered = Order.restored(context.args)
    with context.database.read() as session:
        chosen = [
            (area, ids)
            for area in areas(session)
            if ordered.selection.includes(area) and (ids := ordered.selection.exams(session, area))
        ]
    total, tally = sum(len(ids) for _, ids in chosen), _Tally()
    for area, ids in chosen:
        with context.transaction() as session:
            items = [f"exam:{id_}" for id_ in ids]
            audit.record(session, ordered.scope, LOOKED, facility_id=area.facility_id, why=ordered.purpose, items=items)
        for id_ in ids:
            _look(context.database, resources.store, ordered.kind, area, id_, tally)
            context.progress(tally.exams, total)
    return tally.result()


def _look(database: Database, store: Store, kind: str, area: Area, exam_id: str, tally: _Tally) -> None:
    tally.exams += 1
    for name, content in _renderings(database, store, area, exam_id):
        pixels = None if content is None else cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            tally.unread += 1
            continue
        tally.images += 1
        tally.looked_at[area.code] += 1
        finding = KINDS[kind](np.asarray(pixels, np.uint8))
        if finding.suspected:
            tally.suspected[area.code] += 1
            where = {"facility": area.code, "exam": exam_id, "image": name}
            tally.shown.append({**where, "band": finding.band, "cast": finding.cast})


def _renderings(database: Database, store: Store, area: Area, exam_id: str) -> Iterator[tuple[str, bytes | None]]:
    """Name and small rendering of each image of the exam; None where there is none, or its bytes are damaged."""
    with database.read() as session:
        images = exams.images_of(session, area.scope, exam_id)
        for image in images:
            try:
                yield image.name, exams.open_thumbnail(session, area.scope, store, image, EDGE).read()
            except (NotFound, Damaged):
                yield image.name, None
