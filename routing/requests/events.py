"""News of requests, for whoever stands above: ids only."""

from dataclasses import dataclass
from typing import ClassVar

from vault.base.outbox import Event


@dataclass(frozen=True)
class RequestFiled(Event):
    """A request is in its area and waits for the sweep."""

    name: ClassVar[str] = "request.filed"
    request_id: str
    urgent: bool


@dataclass(frozen=True)
class RequestChanged(Event):
    """A request moved to another state, or something was said about it."""

    name: ClassVar[str] = "request.changed"
    request_id: str
