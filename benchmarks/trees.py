"""Revision trees on disk: synthetic ones, mostly a chain, and the shapes of real projects."""

from __future__ import annotations

import json
import os
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
branch_labels = {labels!r}
depends_on = {depends_on!r}


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


WRITTEN = 1_767_225_600
"""2026-01-01: what is seconds old is kept in no cache, and nobody's revisions are."""
BRANCHING, MERGING = 0.05, 0.4
"""How often a side branch begins, and how soon it is merged again."""


def write_tree(
    folder: Path, count: int, url: str, *, seed: int = 7, branching: float = BRANCHING
) -> str:
    """Write `count` revisions with one head and an alembic.ini; the head's id."""
    chance = random.Random(seed)  # noqa: S311 - the same tree every time
    versions = _versions(folder, url)
    head, side = "", ""
    for number in range(count):
        id_ = f"{chance.getrandbits(48):012x}"
        last = number == count - 1
        if side and (last or chance.random() < MERGING):
            parents: tuple[str, ...] = (head, side)
            head, side = id_, ""
        elif head and not side and not last and chance.random() < branching:
            parents, side = (head,), id_
        else:
            parents, head = (head,) if head else (), id_
        _write(versions, number, id_, parents)
    return head


def write_shape(folder: Path, project: str, url: str) -> frozenset[str]:
    """Write revisions that are joined as those of a real project are; the heads' ids."""
    shapes = json.loads(Path(__file__).with_name("shapes.json").read_text())
    versions = _versions(folder, url)
    chance = random.Random(project)  # noqa: S311 - the same ids every time
    ids = [f"{chance.getrandbits(48):012x}" for _ in shapes[project]]
    heads = set(ids)
    for number, (parents, *more) in enumerate(shapes[project]):
        above = tuple(ids[parent] for parent in parents)
        depends_on = tuple(ids[other] for other in more[0]) if more else ()
        labels = tuple(more[1]) if len(more) > 1 else ()
        _write(versions, number, ids[number], above, depends_on=depends_on, labels=labels)
        heads -= {*above}
    return frozenset(heads)


def shapes() -> tuple[str, ...]:
    """The projects whose shapes are kept, which is all that is kept of them."""
    return tuple(json.loads(Path(__file__).with_name("shapes.json").read_text()))


def _versions(folder: Path, url: str) -> Path:
    """An Alembic project without revisions; the folder for them."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "migrations" / "env.py").write_text(ENV)
    (folder / "alembic.ini").write_text(
        f"[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = {url}\n"
    )
    return versions


def _write(
    versions: Path,
    number: int,
    id_: str,
    parents: tuple[str, ...],
    *,
    depends_on: tuple[str, ...] = (),
    labels: tuple[str, ...] = (),
) -> None:
    text = SCRIPT.format(
        id=id_,
        number=number,
        parents=parents[0] if len(parents) == 1 else parents or None,
        revises=", ".join(parents),
        depends_on=depends_on or None,
        labels=labels or None,
    )
    file = versions / f"{id_}_change_{number}.py"
    file.write_text(text)
    os.utime(file, (WRITTEN, WRITTEN))
