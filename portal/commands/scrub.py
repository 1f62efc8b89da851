"""`kura scrub`: everything that is held is read and verified now; what is damaged is healed, or told by its name."""

import json
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from portal.commands.opening import opened, working_hands
from portal.commands.progress import shown
from vault.base.errors import Damaged
from vault.exams import damage
from vault.store import copying, finds, healing, scrub
from vault.store.scrub import Budget


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scrub")(run)


def run(
    context: typer.Context,
    status: Annotated[
        bool, typer.Option("--status", help="Read nothing: the last rounds and what is damaged.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Read and verify everything that is held, both copies of it; exits 0 unless damage is left that was not healed."""
    with opened(context) as installation:
        found: dict[str, Any] = {}
        if not status:
            hands = working_hands(installation)
            with shown("Scrubbing") as told:
                total = scrub.to_read(hands)
                done = scrub.once(hands, Budget(told=lambda read: told(min(read, total), total)))
                healing.heal_open(hands)
            found = vars(done)
        with installation.database.read() as session:
            found |= _state(session)
    typer.echo(json.dumps(found) if as_json else _words(found))
    if found["open"]:
        raise typer.Exit(Damaged.exit)


def _state(session: Session) -> dict[str, Any]:
    blobs, waiting = finds.count_open(session)
    return {
        "damaged_blobs": blobs,
        "open": blobs + waiting,
        "uncopied_packs": copying.lag(session)[0],
        "rounds": [
            {
                "area": one.facility_id,
                "started_at": one.started_at.isoformat(timespec="seconds"),
                "finished_at": one.finished_at.isoformat(timespec="seconds") if one.finished_at else None,
                "bytes": one.bytes,
                "total": one.total,
                "damaged": one.damaged,
                "healed": one.healed,
            }
            for one in scrub.last_rounds(session)
        ],
        "names": [one.as_data() for one in damage.of_all(session)],
    }


def _words(found: dict[str, Any]) -> str:
    lines = []
    if "packs" in found:
        lines.append(
            f"{found['packs']} packs, {found['blobs']} blobs, {found['bytes']} bytes read; "
            f"{found['damaged']} found damaged, {found['healed']} healed"
        )
    for one in found["rounds"]:
        state = f"finished {one['finished_at']}" if one["finished_at"] else f"at {one['bytes']} of {one['total']} bytes"
        lines.append(f"area {one['area']}: begun {one['started_at']}, {state}, {one['damaged']} damaged")
    lines += [f"damaged: {one['facility']} {one['what']}" for one in found["names"]]
    lines.append(f"{found['damaged_blobs']} blobs are damaged, {found['open']} in all to heal")
    return "\n".join(lines)
