"""What docs/vault-format.md says is enough to read an area."""

import ast
import io
import sys
from pathlib import Path

import pytest

from tests.vault.store import by_document
from tests.vault.store.areas import Vault
from vault.base.scope import Scope
from vault.store import packs

CONTENTS = [b"", b"small", b"x" * 262_144, bytes(range(256)) * 3000]
LARGE = bytes(range(251)) * 4000


@pytest.fixture
def home(vault: Vault, aoba: Scope, monkeypatch: pytest.MonkeyPatch) -> Path:
    with vault.database.transaction() as session:
        area = vault.store.ensure_area(session, aoba.area)
    with vault.store.deposit(area) as deposit:
        for content in CONTENTS:
            deposit.add(io.BytesIO(content), size=len(content))
        monkeypatch.setattr(packs, "PART_BYTES", 2 * 262_144)
        deposit.add(io.BytesIO(LARGE), size=len(LARGE))
        deposit.finish()
    return vault.folder.parent


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_area_can_be_read_with_the_document_alone(home: Path) -> None:
    (path,) = (home / "vault").rglob("*.pack")
    providers = by_document.provider_keys(one.read_bytes() for one in (home / "keys").glob("provider-*.key"))
    (wrapped,) = (home / "vault").glob("*/area.key")
    found = by_document.read_pack(path, by_document.area_key(providers, wrapped.read_bytes()))
    assert [content for kind, content in found if kind == 0] == CONTENTS
    assert [content for kind, content in found if kind == 2] == [LARGE]
    assert [len(content) for kind, content in found if kind == 1] == [2 * 262_144, len(LARGE) - 2 * 262_144]


def test_the_reader_needs_nothing_but_a_standard_python_and_cryptography() -> None:
    tree = ast.parse(Path(by_document.__file__).read_text(encoding="utf-8"))
    plain = {name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    named = {str(one.module) for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in plain | named} <= sys.stdlib_module_names | {"cryptography"}
