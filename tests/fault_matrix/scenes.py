"""A project and a database that can be put back to where they were, and what has to hold there."""

from __future__ import annotations

import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fidesdev.adapters.postgres import connect
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.journal import JournalMove, Outcome
from fidesdev.core.snapshots import physical_name
from fidesdev.core.url import DatabaseUrl
from fidesdev.services import journal, snapshots
from tests.fault_matrix.acting import Outcome as Ended
from tests.fault_matrix.acting import act
from tests.fault_matrix.verbs import SETTINGS, Verb
from tests.fault_matrix.watching import VARYING, Fault
from tests.notation import revisions
from tests.projects import Project
from tests.repositories import AUTHOR
from tests.wire import Wire

TIDYING = "tidying"
_SECONDS = 60.0
_A_WHILE = 3600
_ONE_AT_A_TIME = threading.Lock()
"""Migrations in this process: they change its folder, its path and SQLAlchemy's listeners."""
_LOCK = ".fidesdev-lock"
"""Nobody's once its process is gone, and the next one's to remove."""
_OURS = """
SELECT datname FROM pg_database
 WHERE starts_with(datname, 'fidesdev_') AND shobj_description(oid, 'pg_database') LIKE %s
"""


@dataclass(frozen=True, slots=True)
class State:
    """All that a command may change and a person would miss."""

    rows: frozenset[str]
    tables: frozenset[str]
    texts: Mapping[str, bytes] = field(repr=False)
    data: tuple[object, ...]
    snapshots: frozenset[str]
    """Those with a name of somebody's choice."""


