"""Numbers without gaps, one series a kind of document."""

from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vault.base.database import insert_if_absent
from vault.billing.models import NumberSeries


class Series(StrEnum):
    """Each kind of numbered document, by the letters before its number."""

    QUOTATION = "KQ"
    INVOICE = "KI"
    CREDIT_NOTE = "KC"
    RECEIPT = "KR"


def lock(session: Session, series: Series) -> None:
    """Wait until nobody else gives numbers of that series; held until the transaction ends."""
    insert_if_absent(session, NumberSeries, series=series.value, last=0)
    session.execute(select(NumberSeries.last).where(NumberSeries.series == series).with_for_update())


def take(session: Session, series: Series) -> int:
    """The next number; given back if the transaction fails."""
    following = update(NumberSeries).where(NumberSeries.series == series).values(last=NumberSeries.last + 1)
    given = session.scalar(following.returning(NumberSeries.last))
    if given is None:
        insert_if_absent(session, NumberSeries, series=series.value, last=0)
        given = session.scalars(following.returning(NumberSeries.last)).one()
    return given


def written(series: Series, number: int) -> str:
    """KI-000012: what people and banks read."""
    return f"{series.value}-{number:06}"
