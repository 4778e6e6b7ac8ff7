"""Which tables revisions make, read from their text."""

from __future__ import annotations

import pytest

from fidesdev.core.table_changes import Tables, apply_changes, made_tables, table_changes
from fidesdev.core.unstamped import likeliest
from tests.notation import graph


def script(upgrade: str, downgrade: str = "pass") -> bytes:
    lines = "\n    ".join(upgrade.splitlines())
    return f"def upgrade():\n    {lines}\n\n\ndef downgrade():\n    {downgrade}\n".encode()


def after(*upgrades: str) -> Tables:
    tables: Tables = {}
    for upgrade in upgrades:
        apply_changes(tables, table_changes(script(upgrade)))
    return tables


COLUMNS = "op.create_table('User', sa.Column('Id', sa.Integer()), sa.PrimaryKeyConstraint('Id'))"


@pytest.mark.parametrize(
    ("upgrades", "expected"),
    [
        ([COLUMNS], {"user": {"id"}}),
        (
            [COLUMNS, "op.add_column('User', sa.Column('name', sa.String()))"],
            {"user": {"id", "name"}},
        ),
        ([COLUMNS, "op.drop_column('User', 'Id')"], {"user": set()}),
        ([COLUMNS, "op.alter_column('User', 'Id', new_column_name='key')"], {"user": {"key"}}),
        ([COLUMNS, "op.alter_column('User', 'Id', nullable=False)"], {"user": {"id"}}),
        ([COLUMNS, "op.rename_table('User', 'people')"], {"people": {"id"}}),
        ([COLUMNS, "op.drop_table('User')"], {}),
        (
            [COLUMNS, "with op.batch_alter_table('User') as b:\n    b.add_column(Column('x'))"],
            {"user": {"id", "x"}},
        ),
        (
            [COLUMNS, "with op.batch_alter_table('User') as b:\n    b.drop_column('Id')"],
            {"user": set()},
        ),
        (["op.execute('CREATE TABLE \"T\" (id int)')"], {"t": set()}),
        (["op.execute(sa.text('create table if not exists public.t (id int)'))"], {"t": set()}),
        (["op.execute('CREATE TABLE a (i int); CREATE TABLE b (); DROP TABLE a')"], {"b": set()}),
        ([COLUMNS, "op.execute('ALTER TABLE \"user\" RENAME TO people')"], {"people": {"id"}}),
        ([COLUMNS, "op.execute('DROP TABLE IF EXISTS \"user\"')"], {}),
        (["if True:\n    op.create_table('t', Column('a'))"], {"t": {"a"}}),
        (["op.add_column('absent', sa.Column('x'))", "op.drop_table('absent')"], {}),
        (["print(1)"], {}),
    ],
)
def test_tables_after_upgrades(upgrades: list[str], expected: dict[str, set[str]]) -> None:
    assert after(*upgrades) == expected


def test_helpers_of_the_upgrade_count_and_the_downgrade_does_not() -> None:
    source = b"def _make(op):\n    op.create_table('t', Column('a'))\n" + script(
        "_make(op)", "op.create_table('gone', Column('a'))"
    )
    assert made_tables({"one": table_changes(source)}) == {"t": "one"}


@pytest.mark.parametrize("source", [b"def (", b"\0", b""])
def test_text_that_does_not_parse_changes_nothing(source: bytes) -> None:
    assert table_changes(source) == ()


def test_maker_of_a_renamed_table_is_who_created_it() -> None:
    changes = {
        "one": table_changes(script(COLUMNS)),
        "two": table_changes(script("op.rename_table('User', 'people')")),
    }
    assert made_tables(changes) == {"people": "one"}


# Which revision a database is like

TREE = graph("base0 > user > named > idle, base0 > other")
CHANGES = {
    "base0": (),
    "user": table_changes(script(COLUMNS)),
    "named": table_changes(script("op.add_column('User', sa.Column('name'))")),
    "idle": (),
    "other": table_changes(script("op.create_table('pets', sa.Column('id'))")),
}
ALL = frozenset(TREE.revisions)


@pytest.mark.parametrize(
    ("live", "revision", "score", "rivals"),
    [
        ({"user": {"id"}}, "user", 1.0, 0),
        ({"user": {"id", "name"}}, "idle", 1.0, 1),
        ({"user": {"id", "name"}, "not_ours": {"x"}}, "idle", 1.0, 1),
        ({"pets": {"id"}}, "other", 1.0, 0),
        ({"user": {"id", "name", "extra"}}, "idle", 0.75, 1),
    ],
)
def test_likeliest_revision(
    live: dict[str, set[str]], revision: str, score: float, rivals: int
) -> None:
    tables = {table: frozenset(columns) for table, columns in live.items()}
    found = likeliest(TREE, ALL, CHANGES, tables)
    assert found is not None
    assert (found.revision, found.score, found.rivals) == (revision, score, rivals)


@pytest.mark.parametrize("live", [{}, {"not_ours": frozenset({"id"})}])
def test_database_without_any_of_the_tables_is_like_nothing(live: Tables) -> None:
    assert likeliest(TREE, ALL, CHANGES, live) is None
