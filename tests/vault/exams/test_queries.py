"""Exams are listed newest first, by page, patient and day, and given back whole."""

import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.vault.intake.exams import announce, hold, sha256
from tests.vault.store.areas import Vault
from vault.base.errors import BadRange, Invalid, NotFound
from vault.base.scope import Scope
from vault.exams import archive, queries
from vault.intake.signing import SigningKeys


def day(number: int) -> str:
    return f"2026-04-{number:02}T10:00:00Z"


@pytest.fixture
def exams(vault: Vault, aoba: Scope, facility_of: Callable[[str], Scope]) -> list[str]:
    """Ids of six exams on five days, oldest first, the last two at the same time; a stranger has one too."""
    announce(vault, facility_of("midori"), {}, performed_at=day(3))
    days = [1, 2, 3, 4, 5, 5]
    made = [
        announce(vault, aoba, {"a": b"a", "b": b"bb"}, performed_at=day(on), patient_id=f"P-{n % 2}").id
        for n, on in enumerate(days)
    ]
    return [*made[:4], *sorted(made[4:])]


def test_pages_follow_one_another_newest_first(vault: Vault, aoba: Scope, exams: list[str]) -> None:
    found: list[str] = []
    after = None
    with vault.database.read() as session:
        for size in (4, 2):
            page = queries.list_exams(session, aoba, limit=4, after=after)
            assert len(page.items) == size
            found += [row.id for row in page.items]
            after = page.next
        row = page.items[0]
    assert after is None
    assert found == exams[::-1]
    assert (row.images, row.size, row.cover, row.state) == (2, 3, "a", "receiving")


def test_lists_are_cut_by_patient_and_day(vault: Vault, aoba: Scope, exams: list[str]) -> None:
    with vault.database.read() as session:
        of_patient = queries.list_exams(session, aoba, patient_id="P-0").items
        since, until = datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC)
        between = queries.list_exams(session, aoba, since=since, until=until).items
        assert queries.list_exams(session, aoba, patient_id="nobody").items == []
    assert len(of_patient) == 3
    assert [row.id for row in between] == [exams[2], exams[1]]


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 201), ("after", "nonsense")])
def test_bad_pages_are_refused(vault: Vault, aoba: Scope, name: str, value: object) -> None:
    with vault.database.read() as session, pytest.raises(Invalid):
        queries.list_exams(session, aoba, **{name: value})  # type: ignore[arg-type]


def test_one_image_in_any_range(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    content = bytes(range(256)) * 3000
    exam_id = hold(vault, aoba, signing, {"a.jpg": content})["exam"]
    with vault.database.read() as session:
        image = queries.image(session, aoba, exam_id, "a.jpg")
        blob = queries.open_image(session, aoba, vault.store, image)
        with pytest.raises(NotFound):
            queries.image(session, aoba, exam_id, "b.jpg")
    assert (blob.size, blob.digest) == (len(content), sha256(content))
    for start, end in ((0, 1), (262_140, 262_150), (767_999, 768_000), (5, 600_000)):
        assert b"".join(blob.read_range(start, end)) == content[start:end]
    with pytest.raises(BadRange):
        blob.read_range(len(content), len(content) + 1)


def test_a_whole_exam_as_a_tar(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    images = {"手術.jpg": b"x" * 1000, "b.jpg": b"", "c": b"y" * 512}
    exam_id = hold(vault, aoba, signing, images)["exam"]
    with vault.database.read() as session:
        found = queries.open_images(session, aoba, vault.store, exam_id)
    tar = b"".join(archive.stream(found, 1_775_000_000))
    assert len(tar) == archive.size_of(found, 1_775_000_000)
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        read = {member.name: opened.extractfile(member) for member in opened.getmembers()}
        assert {name: stream.read() for name, stream in read.items() if stream} == images


def test_counting_exams_counts_what_is_held(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, {"a": b"a"})
    announce(vault, aoba, {"b": b"b"})
    with vault.database.read() as session:
        assert queries.count_exams(session, aoba) == 1
