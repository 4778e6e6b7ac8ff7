"""Real Alembic projects on disk, whose every revision makes a table named after it."""

from __future__ import annotations

import re
import sqlite3
import textwrap
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory

from fidesdev.adapters.postgres import connect
from fidesdev.config import Flags
from fidesdev.core.graph import Revision
from fidesdev.core.url import DatabaseUrl
from fidesdev.services.workspace import Workspace, open_workspace
from tests.notation import revisions

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

config = context.config
url = config.get_main_option("sqlalchemy.url")
OPTIONS = {options}
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()
"""
SCRIPT = '''"""{message}

Revision ID: {id}
Create Date: 2026-01-02 03:04:05.000000

"""
from alembic import op

revision = {id!r}
down_revision = {parents!r}
branch_labels = {labels!r}
depends_on = {depends_on!r}


def upgrade():
    op.execute('CREATE TABLE "t_{id}" (id INTEGER)')
{up}

def downgrade():
{down}
    op.execute('DROP TABLE "t_{id}"')
'''


NO_SNAPSHOTS = {"FIDES__FIDESDEV__SNAPSHOTS": '{"automatic": false}'}
"""Only tests of snapshots need one before every downgrade."""


@dataclass(frozen=True)
class Project:
    """A folder with an alembic.ini, an env.py and revision files, and the database it manages."""

    root: Path
    url: DatabaseUrl
    made: tuple[Revision, ...] = field(repr=False)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(NO_SNAPSHOTS), repr=False)
    """What configures it besides its files."""

    @property
    def workspace(self) -> Workspace:
        """A new workspace on the project, as a command would open it."""
        return self.opened()

    def opened(self, **alembic: Any) -> Workspace:
        """The workspace with Alembic's own options: `section`, `x_arguments`."""
        flags = Flags(database_url=self.url.render())
        return open_workspace(flags, environ=self.environ, cwd=self.root, **alembic)

    @property
    def alembic(self) -> Config:
        """The project as Alembic's own commands take it."""
        config = Config(self.root / "alembic.ini")
        driver = "psycopg2" if self.url.backend == "postgresql" else ""
        url = self.url.render(driver=driver)
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
        return config

    @property
    def scripts(self) -> ScriptDirectory:
        return ScriptDirectory.from_config(self.alembic)

    def tables(self) -> set[str]:
        """The ids whose table is in the database."""
        return {name.removeprefix("t_") for name in tables(self.url) if name.startswith("t_")}

    def rows(self) -> set[str]:
        """The version table, read by us and not by Alembic."""
        return set(self.workspace.recorded().rows)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement on the database, commit it, and return its rows."""
        if self.url.backend == "sqlite":
            with closing(sqlite3.connect(self.url.database)) as file, file:
                return file.execute(statement).fetchall()
        with closing(connect(self.url, autocommit=True)) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def break_step(self, id_: str, *, up: str = "", down: str = "") -> None:
        """Add lines to the end of a revision's upgrade, or to the start of its downgrade."""
        (revision,) = (revision for revision in self.made if revision.id == id_)
        write_script(self.root, revision, up=up, down=down)

    def env(self, text: str) -> None:
        """Replace env.py."""
        (self.root / "migrations" / "env.py").write_text(text, encoding="utf-8")


def make_project(
    root: Path,
    tree: str | Iterable[Revision],
    url: DatabaseUrl | None = None,
    *,
    options: Mapping[str, object] | None = None,
    ini: str = "",
) -> Project:
    """Write the project; without a URL its database is a SQLite file beside it."""
    made = tuple(revisions(tree) if isinstance(tree, str) else tree)
    (root / "migrations" / "versions").mkdir(parents=True)
    (root / "alembic.ini").write_text(f"[alembic]\nscript_location = %(here)s/migrations\n{ini}")
    (root / "migrations" / "env.py").write_text(ENV.format(options=dict(options or {})))
    template = Path(__file__).parent / "script.py.mako"
    (root / "migrations" / "script.py.mako").write_text(template.read_text())
    for revision in made:
        write_script(root, revision)
    return Project(root, url or DatabaseUrl("sqlite", str(root / "test.db")), made)


def untimed(text: str) -> str:
    """What a move says, without how long it took."""
    return re.sub(r" in \d+\.\d\d s\b", "", text)


def tables(url: DatabaseUrl) -> set[str]:
    """The names of all tables, but for SQLite's own."""
    if url.backend == "sqlite":
        if not Path(url.database).exists():
            return set()
        with closing(sqlite3.connect(url.database)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {name for (name,) in found}
    with closing(connect(url, autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in cursor.fetchall()}


def write_script(root: Path, revision: Revision, *, up: str = "", down: str = "") -> None:
    """Write a revision file; `up` ends its upgrade and `down` begins its downgrade."""
    parents = revision.parents
    text = SCRIPT.format(
        id=revision.id,
        message=revision.message,
        parents=parents[0] if len(parents) == 1 else parents or None,
        labels=revision.labels or None,
        depends_on=revision.depends_on or None,
        up=textwrap.indent(up, "    "),
        down=textwrap.indent(down, "    "),
    )
    file = root / "migrations" / "versions" / f"{revision.id}.py"
    file.write_text(text, encoding="utf-8")
