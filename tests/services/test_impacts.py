"""`db plan`: what its steps lock and lose, on the database as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg2.sql import SQL

from fidesdev.core.impacts import Impact, Loss
from fidesdev.core.reports import MoveReport
from fidesdev.core.url import DatabaseUrl
from fidesdev.render.plain import plain
from fidesdev.render.reports import blocks
from fidesdev.services import impacts, migrations
from tests.conftest import execute
from tests.effort import lines_run
from tests.projects import Project, make_project
from tests.services.lint_cases import script

MAKE = (
    "op.execute(\"CREATE TYPE kind AS ENUM ('a', 'b')\")\n"
    "op.create_table('shop', sa.Column('id', sa.Integer()), sa.Column('name', sa.Text()),"
    " sa.Column('kind', postgresql.ENUM(name='kind', create_type=False)))"
)
UNMAKE = "op.drop_table('shop')\nop.execute('DROP TYPE kind')"
GROW = (
    "op.add_column('shop', sa.Column('open', sa.Boolean()))\nop.create_index('ix', 'shop', ['id'])"
)
SHRINK = "op.drop_index('ix')\nop.drop_column('shop', 'name')"


@pytest.fixture
def shop(tmp_path: Path, database: DatabaseUrl) -> Project:
    """A table with three rows, two of them with a name, and a revision that takes names away."""
    project = make_project(tmp_path / "p", [], database)
    versions = project.root / "migrations" / "versions"
    header = "from sqlalchemy.dialects import postgresql\n"
    versions.joinpath("aaa1.py").write_text(header + script("aaa1", None, MAKE, UNMAKE))
    versions.joinpath("bbb1.py").write_text(script("bbb1", "aaa1", GROW, "pass"))
    versions.joinpath("ccc1.py").write_text(script("ccc1", "bbb1", SHRINK, "pass"))
    migrations.execute(migrations.upgrade(project.workspace, "bbb1"))
    execute(database, SQL("INSERT INTO shop VALUES (1, 'one'), (2, 'two'), (3, NULL)"))
    return project


def planned(project: Project, rev: str) -> MoveReport:
    return impacts.preview(project.workspace, rev)


def text_of(report: MoveReport) -> str:
    """What is printed of it."""
    return "\n".join(plain(blocks(report)))


def impact(report: MoveReport) -> list[Impact]:
    return [one for step in report.steps for one in step.impact]


def test_what_is_lost_is_counted(shop: Project) -> None:
    (report,) = [planned(shop, "ccc1")]

    assert [loss for one in impact(report) for loss in one.loses] == [
        Loss("index", "ix", None),
        Loss("column", "shop.name", 2),
    ]
    lost = [loss for one in impact(planned(shop, "base")) for loss in one.loses]
    assert lost == [Loss("table", "shop", 3), Loss("enum", "kind", 2)]


def test_locks_name_the_table_and_its_size(shop: Project) -> None:
    dropped, column = impact(planned(shop, "ccc1"))

    assert [(table.name, table.rows) for table in dropped.tables] == [("shop", 3)]
    assert (column.lock, column.stops) == ("AccessExclusive", "reads and writes")
    assert column.line == 11


def test_a_large_table_is_not_counted_and_says_so(shop: Project) -> None:
    execute(shop.url, SQL("INSERT INTO shop SELECT n, 'x' FROM generate_series(1, 300000) n"))
    execute(shop.url, SQL("ANALYZE shop"))
    (loss,) = [
        one for i in impact(planned(shop, "ccc1")) for one in i.loses if one.kind == "column"
    ]

    assert loss.estimated
    assert loss.count == pytest.approx(300_000, rel=0.05)


def test_a_script_that_asks_the_database_is_followed_up_to_there(shop: Project) -> None:
    path = shop.root / "migrations" / "versions" / "ccc1.py"
    up = "op.drop_column('shop', 'name')\nop.get_bind().execute(sa.text('SELECT 1')).scalar_one()"
    path.write_text(script("ccc1", "bbb1", up))
    (step,) = planned(shop, "ccc1").steps

    assert step.impact[0].sql == "ALTER TABLE shop DROP COLUMN name"
    assert step.impact_ends == "it asks the database (line 11)"
    assert "not all of it is known: it asks the database" in text_of(planned(shop, "ccc1"))


def test_the_plan_says_it_in_lines(shop: Project) -> None:
    text = text_of(planned(shop, "ccc1"))

    assert "loses column shop.name (2 values)" in text
    assert "locks shop (3 rows): AccessExclusive, reads and writes wait" in text
    assert "ix" not in text
    gone = text_of(planned(shop, "base"))
    assert "loses table shop (3 rows)" in gone
    assert "loses enum kind (2 labels)" in gone
    assert "locks" not in gone


def test_on_sqlite_rows_are_counted_too(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "aaa1 > bbb1")
    migrations.execute(migrations.upgrade(project.workspace))
    project.sql("INSERT INTO t_bbb1 VALUES (1), (2)")

    lost = [loss for one in impact(planned(project, "aaa1")) for loss in one.loses]
    assert lost == [Loss("table", "t_bbb1", 2)]
    assert {one.lock for one in impact(planned(project, "aaa1"))} == {""}


def test_nothing_is_looked_at_for_an_empty_plan(shop: Project) -> None:
    assert planned(shop, "bbb1").steps == ()


def work_for_a_step(root: Path, revisions: int) -> float:
    """Lines of Python for each further step of a plan, in a tree of so many revisions."""
    tree = " > ".join(f"r{number:03}" for number in range(revisions))
    workspace = make_project(root, tree).workspace
    impacts.preview(workspace, "r009")
    few, many = (
        lines_run(lambda rev=rev: impacts.preview(workspace, rev))  # type: ignore[misc]
        for rev in ("r009", "r059")
    )
    return (many - few) / 50


def test_a_step_is_as_much_work_in_a_large_tree(tmp_path: Path) -> None:
    small, large = (work_for_a_step(tmp_path / str(size), size) for size in (70, 280))
    assert large < 2 * small
