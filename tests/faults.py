"""Rebases in which something goes wrong at a chosen moment."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fidesdev.core.rebase_reports import Stage
from fidesdev.core.reports import Event, StepFinished, StepStarted
from fidesdev.core.url import DatabaseUrl
from fidesdev.services import rebasing
from tests.branches import Branches, make_branches


class Fault(Exception):
    """What a listener raises."""


@dataclass
class Tripwire:
    """Counts the moments of a rebase, and does something at one of them."""

    moment: int
    kill: bool = False
    interrupt: bool = False
    seen: list[str] = field(default_factory=list)

    def event(self, event: Event) -> None:
        if isinstance(event, StepStarted | StepFinished):
            self._pass(f"{type(event).__name__} {event.number}")

    def stage(self, stage: Stage) -> None:
        self._pass(stage.value)

    def _pass(self, name: str) -> None:
        self.seen.append(name)
        if len(self.seen) != self.moment:
            return
        if self.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        raise KeyboardInterrupt if self.interrupt else Fault(name)


@dataclass(frozen=True)
class Before:
    """All that a rebase may change."""

    texts: dict[str, bytes]
    tables: set[str]
    rows: set[str]
    data: list[tuple[object, ...]]

    @classmethod
    def of(cls, branches: Branches) -> Before:
        project = branches.project
        data = project.sql('SELECT id FROM "t_mmm1"')
        return cls(branches.texts(), project.tables(), project.rows(), data)


def prepared(
    root: Path,
    url: DatabaseUrl | None = None,
    broken: Mapping[str, Mapping[str, str]] | None = None,
) -> Branches:
    """Two own revisions that go onto two of upstream's, applied, with a row in a table.

    `broken` are lines for the upgrade (`up`) or the downgrade (`down`) of some revisions.
    """
    own = "aaa1 > mmm1 > mmm2, aaa1 > nnn1"
    branches = make_branches(root, "aaa1", own, "aaa1 > bbb1 > bbb2", url=url)
    for id_, lines in (broken or {}).items():
        branches.write(branches.workspace.graph.revisions[id_], **lines)
    branches.goto("mmm2")
    branches.project.sql('INSERT INTO "t_mmm1" VALUES (7)')
    return branches


def run(branches: Branches, wire: Tripwire) -> None:
    rebasing.execute(rebasing.plan(branches.workspace), on_event=wire.event, on_stage=wire.stage)


def is_tidy(branches: Branches) -> bool:
    """Whether nothing is left beside the files, and no log."""
    log = branches.project.root / ".fidesdev" / "rebase.json"
    return not log.exists() and not list(branches.versions.glob(".*.rebase"))


ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, transaction_per_migration={per_step})
    with context.begin_transaction():
        context.run_migrations()
"""
ENV_ONE, ENV_PER_STEP = ENV.format(per_step=False), ENV.format(per_step=True)
