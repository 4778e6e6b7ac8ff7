"""A synthetic revision tree on disk: mostly a chain, with side branches that are merged again."""

from __future__ import annotations

import random
from pathlib import Path

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
SCRIPT = '''"""Change {number}

Revision ID: {id}
Revises: {revises}
Create Date: 2026-01-01 00:00:00.000000

"""
from alembic import op
import sqlalchemy as sa

revision = {id!r}
down_revision = {parents!r}
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "t{number}",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_t{number}_name"), "t{number}", ["name"], unique=False)


def downgrade():
    op.drop_index(op.f("ix_t{number}_name"), table_name="t{number}")
    op.drop_table("t{number}")
'''


BRANCHING, MERGING = 0.05, 0.4
"""How often a side branch begins, and how soon it is merged again."""


def write_tree(folder: Path, count: int, url: str, *, seed: int = 7) -> str:
    """Write `count` revisions with one head and an alembic.ini; the head's id."""
    chance = random.Random(seed)  # noqa: S311 - the same tree every time
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    head, side = "", ""
    for number in range(count):
        id_ = f"{chance.getrandbits(48):012x}"
        last = number == count - 1
        if side and (last or chance.random() < MERGING):
            parents: str | tuple[str, str] | None = (head, side)
            head, side = id_, ""
        elif head and not side and not last and chance.random() < BRANCHING:
            parents, side = head, id_
        else:
            parents, head = head or None, id_
        revises = ", ".join(parents) if isinstance(parents, tuple) else parents or ""
        text = SCRIPT.format(id=id_, number=number, parents=parents, revises=revises)
        (versions / f"{id_}_change_{number}.py").write_text(text)
    (folder / "migrations" / "env.py").write_text(ENV)
    (folder / "alembic.ini").write_text(
        f"[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = {url}\n"
    )
    return head
