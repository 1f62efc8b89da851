"""Filing a request from the terminal: its files first, then the request that names them."""

import mimetypes
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from capture_client import durable
from capture_client.errors import Conflict, NotFound
from capture_client.filing import catalogue
from capture_client.filing.database import FilingDatabase
from capture_client.link import Json, Link

FOLDER = "requests-attachments"


@dataclass(frozen=True)
class Draft:
    """What a person asks; `exams` by this device's key or the portal's id."""

    subject: str
    body: str
    exams: Sequence[str] = ()
    files: Sequence[Path] = ()
    urgent: bool = False
    person: str = ""


def file_request(database: FilingDatabase, link: Link, draft: Draft) -> Json:
    """File it → the portal's row. Raises NotFound for a file that is not there, before anything is sent."""
    for file in draft.files:
        if not file.is_file():
            raise NotFound("file_missing", file=file)
    exams = [portal_id(database, name) for name in draft.exams]
    folder = f"{FOLDER}/{uuid.uuid4()}"  # names may repeat from request to request
    said = {
        "subject": draft.subject,
        "body": draft.body,
        "exams": exams,
        "images": [],
        "files": [attach(link, folder, file) for file in draft.files],
        "urgency": "urgent" if draft.urgent else "normal",
        **({"person": draft.person} if draft.person else {}),
    }
    return link.post("/requests", said)


def attach(link: Link, folder: str, file: Path) -> str:
    """Put a file on the area's drive → its path there."""
    path = f"{folder}/{file.name}"
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    link.put(f"/files/{quote(path)}", lambda: durable.chunks_of(file), file.stat().st_size, kind)
    return path


def portal_id(database: FilingDatabase, name: str) -> str:
    """What the portal calls an exam; a name that is not ours is taken as the portal's. Raises Conflict."""
    try:
        exam = catalogue.find(database, name)
    except NotFound:
        return name
    if not exam.portal_id:
        raise Conflict("not_backed_up", exam=exam.key)
    return exam.portal_id
