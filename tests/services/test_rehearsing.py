"""`db plan --record` and `--verify`: what a plan does on a copy of the database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.sql import SQL, Identifier, Literal

from fidesdev.adapters.catalog import read_catalog
from fidesdev.adapters.postgres import create_database, drop_database
from fidesdev.adapters.row_checksums import row_checksums
from fidesdev.adapters.scratch_databases import scratch_database
from fidesdev.adapters.server_statements import server_of
from fidesdev.core.rehearsal import Observed
from fidesdev.core.reports import Event, MoveReport, StepFinished
from fidesdev.core.snapshot_diffs import RowsChange
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import Interrupted, UsageError
from fidesdev.render.plain import plain
from fidesdev.render.reports import blocks
from fidesdev.services import impacts, migrations
from tests.cli.processes import FIDESDEV
from tests.conftest import execute
from tests.projects import ENV, Project, make_project
from tests.services.lint_cases import script

MAKE = (
    "op.create_table('shop', sa.Column('id', sa.Integer(), primary_key=True),"
    " sa.Column('name', sa.Text()))\n"
    "op.execute('CREATE TABLE item (id int PRIMARY KEY, shop int REFERENCES shop)')"
)
STEPS = {
    "bbb1": "op.add_column('shop', sa.Column('open', sa.Boolean()))",
    "ccc1": "op.create_index('ix', 'shop', ['name'])",
    "ddd1": """bind = op.get_bind()
assert bind.execute(sa.text("SHOW plan.copied")).scalar()
for (id_,) in bind.execute(sa.text('SELECT id FROM shop ORDER BY id')).fetchall()[:2]:
    bind.execute(sa.text('DELETE FROM shop WHERE id = :id'), {'id': id_})""",
    "eee1": """with op.get_context().autocommit_block():
    op.create_index('later', 'shop', ['id'], postgresql_concurrently=True)""",
    "fff1": "op.execute('ALTER TABLE shop ALTER name SET STATISTICS 7')",
    "ggg1": "op.drop_table('item')\nop.create_index('again', 'shop', ['id'])",
    "hhh1": "op.rename_table('shop', 'store')",
}
LOCKS = {
    "bbb1": ["AccessExclusive public.shop"],
    "ccc1": ["Share public.shop"],
    "ddd1": ["RowExclusive public.shop"],
    "eee1": ["ShareUpdateExclusive public.shop"],
    "fff1": ["ShareUpdateExclusive public.shop"],
    "ggg1": ["AccessExclusive public.item", "AccessExclusive public.shop", "Share public.shop"],
    "hhh1": [],
}
"""What the steps lock that was not locked before in their transaction, which the block in `eee1`
ends."""


def write(project: Project, steps: dict[str, str], parent: str | None = "aaa1") -> None:
    """A script for each revision, on the one before; those of other tests go."""
    versions = project.root / "migrations" / "versions"
    for path in versions.glob("*.py"):
        if path.stem != "aaa1":
            path.unlink()
    for id_, up in steps.items():
        (versions / f"{id_}.py").write_text(script(id_, parent, up))
        parent = id_


@pytest.fixture(scope="module")
def made(server: DatabaseUrl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A shop with three rows; its database has a setting that its copies have too."""
    url = server.with_database(f"fidesdev_test_plan_{uuid.uuid4().hex[:8]}")
    create_database(url)
    name = Identifier(url.database)
    execute(url, SQL("ALTER DATABASE {} SET plan.copied TO {}").format(name, Literal(url.database)))
    project = make_project(tmp_path_factory.mktemp("shop") / "p", [], url)
    write(project, {"aaa1": MAKE}, None)
    migrations.execute(migrations.upgrade(project.workspace))
    execute(url, SQL("INSERT INTO shop VALUES (1, 'one'), (2, 'two'), (3, NULL)"))
    yield project
    drop_database(url)


@pytest.fixture
def shop(made: Project) -> Iterator[Project]:
    """The shop, in whose database nothing changes however its plan is looked at."""
    before = state(made.url)
    yield made
    assert state(made.url) == before
    assert copies(made.url) == []


@pytest.fixture(scope="module")
def report(made: Project) -> MoveReport:
    """Of `STEPS`."""
    before = state(made.url)
    write(made, STEPS)
    found = verified(made)
    assert state(made.url) == before
    assert copies(made.url) == []
    return found


def state(url: DatabaseUrl) -> object:
    """The whole schema and every row, the version table's too."""
    return read_catalog(url, whole=True).fingerprint, row_checksums(url)


