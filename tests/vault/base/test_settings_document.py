"""docs/settings.md names every setting with what holds without it, and no other."""

import re
from pathlib import Path

import pytest

from vault.base.settings import sections

DOCUMENT = Path(__file__).parents[3] / "docs" / "settings.md"
SETTINGS = {
    f"{section}.{name}": field for section, kind in sections().items() for name, field in kind.model_fields.items()
}
ROW = re.compile(r"^\| (`[^|]+`) \| ([^|]*?) ?\|", re.MULTILINE)


def rows() -> dict[str, str]:
    """Each setting of the tables and its second column."""
    found = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    return {name: words.strip() for names, words in found for name in re.findall(r"`([^`]+)`", names)}


def test_every_setting_is_told_and_no_other() -> None:
    assert rows().keys() == SETTINGS.keys()


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_what_holds_without_it_is_true(name: str) -> None:
    default = SETTINGS[name].default
    if default == "":
        assert not rows()[name].startswith("`") or name == "vault.backend"
    else:
        assert rows()[name] == f"`{str(default).lower() if isinstance(default, bool) else default}`"
