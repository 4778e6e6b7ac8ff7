"""The history of our own tables: what it builds, and that it takes all of it away."""

from __future__ import annotations

import io
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Enum

from fidesdev.core.url import DatabaseUrl
from fidesdev.db.base import Base
from tests.db.catalog import FIDES, TABLES, catalog

ROOT = Path(__file__).parents[1]
INI = ROOT / "alembic.ini"
LEFT_OUT = {
    "privacyrequest": {"fk_privacyrequest_duplicate_group"},
    "rule": {"rule_storage_destination_id_fkey"},
}
"""Foreign keys to tables of Fides that are not kept here."""
EMPTY: dict[str, Any] = {"tables": {}, "enums": {}, "extensions": {}}


def config(database: DatabaseUrl | None = None, ini: Path = INI) -> Config:
    made = Config(ini, stdout=io.StringIO())
    if database is not None:
        made.set_main_option("sqlalchemy.url", database.render().replace("%", "%%"))
    return made


def run(database: DatabaseUrl, statement: str) -> None:
    with closing(psycopg2.connect(database.render())) as connection:
        connection.cursor().execute(statement)
        connection.commit()


def schema(database: DatabaseUrl) -> dict[str, Any]:
    """The catalog without Alembic's own table."""
    found = catalog(database.render())
    found["tables"].pop("alembic_version", None)
    return found


# What it builds


@pytest.fixture(scope="module")
def at_head(server: DatabaseUrl) -> dict[str, Any]:
    """The catalog of a database at the head."""
    name = f"fidesdev_head_{os.getpid()}"
    with closing(psycopg2.connect(server.render())) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            command.upgrade(config(server.with_database(name)), "head")
            return schema(server.with_database(name))
        finally:
            connection.cursor().execute(f"DROP DATABASE {name}")


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_those_of_fides_in_type_nullability_default_and_order(
    at_head: dict[str, Any], table: str
) -> None:
    assert at_head["tables"][table]["columns"] == FIDES["tables"][table]["columns"]


@pytest.mark.parametrize("table", TABLES)
def test_indexes_are_those_of_fides(at_head: dict[str, Any], table: str) -> None:
    assert at_head["tables"][table]["indexes"] == FIDES["tables"][table]["indexes"]


@pytest.mark.parametrize("table", TABLES)
def test_constraints_are_those_of_fides_but_for_tables_not_kept_here(
    at_head: dict[str, Any], table: str
) -> None:
    theirs = dict(FIDES["tables"][table]["constraints"])
    for name in LEFT_OUT.get(table, ()):
        assert theirs.pop(name).startswith("FOREIGN KEY")
    assert at_head["tables"][table]["constraints"] == theirs


def test_enum_types_have_the_labels_of_fides_in_their_order(at_head: dict[str, Any]) -> None:
    assert at_head["enums"] == FIDES["enums"]
    assert len(FIDES["enums"]["privacyrequeststatus"]) == 16


def test_nothing_else_is_built(at_head: dict[str, Any]) -> None:
    assert set(at_head["tables"]) == set(TABLES) == set(Base.metadata.tables)
    assert set(at_head["extensions"]) == {"citext"}


def test_models_and_migrations_agree(database: DatabaseUrl) -> None:
    command.upgrade(config(database), "head")
    command.check(config(database))


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE policy ALTER execution_timeframe TYPE bigint",
        "ALTER TABLE policy ALTER name DROP NOT NULL",
        "ALTER TABLE fidesuser ALTER disabled SET DEFAULT true",
        "ALTER TABLE executionlog ALTER created_at SET DEFAULT now()",
        "ALTER TABLE privacyrequest DROP CONSTRAINT privacyrequest_policy_id_fkey",
        "DROP INDEX ix_rule_key",
        "ALTER TABLE client ADD colour varchar",
        "DROP TABLE auditlog",
    ],
)
def test_difference_between_models_and_database_is_noticed(
    database: DatabaseUrl, change: str
) -> None:
    command.upgrade(config(database), "head")
    run(database, change)
    with pytest.raises(Exception, match="New upgrade operations detected"):
        command.check(config(database))


def test_enum_labels_of_the_models_are_those_of_the_database(at_head: dict[str, Any]) -> None:
    # Alembic does not compare labels
    labels = {
        column.type.name: column.type.enums
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Enum)
    }
    assert labels == at_head["enums"]


# That it takes all of it away


def test_each_revision_down_restores_what_was_there_and_up_again_makes_the_same(
    database: DatabaseUrl,
) -> None:
    ids = [found.revision for found in ScriptDirectory.from_config(config()).walk_revisions()][::-1]
    states = [schema(database)]
    for revision in ids:
        command.upgrade(config(database), revision)
        states.append(schema(database))
    for state in states[-2::-1]:
        command.downgrade(config(database), "-1")
        assert schema(database) == state
    assert states[0] == EMPTY
    command.upgrade(config(database), "head")
    assert schema(database) == states[-1]


def test_extension_that_was_there_before_stays(database: DatabaseUrl) -> None:
    run(database, "CREATE EXTENSION citext")
    before = schema(database)
    command.upgrade(config(database), "head")
    command.downgrade(config(database), "base")
    assert schema(database) == before != EMPTY


def test_extension_that_another_table_uses_by_now_stays(database: DatabaseUrl) -> None:
    command.upgrade(config(database), "head")
    run(database, "CREATE TABLE guest (name citext)")
    command.downgrade(config(database), "base")
    left = schema(database)
    assert set(left["tables"]) == {"guest"}
    assert set(left["extensions"]) == {"citext"}


def test_failing_revision_leaves_nothing_of_the_others(database: DatabaseUrl) -> None:
    run(database, "CREATE TABLE executionlog (id integer)")
    before = schema(database)
    with pytest.raises(Exception, match="executionlog"):
        command.upgrade(config(database), "head")
    assert schema(database) == before


# The files


def test_history_is_one_line() -> None:
    scripts = ScriptDirectory.from_config(config())
    revisions = list(scripts.walk_revisions())
    assert len(scripts.get_bases()) == len(scripts.get_heads()) == 1
    assert not any(found.is_branch_point or found.is_merge_point for found in revisions)


def test_new_revision_file_has_our_name_and_form(tmp_path: Path) -> None:
    made = config()
    made.set_main_option("version_locations", str(tmp_path))
    script = command.revision(made, "Add a shelf", head="base", splice=True)
    assert script is not None
    assert not isinstance(script, list)
    path = Path(script.path)
    assert path.parent == tmp_path
    assert path.name.endswith(f"_{script.revision}_add_a_shelf.py")
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f'"""Add a shelf\n\nRevision ID: {script.revision}\n')
    assert "def upgrade() -> None:\n    pass\n" in text
    compile(text, path.name, "exec")


# As text


def test_sql_text_builds_what_a_connection_builds(
    database: DatabaseUrl, at_head: dict[str, Any]
) -> None:
    up, down = io.StringIO(), io.StringIO()
    command.upgrade(Config(INI, output_buffer=up), "head", sql=True)
    run(database, up.getvalue())
    assert schema(database) == at_head
    command.downgrade(Config(INI, output_buffer=down), "head:base", sql=True)
    run(database, down.getvalue())
    assert schema(database) == EMPTY
