"""What the tests of backups compare: the digests of pictures, those the portal holds; and a plan that lags behind."""

import hashlib
from collections.abc import Iterable
from typing import Any

from tests.capture_client.portal_double.state import Portal


def digests(pictures: Iterable[bytes]) -> set[str]:
    return {hashlib.sha256(jpeg).hexdigest() for jpeg in pictures}


def digests_held(portal: Portal) -> set[str]:
    """Of all images that a receipt names."""
    return {image["sha256"] for receipt in portal.receipts for image in receipt["images"]}


class LatePatients(dict[str, Any]):
    """A patients' part that the plan's JSON does not show yet."""

    def __init__(self, real: dict[str, Any]) -> None:
        super().__init__(default="in")
        self._real = real

    def __getitem__(self, name: str) -> Any:
        return self._real[name]
