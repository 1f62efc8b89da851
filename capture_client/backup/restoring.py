"""Bringing exams back from the portal, to any terminal of the facility; each is checked against its receipt."""

import os
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from capture_client import clock, durable
from capture_client.backup import receipt, tar
from capture_client.errors import Damaged, Invalid, Unavailable
from capture_client.filing import mass_storage
from capture_client.filing.exams import Image
from capture_client.link import Json, Link


@dataclass(frozen=True)
class Found:
    """An exam that the area holds: the portal's id, where it goes, its bytes."""

    portal_id: str
    folder: Path
    size: int


def held(link: Link, to: Path, patient_id: str = "") -> list[Found]:
    """Every exam that the area holds, or those of one patient: folders by patient, in them one for each exam."""
    asked = {"limit": "200"} | ({"patient_id": patient_id} if patient_id else {})
    return [
        Found(item["id"], to / mass_storage.folder_name(item["patient_id"]) / _exam_folder(item), int(item["size"]))
        for item in link.items("/exams", **asked)
        if item["state"] == "held"
    ]


def restore_all(
    link: Link, keys: receipt.Keys, exams: list[Found], connections: int, on_bytes: Callable[[int], None]
) -> int:
    """Bring `exams` back, some at once → how many files. `on_bytes` hears the size of each exam that is whole."""

    def bring(exam: Found) -> int:
        images = restore(link, keys, exam.portal_id, exam.folder)
        on_bytes(exam.size)
        return len(images)

    with ThreadPoolExecutor(connections, "restore") as pool:
        try:
            return sum(pool.map(bring, exams))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def restore(link: Link, keys: receipt.Keys, portal_id: str, folder: Path) -> list[Image]:
    """
    Write the exam's files into `folder` → the files. Whole ones that are there already are not fetched again.

    No file waits for the disk: what a power cut takes, the next run fetches. Raises Damaged where the exam is not what
    its receipt says, or the receipt is not signed by one of `keys`.
    """
    exam = quote(portal_id, safe="")
    said = link.get(f"/exams/{exam}")
    images = [_image(item) for item in said["images"]]
    if (given := said.get("receipt")) is not None:
        if not receipt.signed_by(given, keys):
            raise Damaged("receipt_signature", exam=portal_id, key=given.get("key_id"))
        if not receipt.lists(given, images):
            raise Damaged("receipt_mismatch", exam=portal_id)
    durable.make_folder(folder)
    missing = {image.name: image for image in images if not _whole(folder / image.name, image)}
    if len(missing) > 1:
        _from_bundle(link, f"/exams/{exam}/bundle", folder, missing)
    for image in list(missing.values()):
        _one(link, f"/exams/{exam}/images/{quote(image.name, safe='')}", folder / image.name, image)
    return images


def _from_bundle(link: Link, path: str, folder: Path, missing: dict[str, Image]) -> None:
    """Take from the tar what is missing; when the line is cut, what came whole stays and the rest is fetched singly."""
    try:
        with link.streamed(path) as response:
            for name, content in tar.members(response.iter_bytes()):
                if name in missing and _save(folder / name, content, missing[name]):
                    del missing[name]
    except (Unavailable, tarfile.TarError):
        return


def _one(link: Link, path: str, target: Path, image: Image) -> None:
    for attempt in range(link.server.attempts):
        try:
            with link.streamed(path) as response:
                if _save(target, response.iter_bytes(), image):
                    return
        except Unavailable:
            if attempt == link.server.attempts - 1:
                raise
        link.pause(attempt)
    raise Damaged(file=target)


def _save(target: Path, pieces: Iterator[durable.Buffer], image: Image) -> bool:
    """Write beside the target and move it there only when the digest fits: a restore never spoils a good file."""
    arriving = target.with_name(f"{target.name}.arriving")
    if durable.put_down(arriving, pieces) != (image.sha256, image.size):
        arriving.unlink()
        return False
    os.replace(arriving, target)
    return True


def _whole(path: Path, image: Image) -> bool:
    return path.is_file() and durable.digest_of(path) == (image.sha256, image.size)


def _image(said: Json) -> Image:
    """A name from outside becomes a file here only if it is a bare name. Raises Invalid."""
    name = str(said["name"])
    if not name or name != Path(name).name or "\\" in name or ":" in name:
        raise Invalid("wrong_answer", detail="name")
    return Image(name, said["sha256"], said["size"])


def _exam_folder(said: Json) -> str:
    return f"{clock.parse(said['performed_at']):%Y%m%d-%H%M%S}-{said['id']}"
