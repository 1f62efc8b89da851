"""Payments out of the bank's file: each line once, matched by number, payer and amount; what was wrong is reversed."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.services.clock import HeldClock
from tests.vault.billing.books import CLERK, Books
from tests.vault.billing.test_month_close import at
from vault.base.database import Database
from vault.base.errors import AppError, Denied
from vault.base.scope import Role, Scope
from vault.billing import bank, bank_queries, deposits, ledger, payments
from vault.billing.bank import Taken
from vault.billing.ledger import Account
from vault.billing.matching import Proposal, Why
from vault.billing.models import BankLine, Payment

HEAD = "日付,摘要,入金額,備考"


@pytest.fixture
def owing(books: Books, clock: HeldClock) -> Scope:
    """Aoba owes KI-000001 of ¥11,000 and KI-000002 of ¥1,100, Midori KI-000003 of ¥5,500; it is the third of June."""
    aoba, midori = books.facility("aoba"), books.facility("midori")
    books.agree(aoba)
    books.agree(aoba, target="ward", period="monthly", terms=1, start="2026-05-01")
    books.agree(midori, unit_price=500, start="2026-05-01")
    at(clock, "2026-06-03")
    books.close("2026-04", "2026-05")
    assert [one.total for one in books.invoices()] == [11_000, 1_100, 5_500]
    return aoba


def csv_of(*rows: tuple[str, str, int, str]) -> bytes:
    return "\n".join([HEAD, *(f'{day},{payer},"{amount:,}",{note}' for day, payer, amount, note in rows)]).encode(
        "cp932"
    )


def take(books: Books, *rows: tuple[str, str, int, str]) -> Taken:
    with books.database.transaction() as session:
        file = bank.read_file(session, CLERK, books.settings, "june.csv", csv_of(*rows))
        return bank.take(session, CLERK, books.settings, file.id)


def match(books: Books, line: BankLine, numbers: Sequence[int], *, keep: bool = False) -> None:
    invoices = [one.id for one in books.invoices() if one.number in numbers]
    with books.database.transaction() as session:
        bank.match(session, CLERK, books.settings, line.id, invoices, keep=keep)


def undo(books: Books, line: BankLine) -> None:
    with books.database.transaction() as session:
        bank.undo(session, CLERK, line.id)


def lines(books: Books) -> list[BankLine]:
    with books.database.read() as session:
        return list(session.scalars(select(BankLine).order_by(BankLine.received_on, BankLine.id)))


def proposed(books: Books) -> list[Proposal | None]:
    with books.database.read() as session:
        return bank_queries.proposals(session, CLERK, bank_queries.open_lines(session, CLERK))


def outstanding(books: Books) -> list[int]:
    return [one.outstanding for one in books.invoices()]


def test_a_line_that_names_an_invoice_and_its_amount_pays_it(books: Books, owing: Scope) -> None:
    assert take(books, ("R8.6.1", "ｱｵﾊﾞ", 11_000, "KI-000001")) == Taken(new=1, known=0, matched=1)
    assert outstanding(books) == [0, 1_100, 5_500]
    assert books.sum_of_ledger() == 0


def test_one_line_pays_several_invoices_that_it_names(books: Books, owing: Scope) -> None:
    assert take(books, ("2026/6/1", "ｱｵﾊﾞ", 12_100, "KI1 KI2")).matched == 1
    assert outstanding(books) == [0, 0, 5_500]


def test_several_lines_pay_one_invoice(books: Books, owing: Scope) -> None:
    take(books, ("2026/6/1", "ｱｵﾊﾞ", 6_000, "KI-000001"), ("2026/6/2", "ｱｵﾊﾞ", 5_000, "KI-000001"))
    assert outstanding(books)[0] == 11_000
    for line in lines(books):
        match(books, line, [1])
    assert outstanding(books)[0] == 0


def test_the_same_file_and_an_overlapping_one_bring_each_line_once(books: Books, owing: Scope) -> None:
    first, second = ("2026/6/1", "ｱｵﾊﾞ", 11_000, "KI-000001"), ("2026/6/2", "ﾐﾄﾞﾘ", 700, "")
    assert take(books, first) == Taken(1, 0, 1)
    assert take(books, first) == Taken(0, 1, 0)
    assert take(books, first, second) == Taken(1, 1, 0)
    assert [line.amount for line in lines(books)] == [11_000, 700]
    assert outstanding(books) == [0, 1_100, 5_500]


def test_a_file_taken_twice_changes_nothing(books: Books, owing: Scope) -> None:
    with books.database.transaction() as session:
        file = bank.read_file(session, CLERK, books.settings, "a.csv", csv_of(("2026/6/1", "x", 700, ""))).id
    for wanted in (Taken(1, 0, 0), Taken(0, 1, 0)):
        with books.database.transaction() as session:
            assert bank.take(session, CLERK, books.settings, file) == wanted


def test_a_payer_is_learned_from_a_match_and_forgotten_with_it(books: Books, owing: Scope) -> None:
    take(books, ("2026/6/1", "ｶ)ﾄｸﾛｶｲ", 11_000, ""), ("2026/6/2", "トクロカイ", 1_100, ""))
    assert [one.why if one else None for one in proposed(books)] == [Why.AMOUNT, Why.AMOUNT]
    first, second = lines(books)
    match(books, first, [1])
    (found,) = proposed(books)
    assert found is not None
    assert (found.why, found.sure, [one.number for one in found.invoices]) == (Why.PAYER, True, [2])
    assert take(books, ("2026/6/3", "ﾄｸﾛｶｲ", 1_100, "")).matched == 1
    for line in lines(books):
        if line.open < line.amount:
            undo(books, line)
    assert {one.why for one in proposed(books) if one} == {Why.AMOUNT}
    assert second.open == 1_100


def test_what_is_unsure_is_proposed_and_not_matched(books: Books, owing: Scope) -> None:
    assert take(books, ("2026/6/1", "ｼﾗﾇﾋﾄ", 5_500, ""), ("2026/6/1", "Aoba", 11_500, "")).matched == 0
    by_amount, by_name = proposed(books)
    assert by_amount is not None
    assert by_name is not None
    assert ([one.number for one in by_amount.invoices], by_amount.why, by_amount.sure) == ([3], Why.AMOUNT, False)
    assert ([one.number for one in by_name.invoices], by_name.why, by_name.sure) == ([1, 2], Why.NAME, False)


def test_what_one_line_pays_too_much_is_held_used_and_refunded(books: Books, owing: Scope) -> None:
    take(books, ("2026/6/1", "ｱｵﾊﾞ", 12_000, "KI-000001"))
    (line,) = lines(books)
    match(books, line, [1], keep=True)
    assert (outstanding(books)[0], lines(books)[0].open) == (0, 0)
    with books.database.transaction() as session:
        clerk = CLERK.within(owing.area)
        assert deposits.balance(session, clerk) == 1_000
        deposits.use(session, clerk, books.invoices()[1].id)
        assert deposits.balance(session, clerk) == 0
    assert outstanding(books) == [0, 100, 5_500]
    assert books.sum_of_ledger() == 0


def test_what_a_credit_note_left_over_is_held_for_the_next_invoice_and_refunded(
    books: Books, owing: Scope, clock: HeldClock
) -> None:
    """
    A year of ¥10,000 that was paid ends with June: 91 of 365 days, ¥2,493, stay; ¥7,507 and ¥750 of tax are too much.
    ¥1,100 of them pay the ward, ¥7,157 go back.
    """
    clerk, (first, ward, _) = CLERK.within(owing.area), books.invoices()
    books.pay(owing, first.id, 11_000, "2026-06-01")
    books.end(owing, next(one.contract_id for one in books.lines() if one.invoice_id == first.id), "2026-06-30")
    at(clock, "2026-07-01")
    books.close("2026-06")
    assert outstanding(books) == [-8_257, 1_100, 5_500]
    with books.database.transaction() as session:
        moved = deposits.move(session, clerk, first.id)
        deposits.use(session, clerk, ward.id)
        with pytest.raises(AppError) as refused:
            deposits.undo(session, clerk, moved.id)
        assert refused.value.reason == "deposit_used"
        with pytest.raises(AppError) as refused:
            payments.reverse(session, clerk, session.scalars(select(Payment.id)).one())
        assert refused.value.reason == "payment_moved_on"
        deposits.refund(session, clerk, books.settings, amount=7_157, on=moved.on, reference="")
    assert outstanding(books) == [0, 0, 5_500]
    with books.database.read() as session:
        assert deposits.balance(session, clerk) == ledger.balances(session, Scope.system())[Account.DEPOSITS] == 0
    assert books.sum_of_ledger() == 0


def test_a_refund_is_recorded_once_and_never_more_than_is_held(books: Books, owing: Scope) -> None:
    take(books, ("2026/6/1", "ｱｵﾊﾞ", 12_000, "KI-000001"))
    match(books, lines(books)[0], [1], keep=True)
    day = lines(books)[0].received_on

    def refund(amount: int) -> str:
        try:
            with books.database.transaction() as session:
                clerk = CLERK.within(owing.area)
                deposits.refund(session, clerk, books.settings, amount=amount, on=day, reference="r")
        except AppError as problem:
            return problem.reason
        return "refunded"

    assert [refund(one) for one in (1_001, 0, 400, 400, 600)] == [
        "refund_above_held", "payment_amount", "refunded", "refund_twice", "refunded",
    ]  # fmt: skip
    with books.database.read() as session:
        held = ledger.balances(session, Scope.system())
    assert (held[Account.DEPOSITS], held[Account.CASH]) == (0, 11_000)
    assert books.sum_of_ledger() == 0


def test_a_wrong_match_is_taken_back_by_postings_of_its_own(books: Books, owing: Scope) -> None:
    take(books, ("2026/6/1", "ｱｵﾊﾞ", 12_000, "KI-000001"))
    (line,) = lines(books)
    match(books, line, [1], keep=True)
    undo(books, line)
    assert (outstanding(books), lines(books)[0].open) == ([11_000, 1_100, 5_500], 12_000)
    with books.database.read() as session:
        rows = [row.document for row in ledger.rows(session, CLERK) if row.account == Account.CASH]
        assert rows[0] == "payment:KR-000001"
        assert "reversal:KR-000001" in rows
        assert len(session.scalars(select(Payment)).all()) == 1
    with pytest.raises(AppError) as refused:
        undo(books, line)
    assert refused.value.reason == "bank_not_matched"
    match(books, line, [1, 2])
    assert outstanding(books) == [0, 100, 5_500]
    assert books.sum_of_ledger() == 0


def test_what_was_used_meanwhile_cannot_be_taken_back(books: Books, owing: Scope) -> None:
    take(books, ("2026/6/1", "ｱｵﾊﾞ", 12_000, "KI-000001"))
    (line,) = lines(books)
    match(books, line, [1], keep=True)
    with books.database.transaction() as session:
        deposits.use(session, CLERK.within(owing.area), books.invoices()[1].id)
    with pytest.raises(AppError) as refused:
        undo(books, line)
    assert refused.value.reason == "deposit_used"
    assert outstanding(books) == [0, 100, 5_500]


@pytest.mark.parametrize(
    ("numbers", "keep", "reason"),
    [([], False, "bank_no_invoice"), ([1, 2], False, "bank_too_many"), ([9], True, "bank_no_invoice")],
)
def test_a_match_that_cannot_be_is_refused(
    books: Books, owing: Scope, numbers: list[int], keep: bool, reason: str
) -> None:
    take(books, ("2026/6/1", "ｱｵﾊﾞ", 900, ""))
    with pytest.raises(AppError) as refused:
        match(books, lines(books)[0], numbers, keep=keep)
    assert refused.value.reason == reason
    assert (outstanding(books), lines(books)[0].open) == ([11_000, 1_100, 5_500], 900)


def test_a_line_is_set_aside_with_a_reason_and_pays_nothing_then(books: Books, owing: Scope) -> None:
    take(books, ("2026/6/1", "利息", 3, ""))
    (line,) = lines(books)
    with books.database.transaction() as session:
        bank.set_aside(session, CLERK, line.id, "interest")
    assert proposed(books) == []
    with pytest.raises(AppError) as refused:
        match(books, line, [1])
    assert refused.value.reason == "bank_line_matched"


def test_a_payment_recorded_by_hand_is_not_matched_again_by_itself(books: Books, owing: Scope) -> None:
    """Half of the invoice was recorded by hand; the same half comes with the bank's file, for what is still open."""
    books.pay(owing, books.invoices()[0].id, 5_500, "2026-06-01")
    assert take(books, ("2026/6/1", "ｱｵﾊﾞ", 5_500, "KI-000001")).matched == 0
    assert outstanding(books)[0] == 5_500


