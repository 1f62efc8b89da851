"""`kura user` and `kura token`: people and tokens by hand."""

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from portal.commands.apply import link_address
from portal.commands.opening import opened
from routing.departments import service as departments
from vault.base.errors import Invalid, NotFound
from vault.base.scope import FACILITY_ROLES, PROVIDER_ROLES, Role, Scope
from vault.tenancy import facilities, links, logins, people, tokens
from vault.tenancy.models import Device, Person

user = typer.Typer(help="People by hand.", no_args_is_help=True)
token = typer.Typer(help="API tokens by hand.", no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add `user` and `token`."""
    app.add_typer(user, name="user")
    app.add_typer(token, name="token")


ROLES = (FACILITY_ROLES | PROVIDER_ROLES) - {Role.DEVICE}


@user.command("add")
def add_user(
    context: typer.Context,
    login: str,
    role: Annotated[str, typer.Option("--role", help="staff, facility-admin, department, analyst, billing or admin.")],
    name: Annotated[str, typer.Option("--name", help="The name that others see.")] = "",
    facility: Annotated[str | None, typer.Option("--facility", help="The code of the person's facility.")] = None,
    department: Annotated[
        list[str] | None, typer.Option("--department", help="A department's code; repeatable.")
    ] = None,
) -> None:
    """Add a person and print the one-time link by which they sign in and set a password."""
    if role not in ROLES:
        raise Invalid("role", field="role", known=sorted(ROLES))
    with opened(context) as installation:
        with installation.database.transaction() as session:
            person = people.add(
                session,
                Scope.system(),
                login=login,
                role=Role(role),
                name=name,
                facility_id=None if facility is None else _facility_id(session, facility),
            )
            departments.set_members(session, person.id, department or [])
            secret = links.create(session, Scope.system(), person, installation.settings.people)
        typer.echo(link_address(installation, secret))


@token.command("create")
def create_token(
    context: typer.Context,
    login: str,
    label: Annotated[str, typer.Option("--label", help="What it is for.")] = "",
) -> None:
    """Make an API token of that person or device and print it, once."""
    with opened(context) as installation:
        with installation.database.transaction() as session:
            plain = tokens.create(session, Scope.system(), _holder(session, login), label=label)
        typer.echo(plain)


@token.command("revoke")
def revoke_token(context: typer.Context, login: str) -> None:
    """Refuse every API token of that person or device from now on."""
    with opened(context) as installation:
        with installation.database.transaction() as session:
            count = tokens.revoke(session, Scope.system(), _holder(session, login))
        typer.echo(f"{count} revoked")


def _holder(session: Session, login: str) -> Person | Device:
    holder = logins.person_by(session, login) or logins.device_by(session, login)
    if holder is None:
        raise NotFound("login", login=login)
    return holder


def _facility_id(session: Session, code: str) -> str:
    found = facilities.by_code(session, code)
    if found is None:
        raise NotFound("facility", code=code)
    return found.id
