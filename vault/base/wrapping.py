"""Wrapping: secrets are kept sealed under a provider key, by whatever holds the provider's keys."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Wrapped:
    """A secret sealed under the provider key `key_id`."""

    key_id: str
    sealed: bytes


class KeyService(Protocol):
    """Wraps and unwraps secrets: a folder of key files here, a key management service elsewhere."""

    @property
    def current(self) -> str:
        """The id of the provider key that wraps now."""

    def wrap(self, key: bytes, context: str) -> Wrapped:
        """Seal `key` under the current provider key; `context` says what it is for and must be given again."""

    def unwrap(self, wrapped: Wrapped, context: str) -> bytes:
        """The key; raises Unavailable where its provider key is not here or it was altered."""
