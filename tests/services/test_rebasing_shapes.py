"""Rebases of generated repositories: whatever the shape, the database is as a new one would be."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fidesdev.adapters.postgres import create_database, drop_database
from fidesdev.core.url import DatabaseUrl
from fidesdev.services import migrations, rebasing
from tests.branches import Branches, make_branches
from tests.db.catalog import catalog as postgresql_catalog
from tests.projects import Project


@dataclass(frozen=True)
class Shape:
    """A repository to be made, and where its database stands before the rebase."""

    shared: str
    own: str
    upstream: str
    merges: tuple[str, ...]
    """Own revisions that join own ones with upstream's, written after the merge."""
    applied: tuple[str, ...]
    """What the database is upgraded to, one after the other."""


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    below = [f"sh{n:02d}" for n in range(draw(st.integers(1, 3)))]
    upstream = [f"up{n:02d}" for n in range(draw(st.integers(0, 3)))]
    lengths = draw(st.lists(st.integers(1, 3), max_size=3))
    branches = [[f"ow{b}{n}" for n in range(length)] for b, length in enumerate(lengths)]
    own = [
        " > ".join([draw(st.sampled_from([*below, *chain(*branches[:number])])), *branch])
        for number, branch in enumerate(branches)
    ]
    tips = [branch[-1] for branch in branches]
    if len(tips) > 1 and draw(st.booleans()):
        own.append(f"{tips[0]} {tips[1]} > own_join")
        tips = ["own_join", *tips[2:]]
        if draw(st.booleans()):
            own.append("own_join > own_after")
            tips[0] = "own_after"
    merges = []
    if bool(tips and upstream) and draw(st.booleans()):
        merges.append(f"{tips[0]} {draw(st.sampled_from(upstream))} > up_join")
        tips[0] = "up_join"
    known = [*below, *upstream, *(id_ for branch in branches for id_ in branch), *tips]
    applied = draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
    return Shape(
        " > ".join(below),
        ", ".join(own),
        " > ".join([below[-1], *upstream]),
        tuple(merges),
        tuple(applied),
    )


def made(root: Path, shape: Shape, url: DatabaseUrl | None = None) -> Branches:
    branches = make_branches(root, shape.shared, shape.own, shape.upstream, url=url)
    everything = ", ".join(filter(None, [shape.shared, shape.own, shape.upstream]))
    if shape.merges:
        branches.add(", ".join([everything, *shape.merges]))
        branches.repository.commit("join")
    for id_ in shape.applied:
        branches.upgrade(id_)
    return branches


def catalog(url: DatabaseUrl) -> set[tuple[str, str, str]]:
    """Every object of a SQLite file, with the statement that made it."""
    with closing(sqlite3.connect(url.database)) as connection:
        return set(connection.execute("SELECT type, name, sql FROM sqlite_master"))


@contextmanager
def fresh(project: Project, rows: set[str]) -> Iterator[Project]:
    """The project with a new database at the rows."""
    with tempfile.TemporaryDirectory() as folder:
        new = replace(project, url=DatabaseUrl("sqlite", f"{folder}/fresh.db"))
        for id_ in sorted(rows):
            migrations.execute(migrations.upgrade(new.workspace, id_))
        yield new


def assert_as_fresh(project: Project) -> None:
    """What is there is what applying the same revisions to a new database makes."""
    if not (rows := project.rows()):
        return
    with fresh(project, rows) as new:
        assert catalog(project.url) == catalog(new.url)
        assert new.rows() == rows


@settings(max_examples=20, deadline=None)
@given(shapes())
def test_rebase_leaves_one_head_and_a_database_as_new(shape: Shape) -> None:
    with tempfile.TemporaryDirectory() as folder:
        branches = made(Path(folder) / "project", shape)
        project = branches.project
        had = project.tables()

        report = rebasing.execute(rebasing.plan(branches.workspace))

        assert len(branches.workspace.graph.heads) == 1
        for line in branches.changed_lines():
            assert line.startswith(("down_revision = ", "Revises: "))
        assert had <= project.tables(), "what was applied is applied again"
        assert_as_fresh(project)
        assert rebasing.plan(branches.workspace).is_empty, f"{report} was not the end of it"
        branches.upgrade()
        assert_as_fresh(project)
        migrations.execute(migrations.downgrade(branches.workspace, "base"))
        assert project.tables() == set()


EXAMPLES = (
    Shape("sh0 > sh1", "sh1 > ow1 > ow2", "sh1 > up1 > up2", (), ("ow2",)),
    Shape("sh0 > sh1", "sh0 > ow1, sh1 > ow2", "sh1 > up1", (), ("ow1", "up1")),
    Shape("sh0", "sh0 > ow1, sh0 > ow2, ow1 ow2 > own", "sh0 > up1", (), ("own",)),
    Shape("sh0", "sh0 > ow1", "sh0 > up1 > up2", ("ow1 up1 > join",), ("join",)),
    Shape("sh0", "sh0 > ow1 > ow2, ow1 > ow3", "sh0 > up1", (), ("ow2", "ow3")),
)


@pytest.mark.parametrize("shape", EXAMPLES, ids=lambda shape: shape.own)
def test_rebase_on_postgresql(tmp_path: Path, database: DatabaseUrl, shape: Shape) -> None:
    branches = made(tmp_path / "project", shape, database)
    new = database.with_database(f"{database.database}_new")

    rebasing.execute(rebasing.plan(branches.workspace))

    assert len(branches.workspace.graph.heads) == 1
    create_database(new)
    try:
        other = replace(branches.project, url=new)
        for id_ in sorted(branches.project.rows()):
            migrations.execute(migrations.upgrade(other.workspace, id_))
        assert catalog_of(database) == catalog_of(new)
    finally:
        drop_database(new)
    migrations.execute(migrations.downgrade(branches.workspace, "base"))
    assert branches.project.tables() == set()


def catalog_of(url: DatabaseUrl) -> dict[str, object]:
    return postgresql_catalog(url.render())
