"""A command in a process of its own, in which a fault may happen."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from fidesdev.core.url import DatabaseUrl
from tests.fault_matrix.watching import Fault, Place, Watch
from tests.wire import Wire

SECONDS = 120
"""After which a command hangs; many times what it takes on a busy machine."""
_ROOM = 1 << 20

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "fidesdev.adapters.in_process",
        "fidesdev.adapters.journal",
        "fidesdev.adapters.postgres_snapshots",
        "fidesdev.adapters.worker",
        "fidesdev.cli.db",
        "fidesdev.cli.db_journal",
        "fidesdev.cli.db_rebase",
        "fidesdev.cli.db_recovery",
        "fidesdev.cli.snapshot",
        "fidesdev.render.rebase_reports",
        "fidesdev.render.reports",
        "fidesdev.render.snapshots",
        "fidesdev.services.rebasing",
        "fidesdev.services.recovery",
        "fidesdev.services.returning",
        "psycopg2",
        "sqlalchemy.dialects.postgresql",
        "sqlalchemy.dialects.sqlite",
        "time_machine",
        __name__,
    ]
)
"""Forked from a process that has imported what takes long, and runs no thread."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int | None
    """None: it did not end in time."""
    text: str
    """What it wrote to stdout and stderr."""
    reached: str
    """The point at which the fault happened; empty where it did not."""
    seen: tuple[tuple[Place, str], ...] = field(default=(), repr=False)
    """Every point of the process; known where it ended by itself."""


def act(
    root: Path,
    arguments: tuple[str, ...],
    url: DatabaseUrl | None,
    *,
    environ: Mapping[str, str],
    aim: tuple[int, Fault | None] = (0, None),
    wire: Wire | None = None,
) -> Outcome:
    """Run one command line in `root`, on the database of the URL where there is one.

    `aim` is the number of a point of the process and the fault there; a `wire` disturbs the
    statements of a PostgreSQL session.
    """
    with _through(wire, url) as reached:
        where = ("-C", str(root), *(("--database-url", reached.render()) if reached else ()))
        told, teller = PROCESSES.Pipe(duplex=False)
        spoken, speaker = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(
            target=_perform, args=(root, (*where, *arguments), dict(environ), aim, teller, speaker)
        )
        process.start()
        teller.close()
        speaker.close()
        if wire is not None:
            assert process.pid is not None
            wire.victim = process.pid
            wire.has_victim.set()
        process.join(SECONDS)
        code = process.exitcode
        process.kill()
        process.join()
        process.close()
        with told, spoken:
            at, seen = _heard(told)
            text = _drained(spoken)
    if wire is not None and wire.broken.is_set():
        at = f"{Place.STATEMENT} {' '.join(wire.statements[wire.moment - 1].split())[:60]}"
    return Outcome(code, text, at, seen)


@contextmanager
def _through(wire: Wire | None, url: DatabaseUrl | None) -> Iterator[DatabaseUrl | None]:
    if wire is None:
        yield url
        return
    with wire.opened() as reached:
        yield reached


def _heard(told: Connection) -> tuple[str, tuple[tuple[Place, str], ...]]:
    at, seen = "", ()
    while told.poll():
        try:
            kind, fact = told.recv()
        except EOFError:
            break
        if kind == "at":
            at = fact
        else:
            seen = fact
    return at, seen


def _drained(spoken: Connection) -> str:
    os.set_blocking(spoken.fileno(), False)
    try:
        return os.read(spoken.fileno(), _ROOM).decode(errors="replace")
    except BlockingIOError:
        return ""


def _perform(
    root: Path,
    arguments: tuple[str, ...],
    environ: dict[str, str],
    aim: tuple[int, Fault | None],
    told: Connection,
    speaker: Connection,
) -> None:
    """In the process: run the command, and exit with its code."""
    from fidesdev.cli.app import program
    from fidesdev.cli.invocation import run

    os.environ.clear()
    os.environ.update(environ)
    os.chdir(root)
    os.dup2(speaker.fileno(), 1)
    os.dup2(speaker.fileno(), 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    watch = Watch(os.path.realpath(root), *aim, told=lambda name: told.send(("at", name)))
    watch.begin()
    code = run(program, arguments)
    watch.end()
    told.send(("seen", tuple(watch.seen)))
    raise SystemExit(code)
