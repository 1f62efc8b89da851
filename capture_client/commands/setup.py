"""`init` and `status`: making a home, and how things stand in it."""

from pathlib import Path
from typing import Annotated

import typer

from capture_client import settings as settings_
from capture_client import status as status_
from capture_client.backup import receipt
from capture_client.commands.opening import HomeOption, JsonOption, opened
from capture_client.commands.speaking import data, say, table
from capture_client.errors import Damaged, Invalid
from capture_client.filing import mass_storage
from capture_client.filing.database import FilingDatabase
from capture_client.link import Link
from capture_client.settings import Home, Server, Settings


def init(
    server: Annotated[str, typer.Option(help="The portal's address.")] = "",
    token: Annotated[str, typer.Option(help="This device's API token.")] = "",
    proxy: Annotated[str, typer.Option(help="http://NAME:PASSWORD@HOST:PORT. Else HTTPS_PROXY, HTTP_PROXY.")] = "",
    ca: Annotated[Path | None, typer.Option(help="The hospital's certificate authority, a PEM file.")] = None,
    mass_storage_folder: Annotated[
        Path | None, typer.Option("--mass-storage", help="Folder of the facility's mass storage. Else in the home.")
    ] = None,
    fill: Annotated[str, typer.Option(help="When it is filled: per-exam, or nightly@HH:MM.")] = "per-exam",
    update_keys: Annotated[
        bool, typer.Option("--update-keys", help="Take in new receipt keys that a pinned one endorses.")
    ] = False,
    trust: Annotated[
        str,
        typer.Option(help="With --update-keys: fingerprint of a key to pin all the same, told by the provider."),
    ] = "",
    home: HomeOption = None,
) -> None:
    """Make this device's home: check the token, pin the portal's receipt keys."""
    if update_keys:
        return _update_keys(home, trust)
    if not server or not token:
        raise Invalid("usage", problem="init needs --server URL and --token TOKEN")
    folder = settings_.place(home)
    settings_.refuse_existing(folder)
    made = settings_.checked(
        {
            "server": Server(url=server, token=token, proxy=proxy, ca=str(ca.absolute()) if ca else "").model_dump(),
            "storage": {"folder": str(mass_storage_folder.absolute()) if mass_storage_folder else "", "fill": fill},
        },
        folder / settings_.FILE,
    )
    keys = _asked(made, folder)
    opened_home = Home(folder, made)
    mass_storage.prepare(opened_home.mass_storage)
    receipt.pin(opened_home.receipt_keys, keys)
    FilingDatabase(opened_home.database).close()
    Home.make(folder, made)  # last, as its file is what makes a folder a home
    say("init_done", home=folder, keys=len(keys), server=server)
    return None


def status(json_: JsonOption = False, home: HomeOption = None) -> None:
    """What is filed, what waits, the last receipt, the plan, and whether the portal can be reached."""
    with opened(home) as place:
        found = status_.collect(place.home, place.database, place.link)
    if json_:
        data(found)
    else:
        table(("", ""), status_.lines(found))


def _asked(made: Settings, folder: Path) -> list[dict[str, str]]:
    """The portal's receipt keys, once it knows the token. Raises Unavailable, NotSignedIn."""
    folder.mkdir(parents=True, exist_ok=True)
    link = Link(made.server.model_copy(update={"attempts": 3}), where="--token")
    try:
        link.get("/me")
        return list(link.get("/receipt-keys")["items"])
    finally:
        link.close()


def _update_keys(home: Path | None, trust: str) -> None:
    """Raises Damaged for keys that nobody vouches for: the one that signs may be somebody else's."""
    with opened(home) as place:
        file, items = place.home.receipt_keys, place.link.get("/receipt-keys")["items"]
        before = receipt.pinned(file)
        trusted = [item for item in items if receipt.fingerprint(item) == trust.strip().lower()]
        if trusted:
            receipt.pin(file, trusted)
        receipt.learn(file, items)
        after = receipt.pinned(file)
    say("keys_updated", added=len(after) - len(before), kept=len(before))
    unproved = [receipt.fingerprint(item) for item in items if item["key_id"] not in after]
    if unproved:
        raise Damaged("keys_unproved", fingerprints=", ".join(unproved))
