"""Without Pango no PDF can be made: the page says so, the check tells it, and everything else works."""

import sys
from importlib import import_module
from typing import Any

import pytest

from portal import checks
from portal.checks import Health
from tests.http.world import World
from vault.base import printing
from vault.base.errors import Unavailable


@pytest.fixture
def no_pango(monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint is imported anew, on a system whose loader finds no Pango."""
    loader: Any = import_module("cffi").FFI
    found = loader.dlopen

    def dlopen(self: Any, name: str | None, flags: int = 0) -> Any:
        if name and "pango" in name:
            raise OSError(f"cannot load library {name}")
        return found(self, name, flags)

    monkeypatch.setattr(loader, "dlopen", dlopen)
    for module in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, module)


@pytest.mark.usefixtures("no_pango")
def test_without_pango_the_page_says_so_and_the_list_works(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    invoice, browser = world.invoice(), world.browser("aoba-admin")
    answer = browser.get(f"/invoices/{invoice}.pdf")
    assert answer.status_code == 503
    assert "PDFを作成できません" in answer.text
    assert "libpangoft2-1.0-0" in answer.text
    assert "11,000" in browser.get("/invoices").text
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("no_pango")
def test_without_pango_the_check_warns_with_the_remedy_and_serving_is_ready(world: World) -> None:
    (finding,) = [one for one in checks.run(world.installation) if one.part == "printing"]
    assert finding.health is Health.WARNING
    assert "libharfbuzz-subset0" in finding.sentence
    assert "printing" not in world.app.test_client().get("/readyz").get_json()["unwell"]


def test_without_the_font_the_check_warns_and_with_it_is_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def health() -> Health:
        return next(one.health for one in checks.run(world.installation) if one.part == "printing")

    assert health() is Health.WELL
    monkeypatch.setattr(printing, "FONTS", ())
    assert health() is Health.WARNING
    with pytest.raises(Unavailable) as refused:
        printing.font("/nowhere/font.ttf")
    assert refused.value.reason == "no_font"
