"""`db why`: which revisions made a table what it is, and who wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.errors import UnknownTable
from fidesdev.services.why import why
from tests.branches import Branches, make_branches
from tests.notation import revisions
from tests.projects import make_project

CREATE = "op.create_table('Shop', sa.Column('id', sa.Integer()), sa.Column('name', sa.Text()))"
STEPS = {
    "aaa1": CREATE,
    "bbb1": "op.add_column('shop', sa.Column('open', sa.Boolean()))\n"
    "op.create_index(op.f('ix_open'), 'shop', ['open'])",
    "ccc1": "op.rename_table('shop', 'store')",
    "ddd1": "with op.batch_alter_table('store') as batch:\n"
    "    batch.alter_column('name', new_column_name='title')",
    "eee1": "op.execute('UPDATE store SET title = 1')",
    "fff1": "op.execute('ALTER TABLE other DROP COLUMN title')",
    "ggg1": "op.drop_table('store')",
}
TREE = " > ".join(STEPS)


@pytest.fixture
def shop(tmp_path: Path) -> Branches:
    """A branch that drops a table which upstream has made."""
    made = make_branches(tmp_path / "p", "aaa1 > bbb1 > ccc1 > ddd1 > eee1 > fff1", "fff1 > ggg1")
    for revision in revisions(TREE):
        made.write(revision, up=STEPS[revision.id])
    return made


def changes(branches: Branches, text: str) -> list[tuple[str, str]]:
    """(revision, what it does) of each change."""
    found = why(branches.workspace, text).changes
    return [(change.revision, f"{change.action} {change.what}") for change in found]


def test_a_table_is_followed_through_its_rename(shop: Branches) -> None:
    assert changes(shop, "store") == [
        ("ggg1", "drop table store"),
        ("ddd1", "create column store.title"),
        ("ddd1", "rename column store.name"),
        ("ccc1", "create table store"),
        ("ccc1", "rename table shop"),
        ("bbb1", "create index ix_open"),
        ("bbb1", "create column shop.open"),
        ("aaa1", "create table shop"),
    ]
    assert why(shop.workspace, "store").names == ("store", "shop")


def test_a_column_is_followed_through_its_renames_and_those_of_its_table(shop: Branches) -> None:
    assert changes(shop, 'public."Store".title') == [
        ("ggg1", "drop table store"),
        ("ddd1", "create column store.title"),
        ("ddd1", "rename column store.name"),
        ("ccc1", "rename table shop"),
        ("aaa1", "create column shop.name"),
    ]


def test_each_change_names_its_line_commit_author_and_branch(shop: Branches) -> None:
    dropped, *_others, created = why(shop.workspace, "store").changes
    lines = (shop.file("ggg1").read_text()).splitlines()

    assert "op.drop_table('store')" in lines[dropped.line - 1]
    assert (dropped.author, dropped.subject, dropped.branch) == (
        "Ann Author",
        "own work",
        "feature",
    )
    assert (created.subject, created.branch) == ("begin", "main")
    assert created.commit == shop.repository.git("rev-list", "--max-parents=0", "HEAD")
    assert created.date == "2026-01-01T00:00:00Z"


def test_a_file_that_was_moved_keeps_its_first_commit(shop: Branches) -> None:
    shop.repository.commit("as it is now")
    shop.repository.git("mv", "migrations", "alembic")
    ini = shop.project.root / "alembic.ini"
    ini.write_text(ini.read_text().replace("migrations", "alembic"))
    shop.repository.commit("move")

    created = why(shop.workspace, "store").changes[-1]

    assert (created.path, created.subject) == ("alembic/versions/aaa1.py", "begin")


def test_without_git_the_revisions_are_listed_alone(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "aaa1 > bbb1")
    (change,) = why(project.workspace, "t_aaa1").changes

    assert (change.revision, change.action, change.commit) == ("aaa1", "create", None)


def test_what_no_revision_names_is_told_with_the_nearest(shop: Branches) -> None:
    with pytest.raises(UnknownTable) as raised:
        why(shop.workspace, "stor")

    assert raised.value.facts["nearest"][0] == "store"
