"""
Filing of requests by API, each durable before it is acknowledged, beside django-helpdesk on the same machine.

    python -m benchmarks.filing_beside_helpdesk FOLDER [--postgresql postgresql://USER@HOST:PORT/postgres]

FOLDER is made and holds everything; the peer is installed there, from the package index, into an environment of its
own. Both desks hold 10,000 closed requests at first, and begin each round from a copy of that. Four connections file in
a closed loop for ten seconds after three to warm up, peer and Kura in turn; medians of five rounds are printed.

Both are on SQLite (WAL, `synchronous=FULL`) or both on PostgreSQL. The peer runs as gunicorn with two processes, its
agent signed in by a session. Kura is `kura serve` as it comes: one process, worker, sweep, router and index inside and
at work, four nurses of four facilities with a token each, every filing with an `Idempotency-Key`, its row in the
facility's audit chain, and its whole view as the answer.
"""

import argparse
import itertools
import json
import os
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import tomli_w

from benchmarks.closed_loop import Call, Rate, posted
from benchmarks.databases import PostgreSQL, copied
from benchmarks.helpdesk_peer import Helpdesk
from portal.demo import history, names
from portal.demo.callers import kura
from portal.demo.server import Server, free_port
from vault.base import clock, ids

NAME = "kura"
STOCK = 10_000


class Desk(Protocol):
    """What is measured: started over a copy of its stock, told lines, stopped."""

    port: int

    def start(self) -> None: ...

    def call(self, connection: int, number: int, line: dict[str, str]) -> Call: ...

    def stop(self) -> None: ...


class Kura:
    """Kura's own desk on SQLite, or on a PostgreSQL."""

    def __init__(self, folder: Path, server: PostgreSQL | None) -> None:
        self.folder, self._server = folder, server
        self._served = Server(folder / "round" / "home")
        self.port = self._served.port
        self._tokens: list[str] = []

    def fill(self, stock: Path) -> None:
        """A home with the demo's facilities and people, and the stock as its history."""
        place = self.folder / "stock"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        if self._server:
            self._server.create(f"{NAME}_stock")
        command, file, tokens = kura(place / "home"), place / "apply.toml", place / "tokens.json"
        self._use("stock")
        command.run("init")
        file.write_text(tomli_w.dumps(names.apply_file(clock.now().date())), encoding="utf-8")
        command.run("apply", str(file), "--tokens", str(tokens))
        command.run("import", "requests", str(stock))
        made = json.loads(tokens.read_text(encoding="utf-8"))
        self._tokens = [token for login, token in made.items() if login.endswith("-nurse")]

    def start(self) -> None:
        """A server over a fresh copy of what was filled."""
        copied(self.folder, self._server, NAME)
        self._use("round")
        self._served.start()

    def call(self, connection: int, _number: int, line: dict[str, str]) -> Call:
        """A nurse's filing over the API, safe to repeat."""
        request = {"subject": line["subject"], "body": line["body"]}
        token = self._tokens[connection % len(self._tokens)]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": ids.new()}
        return "/api/v1/requests", json.dumps(request).encode(), headers

    def stop(self) -> None:
        """End the server and forget what it was told."""
        self._served.stop()
        if self._server:
            self._server.drop(f"{NAME}_round")

    def _use(self, place: str) -> None:
        if self._server:
            os.environ["KURA_DATABASE_URL"] = self._server.url(f"{NAME}_{place}")


def main() -> None:
    """Print one JSON line a round, then the medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--postgresql", type=PostgreSQL, metavar="URL")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=4)
    given = parser.parse_args()
    folder: Path = given.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    lines = list(itertools.islice(_lines(), STOCK))
    stock = folder / "stock.jsonl"
    stock.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    peer, own = Helpdesk(folder / "peer", free_port(), given.postgresql), Kura(folder / "kura", given.postgresql)
    print(peer.install(), flush=True)
    peer.fill(stock)
    own.fill(stock)
    desks: dict[str, Desk] = {"django-helpdesk": peer, "kura": own}
    rounds: list[dict[str, Rate]] = []
    for number in range(given.rounds):
        rounds.append({name: _measured(desk, lines, given.connections, given.seconds) for name, desk in desks.items()})
        print(json.dumps({"round": number} | {name: _said(rate) for name, rate in rounds[-1].items()}), flush=True)
    median = {name: statistics.median(one[name].a_second for one in rounds) for name in desks}
    print(json.dumps({name: round(rate) for name, rate in median.items()}))
    print(f"kura / django-helpdesk: {median['kura'] / median['django-helpdesk']:.1f}")


def _measured(desk: Desk, lines: list[dict[str, str]], connections: int, seconds: float) -> Rate:
    """One turn of a desk, each connection with lines of its own."""
    try:
        desk.start()
        return posted(
            desk.port,
            lambda connection, number: desk.call(
                connection, number, lines[(number * connections + connection) % len(lines)]
            ),
            connections=connections,
            seconds=seconds,
        )
    finally:
        desk.stop()


def _lines() -> Iterator[dict[str, Any]]:
    """The demo's history, over and over with other values: Japanese and English, in the form of an import."""
    now = clock.now()
    return itertools.chain.from_iterable(history.lines(now, seed) for seed in itertools.count())


def _said(rate: Rate) -> dict[str, float]:
    return {"a_second": round(rate.a_second, 1), "p50_ms": round(rate.p50, 1), "p95_ms": round(rate.p95, 1)}


if __name__ == "__main__":
    main()
