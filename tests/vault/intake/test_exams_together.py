"""Several exams come in one announcement and one bundle: each is held with its own receipt, or stays as it was."""

import io
import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vault.intake.exams import Images, announce, body, commit, hold, listed, sha256, tar_of
from tests.vault.store.areas import CAPACITY, Vault
from vault.base.errors import Gone, Invalid, NotFound, OverCapacity
from vault.base.scope import Role, Scope
from vault.base.settings import Retention
from vault.exams import deletion, queries
from vault.intake import bundles, manifest, receipts, service
from vault.intake.bundles import Received
from vault.intake.service import Announced
from vault.intake.signing import SigningKeys, verify
from vault.store.streams import Body

FIRST = {"a.jpg": b"first" * 100, "b.jpg": b"second" * 50_000}
SECOND = {"a.jpg": b"third" * 300, "shared.jpg": b"first" * 100}
SIZE = 500 + 300_000 + 1500


def announce_all(vault: Vault, caller: Scope, exams: Sequence[Images]) -> list[Announced]:
    manifests = [
        manifest.parse(body(images, key=f"k{place}", patient_id=f"P-{place}")) for place, images in enumerate(exams)
    ]
    with vault.database.transaction() as session:
        return service.announce_all(session, caller, vault.store, manifests)


def send_all(
    vault: Vault, caller: Scope, exam_ids: Sequence[str], tar: bytes, signing: SigningKeys | None = None
) -> dict[str, Received]:
    source = Body(io.BytesIO(tar))
    return bundles.receive_all(vault.database, vault.store, caller, exam_ids, source, signing=signing)


