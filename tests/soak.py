"""Random commands, one after the other, on one project and database: nothing breaks, nothing leaks.

    python -m tests.soak [--commands N] [--seed N] [--on sqlite|postgresql]

All of them run in this process, so that a connection or file that one leaves open is seen.
"""

from __future__ import annotations

import argparse
import gc
import io
import os
import random
import resource
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

from fidesdev.adapters.postgres import connect
from fidesdev.cli.app import program
from fidesdev.cli.invocation import run
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.url import DatabaseUrl
from fidesdev.services import journal, snapshots
from tests.fault_matrix.__main__ import server_for
from tests.notation import revisions
from tests.projects import Project, make_project, write_script
from tests.repositories import AUTHOR, Repository

TREE = "base0 > comm > aaa1 > aaa2 > aaa3, comm > bbb1 > bbb2"
COMMON, UPSTREAM = "base0 > comm", "base0 > comm > bbb1 > bbb2"
FEATURE = "base0 > comm > aaa1 > aaa2 > aaa3"
REBASED = "base0 > comm > bbb1 > bbb2 > aaa1 > aaa2 > aaa3"
"""What the journal may remember of a branch that was thrown away."""
WITH_TABLE = frozenset(one.id for one in revisions(TREE))
"""All but merge points."""
SETTINGS = {"FIDES__FIDESDEV__SNAPSHOTS": '{"spares": 0, "keep": 3}'}
"""No copies in the background: they would be there for a while, which is no leak."""
BUG = 70
REFUSED = {1, 3, 5}
"""Exit codes of commands that had nothing to do, or too much to lose."""
_WARM = 40
"""Commands after which every module is loaded and every cache is warm."""


class Broken(AssertionError):
    """An invariant does not hold."""


@dataclass
class Soak:
    """One project and database, and what was done to it."""

    project: Project
    repository: Repository
    server: DatabaseUrl | None
    chance: random.Random
    temporary: Path
    done: Counter[str] = field(default_factory=Counter)
    number: int = 0
    usual: tuple[int, int] | None = None
    """Open files and threads of this process once it is warm."""
    others: frozenset[str] = frozenset()
    """Processes that this one had before."""
    joins: dict[str, Revision] = field(default_factory=dict, repr=False)
    """Every merge point that there ever was."""
    last: str = ""

    def go_on(self, commands: int) -> None:
        """Do so many more."""
        for _ in range(commands):
            self.number += 1
            self.chance.choice(_COMMANDS)(self)
            self.check()
            if self.number % 10 == 0:
                self.check_leaks()

    def do(self, *arguments: str, codes: frozenset[int] = frozenset()) -> int:
        """Run a command; raises `Broken` where it ends as it never should."""
        where = ("-C", str(self.project.root), "--database-url", self.project.url.render())
        written = io.BytesIO()
        said = io.TextIOWrapper(written, encoding="utf-8", write_through=True)
        with redirect_stdout(said), redirect_stderr(said):
            code = run(program, [*where, *arguments])
        self.last = f"{' '.join(arguments)}: {code}\n{written.getvalue().decode()}"
        self.done[f"{' '.join(arguments[:2])}: {code}"] += 1
        if code not in {0, *(codes or REFUSED)}:
            raise self.broken(f"it ended with {code}")
        return code

    def check(self) -> None:
        """Raise `Broken` unless schema, version table and journal agree."""
        rows, tables = self.project.rows(), self.project.tables()
        graph = self.project.workspace.graph
        self.joins |= {one.id: one for one in graph.revisions.values() if len(one.parents) > 1}
        every = RevisionGraph.build([*revisions(TREE), *self.joins.values()])
        graphs = [graph, every, RevisionGraph.build(revisions(REBASED))]
        known = [one for one in graphs if rows <= one.revisions.keys()]
        if tables not in [one.ancestors(rows) & WITH_TABLE for one in known]:
            raise self.broken(f"the version table says {sorted(rows)}, there are {sorted(tables)}")
        left: frozenset[str] | None = None  # a reset begins a journal of its own
        for move in journal.moves(self.project.workspace, 20)[::-1]:
            if left not in (None, frozenset(move.before)) and not move.is_reset:
                raise self.broken(f"the journal has a gap before {move.command}")
            left = None if move.after is None else frozenset(move.after)
        if left is not None and left != rows:
            raise self.broken(f"the journal ends at {sorted(left)}, not {sorted(rows)}")

    def check_leaks(self) -> None:
        """Raise `Broken` where something was left open or lying about."""
        gc.collect()
        found = _count("/proc/self/fd"), _count("/proc/self/task")
        if self.number >= _WARM:
            self.usual = self.usual or found
            if found > self.usual:
                raise self.broken(f"files and threads were {self.usual}, and are {found}")
        if processes := children() - self.others:
            raise self.broken(f"processes are left: {sorted(processes)}")
        if left := [*self.temporary.iterdir()]:
            raise self.broken(f"temporary files are left: {left}")
        if self.server and (sessions := [*_sessions(self.server, self.project.url.database)]):
            raise self.broken(f"connections are left: {sessions}")
        if self.server and (databases := sorted(self.databases() - self.known())):
            raise self.broken(f"databases are left: {databases}")

    def databases(self) -> set[str]:
        """Those of the server that are ours and were made of this database."""
        assert self.server
        name = self.project.url.database
        with closing(connect(self.server, autocommit=True, timeout=30)) as connection:
            cursor = connection.cursor()
            cursor.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, 'fidesdev_')"
                " AND shobj_description(oid, 'pg_database') LIKE %s",
                (f"%{name}%",),
            )
            return {one for (one,) in cursor.fetchall()}

    def known(self) -> set[str]:
        """The databases of snapshots."""
        return {one.storage for one in snapshots.list_(self.project.workspace).snapshots}

    def broken(self, problem: str) -> Broken:
        return Broken(f"after command {self.number}, {self.last}\n{problem}")

    def names(self) -> list[str]:
        """The snapshots with a name of ours."""
        found = snapshots.list_(self.project.workspace).snapshots
        return [one.name for one in found if not one.automatic]

    def any_revision(self) -> str:
        return self.chance.choice(sorted(self.project.workspace.graph.revisions))


