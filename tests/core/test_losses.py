"""Which downgrades can lose rows, as far as their text tells."""

from __future__ import annotations

import textwrap

import pytest

from fidesdev.core.losses import can_lose_rows


def revision(downgrade: str) -> bytes:
    body = textwrap.indent(downgrade, "    ")
    return f"from alembic import op\n\n\ndef downgrade():\n{body}\n".encode()


@pytest.mark.parametrize(
    "downgrade",
    [
        "pass",
        '"""nothing"""',
        "op.drop_index('ix', table_name='t')",
        "op.add_column('t', sa.Column('c', sa.Text(), server_default=sa.text('now()')))",
        "op.alter_column('t', 'c', nullable=True)\nop.alter_column('t', 'c', new_column_name='d')",
        "with op.batch_alter_table('t') as batch:\n    batch.drop_constraint('fk')",
        "with op.get_context().autocommit_block():\n    op.create_index('ix', 't', ['c'])",
    ],
)
def test_operations_that_keep_every_value_lose_nothing(downgrade: str) -> None:
    assert not can_lose_rows(revision(downgrade))


@pytest.mark.parametrize(
    "downgrade",
    [
        "op.drop_table('t')",
        "op.drop_index('ix')\nop.drop_column('t', 'c')",
        "op.alter_column('t', 'c', type_=sa.Integer())",
        "op.alter_column('t', 'c', **changes)",
        "with op.batch_alter_table('t') as batch:\n    batch.drop_column('c')",
        "with something() as batch:\n    batch.drop_constraint('fk')",
        "op.execute('SELECT 1')",
        "for table in TABLES:\n    op.drop_index('ix', table)",
        "undo_everything()",
        "raise NotImplementedError",
        "return op.drop_table('t')",
    ],
)
def test_everything_else_may_lose_rows(downgrade: str) -> None:
    assert can_lose_rows(revision(downgrade))


@pytest.mark.parametrize("source", [b"", b"def downgrade(:", b"downgrade = other.downgrade\n"])
def test_text_without_a_downgrade_to_judge_may_lose_rows(source: bytes) -> None:
    assert can_lose_rows(source)
