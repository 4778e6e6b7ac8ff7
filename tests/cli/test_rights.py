"""Each group of verbs with a role that may do exactly what the documentation says it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg2 import sql

from fidesdev.core.url import DatabaseUrl
from tests.cli.conftest import AskThere
from tests.conftest import execute
from tests.projects import Project, make_project
from tests.roles import WITHOUT_SPARES, role

pytestmark = pytest.mark.server
READS = ("db status", "db current", "db heads", "db check", "db doctor", "db plan heads")
MOVES = (
    "db upgrade heads", "db log", "db downgrade base --yes", "db undo --schema-only --yes",
    "db stamp comm --yes", "db goto base0 --yes --no-snapshot",
)  # fmt: skip
COPIES = (
    "snapshot save one", "db plan base --verify", "snapshot diff one",
    "snapshot restore one --yes --no-snapshot", "snapshot delete one --yes", "db reset --yes",
)  # fmt: skip


@pytest.fixture
def owned(tmp_path: Path, database: DatabaseUrl) -> Iterator[Project]:
    """A project whose database is reached by a role without any right of its own."""
    execute(database, sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
    execute(database, sql.SQL("GRANT USAGE ON SCHEMA public TO PUBLIC"))
    with role(database, "", "x") as url:
        project = make_project(tmp_path / "project", "base0 > comm > aaa1", url)
        (project.root / ".fides.toml").write_text(WITHOUT_SPARES)
        yield project


def test_reading_needs_the_version_table_alone(
    owned: Project, database: DatabaseUrl, ask_there: AskThere
) -> None:
    there = make_project(owned.root.parent / "admin", "base0", database)
    assert ask_there(there.root, "--database-url", database.render(), "db", "upgrade").code == 0
    execute(database, sql.SQL("GRANT SELECT ON alembic_version TO PUBLIC"))
    succeed(ask_there, owned, READS)
    refused = ask_there(owned.root, "--database-url", owned.url.render(), "db", "upgrade")
    assert (refused.code, owned_rows(database, there)) == (1, {"base0"})


@pytest.mark.parametrize("journal", [True, False], ids=["in the database", "beside"])
def test_moving_needs_to_make_tables(
    owned: Project, database: DatabaseUrl, ask_there: AskThere, *, journal: bool
) -> None:
    grant(database, owned, "GRANT CREATE, USAGE ON SCHEMA public TO {}")
    if journal:
        grant(database, owned, "GRANT CREATE ON DATABASE {database} TO {}")
    succeed(ask_there, owned, MOVES)
    files = [*(owned.root / ".fidesdev").rglob("*journal*")]
    assert bool(files) is not journal
    refused = ask_there(owned.root, "--database-url", owned.url.render(), "snapshot", "save", "x")
    assert refused.code == 4
    assert "may not create databases" in refused.err


def test_copying_needs_to_make_databases_and_to_own_this_one(
    owned: Project, database: DatabaseUrl, ask_there: AskThere
) -> None:
    grant(database, owned, "ALTER ROLE {} CREATEDB")
    grant(database, owned, "ALTER DATABASE {database} OWNER TO {}")
    grant(database, owned, "GRANT CREATE ON SCHEMA public TO {}")
    succeed(ask_there, owned, (MOVES[0], *COPIES))


def grant(url: DatabaseUrl, project: Project, text: str) -> None:
    """Run a statement about the project's role and its database."""
    who, name = sql.Identifier(project.url.user), sql.Identifier(url.database)
    execute(url, sql.SQL(text).format(who, database=name))


def succeed(ask_there: AskThere, project: Project, commands: tuple[str, ...]) -> None:
    """Every command does what it is for; what a reading one finds is not an error."""
    for command in commands:
        there = ("--database-url", project.url.render())
        answer = ask_there(project.root, *there, *command.split())
        assert answer.code in {0, 3}, f"{command}: {answer.err}"


def owned_rows(url: DatabaseUrl, project: Project) -> set[str]:
    """The rows of the version table, as somebody reads them who may."""
    return replace(project, url=url).rows()
