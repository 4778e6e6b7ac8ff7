"""What an upgrade touches, read from its text."""

from __future__ import annotations

import pytest

from fidesdev.core.touches import touches


def touched(body: str) -> set[tuple[str, str, str]]:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    found = touches(
        f"def upgrade():\n{lines}\n\ndef downgrade():\n    op.drop_table('no')\n".encode()
    )
    return {(one.kind, one.name, one.action) for one in found}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("op.drop_table('T')", {("table", "t", "drop")}),
        ("op.rename_table('old', 'new')", {("table", "old", "rename"), ("table", "new", "create")}),
        (
            "op.add_column('t', sa.Column('c', sa.Enum('a', name='kind')))",
            {("table", "t", "alter"), ("column", "t.c", "create"), ("type", "kind", "use")},
        ),
        ("op.drop_column('t', 'c')", {("table", "t", "alter"), ("column", "t.c", "drop")}),
        (
            "op.alter_column('t', 'c', new_column_name='d')",
            {("table", "t", "alter"), ("column", "t.c", "rename"), ("column", "t.d", "create")},
        ),
        (
            "with op.batch_alter_table('t') as batch:\n    batch.drop_column('c')",
            {("table", "t", "alter"), ("column", "t.c", "drop")},
        ),
        (
            "op.create_index(op.f('ix'), 't', ['c'])",
            {("index", "ix", "create"), ("table", "t", "alter"), ("column", "t.c", "use")},
        ),
        (
            "op.drop_index('ix', table_name='t')",
            {("index", "ix", "drop"), ("table", "t", "alter")},
        ),
        (
            "op.create_table('t', sa.Column('k', postgresql.ENUM('a', name='kind')))",
            {
                ("table", "t", "create"),
                ("type", "kind", "create"),
                ("column", "t.k", "create"),
                ("type", "kind", "use"),
            },
        ),
        (
            "op.create_table('t', postgresql.ENUM('a', name='kind', create_type=False))",
            {("table", "t", "create"), ("type", "kind", "use")},
        ),
        (
            "sa.Enum('a', name='kind').drop(op.get_bind())",
            {("type", "kind", "drop"), ("type", "kind", "use")},
        ),
        (
            "sa.ForeignKey('other.id')",
            {("table", "other", "use"), ("column", "other.id", "use")},
        ),
        (
            "sa.ForeignKeyConstraint(['a'], ['s.other.id'])",
            {("table", "other", "use"), ("column", "other.id", "use")},
        ),
        (
            "op.execute(sa.text('ALTER TABLE \"T\" ADD COLUMN IF NOT EXISTS c int'))",
            {("table", "t", "alter"), ("column", "t.c", "create")},
        ),
        ("op.execute('ALTER TYPE kind ADD VALUE \\'b\\'')", {("type", "kind", "alter")}),
        ("op.execute('CREATE UNIQUE INDEX CONCURRENTLY ix ON t (c)')", {("index", "ix", "create")}),
        (
            "op.execute('ALTER TABLE s.old RENAME TO new')",
            {("table", "old", "rename"), ("table", "new", "create")},
        ),
        (
            "op.execute('ALTER TABLE t RENAME COLUMN \"c\" TO d')",
            {("column", "t.c", "rename"), ("column", "t.d", "create")},
        ),
        ("op.execute('UPDATE t SET c = 1')", {("table", "t", "use")}),
    ],
)
def test_operation_touches(body: str, expected: set[tuple[str, str, str]]) -> None:
    assert touched(body) == expected


def test_downgrade_and_what_does_not_parse_touch_nothing() -> None:
    assert touched("pass") == set()
    assert touches(b"<<<<<<< HEAD\n") == ()


def test_touch_knows_its_line() -> None:
    (found,) = touches(b"def upgrade():\n    pass\n    op.drop_table('t')\n")
    assert found.line == 3
