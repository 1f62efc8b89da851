"""What is named is never garbage: every column that could hold a blob's digest is registered, or said to hold none."""

import pytest
from sqlalchemy import text

from portal.tables import METADATA
from tests.vault.store.areas import Vault
from vault.base.errors import Unavailable
from vault.base.scope import Scope
from vault.store import references
from vault.store.collecting import collect
from vault.store.garbage import Hands

DIGEST_LENGTH = 64

HOLDS_NO_BLOB = {
    "blobs.digest": "the blob itself",
    "blob_parts.digest": "the whole, which is named elsewhere; its parts are named here",
    "finds.digest": "of what damage was found; it keeps nothing alive",
    "uploads.digest": "what a client says it will send; its parts are named, and then its purpose names the whole",
    "exams.manifest": "of an announcement",
    "receipts.digest": "of a receipt",
    "receipt_heads.digest": "of a receipt",
    "contracts.digest": "of agreed terms",
    "contract_offers.digest": "of the text that both sides sign",
    "contract_acts.text_digest": "of the text that was signed",
    "contract_papers.digest": "of an agreement's PDF, which the database holds",
    "contract_papers.text_digest": "of the text that was signed",
    "media_discs.sha256": "of a disc image, which lies beside the vault",
    "tokens.digest": "of a secret",
    "sign_in_sessions.digest": "of a secret",
    "sign_in_links.digest": "of a secret",
    "audit_heads.digest": "of an audit row",
    "audit_rows.digest": "of an audit row",
    "audit_rows.previous": "of an audit row",
    "apply_records.digest": "of a file of settings",
    "bank_lines.digest": "of a line of the bank's statement",
    "kept_answers.request": "of a request",
    "requests.import_key": "of an imported line",
    "backup_runs.plan_version": "of a plan",
}
NO_DIGEST = {
    *("area_keys.key_id", "area_keys.copied_key_id", "receipt_keys.key_id", "receipt_keys.endorsed_by"),
    *("receipt_keys.public_key", "exams.patient_id", "exams.kind", "holds.subject", "drive_locks.token"),
    *("facilities.code", "facilities.zone", "departments.code", "contract_acts.address"),
    *("work_calendars.code", "work_calendars.zone", "media_discs.first_patient", "media_discs.last_patient"),
}


def test_every_column_that_could_hold_a_digest_is_accounted_for() -> None:
    wide = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if getattr(column.type, "length", None) == DIGEST_LENGTH
    }
    unknown = wide - references.names() - HOLDS_NO_BLOB.keys() - NO_DIGEST
    assert not unknown, f"register it beside its table (references.keep), or say here why it names no blob: {unknown}"
    assert references.names() <= wide


def test_nothing_is_collected_where_a_table_is_not_known(vault: Vault, aoba: Scope, hands: Hands) -> None:
    with vault.database.transaction() as session:
        session.execute(text("CREATE TABLE of_a_later_version (digest VARCHAR(64))"))
    with pytest.raises(Unavailable, match="tables_unknown"):
        collect(hands)