def upgrade(soak: Soak) -> None:
    soak.do("db", "upgrade", soak.chance.choice(["heads", "+1", soak.any_revision()]))


def goto(soak: Soak) -> None:
    soak.do("db", "goto", soak.chance.choice([soak.any_revision(), "base", "-"]), "--yes")


def downgrade(soak: Soak) -> None:
    soak.do("db", "downgrade", soak.chance.choice(["-1", "base", soak.any_revision()]), "--yes")


def sync(soak: Soak) -> None:
    soak.do("db", "sync", "--yes")


def undo(soak: Soak) -> None:
    soak.do("db", "undo", "--yes")


def redo(soak: Soak) -> None:
    soak.do("db", "redo", soak.chance.choice(["1", "2"]), "--yes")


def save(soak: Soak) -> None:
    soak.do("snapshot", "save", f"s{soak.chance.randrange(4)}")


def restore(soak: Soak) -> None:
    for name in soak.chance.sample(soak.names(), k=min(1, len(soak.names()))):
        soak.do("snapshot", "restore", name, "--yes")


def delete(soak: Soak) -> None:
    for name in soak.chance.sample(soak.names(), k=min(1, len(soak.names()))):
        soak.do("snapshot", "delete", name, "--yes")


def rename(soak: Soak) -> None:
    for name in soak.chance.sample(soak.names(), k=min(1, len(soak.names()))):
        soak.do("snapshot", "rename", name, f"s{soak.chance.randrange(4)}")


def stamp(soak: Soak) -> None:
    """Write another row, and write the old ones back."""
    before, tables = soak.project.rows(), soak.project.tables()
    if not before <= soak.project.workspace.graph.revisions.keys():
        return
    soak.do("db", "stamp", soak.any_revision(), "--yes")
    if soak.project.tables() != tables:
        raise soak.broken("stamping changed the schema")
    if soak.project.rows() == before:
        return  # nothing to undo
    soak.do("db", "undo", "--yes")
    if soak.project.rows() != before:
        raise soak.broken(f"undoing it left {sorted(soak.project.rows())}, not {sorted(before)}")
    elsewhere = "base0" if before == {"comm"} else "comm"
    soak.do("db", "goto", elsewhere, "--yes")  # or the next undo would write the stamp again


def reset(soak: Soak) -> None:
    soak.do("db", "reset", "--yes")


def switch(soak: Soak) -> None:
    """Check another branch out, and mostly follow it."""
    soak.repository.git("checkout", "-q", soak.chance.choice(["main", "feature", "both"]))
    if soak.chance.random() < 0.7:
        sync(soak)


def merge_heads(soak: Soak) -> None:
    """Join the heads of the branch that has two, apply that, and throw it away."""
    soak.repository.git("checkout", "-q", "both")
    soak.do("db", "sync", "--yes")
    soak.do("db", "merge-heads", "-m", "join")
    soak.do("db", "upgrade")
    soak.check()
    soak.do("db", "goto", "comm", "--yes")
    soak.repository.git("clean", "-q", "-f", "migrations")


