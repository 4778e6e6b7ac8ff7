"""An empty database at some revisions in the place of the one that is there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from fidesdev.adapters.postgres_templates import Extension, PostgresTemplates, installed_extensions
from fidesdev.adapters.server_statements import Server, server_of
from fidesdev.adapters.sqlite_templates import SqliteTemplates
from fidesdev.core.planner import Plan
from fidesdev.core.reports import Listener, SnapshotSkipped, ignore
from fidesdev.core.resetting import ResetReport, TemplateReport
from fidesdev.core.server import Contents
from fidesdev.core.snapshots import Snapshot
from fidesdev.errors import DatabaseMissing, UsageError
from fidesdev.services.templates import Templates, Wanted, ready, wanted
from fidesdev.services.workspace import Workspace

COMMAND = "db reset"
Extensions = tuple[Extension, ...]


@dataclass(frozen=True)
class Reset:
    """A reset of one workspace's database, ready to be shown and then carried out."""

    workspace: Workspace = field(repr=False)
    wanted: Wanted = field(repr=False)
    before: frozenset[str]
    contents: Contents | None
    """None: there is no database yet."""
    extensions: Extensions
    """Those that no migration installs."""
    rebuild: bool
    report: ResetReport
    """What it would do; nothing was run."""

    @property
    def loss(self) -> str | None:
        """What somebody has to agree to; None where nothing is lost."""
        if self.contents is None:
            return None
        return f"this replaces database {self.workspace.database.database!r} by an empty one"


def plan(workspace: Workspace, *, to: str = "heads", seed: int = 0, rebuild: bool = False) -> Reset:
    """What a reset to `to` would do; `rebuild` builds the template again, whatever is cached.

    Raises what `resolve` raises for `to`, and `DatabaseUnavailable`.
    """
    url = workspace.database
    if url.database == ":memory:":
        raise UsageError(
            "a database in memory ends with the command",
            hint="Name a file: '--database-url sqlite:///app.db'.",
        )
    with _looked_at(workspace) as (contents, installed, server):
        rows = workspace.recorded().rows if contents else frozenset()
        found = wanted(workspace, to, rows=rows, seed=seed)
        extensions = found.outside(installed)
        templates = PostgresTemplates(server, extensions) if server else _files(workspace)
        fingerprint = found.fingerprint(templates)
        built = rebuild or not templates.has(fingerprint)
    gone = contents or Contents(bytes=0, tables=0)
    report = ResetReport(
        database=url.database,
        address=url.address,
        exists=contents is not None,
        before=tuple(sorted(rows)),
        after=tuple(sorted(found.heads)),
        bytes=gone.bytes,
        tables=gone.tables,
        connections=gone.connections,
        template=TemplateReport(fingerprint, built, len(found.applied), seed),
        spare=False,
        snapshot=None,
        executed=False,
    )
    return Reset(workspace, found, rows, contents, extensions, rebuild, report)


def execute(reset: Reset, *, on_event: Listener = ignore) -> ResetReport:
    """Put an empty copy of the template in the database's place; the old one becomes a snapshot.

    The database stays as it is until its successor is whole. Raises what `ready` raises,
    `CopyFailed`, `CopyRunning` and `LockBusy`.
    """
    from fidesdev.services.journal import recording

    began = time.monotonic()
    workspace, after = reset.workspace, reset.wanted.heads
    is_file = workspace.database.backend == "sqlite"
    done = (_into_file if is_file else _swapped)(reset, on_event)
    with recording(workspace, COMMAND, Plan(reset.before, after, ())) as journaled:
        journaled.remember(done.kept.storage if done.kept else None)
    return replace(
        reset.report,
        template=replace(reset.report.template, built=done.built),
        spare=done.spare,
        snapshot=done.kept.name if done.kept else None,
        executed=True,
        seconds=round(time.monotonic() - began, 3),
    )


@contextmanager
def opened(workspace: Workspace, extensions: Extensions = ()) -> Iterator[Templates]:
    """Where the templates for such a database are."""
    if workspace.database.backend == "sqlite":
        yield _files(workspace)
        return
    with server_of(workspace.database) as server:
        yield PostgresTemplates(server, extensions)


def installed(workspace: Workspace) -> Extensions:
    """The extensions of the database, if there is one."""
    with _looked_at(workspace) as (_contents, extensions, _server):
        return extensions