@dataclass
class Scene:
    """A verb's project in a folder, and its database, with copies of both as they were."""

    verb: Verb
    folder: Path
    project: Project
    server: DatabaseUrl | None
    kept: frozenset[str] = frozenset()
    """Databases of ours that were there from the beginning."""

    @property
    def root(self) -> Path:
        return self.project.root

    def run(
        self,
        *arguments: str,
        aim: tuple[int, Fault | None] = (0, None),
        wire: Wire | None = None,
    ) -> Ended:
        """A command line on the project, in a process of its own."""
        own = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
        home = str(self.root / "home")
        environ = {**own, **SETTINGS, **AUTHOR, "HOME": home, "TMPDIR": str(self.folder)}
        environ |= {"LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": os.devnull}
        url = self.project.url
        return act(self.root, arguments, url, environ=environ, aim=aim, wire=wire)

    def keep(self) -> None:
        """Have `reset` come back to how it is now.

        The revision files are not of this moment: what was read of one that is, is not kept.
        """
        settled = time.time() - _A_WHILE
        for path in self._versions.glob("*.py"):
            os.utime(path, (settled, settled))
        shutil.copytree(self.root, self.folder / "kept", symlinks=True)
        if self.server:
            self.kept = frozenset(self._databases())
            _run(self.server, f"CREATE DATABASE {self._copy} TEMPLATE {self._name}")

    def reset(self) -> None:
        """Put folder and database back."""
        shutil.rmtree(self.root)
        shutil.copytree(self.folder / "kept", self.root, symlinks=True)
        if self.server:
            gone = [self._name, *sorted(self._databases() - self.kept)]
            _drop(self.server, gone)
            _run(self.server, f"CREATE DATABASE {self._name} TEMPLATE {self._copy}")

    def remove(self) -> None:
        """Nothing is left on the server."""
        if self.server:
            _drop(self.server, [self._name, self._copy, *sorted(self._databases())])

    def state(self) -> State:
        """What is there now; fails where the database is missing or cannot be read."""
        project = self.project
        if not self.server:
            assert Path(project.url.database).exists(), "the database is missing"
            ((sound,),) = project.sql("PRAGMA integrity_check")
            assert sound == "ok", sound
        tables = project.tables()
        table = self.verb.table
        rows = project.sql(f"SELECT * FROM {table} ORDER BY 1") if table[2:] in tables else []
        listed = snapshots.list_(project.workspace).snapshots
        return State(
            rows=frozenset(project.rows()),
            tables=frozenset(tables),
            texts={one.name: one.read_bytes() for one in self._versions.glob("*.py")},
            data=tuple(rows),
            snapshots=frozenset(one.name for one in listed if not one.automatic) - {TIDYING},
        )

    def leftovers(self) -> frozenset[str]:
        """Names of files and of databases, without what is different every time."""
        root = self.root
        files = [
            str(path.relative_to(root))
            for path in root.rglob("*")
            if not {".git", "__pycache__"} & set(path.relative_to(root).parts)
        ]
        found = {VARYING.sub("#", name) for name in files if not name.endswith(_LOCK)}
        if self.server:
            listed = {one.storage for one in snapshots.list_(self.project.workspace).snapshots}
            found |= self._databases() - listed
        return frozenset(found)

    def connections(self) -> int:
        """Sessions in the database, once those of killed processes had their time to end."""
        if not self.server:
            return 0
        count = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{self._name}'"
        deadline = time.monotonic() + _SECONDS
        while (left := _run(self.server, count)[0][0]) and time.monotonic() < deadline:
            time.sleep(0.05)
        return int(left)

    def journal_lies(self, rows: frozenset[str]) -> Iterator[str]:
        """Where the journal contradicts itself or the database."""
        found = journal.moves(self.project.workspace)[::-1]
        left: frozenset[str] | None = None
        for move in found:
            if left is not None and left != frozenset(move.before):
                yield f"journal: {move.command} began elsewhere than the one before it ended"
            left = None if move.after is None else frozenset(move.after)
            yield from self._move_lies(move)
        if left is not None and left != rows:
            yield f"journal: it ends at {sorted(left)}, and the database is at {sorted(rows)}"

    def _move_lies(self, move: JournalMove) -> Iterator[str]:
        if move.outcome is Outcome.RUNNING:
            yield f"journal: {move.command} is said to be running"
        if move.outcome is not Outcome.DONE or not self.verb.tree or not move.steps:
            return
        graph = RevisionGraph.build(revisions(self.verb.tree))
        applied = set(graph.ancestors(move.before))
        for step in move.steps:
            (applied.add if step.direction == "up" else applied.discard)(step.revision)
        if applied != graph.ancestors(move.after or ()):
            yield f"journal: the steps of {move.command} do not lead to where it ended"

    @property
    def _versions(self) -> Path:
        return self.root / "migrations" / "versions"

    @property
    def _name(self) -> str:
        return self.project.url.database

    @property
    def _copy(self) -> str:
        return f"{self._name}_kept"

    def _databases(self) -> set[str]:
        """The databases that this one's snapshots are in, or that are being made of it."""
        assert self.server
        name = self._name
        marked = {row[0] for row in _run(self.server, _OURS, (f'%"database": "{name}"%',))}
        names = {physical_name(kind, name) for kind in ("making", "replaced")}
        every = {row[0] for row in _run(self.server, "SELECT datname FROM pg_database")}
        return marked | (names & every)


@contextmanager
def opened(verb: Verb, folder: Path, server: DatabaseUrl | None) -> Iterator[Scene]:
    """A scene of the verb, ready to be `reset`; on a SQLite file where no server is given."""
    folder.mkdir(parents=True)
    url = None
    if server:
        url = server.with_database(f"fidesdev_matrix_{uuid.uuid4().hex[:12]}")
        _run(server, f"CREATE DATABASE {url.database} TEMPLATE template0")
    scene = Scene(verb, folder, Project(folder, url or server, ()), server)  # type: ignore[arg-type]
    try:
        with _ONE_AT_A_TIME:
            scene.project = verb.prepare(folder / "p", url)
        scene.keep()
        yield scene
    finally:
        if server:
            scene.remove()
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    server: DatabaseUrl, statement: str, values: tuple[object, ...] | None = None
) -> list[tuple[Any, ...]]:
    with closing(connect(server, autocommit=True, timeout=30)) as connection:
        cursor = connection.cursor()
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def _drop(server: DatabaseUrl, names: list[str]) -> None:
    for name in names:
        _run(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