def test_each_is_held_with_its_own_receipt_and_all_in_one_pack(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    first, second = announce_all(vault, aoba, [FIRST, SECOND])
    assert first.missing == [sha256(content) for content in FIRST.values()]
    assert second.missing == [sha256(content) for content in SECOND.values()], "each is told what it needs"
    tar = tar_of(*{*FIRST.values(), *SECOND.values()})
    received = send_all(vault, aoba, [first.id, second.id], tar, signing)
    for exam, images in ((first, FIRST), (second, SECOND)):
        receipt = received[exam.id].receipt
        assert receipt is not None
        verify(receipt, signing.public_keys)
        assert (receipt["exam"], receipt["images"]) == (exam.id, listed(images))
        assert commit(vault, aoba, signing, exam.id) == receipt
        with vault.database.read() as session:
            for name, content in images.items():
                image = queries.image(session, aoba, exam.id, name)
                assert queries.open_image(session, aoba, vault.store, image).read() == content
    one, other = (received[exam.id].receipt for exam in (first, second))
    assert one is not None
    assert other is not None
    assert other["previous"] == receipts.digest_of(one)
    assert vault.space(aoba) == (SIZE, 0), "what two exams share takes room once, and no promise is left"
    assert len(vault.packs(aoba)) == 1


def test_together_again_changes_nothing(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    first, second = announce_all(vault, aoba, [FIRST, SECOND])
    tar = tar_of(*{*FIRST.values(), *SECOND.values()})
    given = send_all(vault, aoba, [first.id, second.id], tar, signing)
    again = announce_all(vault, aoba, [FIRST, SECOND])
    assert [(one.id, one.made, one.state, one.missing) for one in again] == [
        (first.id, False, "held", []),
        (second.id, False, "held", []),
    ]
    assert send_all(vault, aoba, [second.id, first.id], tar_of(), signing) == given
    assert vault.space(aoba) == (SIZE, 0)


def test_one_exam_twice_in_an_announcement_is_one(vault: Vault, aoba: Scope) -> None:
    manifests = [manifest.parse(body(FIRST, key="k")), manifest.parse(body(FIRST, key="k"))]
    with vault.database.transaction() as session:
        first, second = service.announce_all(session, aoba, vault.store, manifests)
    assert (first.id, first.missing, first.made) == (second.id, second.missing, True)
    assert not second.made
    assert vault.space(aoba) == (0, 300_500)


def test_new_and_known_exams_mix(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    held = hold(vault, aoba, signing, FIRST, key="k0")
    waiting = announce(vault, aoba, {"x.jpg": b"x"}, key="k2")
    one, new, other = announce_all(vault, aoba, [FIRST, SECOND, {"x.jpg": b"x"}])
    assert (one.id, one.state, one.missing) == (held["exam"], "held", [])
    assert (new.made, new.missing) == (True, [sha256(SECOND["a.jpg"])]), "the area holds the shared image already"
    assert (other.id, other.missing) == (waiting.id, [sha256(b"x")])
    received = send_all(vault, aoba, [one.id, new.id, other.id], tar_of(SECOND["a.jpg"]), signing)
    assert received[one.id].receipt == held
    assert received[new.id].receipt is not None
    assert received[other.id] == Received([sha256(b"x")])
    assert vault.space(aoba) == (SIZE, 1), "what the last one still needs stays promised"


def test_exams_that_fit_alone_but_not_together_are_refused_before_a_byte_is_sent(vault: Vault, aoba: Scope) -> None:
    half = {"sha256": "0" * 64, "size": CAPACITY // 2 + 1, "name": "a.jpg"}
    manifests = [
        manifest.parse(body({}, key=f"k{place}", images=[half | {"sha256": str(place) * 64}])) for place in (1, 2)
    ]
    with pytest.raises(OverCapacity) as refused, vault.database.transaction() as session:
        service.announce_all(session, aoba, vault.store, manifests)
    assert refused.value.values["left"] == CAPACITY
    assert vault.space(aoba) == (0, 0)
    with vault.database.transaction() as session:
        assert service.announce(session, aoba, vault.store, manifests[0]).made, "nothing of the refused ones was kept"


def test_one_deleted_exam_refuses_all(vault: Vault, aoba: Scope) -> None:
    gone = announce(vault, aoba, FIRST, key="k0")
    with vault.database.transaction() as session:
        person = Scope("p", "nurse", "n", Role.STAFF, facility_id=aoba.area)
        deletion.delete(session, person, Retention(), gone.id)
    with pytest.raises(Gone):
        announce_all(vault, aoba, [FIRST, SECOND])
    assert announce(vault, aoba, SECOND, key="k1").made


def test_a_size_that_two_exams_contradict_refuses_both(vault: Vault, aoba: Scope) -> None:
    same = [manifest.parse(body({}, key=key, images=[{"name": "a", "sha256": "a" * 64, "size": n}]))
            for key, n in (("k1", 1), ("k2", 2))]  # fmt: skip
    with pytest.raises(Invalid), vault.database.transaction() as session:
        service.announce_all(session, aoba, vault.store, same)
    assert vault.space(aoba) == (0, 0)


def test_what_came_whole_before_a_cut_is_kept_and_only_the_rest_is_asked_for(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    first, second = announce_all(vault, aoba, [FIRST, SECOND])
    tar = tar_of(*FIRST.values(), SECOND["a.jpg"])
    with pytest.raises(Invalid) as refused:
        send_all(vault, aoba, [first.id, second.id], tar[: 512 + 512 + 512 + 200_000], signing)
    assert refused.value.reason == "bundle_interrupted"
    again = announce_all(vault, aoba, [FIRST, SECOND])
    assert [one.missing for one in again] == [[sha256(FIRST["b.jpg"])], [sha256(SECOND["a.jpg"])]]
    received = send_all(vault, aoba, [first.id, second.id], tar_of(FIRST["b.jpg"], SECOND["a.jpg"]), signing)
    assert all(one.receipt for one in received.values())
    assert vault.space(aoba) == (SIZE, 0)


def test_a_strangers_exam_among_them_is_not_found_and_nothing_is_kept(
    vault: Vault, aoba: Scope, midori: Scope, signing: SigningKeys
) -> None:
    mine, theirs = announce(vault, aoba, FIRST), announce(vault, midori, SECOND)
    tar = tar_of(*FIRST.values(), *SECOND.values())
    with pytest.raises(NotFound):
        send_all(vault, aoba, [mine.id, theirs.id], tar, signing)
    assert vault.packs(aoba) == vault.packs(midori) == []
    with pytest.raises(Invalid) as refused:
        send_all(vault, aoba, [mine.id], tar_of(SECOND["a.jpg"]), signing)
    assert refused.value.reason == "not_in_manifest"


COUNT = itertools.count()
CONTENTS = [bytes([number]) * (number + 1) * 40 for number in range(6)]
EXAMS = st.lists(st.lists(st.integers(0, 5), max_size=4), min_size=1, max_size=5)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EXAMS, st.sets(st.integers(0, 5)))
def test_room_is_exact_however_exams_share_images(
    vault: Vault,
    facility_of: Callable[[str], Scope],
    signing: SigningKeys,
    exams: list[list[int]],
    sent: set[int],
) -> None:
    scope = facility_of(f"f{next(COUNT)}")
    named = [{f"{place}.jpg": CONTENTS[number] for place, number in enumerate(exam)} for exam in exams]
    announced = announce_all(vault, scope, named)
    asked = {number for exam in exams for number in exam}
    tar = tar_of(*(CONTENTS[number] for number in sorted(sent & asked)))
    received = send_all(vault, scope, [one.id for one in announced], tar, signing)
    used, reserved = vault.space(scope)
    assert used == sum(len(CONTENTS[number]) for number in sent & asked)
    for one, exam in zip(announced, exams, strict=True):
        whole = set(exam) <= sent
        assert (received[one.id].receipt is not None) == whole
        assert set(received[one.id].missing) == {sha256(CONTENTS[number]) for number in set(exam) - sent}
    missing = [sum(len(CONTENTS[number]) for number in set(exam) - sent) for exam in exams if not set(exam) <= sent]
    assert reserved >= sum(missing), "what is still to come has its room"
    rest = send_all(vault, scope, [one.id for one in announced], tar_of(*(CONTENTS[n] for n in sorted(asked))), signing)
    assert all(one.receipt for one in rest.values())
    assert vault.space(scope) == (sum(len(CONTENTS[number]) for number in asked), 0)
