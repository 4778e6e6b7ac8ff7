"""What `fidesdev quickstart` did, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass

from fidesdev.core.reports import MoveReport
from fidesdev.core.requests import RequestList
from fidesdev.core.seeding import SeedReport
from fidesdev.core.server import CreateReport, StartReport

ANYWHERE = (
    ("requests list --status pending --status approved", "only what waits for somebody"),
    ("requests list --overdue --json", "what is late, for scripts"),
    ("db stop", "stop the server; the data stays"),
)
IN_A_PROJECT = (
    ("db status", "where the database stands"),
    ("db goto -1", "one migration back; 'db goto head' returns"),
)


@dataclass(frozen=True, slots=True)
class QuickstartReport:
    """Each stage's own report; in a dry run those that need a running server are None."""

    server: StartReport
    database: CreateReport | None
    migrations: MoveReport | None
    sample: SeedReport | None
    requests: RequestList | None
    executed: bool
    next: tuple[tuple[str, str], ...]
    """What to type next, and what for."""


def next_commands(*, embedded: bool, project: bool) -> tuple[tuple[str, str], ...]:
    """What to type next where the configuration names the embedded server, or not yet.

    `project`: whether the folder has the migrations that the database was made with.
    """
    program = "fidesdev" if embedded else "FIDES__FIDESDEV__ENGINE=embedded fidesdev"
    verbs = (*ANYWHERE[:2], *(IN_A_PROJECT if embedded and project else ()), ANYWHERE[2])
    return tuple((f"{program} {verb}", why) for verb, why in verbs)
