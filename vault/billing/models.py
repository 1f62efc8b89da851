"""
Tables of what is owed and paid. Nothing here is ever edited but an invoice's `outstanding` and a bank line's `open`,
which credit notes, payments and matches bring down: what was wrong is credited or reversed.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vault.base import ids
from vault.base.database import Base, Id, JsonColumn, NfcText
from vault.base.scope import TenantRow

MONTH = 7


class BillingMonth(Base):
    """A month that is being closed (`closed_at` None) or is closed; the figures are what came of it."""

    __tablename__ = "billing_months"
    month: Mapped[str] = mapped_column(String(MONTH), primary_key=True)
    began_at: Mapped[datetime]
    began_by: Mapped[str] = mapped_column(NfcText(80))
    done: Mapped[int] = mapped_column(default=0)
    """Areas that have been gone through, of `areas`."""
    areas: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn())


class NumberSeries(Base):
    """The last number given in a series; taken in the transaction of what bears it, so that none is left out."""

    __tablename__ = "billing_numbers"
    series: Mapped[str] = mapped_column(String(16), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger, default=0)


class Issued:
    """What every numbered document says: when, to whom, by whom, and its sums. Money is in whole yen."""

    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    month: Mapped[str] = mapped_column(String(MONTH), index=True)
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    bill_to: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    issuer: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    subtotal: Mapped[int] = mapped_column(BigInteger)
    tax: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn())


class Quotation(TenantRow, Base):
    """What an offer costs, as it was quoted when the offer was made; it holds as long as the offer does."""

    __tablename__ = "quotations"
    id: Mapped[Id]
    offer_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("contract_offers.id"), unique=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    issued_on: Mapped[date]
    quoted_to: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    issuer: Mapped[dict[str, Any]] = mapped_column(JsonColumn())
    subtotal: Mapped[int] = mapped_column(BigInteger)
    tax: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn())


class Invoice(Issued, TenantRow, Base):
    """What a facility owes for a month; `outstanding` is `total` less what was credited and paid."""

    __tablename__ = "invoices"
    __table_args__ = (Index("ix_invoices_facility_id_issued_at", "facility_id", "issued_at"),)
    id: Mapped[Id]
    due_on: Mapped[date]
    outstanding: Mapped[int] = mapped_column(BigInteger, index=True)


class InvoiceLine(TenantRow, Base):
    """
    A term that was charged, once: its contract and first day are the key.

    `invoice_id` is None where nothing was owed that month (a free service): the term is recorded all the same.
    """

    __tablename__ = "invoice_lines"
    __table_args__ = (UniqueConstraint("contract_id", "first_day"),)
    id: Mapped[Id]
    invoice_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("invoices.id"), index=True)
    contract_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("contracts.id"))
    month: Mapped[str] = mapped_column(String(MONTH), index=True)
    number: Mapped[int]
    target: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    points: Mapped[int]
    term: Mapped[int]
    unit_price: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    rate: Mapped[int]
    invoice: Mapped[Invoice | None] = relationship(lazy="raise")
    """Named so that one flush writes invoices before their lines."""


class CreditNote(Issued, TenantRow, Base):
    """What is taken back of one invoice; its sums are positive and count against the invoice's."""

    __tablename__ = "credit_notes"
    id: Mapped[Id]
    invoice_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("invoices.id"), index=True)


class CreditLine(TenantRow, Base):
    """The days of a charged term on which its contract no longer held; of each term at most one."""

    __tablename__ = "credit_lines"
    id: Mapped[Id]
    credit_note_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("credit_notes.id"), index=True)
    line_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("invoice_lines.id"), unique=True)
    month: Mapped[str] = mapped_column(String(MONTH), index=True)
    target: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    days: Mapped[int]
    of_days: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    rate: Mapped[int]


class Payment(TenantRow, Base):
    """Money that came for an invoice; its number is the receipt's. One that was matched wrongly is reversed."""

    __tablename__ = "payments"
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    invoice_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("invoices.id"), index=True)
    bank_line_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("bank_lines.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    received_on: Mapped[date]
    reference: Mapped[str] = mapped_column(NfcText(200))
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    recorded_by: Mapped[str] = mapped_column(NfcText(80))


class PaymentReversal(TenantRow, Base):
    """A payment that was recorded wrongly, taken back: what it had brought down is open again."""

    __tablename__ = "payment_reversals"
    id: Mapped[Id]
    payment_id: Mapped[str] = mapped_column(String(ids.LENGTH), ForeignKey("payments.id"), unique=True)
    reversed_at: Mapped[datetime]
    reversed_by: Mapped[str] = mapped_column(NfcText(80))


class Deposit(TenantRow, Base):
    """
    What came to, or went from, the money that is held for a facility: above zero it came.

    `kind`: `kept` of a bank line, `moved` from an invoice that was paid too much, `used` for an invoice, `refunded`.
    `reverses` is the row that this one takes back.
    """

    __tablename__ = "deposits"
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int] = mapped_column(BigInteger)
    on: Mapped[date] = mapped_column("on_day")
    invoice_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("invoices.id"), index=True)
    bank_line_id: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("bank_lines.id"), index=True)
    reverses: Mapped[str | None] = mapped_column(String(ids.LENGTH), ForeignKey("deposits.id"), unique=True)
    reference: Mapped[str] = mapped_column(NfcText(200))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column("by_whom", NfcText(80))


class BankFile(Base):
    """A bank's file that was read: `lines` as they were seen in the preview; `taken_at` None until they were taken."""

    __tablename__ = "bank_files"
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(NfcText(200))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn())
    left_out: Mapped[int]
    """Lines that brought no money in."""
    read_at: Mapped[datetime]
    read_by: Mapped[str] = mapped_column(NfcText(80))
    taken_at: Mapped[datetime | None]


class BankLine(Base):
    """An incoming line of the bank's statement; `digest` names it, so that no file brings it twice."""

    __tablename__ = "bank_lines"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    received_on: Mapped[date]
    amount: Mapped[int] = mapped_column(BigInteger)
    payer: Mapped[str]
    payer_key: Mapped[str] = mapped_column(index=True)
    """The payer's name as it is compared: full-width, without spaces and legal forms."""
    reference: Mapped[str]
    open: Mapped[int] = mapped_column(BigInteger, index=True)
    """What is matched to nothing yet; brought down and up again by matches and their reversal, as `outstanding` is."""
    set_aside: Mapped[str | None]
    """Why it is no payment of an invoice (interest, a mistaken transfer); None while that is not said."""
    imported_at: Mapped[datetime]


class LedgerEntry(TenantRow, Base):
    """Half of a posting: `amount` is positive in debit, negative in credit; a posting's entries sum to zero."""

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("ix_ledger_entries_posted_on_posting", "posted_on", "posting"),)
    id: Mapped[Id]
    posting: Mapped[str] = mapped_column(String(ids.LENGTH), index=True)
    posted_on: Mapped[date]
    account: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
