"""How much lies behind each index is looked at while others read, on the database that does not do so by itself."""

from sqlalchemy import func, select

from tests.vault.tenancy.tenants import staffed
from vault.base.database import Database
from vault.tenancy.models import Person


def test_statements_go_on_and_the_sizes_are_known(database: Database) -> None:
    staffed(database)
    with database.read() as session:
        before = session.scalar(select(func.count()).select_from(Person))
        database.learn_sizes()
        assert session.scalar(select(func.count()).select_from(Person)) == before
    with database.transaction() as session:
        people = session.scalar(select(func.count()).select_from(Person))
    assert people == before
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'people'").scalar_one()
