"""An upload that its client wants no more: forgotten, and its bytes gone at once."""

from vault.base.database import Database
from vault.base.scope import Scope
from vault.intake.uploads import service
from vault.intake.uploads.running import running
from vault.store import leftovers
from vault.store.store import Store


def give_up(database: Database, store: Store, scope: Scope, upload_id: str) -> None:
    """Forget the caller's upload, or NotFound; its room is given back when its bytes are deleted, mostly at once."""
    with database.transaction() as session:
        upload = service.find(session, scope, upload_id, lock=True)
        facility_id = upload.facility_id
        service.give_up(session, upload)
    running.forget(upload_id)
    leftovers.clear(database, store, facility_id)
