"""Receipt keys rotate while servers sign: old receipts verify for ever, a new key is named by the one before."""

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.services.clock import HeldClock
from tests.vault.intake.exams import hold
from tests.vault.store.areas import Vault
from vault.base.scope import Scope
from vault.intake import key_rotation, receipts, signing
from vault.intake.signing import SigningKeys, canonical, endorsement_of, verify


def folder_of(vault: Vault) -> Path:
    return vault.folder.parent / "keys"


def test_a_running_server_signs_by_the_new_key_and_knows_the_old(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    first = hold(vault, aoba, signing, {"a": b"a"})
    made = key_rotation.rotate(vault.database, folder_of(vault))
    second = hold(vault, aoba, signing, {"b": b"b"})
    assert (first["key_id"] < second["key_id"], second["key_id"]) == (True, made)
    assert second["previous"] == receipts.digest_of(first)
    with vault.database.read() as session:
        items = receipts.receipt_keys(session, signing)
    assert [(one["key_id"], one["state"]) for one in items] == [(first["key_id"], "retired"), (made, "active")]
    assert items[0]["until"] == items[1]["since"]
    known = {one["key_id"]: one["public_key"] for one in items}
    for receipt in (first, second):
        verify(receipt, known)


def test_a_new_key_is_endorsed_by_the_one_before_whose_private_half_is_gone(
    vault: Vault, aoba: Scope, signing: SigningKeys
) -> None:
    old = signing.current
    new = key_rotation.rotate(vault.database, folder_of(vault))
    one = SigningKeys.load(folder_of(vault)).known[new]
    said = endorsement_of(new, one.public_key, old)
    by = Ed25519PublicKey.from_public_bytes(base64.b64decode(signing.public_keys[old]))
    by.verify(base64.b64decode(one.endorsement or ""), canonical(said))
    assert "private_key" not in json.loads((folder_of(vault) / f"receipt-{old}.key").read_text())


def test_known_keys_outlive_the_loss_of_their_files(vault: Vault, aoba: Scope, signing: SigningKeys) -> None:
    receipt = hold(vault, aoba, signing, {"a": b"a"})
    for _ in range(2):
        key_rotation.rotate(vault.database, folder_of(vault))
    (folder_of(vault) / f"receipt-{receipt['key_id']}.key").unlink()
    with vault.database.read() as session:
        items = receipts.receipt_keys(session, SigningKeys.load(folder_of(vault)))
    assert len(items) == 3
    verify(receipt, {one["key_id"]: one["public_key"] for one in items})


def test_a_clock_that_went_back_makes_no_older_key(vault: Vault, signing: SigningKeys, clock: HeldClock) -> None:
    before = signing.current
    made = key_rotation.rotate(vault.database, folder_of(vault))
    assert made > before
    assert SigningKeys.load(folder_of(vault)).current == made


def test_a_rotation_cut_short_is_finished_not_begun_again(vault: Vault, signing: SigningKeys) -> None:
    made = signing_add(vault)
    assert key_rotation.rotate(vault.database, folder_of(vault)) == made
    loaded = SigningKeys.load(folder_of(vault))
    assert [one.private is not None for one in loaded.known.values()] == [False, True]


def signing_add(vault: Vault) -> str:
    return signing.add(folder_of(vault))
