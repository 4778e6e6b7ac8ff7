"""What `fidesdev quickstart` did, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass

from fidesdev.core.reports import MoveReport
from fidesdev.core.requests import RequestList
from fidesdev.core.seeding import SeedReport
from fidesdev.core.server import CreateReport, StartReport

ANYWHERE = (
    ("requests list --status pending", "only what waits for a decision"),
    ("requests list --overdue --json", "what is late, for scripts"),
    ("db stop", "stop the server; the data stays"),
    ("quickstart --clean", "remove all of it again"),
)
_SHELL = "let this shell's commands use this server"
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


@dataclass(frozen=True, slots=True)
class OwnedFolder:
    """A folder that the embedded server was made with."""

    path: str
    bytes: int


@dataclass(frozen=True, slots=True)
class QuickstartCleaned:
    """The embedded server of the folder and its data, which are gone, or would be."""

    folders: tuple[OwnedFolder, ...]
    """None: there was nothing."""
    databases: tuple[str, ...]
    """Those of a running server, whoever made them."""
    running: bool
    """Whether the server was stopped, or would be."""
    in_use: bool
    """Whether the configuration names it, so that the next command makes a new one."""
    executed: bool


def next_commands(*, embedded: bool, project: bool) -> tuple[tuple[str, str], ...]:
    """What to type next where the configuration names the embedded server, or not yet.

    `project`: whether the folder has the migrations that the database was made with.
    """
    begin = () if embedded else (("export FIDES__FIDESDEV__ENGINE=embedded", _SHELL),)
    verbs = (*ANYWHERE[:2], *(IN_A_PROJECT if embedded and project else ()), *ANYWHERE[2:])
    return (*begin, *((f"fidesdev {verb}", why) for verb, why in verbs))
