"""A caller that speaks tus by hand, so that a test can say anything."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from tests.http.world import World

OFFSET = "application/offset+octet-stream"


def metadata(**words: str) -> str:
    """The header `Upload-Metadata`."""
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in words.items())


def checksum(content: bytes, algorithm: str = "sha256") -> str:
    """The header `Upload-Checksum`."""
    return f"{algorithm} {b64encode(hashlib.new(algorithm, content).digest()).decode()}"


@dataclass
class Tus:
    """One login's calls."""

    world: World
    login: str | None = "aoba-nurse"
    headers: dict[str, str] = field(default_factory=lambda: {"Tus-Resumable": "1.0.0"})

    def call(self, verb: str, path: str, content: bytes | None = None, **headers: str | None) -> Any:
        """Header names with `_` for `-`; None leaves one out."""
        told: dict[str, str | None] = dict(self.headers)
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in told.items() if value is not None}
        path = path.removeprefix("/api/v1")
        return self.world.call(self.login, verb, path, data=content, headers=sent)

    def make(self, length: int | None, content: bytes | None = None, concat: str | None = None, **words: Any) -> Any:
        """The announcement."""
        return self.call(
            "POST",
            "/uploads",
            content,
            Upload_Length=None if length is None else str(length),
            Upload_Metadata=metadata(**words) if words else None,
            Upload_Concat=concat,
            Content_Type=None if content is None else OFFSET,
        )

    def made(self, length: int, **words: Any) -> str:
        """The address of a new upload."""
        answer = self.make(length, **words)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        found: str = answer.headers["Location"]
        return found

    def patch(self, url: str, offset: int, content: bytes, **headers: str | None) -> Any:
        """Bytes at an offset."""
        told: dict[str, Any] = {"Upload_Offset": str(offset), "Content_Type": OFFSET} | headers
        return self.call("PATCH", url, content, **told)

    def offset(self, url: str) -> int:
        """What HEAD says."""
        answer = self.call("HEAD", url)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        return int(answer.headers["Upload-Offset"])

    def file(self, path: str) -> bytes | None:
        """What the drive holds at a path."""
        answer = self.world.call(self.login, "GET", f"/files/{path}")
        return answer.get_data() if answer.status_code == 200 else None

    def space(self) -> tuple[int, int]:
        """(used, left) bytes of the area, as it sees them."""
        area = self.world.call(self.login, "GET", "/area").get_json()
        return area["used"], area["capacity"]
