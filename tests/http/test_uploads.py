"""tus 1.0.0 over HTTP: what each header asks, what each fault gets, and what is kept and counted then."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.http.tus import OFFSET, Tus, checksum, metadata
from tests.http.world import World, jpeg
from vault.base import clock
from vault.intake.uploads import tasks
from vault.intake.uploads.models import Upload
from vault.store import packs
from vault.tenancy.models import Space

CONTENT = hashlib.shake_128(b"upload").digest(1000)
CAPACITY = 64 * 2**20


@pytest.fixture
def tus(shared_world: World) -> Tus:
    return Tus(shared_world)


@pytest.fixture(autouse=True)
def nothing_else_is_promised(shared_world: World) -> None:
    with shared_world.installation.database.read() as session:
        assert set(session.scalars(select(Space.reserved))) == {0}


def reserved(world: World) -> int:
    with world.installation.database.read() as session:
        return sum(session.scalars(select(Space.reserved)))


def test_what_the_server_speaks_is_told_without_a_sign_in(shared_world: World) -> None:
    for path in ("/uploads", "/uploads/anything"):
        answer = Tus(shared_world, login=None, headers={}).call("OPTIONS", path)
        assert answer.status_code == 204
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        assert set(answer.headers["Tus-Extension"].split(",")) == {
            *("creation", "creation-with-upload", "creation-defer-length"),
            *("checksum", "termination", "expiration", "concatenation"),
        }
        assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256,md5"
        assert int(answer.headers["Tus-Max-Size"]) == shared_world.installation.settings.limits.file_bytes


def test_bytes_come_in_pieces_and_become_a_file(tus: Tus) -> None:
    used, _ = tus.space()
    made = tus.make(1000, path="folder/a.bin", filetype="application/dicom", filename="a.bin")
    assert made.status_code == 201
    assert made.headers["Upload-Offset"] == "0"
    assert made.headers["Upload-Expires"].endswith(" GMT")
    url = made.headers["Location"]
    assert url.startswith("/api/v1/uploads/")
    assert reserved(tus.world) == 1000
    for start in range(0, 1000, 300):
        answer = tus.patch(url, start, CONTENT[start : start + 300])
        assert answer.status_code == 204, answer.get_data(as_text=True)
        assert answer.headers["Upload-Offset"] == str(min(1000, start + 300)) == str(tus.offset(url))
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    head = tus.call("HEAD", url)
    assert head.headers["Upload-Length"] == "1000"
    assert head.headers["Upload-Metadata"] == metadata(
        path="folder/a.bin", filetype="application/dicom", filename="a.bin"
    )
    assert tus.file("folder/a.bin") == CONTENT
    assert tus.space()[0] == used + 1000
    assert reserved(tus.world) == 0
    got = tus.world.call("aoba-nurse", "GET", "/files/folder/a.bin", headers={"Range": "bytes=250-649"})
    assert (got.status_code, got.get_data(), got.mimetype) == (206, CONTENT[250:650], "application/dicom")
    tus.call("DELETE", url)


def test_the_first_bytes_may_come_with_the_announcement(tus: Tus) -> None:
    made = tus.make(1000, CONTENT[:400], path="with.bin")
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "400")
    assert tus.patch(made.headers["Location"], 400, CONTENT[400:]).status_code == 204
    assert tus.file("with.bin") == CONTENT
    whole = tus.make(1000, CONTENT, path="whole.bin")
    assert (whole.status_code, whole.headers["Upload-Offset"]) == (201, "1000")
    assert tus.file("whole.bin") == CONTENT


def test_an_empty_file_is_whole_when_it_is_announced(tus: Tus) -> None:
    made = tus.make(0, path="empty.txt")
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "0")
    assert tus.file("empty.txt") == b""


def test_a_length_may_be_told_later_and_then_stays(tus: Tus) -> None:
    made = tus.call("POST", "/uploads", Upload_Defer_Length="1", Upload_Metadata=metadata(path="later.bin"))
    url = made.headers["Location"]
    assert tus.call("HEAD", url).headers["Upload-Defer-Length"] == "1"
    assert tus.patch(url, 0, CONTENT[:600]).status_code == 204
    assert reserved(tus.world) == 600
    assert tus.patch(url, 600, b"", Upload_Length="599").status_code == 400
    assert tus.patch(url, 600, CONTENT[600:700], Upload_Length="1000").status_code == 204
    assert tus.patch(url, 700, CONTENT[700:], Upload_Length="1001").status_code == 400
    assert tus.call("HEAD", url).headers["Upload-Length"] == "1000"
    assert tus.patch(url, 700, CONTENT[700:]).status_code == 204
    assert tus.file("later.bin") == CONTENT
    other = tus.call("POST", "/uploads", Upload_Defer_Length="1", Upload_Metadata=metadata(path="end.bin"))
    assert tus.patch(other.headers["Location"], 0, CONTENT).status_code == 204
    assert tus.file("end.bin") is None
    assert tus.patch(other.headers["Location"], 1000, b"", Upload_Length="1000").status_code == 204
    assert tus.file("end.bin") == CONTENT


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_of_a_chunk_whose_checksum_differs_nothing_counts(tus: Tus, algorithm: str) -> None:
    url = tus.made(1000, path=f"{algorithm}.bin")
    assert tus.patch(url, 0, CONTENT[:500], Upload_Checksum=checksum(CONTENT[:500], algorithm)).status_code == 204
    wrong = tus.patch(url, 500, CONTENT[500:], Upload_Checksum=checksum(b"other", algorithm))
    assert wrong.status_code == 460
    assert wrong.headers["Tus-Resumable"] == "1.0.0"
    assert tus.offset(url) == 500
    assert tus.patch(url, 500, CONTENT[500:], Upload_Checksum=checksum(CONTENT[500:], algorithm)).status_code == 204
    assert tus.file(f"{algorithm}.bin") == CONTENT


def test_parts_of_a_checked_chunk_count_together(tus: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PART_BYTES", 128)
    url = tus.made(1000, path="checked.bin")
    assert tus.patch(url, 0, CONTENT, Upload_Checksum=checksum(b"other")).status_code == 460
    assert tus.offset(url) == 0
    assert tus.patch(url, 0, CONTENT, Upload_Checksum=checksum(CONTENT)).status_code == 204
    assert tus.file("checked.bin") == CONTENT


def test_partial_uploads_are_joined_without_a_copy(tus: Tus) -> None:
    used, _ = tus.space()
    content = hashlib.shake_128(b"joined").digest(1000)
    partials = []
    for start in (0, 400):
        made = tus.make(600 if start else 400, concat="partial")
        assert made.status_code == 201
        partials.append(made.headers["Location"])
    final = f"final;{' '.join(partials)}"
    assert tus.make(None, concat=final, path="joined.bin").status_code == 409
    tus.patch(partials[0], 0, content[:400])
    tus.patch(partials[1], 0, content[400:700])
    tus.patch(partials[1], 300, content[700:])
    assert tus.call("HEAD", partials[1]).headers["Upload-Concat"] == "partial"
    assert reserved(tus.world) == 1000
    kept = len(list(tus.world.installation.settings.vault_folder.rglob("*.pack")))
    joined = tus.make(None, concat=final, path="joined.bin")
    assert joined.status_code == 201, joined.get_data(as_text=True)
    head = tus.call("HEAD", joined.headers["Location"])
    assert (head.headers["Upload-Length"], head.headers["Upload-Offset"]) == ("1000", "1000")
    assert head.headers["Upload-Concat"] == final
    assert tus.file("joined.bin") == content
    assert (tus.space()[0], reserved(tus.world)) == (used + 1000, 0)
    assert len(list(tus.world.installation.settings.vault_folder.rglob("*.pack"))) == kept + 1
    assert tus.patch(joined.headers["Location"], 1000, b"").status_code == 403
    assert tus.make(None, concat="final;/api/v1/uploads/nothing", path="x.bin").status_code == 400


def test_what_is_given_up_gives_its_room_back(tus: Tus) -> None:
    used, _ = tus.space()
    url = tus.made(1000, path="given-up.bin")
    tus.patch(url, 0, CONTENT[:500])
    assert tus.call("DELETE", url).status_code == 204
    assert tus.call("HEAD", url).status_code == 404
    assert tus.patch(url, 500, CONTENT[500:]).status_code == 404
    assert (tus.space()[0], reserved(tus.world)) == (used, 0)


def test_an_upload_that_rests_too_long_expires(tus: Tus) -> None:
    url = tus.made(1000, path="old.bin")
    with tus.world.installation.database.transaction() as session:
        session.execute(update(Upload).where(Upload.id == url.rpartition("/")[2]).values(expires_at=clock.now()))
    assert tus.call("HEAD", url).status_code == 404
    tasks.expire(_Context(tus.world))  # type: ignore[arg-type]
    assert reserved(tus.world) == 0


class _Context:
    def __init__(self, world: World) -> None:
        self.database, self.transaction = world.installation.database, world.installation.database.transaction
        self.resources = world.installation


def test_wrong_offsets_types_and_versions_change_nothing(tus: Tus) -> None:
    url = tus.made(1000, path="wrong.bin")
    wrong: list[tuple[int, dict[str, str | None]]] = [
        (409, {"Upload_Offset": "1"}),
        (400, {"Upload_Offset": None}),
        (400, {"Upload_Offset": "-1"}),
        (400, {"Upload_Length": "999"}),
        (400, {"Upload_Checksum": "crc32 AAAA"}),
        (400, {"Upload_Checksum": "sha1 ?"}),
        (412, {"Tus_Resumable": "0.2.2"}),
        (412, {"Tus_Resumable": None}),
        (415, {"Content_Type": "application/octet-stream"}),
    ]
    for status, headers in wrong:
        answer = tus.patch(url, 0, CONTENT, **headers)
        assert answer.status_code == status, (headers, answer.get_data(as_text=True))
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        assert answer.get_json()["detail"]
    assert tus.patch(url, 0, CONTENT + b"x").status_code == 413
    assert tus.offset(url) == 0
    assert tus.call("DELETE", url).status_code == 204


WRONG: list[tuple[int, str | None, dict[str, str]]] = [
    (422, "Upload-Metadata", {}),
    (422, "Upload-Metadata", {"filename": "a.txt"}),
    (422, "Upload-Metadata", {"path": "a.txt", "exam": "x", "name": "y"}),
    (422, "custody", {"custody": "x"}),
    (422, "path", {"path": "../a.txt"}),
    (422, "path", {"path": "/a.txt"}),
    (422, "path", {"path": "a\0b"}),
    (422, "path", {"path": "x" * 256}),
    (422, "path", {"path": "/".join(["x" * 200] * 6)}),
    (422, "path", {"path": "folder/CON.txt"}),
    (422, "path", {"path": "HELD.txt"}),
    (422, "path", {"path": "held.txt/below"}),
    (422, "sha256", {"path": "a.txt", "sha256": "xyz"}),
    (404, None, {"exam": "0" * 26, "name": "0.jpg"}),
    (404, None, {"assignment": "0" * 26, "filename": "a.txt"}),
]


@pytest.mark.parametrize(("status", "field", "words"), WRONG)
def test_what_cannot_be_kept_is_refused_by_name_before_its_bytes(
    tus: Tus, status: int, field: str | None, words: dict[str, Any]
) -> None:
    tus.world.call("aoba-nurse", "PUT", "/files/held.txt", data=b"held")
    answer = tus.make(5, **words)
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.get_json().get("field") == field


@pytest.mark.parametrize("header", ["path", "path ?", "path YQ==,path YQ==", ",", "path YQ==,"])
def test_metadata_that_cannot_be_read_is_refused(tus: Tus, header: str) -> None:
    answer = tus.call("POST", "/uploads", Upload_Length="1", Upload_Metadata=header)
    assert answer.status_code in (400, 422)


def test_a_length_is_told_in_one_way(tus: Tus) -> None:
    path: dict[str, Any] = {"Upload_Metadata": metadata(path="a.txt")}
    assert tus.call("POST", "/uploads", **path).status_code == 400
    assert tus.call("POST", "/uploads", Upload_Length="1", Upload_Defer_Length="1", **path).status_code == 400
    assert tus.call("POST", "/uploads", Upload_Length="x", **path).status_code == 400
    answer = tus.call("POST", "/uploads", b"x", Upload_Length="1", Content_Type="text/plain", **path)
    assert answer.status_code == 415


def test_a_file_over_the_largest_and_one_over_the_room_are_told_apart(tus: Tus) -> None:
    used, capacity = tus.space()
    limit = tus.world.installation.settings.limits.file_bytes
    assert tus.make(limit + 1, path="a.bin").status_code == 413
    full = tus.make(capacity - used + 1, path="a.bin")
    assert (full.status_code, full.get_json()["left"]) == (507, capacity - used)
    fits = tus.made(capacity - used, path="a.bin")
    second = tus.make(1, path="b.bin")
    assert (second.status_code, second.get_json()["left"]) == (507, 0)
    assert tus.call("DELETE", fits).status_code == 204
    assert tus.call("DELETE", tus.made(1, path="b.bin")).status_code == 204


def test_a_file_that_others_put_meanwhile_is_not_overwritten(tus: Tus) -> None:
    made = tus.call(
        "POST", "/uploads", Upload_Length="1000", Upload_Metadata=metadata(path="new.bin"), If_None_Match="*"
    )
    tus.world.call("aoba-nurse", "PUT", "/files/new.bin", data=b"theirs")
    url = made.headers["Location"]
    assert tus.patch(url, 0, CONTENT).status_code == 412
    assert tus.file("new.bin") == b"theirs"
    assert tus.call("HEAD", url).status_code == 404
    refused = tus.call(
        "POST", "/uploads", Upload_Length="1", Upload_Metadata=metadata(path="new.bin"), If_None_Match="*"
    )
    assert refused.status_code == 412


def test_the_announced_digest_decides_at_the_end(tus: Tus) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    right = tus.made(1000, path="digest.bin", sha256=digest)
    tus.patch(right, 0, CONTENT[:10])
    assert tus.patch(right, 10, CONTENT[10:]).status_code == 204
    wrong = tus.made(1000, path="digest-2.bin", sha256=digest)
    tus.patch(wrong, 0, CONTENT[:10])
    answer = tus.patch(wrong, 10, CONTENT[:990])
    assert (answer.status_code, answer.get_json()["field"]) == (422, "sha256")
    assert tus.file("digest-2.bin") is None
    assert tus.call("HEAD", wrong).status_code == 404


def exam_of(world: World, contents: list[bytes], login: str = "aoba-capture1") -> str:
    images = [
        {"name": f"{number}.jpg", "sha256": hashlib.sha256(one).hexdigest(), "size": len(one)}
        for number, one in enumerate(contents)
    ]
    body = {"patient_id": "P-1", "performed_at": "2026-11-21T09:00:00+09:00", "kind": "EGD", "images": images}
    answer = world.call(login, "POST", "/exams", body)
    assert answer.status_code == 201
    found: str = answer.get_json()["id"]
    return found


def test_an_exam_can_be_sent_image_by_image_and_is_committed_like_any(shared_world: World) -> None:
    tus = Tus(shared_world, "aoba-capture1")
    used, _ = tus.space()
    contents = [jpeg(number) + bytes(number + 1) for number in range(3)]
    exam = exam_of(shared_world, contents)
    size = sum(map(len, contents))
    assert reserved(shared_world) == size
    for number, content in enumerate(contents):
        wrong = tus.make(len(content) + 1, exam=exam, name=f"{number}.jpg")
        assert (wrong.status_code, wrong.get_json()["field"]) == (422, "Upload-Length")
        url = tus.made(len(content), exam=exam, name=f"{number}.jpg", filetype="image/jpeg")
        assert reserved(shared_world) == size - sum(map(len, contents[:number]))
        assert tus.patch(url, 0, content[:200]).status_code == 204
        assert tus.patch(url, 200, content[200:]).status_code == 204
    assert (tus.space()[0], reserved(shared_world)) == (used + size, 0)
    held = shared_world.call("aoba-capture1", "POST", f"/exams/{exam}/commit").get_json()
    assert [one["sha256"] for one in held["receipt"]["images"]] == [hashlib.sha256(c).hexdigest() for c in contents]
    got = shared_world.call("aoba-nurse", "GET", f"/exams/{exam}/images/1.jpg")
    assert got.get_data() == contents[1]
    late = tus.make(len(contents[0]), exam=exam, name="0.jpg")
    assert late.status_code == 409


def test_other_bytes_than_the_manifest_announced_are_not_kept(shared_world: World) -> None:
    tus = Tus(shared_world, "aoba-capture1")
    content = jpeg(0) + bytes(99)
    exam = exam_of(shared_world, [content])
    url = tus.made(len(content), exam=exam, name="0.jpg")
    answer = tus.patch(url, 0, bytes(len(content)))
    assert (answer.status_code, answer.get_json()["field"]) == (422, "name")
    assert shared_world.call("aoba-capture1", "POST", f"/exams/{exam}/commit").status_code == 409
    assert tus.make(len(content), content, exam=exam, name="0.jpg").status_code == 201
    assert shared_world.call("aoba-capture1", "POST", f"/exams/{exam}/commit").status_code == 200


def test_a_department_uploads_a_file_for_its_answer(shared_world: World) -> None:
    assignment = shared_world.assignment(shared_world.request())
    desk = Tus(shared_world, "repair1")
    url = desk.made(1000, assignment=assignment, filename="手順.pdf", filetype="application/pdf")
    assert desk.patch(url, 0, CONTENT[:500]).status_code == 204
    for login in ("aoba-nurse", "midori-nurse", "clinical1", "repair2"):
        assert Tus(shared_world, login).patch(url, 500, CONTENT[500:]).status_code == 404
    assert desk.patch(url, 500, CONTENT[500:]).status_code == 204
    got = shared_world.call("repair1", "GET", f"/assignments/{assignment}/files/手順.pdf")
    assert (got.status_code, got.get_data()) == (200, CONTENT)
    assert Tus(shared_world, "clinical1").make(5, assignment=assignment, filename="a.txt").status_code == 404
    parts = [desk.make(500, CONTENT[s : s + 500], concat="partial", assignment=assignment) for s in (0, 500)]
    assert [one.status_code for one in parts] == [201, 201]
    final = f"final;{' '.join(one.headers['Location'] for one in parts)}"
    assert desk.make(None, concat=final, assignment=assignment, filename="b.bin").status_code == 201
    assert shared_world.call("repair1", "GET", f"/assignments/{assignment}/files/b.bin").get_data() == CONTENT
    assert reserved(shared_world) == len(CONTENT), "the area held the whole: what came in parts counts until it is gone"
    assert [desk.call("DELETE", one.headers["Location"]).status_code for one in parts] == [204, 204]


def test_a_strangers_upload_is_not_there(tus: Tus) -> None:
    url = tus.made(1000, path="mine.bin")
    for login in ("midori-nurse", "midori-capture1", "repair1"):
        stranger = Tus(tus.world, login)
        assert stranger.call("HEAD", url).status_code == 404
        assert stranger.patch(url, 0, CONTENT).status_code == 404
        assert stranger.call("DELETE", url).status_code == 404
    partial = tus.make(1000, CONTENT, concat="partial").headers["Location"]
    theirs = Tus(tus.world, "midori-nurse").make(None, concat=f"final;{partial}", path="stolen.bin")
    assert theirs.status_code == 400
    assert tus.offset(url) == 0
    for one in (url, partial):
        assert tus.call("DELETE", one).status_code == 204


def test_one_request_at_a_time_and_a_dead_one_blocks_nobody(tus: Tus) -> None:
    url = tus.made(1000, path="turns.bin")

    def holder(until: Any) -> None:
        with tus.world.installation.database.transaction() as session:
            mine = update(Upload).where(Upload.id == url.rpartition("/")[2])
            session.execute(mine.values(holder="0" * 26, held_until=until))

    now = clock.now()
    soon = timedelta(seconds=4)
    holder(now + soon)
    busy = tus.patch(url, 0, CONTENT)
    assert (busy.status_code, busy.headers["Retry-After"]) == (423, "1")
    assert tus.offset(url) == 0
    for until in (now - soon, now + 1000 * soon):  # a dead one; one from before the clock jumped back
        holder(until)
        assert tus.patch(url, tus.offset(url), CONTENT[tus.offset(url) :][:500]).status_code == 204
    assert tus.file("turns.bin") == CONTENT


def test_clients_that_cannot_patch_or_delete_say_so_by_a_header(tus: Tus) -> None:
    url = tus.made(1000, path="override.bin")
    told = {"Upload_Offset": "0", "Content_Type": OFFSET, "X_HTTP_Method_Override": "PATCH"}
    assert tus.call("POST", url, CONTENT, **told).status_code == 204
    assert tus.file("override.bin") == CONTENT
    assert tus.call("POST", url, X_HTTP_Method_Override="DELETE").status_code == 204
    assert tus.call("HEAD", url).status_code == 404


def test_a_page_uploads_by_its_sign_in_and_only_with_the_header_no_form_can_send(shared_world: World) -> None:
    page = shared_world.browser("aoba-nurse")
    headers = {"Upload-Length": "0", "Upload-Metadata": metadata(path="page.txt")}
    assert page.post("/api/v1/uploads", headers=headers).status_code == 401
    assert page.post("/api/v1/uploads", headers=headers | {"Tus-Resumable": "1.0.0"}).status_code == 201
    assert page.get("/api/v1/files", headers={"Tus-Resumable": "1.0.0"}).status_code == 401
