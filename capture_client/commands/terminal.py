"""`request` and `inbox`: asking the provider, and what comes back."""

from pathlib import Path
from typing import Annotated

import typer

from capture_client.commands.opening import HomeOption, JsonOption, Person, Place, opened
from capture_client.commands.speaking import data, say
from capture_client.errors import NotFound
from capture_client.link import Json
from capture_client.terminal import inbox as inbox_
from capture_client.terminal.following import Follower
from capture_client.terminal.requests import Draft, file_request

ALL = "all"


def request(
    subject: Annotated[str, typer.Option(help="In a few words.")],
    body: Annotated[str, typer.Option(help="What you want to know.")],
    exam: Annotated[list[str] | None, typer.Option(help="An exam it is about; may be given again.")] = None,
    file: Annotated[list[Path] | None, typer.Option(help="A file to attach; may be given again.")] = None,
    urgent: Annotated[bool, typer.Option("--urgent", help="It cannot wait.")] = False,
    person: Person = "",
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """File a request with the provider."""
    draft = Draft(subject, body, exam or [], file or [], urgent, person)
    with opened(home) as place:
        filed = file_request(place.database, place.link, draft)
    if json_:
        data(filed)
    say("sent", request=filed["id"])


def inbox(
    follow: Annotated[bool, typer.Option("--follow", help="Wait for answers and tell of each, until Ctrl-C.")] = False,
    count: Annotated[int, typer.Option("--count", help="With --follow: end after so many answers.", min=0)] = 0,
    pickup: Annotated[list[str] | None, typer.Option(metavar="ANSWER", help="Pick up this answer, or: all.")] = None,
    files_to: Annotated[Path | None, typer.Option(metavar="DIR", help="With --pickup: bring its files here.")] = None,
    person: Person = "",
    json_: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Answers that are ready; --pickup takes them, by a person's name with --person."""
    with opened(home) as place:
        if follow:
            _follow(place, count, json_)
        elif pickup:
            _pick_up(place, pickup, person, files_to, json_)
        else:
            _show(inbox_.ready(place.link), json_)


def _follow(place: Place, count: int, json_: bool) -> None:
    follower = Follower(place.link, place.database, place.home.settings.inbox, lambda code, values: say(code, **values))
    for number, answer in enumerate(follower.answers(), 1):
        if json_:  # a shared screen: what the notice says is the row without its words
            data({part: answer.get(part) for part in ("id", "request", "department", "state", "at")})
        else:
            say("answer_ready", department=department(answer), request=answer["request"])
        if number == count:
            return


def _pick_up(place: Place, wanted: list[str], person: str, files_to: Path | None, json_: bool) -> None:
    known = {answer["id"]: answer for answer in inbox_.ready(place.link)}
    chosen = list(known) if wanted == [ALL] else wanted
    if not chosen:
        raise NotFound("no_answers")
    picked = []
    for answer in chosen:
        said = inbox_.pick_up(place.link, answer, person)
        brought = inbox_.bring_files(place.link, known.get(answer, said), files_to) if files_to else []
        picked.append({**known.get(answer, {}), **said, "brought": [str(file) for file in brought]})
    _show(picked, json_)


def _show(answers: list[Json], json_: bool) -> None:
    if json_:
        data({"items": answers})
    elif not answers:
        say("no_answers")
    for answer in [] if json_ else answers:
        typer.echo(f"{answer['id']}  {department(answer)}  {answer['at']}\n\n{answer['body']}\n")


def department(answer: Json) -> str:
    """Whose answer it is; the portal names a department by its code, or by code and names."""
    said = answer["department"]
    return str(said.get("code") if isinstance(said, dict) else said)