def copies(url: DatabaseUrl) -> list[str]:
    """The databases with the setting of this one."""
    with server_of(url) as server:
        rows = server.rows(
            "SELECT datname FROM pg_database d JOIN pg_db_role_setting s ON setdatabase = d.oid"
            " WHERE %s = ANY (setconfig) AND datname <> %s",
            (f"plan.copied={url.database}", url.database),
        )
    return [name for (name,) in rows]


def verified(project: Project, rev: str = "heads") -> MoveReport:
    return impacts.verified(migrations.goto(project.workspace, rev))


def seen(report: MoveReport, revision: str) -> Observed:
    (found,) = (step.observed for step in report.steps if step.revision == revision)
    assert found
    return found


def text_of(report: MoveReport) -> str:
    return "\n".join(plain(blocks(report)))


def test_each_step_is_seen_with_its_locks(report: MoveReport) -> None:
    assert report.rehearsal
    assert report.rehearsal.failure is None
    locks = {
        step.revision: [f"{lock.mode} {lock.name}" for lock in seen(report, step.revision).locks]
        for step in report.steps
    }
    assert locks == LOCKS


def test_each_step_is_seen_with_what_it_changes(report: MoveReport) -> None:
    schema = [(one.verb, one.kind, one.name) for one in seen(report, "bbb1").schema]
    assert schema == [("added", "column", "public.shop.open")]
    assert [one.name for one in seen(report, "eee1").schema] == ["public.later"]
    rows = {step.revision: seen(report, step.revision).rows for step in report.steps}
    assert {id_: found for id_, found in rows.items() if found} == {
        "ddd1": (RowsChange("public.shop", 3, 1),),
        "ggg1": (RowsChange("public.item", 0, None),),
    }


def test_a_statement_is_told_once_however_often_it_is_sent(report: MoveReport) -> None:
    *_asked, delete = seen(report, "ddd1").statements

    assert (delete.sql, delete.times) == ("DELETE FROM shop WHERE id = %(id)s", 2)
    assert [lock.mode for lock in delete.locks] == ["RowExclusive"]


def test_what_was_foreseen_otherwise_is_told(report: MoveReport) -> None:
    differs = {step.revision: seen(report, step.revision).differs for step in report.steps}

    assert {id_: found for id_, found in differs.items() if found} == {
        "fff1": (
            "AccessExclusive on shop was foreseen and not taken",
            "ShareUpdateExclusive on shop was taken and not foreseen",
        ),
        "ggg1": ("AccessExclusive on shop was taken and not foreseen",),
    }


def test_it_is_told_in_lines(report: MoveReport) -> None:
    told = text_of(report)

    assert ", Share on shop" in told
    assert "+ column public.shop.open" in told
    assert "public.shop: 3 → 1 rows" in told
    assert "differs: AccessExclusive on shop was taken and not foreseen" in told
    assert "It works: all 7 steps ran on a copy of the database" in told


def test_statements_of_a_script_that_asks_are_recorded(shop: Project) -> None:
    write(shop, {"ddd1": STEPS["ddd1"]})
    (before,) = impacts.preview(shop.workspace, "heads").steps
    report = impacts.recorded(migrations.goto(shop.workspace, "heads"))
    (step,) = report.steps

    assert before.impact_ends
    assert (step.impact_ends, step.recorded, step.observed) == (None, True, None)
    assert [one.sql for one in step.impact] == [
        "SHOW plan.copied",
        "SELECT id FROM shop ORDER BY id",
        "DELETE FROM shop WHERE id = %(id)s",
    ]
    assert step.impact[-1].lock == "RowExclusive"
    assert "--record" in text_of(impacts.preview(shop.workspace, "heads"))
    assert "Statements recorded on a copy" in text_of(report)


def test_nothing_is_copied_to_record_what_can_be_rendered(shop: Project) -> None:
    write(shop, {"bbb1": STEPS["bbb1"]})
    report = impacts.recorded(migrations.goto(shop.workspace, "heads"))

    assert report.rehearsal is None
    assert report.steps[0].impact
    assert not report.steps[0].recorded


def test_a_step_that_fails_is_told_with_its_statement(shop: Project) -> None:
    fails = "op.execute('ALTER TABLE shop ALTER name SET NOT NULL')"
    write(shop, {"bbb1": STEPS["bbb1"], "ccc1": fails, "ddd1": STEPS["ddd1"]})
    report = verified(shop)

    assert report.rehearsal
    failure = report.rehearsal.failure
    assert failure
    assert (failure.direction, failure.revision, failure.line) == ("up", "ccc1", 10)
    assert failure.statement == "ALTER TABLE shop ALTER name SET NOT NULL"
    assert "contains null values" in failure.message
    assert seen(report, "bbb1").locks
    assert report.steps[2].observed is None
    told = text_of(report)
    assert "Fails on a copy: up ccc1 (migrations/versions/ccc1.py:10): column" in told
    assert "ALTER TABLE shop ALTER name SET NOT NULL" in told


