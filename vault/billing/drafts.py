"""What the close of a month would charge and credit one area: the same for the preview and for the close itself."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from vault.base import ids
from vault.base.scope import Scope, scoped
from vault.billing.charges import Charge, charges, unused
from vault.billing.issuing import last_numbers
from vault.billing.models import CreditLine, InvoiceLine
from vault.billing.months import Month
from vault.billing.tax import Rates
from vault.contracts import queries as contracts
from vault.contracts.models import Contract
from vault.contracts.money import Yen


@dataclass(frozen=True)
class Draft:
    """Rows that are in no session yet; `credits` names each with the invoice it is of (None: of this draft's own)."""

    lines: list[InvoiceLine]
    credits: list[tuple[CreditLine, InvoiceLine]]

    @property
    def charged(self) -> int:
        """Without tax."""
        return sum(line.amount for line in self.lines)

    @property
    def credited(self) -> int:
        """Without tax."""
        return sum(credit.amount for credit, _line in self.credits)


def draft(session: Session, scope: Scope, rates: Rates, month: Month) -> Draft:
    """
    Every term of the area whose first day is not after the month and that was not charged yet; and what is left of
    charged terms whose contract ended within the month or before. A contract that came late is charged now.
    """
    agreed = contracts.billable(session, scope)
    last = last_numbers(session, scope)
    lines = [
        _line(contract, charge, rates, month)
        for contract in agreed
        for charge in charges(
            contract.terms, contract.ends_on, first=last.get(contract.id, -1) + 1, through=month.last_day
        )
    ]
    ended = {contract.id: contract.ends_on for contract in agreed if _cut_short(contract, month.last_day)}
    open_lines = [*_uncredited(session, scope, ended), *(line for line in lines if line.contract_id in ended)]
    credits = [(credit, line) for line in open_lines if (credit := _credit(line, ended[line.contract_id], month))]
    return Draft(lines, credits)


def _cut_short(contract: Contract, through: date) -> bool:
    return contract.ends_on is not None and contract.ends_on <= through and contract.ends_on != contract.terms.end


def _uncredited(session: Session, scope: Scope, ended: dict[str, date | None]) -> list[InvoiceLine]:
    if not ended:
        return []
    charged = scoped(select(InvoiceLine), scope, InvoiceLine).where(InvoiceLine.contract_id.in_(ended))
    without = charged.outerjoin(CreditLine, CreditLine.line_id == InvoiceLine.id).where(CreditLine.id.is_(None))
    return list(session.scalars(without.order_by(InvoiceLine.first_day, InvoiceLine.id)))


def _line(contract: Contract, charge: Charge, rates: Rates, month: Month) -> InvoiceLine:
    return InvoiceLine(
        id=ids.new(),
        facility_id=contract.facility_id,
        invoice_id=None,
        contract_id=contract.id,
        month=str(month),
        number=charge.number,
        target=contract.terms.target,
        first_day=charge.first_day,
        last_day=charge.last_day,
        points=charge.points,
        term=charge.term,
        unit_price=charge.unit_price.amount,
        amount=charge.amount.amount,
        rate=rates.on(charge.first_day),
    )


def _credit(line: InvoiceLine, ends_on: date | None, month: Month) -> CreditLine | None:
    left = unused(line.first_day, line.last_day, ends_on)
    if left is None:
        return None
    return CreditLine(
        id=ids.new(),
        facility_id=line.facility_id,
        credit_note_id=None,
        line_id=line.id,
        month=str(month),
        target=line.target,
        first_day=left.first_day,
        last_day=left.last_day,
        days=left.days,
        of_days=left.of_days,
        amount=left.credit(Yen(line.amount)).amount,
        rate=line.rate,
    )
