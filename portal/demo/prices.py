"""What the demo's provider asks for, so that a contract can be put together with its price beside every choice."""

from pathlib import Path

from portal.installation import open_home
from vault.base.scope import Scope
from vault.contracts import price_plans
from vault.contracts.prices import Prices

GIB = 2**30
PRICES = Prices(
    economy=1000,
    deluxe=1800,
    included=20 * GIB,
    step=10 * GIB,
    step_price=100,
    open_price=500,
    cases_price=50,
    copies=1,
    copy_price=300,
)


def offer(home: Path) -> None:
    """Set them, as the provider's administrator would on the page of plans."""
    installation = open_home(home)
    with installation.database.transaction() as session:
        price_plans.set_prices(session, Scope.system(), PRICES)
    installation.close()
