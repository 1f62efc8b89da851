"""News of who rents."""

from dataclasses import dataclass
from typing import ClassVar

from vault.base.outbox import Event


@dataclass(frozen=True)
class AreaFilled(Event):
    """An area has reached a step (`level`, percent) that it stood below; `filled` and `capacity` in bytes."""

    name: ClassVar[str] = "area.filled"
    level: int
    filled: int
    capacity: int
