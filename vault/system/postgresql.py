"""PostgreSQL's own programs: `pg_dump` on a snapshot that somebody holds, `pg_restore` into an empty database."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, cast

import psycopg.conninfo
from sqlalchemy import make_url

from vault.base.errors import Unavailable

_PLAIN = ("--no-owner", "--no-privileges")


@contextmanager
def dumped(url: str, snapshot: str) -> Iterator[IO[bytes]]:
    """All rows as that exported snapshot sees them; Unavailable (`dump_failed`) at the end where not all came."""
    target, environment = _reached(url)
    command = ["pg_dump", "--format=custom", *_PLAIN, f"--snapshot={snapshot}", target]
    with _program(command, environment, stdout=subprocess.PIPE) as process:
        yield cast(IO[bytes], process.stdout)
        _finish(process, "dump_failed")


def load(url: str, dump: Iterator[bytes]) -> None:
    """Fill an empty database from a dump, all of it or nothing; Unavailable (`load_failed`) where it refuses."""
    target, environment = _reached(url)
    command = ["pg_restore", *_PLAIN, "--exit-on-error", "--single-transaction", "-d", target]
    with _program(command, environment, stdin=subprocess.PIPE) as process:
        taken = cast(IO[bytes], process.stdin)
        with suppress(BrokenPipeError):  # what it has to say is on its standard error
            for piece in dump:
                taken.write(piece)
            taken.close()
        _finish(process, "load_failed")


def _reached(url: str) -> tuple[str, dict[str, str]]:
    """What the programs need to reach the database: a connection string, and the password apart from it."""
    parsed = make_url(url)
    known = {"host": parsed.host, "port": parsed.port, "user": parsed.username, "dbname": parsed.database}
    given = {name: str(value) for name, value in {**known, **parsed.query}.items() if value is not None}
    environment = dict(os.environ)
    if parsed.password is not None:
        environment["PGPASSWORD"] = str(parsed.password)
    return psycopg.conninfo.make_conninfo(**given), environment


def _finish(process: "subprocess.Popen[bytes]", reason: str) -> None:
    """Wait for the program; Unavailable with its last words where it failed."""
    words = cast(IO[bytes], process.stderr).read().decode(errors="replace").strip().splitlines()
    if process.wait():
        raise Unavailable(reason, problem=words[-1] if words else f"exit status {process.returncode}")


@contextmanager
def _program(
    command: list[str],
    environment: dict[str, str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator["subprocess.Popen[bytes]"]:
    if shutil.which(command[0]) is None:
        raise Unavailable("program_missing", program=command[0])
    process = subprocess.Popen(command, env=environment, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        process.wait()
