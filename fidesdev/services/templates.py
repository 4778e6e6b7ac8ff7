"""The template that a database at some revisions is copied from: what is in it, and building it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from fidesdev.core.recovery import Recovered
from fidesdev.core.reports import Listener, ignore
from fidesdev.core.target import parse_target
from fidesdev.core.templates import Ingredients, Label, extensions_made
from fidesdev.core.url import DatabaseUrl
from fidesdev.services.workspace import Workspace

Extension = tuple[str, str, str]
"""Name, version and schema."""

_READ = frozenset({".py", ".sql", ".json", ".csv", ".yml", ".yaml"})
"""Beside env.py: what migrations import or read."""
_URL = re.compile(rb"^sqlalchemy\.url\s*[=:].*$", re.MULTILINE)
"""Each database has its own."""


class Templates(Protocol):
    """Where the templates of a kind of database are kept."""

    def facts(self) -> dict[str, Any]:
        """What of the place decides how a template turns out."""

    def has(self, fingerprint: str) -> bool:
        """Whether the template is there, whole."""

    def build(
        self, fingerprint: str, label: Label, *, patience: float, base: str | None = None
    ) -> AbstractContextManager[DatabaseUrl | None]:
        """A new database to fill, or a copy of `base`; None where another run was faster."""

    def note_use(self, fingerprint: str) -> None:
        """Remember that it is in use."""

    def prune(self, project: str, current: str) -> None:
        """Drop what the project has not used for long."""

    def remove(self, fingerprint: str) -> None:
        """Drop the template."""


@dataclass(frozen=True)
class Wanted:
    """What a template is to be at, as one workspace sees it."""

    workspace: Workspace = field(repr=False)
    standing: Recovered = field(repr=False)
    """The graph that the heads are in."""
    heads: frozenset[str]
    seed: int = 0

    @cached_property
    def applied(self) -> frozenset[str]:
        """Every revision that it takes."""
        return self.standing.graph.ancestors(self.heads)

    @cached_property
    def scripts(self) -> Mapping[str, bytes]:
        """The text of each."""
        root, found = self.workspace.settings.project, self.standing.sources
        revisions = self.standing.graph.revisions
        return {
            id_: found[id_].source if id_ in found else _read(root / revisions[id_].path)
            for id_ in self.applied
        }

    def outside(self, extensions: Iterable[Extension]) -> tuple[Extension, ...]:
        """The extensions that no script installs, so that somebody else did."""
        if not extensions:
            return ()
        made = extensions_made(self.scripts.values())
        return tuple(one for one in extensions if one[0] not in made)

    def fingerprint(self, templates: Templates) -> str:
        """What the template is found by."""
        return Ingredients(
            heads=self.heads,
            scripts=self.scripts,
            environment=environment_of(self.workspace),
            options=options_of(self.workspace) | (_sample(self.workspace) if self.seed else {}),
            server=templates.facts(),
            seed=self.seed,
        ).fingerprint


def wanted(
    workspace: Workspace, to: str = "heads", *, rows: frozenset[str] = frozenset(), seed: int = 0
) -> Wanted:
    """The revisions that `to` means for a database with `rows`; raises what `resolve` raises."""
    standing = Recovered(workspace.graph)
    if to == "heads":
        return Wanted(workspace, standing, workspace.graph.heads, seed)
    from fidesdev.services.destinations import destination
    from fidesdev.services.unknown import recovered

    target = parse_target(to)
    if target.anchor == "current" or target.is_previous:
        standing = recovered(workspace, rows)
    known = rows & standing.graph.revisions.keys()
    standing, found = destination(workspace, target, known, standing)
    return Wanted(workspace, standing, standing.graph.tips(found.ids), seed)


def ready(
    wanted: Wanted, templates: Templates, on_event: Listener = ignore, *, rebuild: bool = False
) -> tuple[str, bool]:
    """The fingerprint of a template that is there, and whether it was built for it.

    Raises what a migration raises, and `TemplateBusy`.
    """
    fingerprint = wanted.fingerprint(templates)
    if rebuild:
        templates.remove(fingerprint)
    elif templates.has(fingerprint):
        templates.note_use(fingerprint)
        return fingerprint, False
    base = None
    if wanted.seed:
        base, _built = ready(replace(wanted, seed=0), templates, on_event, rebuild=rebuild)
    workspace, now = wanted.workspace, datetime.now(UTC)
    label = Label(project_of(workspace), tuple(sorted(wanted.heads)), wanted.seed, now, now)
    patience = workspace.lock_timeout
    with templates.build(fingerprint, label, patience=patience, base=base) as url:
        if url is None:
            return fingerprint, False
        with _unjournaled(workspace, url) as new:
            _fill(wanted, new, on_event)
    templates.prune(label.project, fingerprint)
    return fingerprint, True


def project_of(workspace: Workspace) -> str:
    """What no other project is called: its folder, and the machine that it is on."""
    return f"{socket.gethostname()}:{workspace.settings.project}"


def _fill(wanted: Wanted, workspace: Workspace, on_event: Listener) -> None:
    if wanted.seed:
        from fidesdev.services import seeding

        seeding.seed(workspace, count=wanted.seed)
        return
    from fidesdev.core.planner import plan_goto
    from fidesdev.core.target import Destination
    from fidesdev.services.migrations import Move, execute

    graph = wanted.standing.graph
    to = Destination(wanted.heads, frozenset(graph.revisions))
    plan = plan_goto(graph, frozenset(), to)
    command = "db reset (its template)"
    execute(
        Move(workspace, plan, workspace.recorded(), command=command, recovered=wanted.standing),
        on_event=on_event,
    )


@contextmanager
def _unjournaled(workspace: Workspace, url: DatabaseUrl) -> Iterator[Workspace]:
    """The workspace on a new database whose journal is inside of it, if anywhere."""
    from fidesdev.adapters.journal import file_beside

    tool = workspace.settings.tool
    kept = "auto" if tool.journal in {"auto", "database"} else "off"
    settings = replace(workspace.settings, tool=replace(tool, journal=kept))
    try:
        yield replace(workspace, settings=settings, renamed=url.database, no_snapshot=True)
    finally:
        with suppress(OSError):
            file_beside(url, tool.data_dir).unlink(missing_ok=True)


def options_of(workspace: Workspace) -> dict[str, Any]:
    """How Alembic is called, and what it reads of its own configuration."""
    from fidesdev.adapters.alembic_options import tool_alembic

    config, tool = workspace.alembic, workspace.settings.tool
    return {
        "section": config.section,
        "ini": _URL.sub(b"", _read(config.ini)).decode(errors="replace") if config.ini else None,
        "toml": tool_alembic(config.pyproject) if config.pyproject else None,
        "x": workspace.x_arguments,
        "version_table": workspace.version_table,
        "variables": dict(tool.runner_env),
        "journal": tool.journal,
    }


def _sample(workspace: Workspace) -> dict[str, Any]:
    """What the sample depends on: its dates are relative, and identities are encrypted."""
    return {"day": datetime.now(UTC).date(), "key": workspace.settings.app_encryption_key}


def environment_of(workspace: Workspace) -> dict[str, bytes]:
    """env.py and what migrations may import or read: beside it, and one folder below."""
    config = workspace.alembic
    revisions = {str(folder) for folder in config.version_locations}
    found = {}
    for folder in (config.script_location, *_subfolders(config.script_location)):
        for path in sorted(folder.iterdir()):
            is_revision = str(folder) in revisions and path.suffix == ".py"
            if path.suffix in _READ and not is_revision and path.is_file():
                found[path.relative_to(config.script_location).as_posix()] = _read(path)
    return found


def _subfolders(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith((".", "__")):
            yield path


def _read(path: Path) -> bytes:
    """The file's content; nothing where it cannot be read."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - half of the time, for hundreds
            return file.read()
    except OSError:
        return b""