def test_what_fails_only_in_one_transaction_fails(shop: Project) -> None:
    write(
        shop,
        {
            "bbb1": "op.execute(\"CREATE TYPE kind AS ENUM ('a')\")\n"
            "with op.get_context().autocommit_block():\n    op.execute('SELECT 1')",
            "ccc1": "op.execute(\"ALTER TYPE kind ADD VALUE 'b'\")",
            "ddd1": "op.execute(\"SELECT 'b'::kind\")",
        },
    )
    report = verified(shop)

    assert report.rehearsal
    assert report.rehearsal.failure
    assert report.rehearsal.failure.revision == "ddd1"
    assert "unsafe use of new value" in report.rehearsal.failure.message


def test_a_transaction_for_each_step_is_seen_as_well(shop: Project) -> None:
    insert = "op.execute(\"INSERT INTO shop VALUES ({}, 'x')\")"
    write(shop, {"bbb1": insert.format(4), "ccc1": insert.format(5)})
    shop.env(ENV.format(options={"transaction_per_migration": True}))
    try:
        report = verified(shop)
    finally:
        shop.env(ENV.format(options={}))

    assert [seen(report, one).rows[0] for one in ("bbb1", "ccc1")] == [
        RowsChange("public.shop", 3, 4),
        RowsChange("public.shop", 4, 5),
    ]
    assert [lock.mode for lock in seen(report, "ccc1").locks] == ["RowExclusive"]


def test_interrupting_leaves_no_copy(shop: Project) -> None:
    write(shop, {"bbb1": STEPS["bbb1"]})
    there: list[str] = []

    def interrupt(event: Event) -> None:
        if isinstance(event, StepFinished):
            there.extend(copies(shop.url))
            raise KeyboardInterrupt

    move = migrations.goto(shop.workspace, "heads")
    with pytest.raises(Interrupted):
        impacts.verified(move, on_event=interrupt)
    assert len(there) == 1
    assert copies(shop.url) == []


def test_the_copy_of_a_killed_run_is_dropped_by_the_next(shop: Project) -> None:
    write(shop, {"bbb1": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"})
    argv = [*FIDESDEV, "--database-url", shop.url.render(), "db", "plan", "heads", "--verify"]
    in_another = {**os.environ, "FIDES__FIDESDEV__RUNNER": f"python:{sys.executable}"}
    killed = subprocess.run(argv, cwd=shop.root, env=in_another, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(copies(shop.url)) == 1

    deadline = time.monotonic() + 60  # for the server to notice
    while copies(shop.url):
        assert time.monotonic() < deadline
        with scratch_database(shop.url):
            pass


def test_sqlite_is_copied_as_a_file(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "aaa1 > bbb1 > ccc1")
    migrations.execute(migrations.upgrade(project.workspace, "bbb1"))
    project.sql("INSERT INTO t_bbb1 VALUES (1), (2)")
    project.break_step("ccc1", up="op.execute('DELETE FROM t_bbb1 WHERE id = 1')")
    before = Path(project.url.database).read_bytes()

    up, down = verified(project), verified(project, "aaa1")
    added = [(one.verb, one.kind, one.name) for one in seen(up, "ccc1").schema]
    assert added == [("added", "column", "t_ccc1.id"), ("added", "table", "t_ccc1")]
    assert seen(up, "ccc1").rows == (RowsChange("t_bbb1", 2, 1),)
    assert seen(down, "bbb1").rows == (RowsChange("t_bbb1", 2, None),)
    assert seen(down, "bbb1").locks == ()
    assert seen(down, "bbb1").differs == ()
    assert Path(project.url.database).read_bytes() == before


def test_a_database_in_memory_cannot_be_copied(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "aaa1", DatabaseUrl("sqlite", ":memory:"))

    with pytest.raises(UsageError, match="in memory"):
        verified(project)


def test_an_empty_plan_copies_nothing(shop: Project) -> None:
    assert verified(shop, "aaa1").rehearsal is None


def test_a_long_plan_says_that_nobody_looked(tmp_path: Path) -> None:
    ids = [f"r{number:04}" for number in range(impacts.MOST + 1)]
    project = make_project(tmp_path / "p", " > ".join(ids))
    report = impacts.preview(project.workspace, "heads")

    assert report.impact_skipped == "201 steps are more than the 200 that are looked into at once"
    assert all(step.impact == () for step in report.steps)
    assert "Impact not shown: 201 steps" in text_of(report)