def test_only_who_keeps_the_books_touches_the_lines(books: Books, owing: Scope) -> None:
    nurse = Scope(who="person:n", login="nurse", name="Nurse", role=Role.FACILITY_ADMIN, facility_id=owing.area)
    with books.database.read() as session:
        with pytest.raises(Denied):
            bank.read_file(session, nurse, books.settings, "x", b"")
        with pytest.raises(Denied):
            bank_queries.open_lines(session, nurse)


moves = st.tuples(
    st.sampled_from(["match", "undo", "take"]), st.integers(0, 2), st.sets(st.integers(1, 3)), st.booleans()
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(moves, max_size=8))
def test_whatever_is_matched_and_taken_back_the_books_balance(
    books: Books, owing: Scope, history: list[tuple[str, int, set[int], bool]]
) -> None:
    """What is open of invoices and lines is what came less what was given for them, and every posting sums to zero."""
    rows = [("2026/6/1", "ｱｵﾊﾞ", 11_500, ""), ("2026/6/1", "ﾐﾄﾞﾘ", 400, ""), ("2026/6/2", "ﾐﾄﾞﾘ", 6_000, "KI3")]
    take(books, *rows)
    for what, number, invoices, keep in history:
        line = lines(books)[number]
        try:
            if what == "match":
                match(books, line, sorted(invoices), keep=keep)
            elif what == "undo":
                undo(books, line)
            else:
                take(books, *rows)
        except AppError:
            continue
    assert_balanced(books.database, books)


def assert_balanced(database: Database, books: Books) -> None:
    assert books.sum_of_ledger() == 0
    with database.read() as session:
        stand = bank_queries.payments_of(session, CLERK, [line.id for line in lines(books)])
        held = sum(amount for _facility, amount in bank_queries.held(session, CLERK))
        balance = ledger.balances(session, Scope.system())
    for invoice in books.invoices():
        paid = sum(one.amount for one in stand if one.invoice_id == invoice.id)
        assert invoice.outstanding == invoice.total - paid >= 0
    assert sum(line.amount - line.open for line in lines(books)) == sum(one.amount for one in stand) + held
    assert balance[Account.RECEIVABLE] == sum(outstanding(books))
    assert -balance[Account.DEPOSITS] == held
