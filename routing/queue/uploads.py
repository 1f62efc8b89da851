"""A resumable upload as a file for the answer of an assignment; it goes into the area that the request is about."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from routing.queue import files
from vault.base.scope import Scope
from vault.intake.uploads.destinations import Room
from vault.intake.uploads.models import Upload
from vault.store.writing import Stored


class AnswerFiles:
    """Files of answers, as `PUT /assignments/{id}/files/{name}` keeps them."""

    def check(self, session: Session, scope: Scope, details: Mapping[str, Any], length: int | None) -> Room:
        """The assignment is the caller's and open."""
        return Room(files.target(session, scope, details.get("assignment", "")).facility_id)

    def verify(self, session: Session, scope: Scope, details: Mapping[str, Any], digest: str, size: int) -> None:
        """Any bytes will do."""

    def target(self, session: Session, scope: Scope, details: Mapping[str, Any]) -> str:
        """Answers count in the area alone."""
        return ""

    def keep(self, session: Session, scope: Scope, upload: Upload, stored: Stored) -> None:
        """Beside the other files of the answer to come."""
        details = upload.details
        files.keep(
            session,
            scope,
            details["assignment"],
            name=details["name"],
            digest=stored.digest,
            size=stored.size,
            media_type=details["type"] or "application/octet-stream",
        )

    def count(self, session: Session, scope: Scope, upload: Upload, size: int) -> None:
        """Never asked: these uploads have room of their own."""
        raise LookupError("a file for an answer has room of its own")
