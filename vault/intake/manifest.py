"""What a device announces: an exam and its images, parsed and checked; no database."""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC
from functools import cached_property
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from vault.base.errors import Invalid, TooLarge
from vault.exams.names import checked_name, folded

MOST_IMAGES = 10_000
MOST_EXAMS = 100
LONGEST_NOTE = 20_000
_Line = StringConstraints(min_length=1, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
MediaType = Annotated[
    str, StringConstraints(max_length=127, to_lower=True, pattern=r"^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+$")
]
Composed = AfterValidator(lambda text: unicodedata.normalize("NFC", text))


_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Image(_Strict):
    """One image of the announcement; `size` in bytes."""

    name: str
    sha256: Digest
    size: int = Field(ge=0, lt=2**53, strict=True)
    captured_at: AwareDatetime | None = None
    type: MediaType | None = None


class Endoscope(_Strict):
    """The scope the exam was made with."""

    model: Annotated[str, _Line, Composed, Field(max_length=80)]
    serial: Annotated[str, _Line, Composed, Field(max_length=80)]


class Manifest(_Strict):
    """The body of `POST /exams`."""

    patient_id: Annotated[str, _Line, Composed, Field(max_length=64)]
    performed_at: AwareDatetime
    kind: Annotated[str, _Line, Composed, Field(max_length=64)]
    key: Annotated[str, Field(min_length=1, max_length=200), Composed] | None = None
    scope: Endoscope | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE, pattern=r"^[^\x00]*$"), Composed] = ""
    images: list[Image]

    @cached_property
    def digest(self) -> str | None:
        """
        What tells this announcement from another, the device's key apart: the same exam has the same.

        None for one with a key and no images yet: only its key can find it again.
        """
        if self.key is not None and not self.images:
            return None
        content = self.model_dump(mode="json", exclude={"key", "images"})
        content["performed_at"] = self.performed_at.astimezone(UTC).isoformat()
        content["images"] = sorted([image.name, image.sha256, image.size] for image in self.images)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class _Images(_Strict):
    images: list[Image]


class _Manifests(_Strict):
    exams: list[Manifest] = Field(min_length=1)


def parse(body: object) -> Manifest:
    """The manifest in a decoded JSON body; Invalid names the field, unknown ones too, TooLarge for too many images."""
    return _with_names_checked(_validated(Manifest, body))


def parse_all(body: object) -> list[Manifest]:
    """The manifests in the body of `POST /announcements`; raises as `parse`, TooLarge for too many exams as well."""
    found = _validated(_Manifests, body).exams
    if len(found) > MOST_EXAMS:
        raise TooLarge("too_many_exams", limit=MOST_EXAMS)
    if sum(len(one.images) for one in found) > MOST_IMAGES:
        raise TooLarge("too_many_images", limit=MOST_IMAGES)
    return [_with_names_checked(one, f"exams.{place}.") for place, one in enumerate(found)]


def parse_images(body: object) -> list[Image]:
    """The images in the body of `POST /exams/{id}/images`."""
    return _checked(_validated(_Images, body).images)


def _validated(model: type[_Model], body: object) -> _Model:
    try:
        return model.model_validate(body)
    except ValidationError as problem:
        first = problem.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        reason = "unknown_field" if first["type"] == "extra_forbidden" else ""
        raise Invalid(reason, field=field, problem=first["msg"]) from problem


def _with_names_checked(manifest: Manifest, within: str = "") -> Manifest:
    return manifest.model_copy(update={"images": _checked(manifest.images, within)})


def _checked(images: Sequence[Image], within: str = "") -> list[Image]:
    """Images with names every system can bear, no two of which look the same to one of them."""
    if len(images) > MOST_IMAGES:
        raise TooLarge("too_many_images", limit=MOST_IMAGES)
    seen: set[str] = set()
    found = []
    for place, image in enumerate(images):
        field = f"{within}images.{place}.name"
        name = checked_name(image.name, field)
        if folded(name) in seen:
            raise Invalid("name_taken", field=field)
        seen.add(folded(name))
        found.append(image if name == image.name else image.model_copy(update={"name": name}))
    return found
