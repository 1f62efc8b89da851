"""An exam is announced, sent and committed; what is acknowledged is held, once."""

import json

import pytest

from tests.vault.intake.exams import announce, commit, hold, listed, send, sha256, tar_of, without_end
from tests.vault.store.areas import CAPACITY, Vault
from vault.base.errors import AppError, Conflict, Invalid, NotFound, OverCapacity
from vault.base.scope import Scope
from vault.exams import queries
from vault.intake import manifest, receipts, service
from vault.intake.signing import SigningKeys, verify

IMAGES = {"a.jpg": b"first" * 100, "b.jpg": b"second" * 50_000, "c.jpg": b""}


def test_the_main_way(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    exam = announce(vault, aoba, IMAGES)
    assert (exam.state, exam.made) == ("receiving", True)
    assert exam.missing == [sha256(content) for content in IMAGES.values()]
    assert vault.space(aoba) == (0, sum(map(len, IMAGES.values())))
    assert send(vault, aoba, exam.id, tar_of(*IMAGES.values())) == []
    receipt = commit(vault, aoba, signing, exam.id)
    verify(receipt, signing.public_keys)
    assert receipt["images"] == listed(IMAGES)
    assert (receipt["facility"], receipt["exam"], receipt["patient_id"]) == ("aoba", exam.id, "P-1")
    assert vault.space(aoba) == (sum(map(len, IMAGES.values())), 0)
    with vault.database.read() as session:
        for name, content in IMAGES.items():
            image = queries.image(session, aoba, exam.id, name)
            assert queries.open_image(session, aoba, vault.store, image).read() == content
    assert len(vault.packs(aoba)) == 1


def test_each_step_again_changes_nothing(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    first = hold(vault, aoba, signing, IMAGES)
    again = announce(vault, aoba, IMAGES)
    assert (again.id, again.made, again.state, again.missing) == (first["exam"], False, "held", [])
    assert send(vault, aoba, again.id, tar_of(*IMAGES.values())) == []
    assert commit(vault, aoba, signing, again.id) == first
    assert vault.space(aoba) == (sum(map(len, IMAGES.values())), 0)
    assert len(vault.packs(aoba)) == 1


def test_the_device_key_finds_the_exam_that_was_announced_before(vault: Vault, aoba: Scope) -> None:
    first = announce(vault, aoba, {}, key="k1")
    assert announce(vault, aoba, {"a": b"a"}, key="k1").id == first.id
    assert announce(vault, aoba, {}, key="k2").id != first.id


def test_images_can_be_added_until_the_commit(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    exam = announce(vault, aoba, {}, key="k1")

    def add(images: dict[str, bytes]) -> list[str]:
        with vault.database.transaction() as session:
            parsed = manifest.parse_images({"images": listed(images)})
            return service.add_images(session, aoba, exam.id, parsed).missing

    assert add({"a.jpg": b"aa"}) == add({"a.jpg": b"aa"}) == [sha256(b"aa")]
    with pytest.raises(Invalid) as taken:
        add({"A.JPG": b"other"})
    assert taken.value.field == "images.0.name"
    assert add({"b.jpg": b"bbb"}) == [sha256(b"aa"), sha256(b"bbb")]
    send(vault, aoba, exam.id, tar_of(b"aa", b"bbb"))
    assert [image["name"] for image in commit(vault, aoba, signing, exam.id)["images"]] == ["a.jpg", "b.jpg"]
    with pytest.raises(Conflict):
        add({"c.jpg": b"c"})
    assert add({"a.jpg": b"aa"}) == []


def test_a_commit_names_what_is_missing_and_changes_nothing(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    exam = announce(vault, aoba, IMAGES)
    send(vault, aoba, exam.id, tar_of(IMAGES["a.jpg"]))
    with pytest.raises(Conflict) as refused:
        commit(vault, aoba, signing, exam.id)
    assert refused.value.values["missing"] == [sha256(IMAGES["b.jpg"]), sha256(b"")]
    with vault.database.read() as session:
        assert receipts.of_exam(session, aoba, exam.id) is None


def test_what_the_area_holds_is_not_asked_for_again(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, IMAGES)
    used = vault.space(aoba)
    other = announce(vault, aoba, {**IMAGES, "new.jpg": b"new"}, patient_id="P-2")
    assert other.missing == [sha256(b"new")]
    send(vault, aoba, other.id, tar_of(b"new"))
    commit(vault, aoba, signing, other.id)
    assert vault.space(aoba) == (used[0] + 3, 0)


def test_another_area_shares_nothing(vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys) -> None:
    receipt = hold(vault, aoba, signing, IMAGES)
    with vault.database.read() as session, pytest.raises(NotFound):
        queries.exam(session, midori, receipt["exam"])
    with pytest.raises(NotFound):
        send(vault, midori, receipt["exam"], tar_of(b""))
    with pytest.raises(NotFound):
        commit(vault, midori, signing, receipt["exam"])
    assert len(announce(vault, midori, IMAGES).missing) == 3


@pytest.mark.parametrize(
    ("tar", "reason"),
    [
        (tar_of(b"evil1" * 100, names=[sha256(b"first" * 100)]), "digest_differs"),
        (tar_of(b"short", names=[sha256(b"first" * 100)]), "size_differs"),
        (tar_of(b"stranger"), "not_in_manifest"),
        (tar_of(b"x", names=["../../etc/passwd"]), "not_in_manifest"),
        (tar_of(b"first" * 100)[:700], "bundle_interrupted"),
        (b"not a tar at all" * 100, "tar_format"),
        (b"", "bundle_interrupted"),
    ],
)
def test_a_bad_member_is_refused_and_what_came_before_is_kept(
    vault: Vault, aoba: Scope, tar: bytes, reason: str
) -> None:
    exam = announce(vault, aoba, IMAGES)
    good = IMAGES["b.jpg"]
    with pytest.raises(Invalid) as refused:
        send(vault, aoba, exam.id, without_end(tar_of(good)) + tar)
    assert (refused.value.reason, refused.value.field) == (reason, "bundle")
    with vault.database.read() as session:
        image = queries.image(session, aoba, exam.id, "a.jpg")
        with pytest.raises(NotFound):
            queries.open_image(session, aoba, vault.store, image)
    assert announce(vault, aoba, IMAGES).missing == [sha256(IMAGES["a.jpg"]), sha256(b"")]


def test_a_held_member_sent_again_with_wrong_bytes_is_refused(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, {"a.jpg": b"first" * 100})
    exam = announce(vault, aoba, IMAGES)
    with pytest.raises(Invalid, match="digest_differs"):
        send(vault, aoba, exam.id, tar_of(b"evil1" * 100, names=[sha256(b"first" * 100)]))


def test_too_much_is_refused_before_a_byte_is_sent(vault: Vault, aoba: Scope) -> None:
    half = CAPACITY // 2 + 1
    big = [{"name": "x", "sha256": "0" * 64, "size": half}]
    announce(vault, aoba, {}, images=big)
    with pytest.raises(OverCapacity) as full:
        announce(vault, aoba, {}, images=[{**big[0], "sha256": "1" * 64}])
    assert full.value.left == CAPACITY - half
    assert vault.space(aoba) == (0, half)
    with vault.database.read() as session:
        assert len(queries.list_exams(session, aoba).items) == 1


def test_one_digest_with_two_sizes_is_refused(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    hold(vault, aoba, signing, {"a": b"aa"})
    lie = {"name": "b", "sha256": sha256(b"aa"), "size": 3}
    with pytest.raises(Invalid) as refused:
        announce(vault, aoba, {}, images=[lie])
    assert refused.value.field == "images.0.size"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"patient_id": ""}, "patient_id"),
        ({"performed_at": "2026-04-01T09:00:00"}, "performed_at"),
        ({"images": [{"name": "../x", "sha256": "0" * 64, "size": 1}]}, "images.0.name"),
        ({"images": [{"name": "CON.jpg", "sha256": "0" * 64, "size": 1}]}, "images.0.name"),
        ({"images": [{"name": "x", "sha256": "0" * 63, "size": 1}]}, "images.0.sha256"),
        ({"images": [{"name": "x", "sha256": "0" * 64, "size": -1}]}, "images.0.size"),
        ({"images": [{"name": "x", "sha256": "0" * 64, "size": 1, "q": 1}]}, "images.0.q"),
        ({"images": [{"name": n, "sha256": "0" * 64, "size": 1} for n in "xX"]}, "images.1.name"),
        ({"note": "n" * 20_001}, "note"),
        ({"scope": {"model": "X"}}, "scope.serial"),
    ],
)
def test_bad_manifests_are_refused_by_field(vault: Vault, aoba: Scope, change: dict[str, object], field: str) -> None:
    with pytest.raises(AppError) as refused:
        announce(vault, aoba, IMAGES, **change)
    assert refused.value.values["field"] == field
    with vault.database.read() as session:
        assert queries.list_exams(session, aoba).items == []


def test_receipts_chain(vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys) -> None:
    first = hold(vault, aoba, signing, IMAGES)
    second = hold(vault, aoba, signing, {"z": b"z"}, patient_id="患者-2")
    elsewhere = hold(vault, midori, signing, IMAGES)
    assert (first["sequence"], first["previous"]) == (1, None)
    assert (second["sequence"], second["previous"]) == (2, receipts.digest_of(first))
    assert (elsewhere["sequence"], elsewhere["previous"]) == (1, None)
    altered = json.loads(json.dumps(second)) | {"patient_id": "P-3"}
    with pytest.raises(Invalid):
        verify(altered, signing.public_keys)
    with vault.database.read() as session:
        (key,) = receipts.receipt_keys(session, signing)
    assert (key["key_id"], key["state"]) == (second["key_id"], "active")
    assert key["public_key"] == signing.public_keys[second["key_id"]]
