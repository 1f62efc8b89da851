"""Nights of backup as pages draw them."""

from collections.abc import Sequence
from typing import Any

from vault.backup.overview import Night


def strip(nights: Sequence[Night]) -> list[dict[str, Any]]:
    """[{night, state, made_good}], oldest first, for components/nights.html."""
    return [{"night": one.night, "state": one.state.value, "made_good": one.made_good} for one in nights]