def rebase(soak: Soak) -> None:
    """Rebase a copy of the feature branch that has merged main, and throw it away."""
    soak.repository.git("checkout", "-q", "feature")
    soak.do("db", "goto", soak.chance.choice(["aaa1", "aaa3", "comm"]), "--yes")
    soak.repository.git("checkout", "-q", "-b", "passing")
    soak.repository.git("merge", "-q", "--no-edit", "main")
    soak.do("db", "rebase", "--yes")
    soak.check()
    soak.repository.commit("rebased")
    soak.do("db", "upgrade")
    soak.check()
    soak.repository.git("checkout", "-q", "main")
    soak.do("db", "sync", "--yes")
    soak.check()
    soak.repository.git("branch", "-q", "-D", "passing")


def look(soak: Soak) -> None:
    """Something that only reads."""
    words = ("status", "current", "heads", "history", "log", "check", "doctor", "graph")
    soak.do("db", soak.chance.choice(words), *soak.chance.choice([(), ("--json",)]))


_COMMANDS: tuple[Callable[[Soak], None], ...] = (
    *(upgrade, goto, downgrade, sync, undo, redo, save, restore, delete, rename) * 2,
    *(stamp, reset, switch, switch, merge_heads, rebase, look, look),
)


@contextmanager
def opened(folder: Path, server: DatabaseUrl | None, seed: int) -> Iterator[Soak]:
    """A project in a repository with three branches, on a database of its own."""
    url = server and server.with_database(f"fidesdev_soak_{uuid.uuid4().hex[:12]}")
    if server and url:
        _run(server, f"CREATE DATABASE {url.database} TEMPLATE template0")
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    variables = {**SETTINGS, **AUTHOR, "TMPDIR": str(temporary), "HOME": str(folder)}
    project = replace(make_project(folder / "p", [], url), environ=SETTINGS)
    repository = Repository(project.root)
    made = Soak(project, repository, server, random.Random(seed), temporary)
    with patch.dict(os.environ, variables), patch("tempfile.tempdir", None):
        try:
            made.others = children()
            _branches(repository)
            made.do("db", "upgrade")
            yield made
        finally:
            if server and url:
                for name in (url.database, *made.databases()):
                    _run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _branches(repository: Repository) -> None:
    """`main` and `feature` go on from one commit; `both` has merged them."""
    (repository.folder / ".gitignore").write_text("*.db*\n.fidesdev\n__pycache__\n")
    repository.git("init", "-q", "-b", "main")
    _add(repository, COMMON)
    repository.git("branch", "feature")
    _add(repository, UPSTREAM)
    repository.git("checkout", "-q", "feature")
    _add(repository, FEATURE)
    repository.git("checkout", "-q", "-b", "both", "main")
    repository.git("merge", "-q", "--no-edit", "feature")
    repository.git("checkout", "-q", "main")


def _add(repository: Repository, tree: str) -> None:
    """Commit the revisions of the tree that have no file yet."""
    for revision in revisions(tree):
        if not (repository.versions / f"{revision.id}.py").exists():
            write_script(repository.folder, revision)
    repository.commit(tree)


def _count(folder: str) -> int:
    return sum(1 for _ in Path(folder).iterdir())


def children() -> frozenset[str]:
    """The processes that this one has started and that have not ended."""
    return frozenset(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def _sessions(server: DatabaseUrl, database: str) -> Iterator[str]:
    """What is connected to the database, once sessions that end had the time for it."""
    deadline = time.monotonic() + 60
    while True:
        found = _run(
            server, f"SELECT application_name FROM pg_stat_activity WHERE datname = '{database}'"
        )
        if not found or time.monotonic() > deadline:
            yield from (str(name) for (name,) in found)
            return
        time.sleep(0.05)


def _run(server: DatabaseUrl, statement: str) -> list[tuple[object, ...]]:
    with closing(connect(server, autocommit=True, timeout=30)) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--commands", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), default="postgresql")
    asked = parser.parse_args()
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        on_file = asked.on == "sqlite"
        server = None if on_file else stack.enter_context(server_for(folder))
        with opened(folder / "soak", server, asked.seed) as soak:
            while soak.number < asked.commands:
                soak.go_on(min(100, asked.commands - soak.number))
                size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                seconds = time.monotonic() - began
                print(f"{soak.number} commands, {seconds:.0f} s, {size} MB", flush=True)
        for line, count in sorted(soak.done.items()):
            print(f"{count:6} {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
