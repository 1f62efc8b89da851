"""Answers that are back: listed, picked up by a person's name, their files brought here."""

from pathlib import Path, PurePosixPath
from urllib.parse import quote

from capture_client import durable
from capture_client.link import Json, Link


def ready(link: Link) -> list[Json]:
    """Answers nobody picked up yet, as the portal lists them."""
    return list(link.items("/answers", state="ready"))


def pick_up(link: Link, answer: str, person: str = "") -> Json:
    """Pick an answer up. Without a person it counts as shown at this place, not as received."""
    return link.post(f"/answers/{quote(answer, safe='')}/pickup", {"person": person} if person else {})


def bring_files(link: Link, answer: Json, folder: Path) -> list[Path]:
    """Save an answer's files into a folder → where they are."""
    brought = []
    for said in answer.get("files") or ():
        name = said["name"] if isinstance(said, dict) else str(said)
        target = folder / PurePosixPath(name.replace("\\", "/")).name
        durable.make_folder(folder)
        with link.streamed(f"/answers/{quote(answer['id'], safe='')}/files/{quote(name, safe='')}") as response:
            durable.write_chunks(target, response.iter_bytes())
        durable.sync_folder(folder)
        brought.append(target)
    return brought
