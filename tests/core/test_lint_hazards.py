"""What our own rules find in texts and statements, and what they leave alone."""

from __future__ import annotations

import pytest

from fidesdev.core.lint_statements import statement_hazards
from fidesdev.core.lint_text import indexed_tables, rebuilt_tables, text_hazards
from fidesdev.core.sent import Sent, sent
from fidesdev.core.statements import Statement


def statements(*texts: str) -> tuple[Sent, ...]:
    """As Alembic sends them in its transaction; what is behind COMMIT is outside of it."""
    numbered = enumerate(("BEGIN", *texts))
    return sent(Statement(f"{text};", line) for line, text in numbered)


def found(up: tuple[Sent, ...], down: tuple[Sent, ...] | None = None) -> list[str]:
    return [one.code for one in statement_hazards(up, down)]


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE t SET c = c + 1",
        "UPDATE t SET a = 1, c = c * 2 WHERE b IS NULL",
        "INSERT INTO t (c) SELECT c FROM u",
    ],
)
def test_what_a_second_run_would_change_again(text: str) -> None:
    assert found(statements("COMMIT", text)) == ["autocommit-backfill"]


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE t SET c = true",
        "UPDATE t SET c = b WHERE b > 1",
        "UPDATE t SET c = c || 'x' WHERE c IS NULL",
        "UPDATE t SET a = b, c = d FROM u",
        "DELETE FROM t WHERE c < 1",
        "INSERT INTO t (c) SELECT c FROM u ON CONFLICT DO NOTHING",
        "INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT FROM t)",
    ],
)
def test_what_a_second_run_leaves_as_it_is(text: str) -> None:
    assert found(statements("COMMIT", text)) == []


@pytest.mark.parametrize(
    ("up", "down"),
    [
        (["CREATE TABLE p PARTITION OF t FOR VALUES IN (1)"], ["DROP TABLE t"]),
        (["CREATE EXTENSION IF NOT EXISTS pgcrypto"], ["SELECT 1"]),
        (["CREATE OR REPLACE VIEW v AS SELECT 2"], ["CREATE OR REPLACE VIEW v AS SELECT 1"]),
        (["ALTER TABLE t RENAME c TO d", "ALTER TABLE t DROP COLUMN d"], ["SELECT 1"]),
    ],
)
def test_a_downgrade_need_not_drop(up: list[str], down: list[str]) -> None:
    assert "downgrade-forgets" not in found(statements(*up), statements(*down))


@pytest.mark.parametrize(
    "up",
    [
        "CREATE TABLE p (c int)",
        "CREATE VIEW v AS SELECT 2",
        "ALTER TABLE t RENAME c TO d",
        "CREATE SEQUENCE s",
        "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql",
    ],
)
def test_a_downgrade_has_to_drop(up: str) -> None:
    assert "downgrade-forgets" in found(statements(up), statements("DROP TABLE other"))


LOST = "ALTER TABLE t DROP COLUMN a"
GOT = "ALTER TABLE t ADD COLUMN b VARCHAR(9)"
BACK = statements("ALTER TABLE t ADD COLUMN a VARCHAR(9)", "ALTER TABLE t DROP COLUMN b")


def test_a_renamed_column_is_one_finding_that_names_both() -> None:
    hazards = list(statement_hazards(statements(LOST, GOT), BACK))

    assert [(one.message, one.line) for one in hazards] == [
        ("t loses a and gets b of the same type", 1)
    ]


def test_a_column_whose_values_are_taken_along_is_not_lost() -> None:
    up = statements(GOT, "UPDATE t SET b = a", LOST)

    assert "drop-and-add" not in found(up, BACK)


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ("shop.models.Order.save()", ["imports shop.models"]),
        ("op.add_column('t', sa.Column('c', shop.models.Money()))", []),
        ("sa.Column('c', shop.models.Money())\n    shop.models.fill()", ["imports shop.models"]),
        ("pass", ["imports shop.models"]),
    ],
)
def test_an_import_for_the_types_of_columns_is_as_autogenerate_writes_it(
    body: str, messages: list[str]
) -> None:
    source = f"import shop.models\n\n\ndef upgrade():\n    {body}\n".encode()

    assert [one.message for one in text_hazards(source, own_packages={"shop"})] == messages


@pytest.mark.parametrize(
    ("body", "tables"),
    [
        ("with op.batch_alter_table('t') as b: b.drop_column('c')", [("t", 2)]),
        ("with op.batch_alter_table('t') as b: b.add_column(c)", []),
        ("with op.batch_alter_table('t') as b: b.create_index(b.f('i'), ['c'])", []),
        ("with op.batch_alter_table('t', recreate='always') as b: b.add_column(c)", [("t", 2)]),
        ("with op.batch_alter_table('t', recreate='never') as b: b.drop_column('c')", []),
        (
            "op.execute('PRAGMA foreign_keys=OFF')\n    with op.batch_alter_table('t') as b: pass",
            [],
        ),
    ],
)
def test_a_table_is_made_anew_for_what_sqlite_cannot_alter(
    body: str, tables: list[tuple[str, int]]
) -> None:
    assert list(rebuilt_tables(f"def upgrade():\n    {body}\n".encode())) == tables


def test_the_text_tells_the_table_of_a_dropped_index() -> None:
    source = b"""
def upgrade():
    op.drop_index('a', 'one')
    op.drop_index(op.f('b'), table_name='two')
    with op.batch_alter_table('three') as batch:
        batch.drop_index(batch.f('c'))
    with op.batch_alter_table('four') as batch:
        batch.drop_index('d')
    op.drop_index('e')
    op.drop_index(computed, table_name='two')
"""
    assert dict(indexed_tables(source)) == {"a": "one", "b": "two", "c": "three", "d": "four"}