@dataclass(frozen=True, slots=True)
class _Done:
    built: bool
    spare: bool
    kept: Snapshot | None


def _swapped(reset: Reset, on_event: Listener) -> _Done:
    """Put a copy in the place of a PostgreSQL database by renaming both."""
    from fidesdev.adapters import database_copies as copies
    from fidesdev.adapters import postgres_snapshots as snapshots

    workspace, url = reset.workspace, reset.workspace.database
    fingerprint, built = reset.report.template.fingerprint, False
    if reset.report.template.built:  # before anything is locked, for it may take minutes
        with opened(workspace, reset.extensions) as templates:
            fingerprint, built = ready(reset.wanted, templates, on_event, rebuild=reset.rebuild)
    with copies.for_copying(url, patience=workspace.lock_timeout) as server:
        kept, forgotten = _to_keep(reset, snapshots.all_snapshots(server), on_event)
        here = PostgresTemplates(server, reset.extensions)
        if not here.has(fingerprint):  # it was dropped in the meantime
            ready(reset.wanted, here, on_event)
        here.note_use(fingerprint)
        new = copies.making_name(url.database)
        spare = here.take(fingerprint, new)
        usual = copies.read_attributes(server, new)
        assert usual is not None
        kept = snapshots.put_in_place(
            server,
            new,
            live=here.attributes,
            usual=replace(usual, allows_connections=True),
            kept=kept if here.attributes else None,
        )
        here.refill(fingerprint, workspace.settings.tool.snapshots.spares)
        for old in forgotten:
            snapshots.delete_unattended(server, old)
    return _Done(built, spare, kept)


def _into_file(reset: Reset, on_event: Listener) -> _Done:
    """Write the template into a SQLite database."""
    from fidesdev.services import automatic

    workspace = reset.workspace
    templates = _files(workspace)
    fingerprint, built = ready(reset.wanted, templates, on_event, rebuild=reset.rebuild)
    kept = None
    if reset.contents and automatic.is_wanted(workspace):
        kept = automatic.take(workspace, COMMAND, on_event)
    templates.copy(fingerprint, Path(workspace.database.database))
    return _Done(built, spare=False, kept=kept)


def _to_keep(
    reset: Reset, present: Sequence[Snapshot], on_event: Listener
) -> tuple[Snapshot | None, Sequence[Snapshot]]:
    """The snapshot that the old database is to become, and those that make room for it."""
    from fidesdev.adapters.git import read_checkout
    from fidesdev.core.automatic_names import automatic_name
    from fidesdev.services import automatic

    workspace, now = reset.workspace, datetime.now(UTC)
    if reset.contents is None or not automatic.is_wanted(workspace):
        return None, ()
    limits, name = workspace.settings.tool.snapshots, workspace.database.database
    if reset.contents.bytes > limits.max_size:
        reason = f"{reset.contents.bytes:,} bytes are more than max_size of [fidesdev.snapshots]"
        on_event(SnapshotSkipped(f"{reason}, {limits.max_size:,}"))
        return None, ()
    own = [one for one in present if one.database == name]
    checkout = read_checkout(workspace.settings.project)
    kept = Snapshot(
        name=automatic_name(COMMAND, now, {one.name for one in own}),
        database=name,
        revisions=reset.report.before,
        branch=checkout.branch if checkout else None,
        commit=checkout.commit if checkout else None,
        message=None,
        created=now,
        automatic=True,
    )
    return kept, [one for one in own if one.automatic][limits.keep - 1 :]


@contextmanager
def _looked_at(
    workspace: Workspace,
) -> Iterator[tuple[Contents | None, Extensions, Server | None]]:
    """What is in the database, its extensions, and the server to ask more; of a file nothing more.

    The contents are None where there is no database. What is asked is in every database of the
    server: one connection does.
    """
    url = workspace.database
    if url.backend == "sqlite":
        from fidesdev.adapters import sqlite

        yield sqlite.contents(Path(url.database)), (), None
        return
    from fidesdev.adapters import postgres

    try:
        connection = postgres.connect(url, autocommit=True)
    except DatabaseMissing:
        with server_of(url) as server:
            yield None, (), server
        return
    with closing(connection):
        extensions = installed_extensions(connection)
        yield postgres.contents_of(connection), extensions, Server(url, connection)


def _files(workspace: Workspace) -> SqliteTemplates:
    return SqliteTemplates(workspace.settings.tool.data_dir / "templates")
