"""`db reset`: an empty database in the place of the old one, from a template that is kept."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fidesdev.adapters.postgres_templates import PostgresTemplates
from fidesdev.adapters.server_statements import server_of
from fidesdev.config import Flags
from fidesdev.core.resetting import ResetReport
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import NothingRecorded, StepFailed
from fidesdev.services import migrations, resetting, returning, undoing
from fidesdev.services.workspace import open_workspace
from tests.cli.processes import FIDESDEV, environment
from tests.projects import Project, make_project
from tests.templates import databases, ids, remove_all, spares, templates, wait_for_spare

ROOT = Path(__file__).parents[2]
QUIET = {"FIDES__FIDESDEV__SNAPSHOTS": '{"spares": 0}'}
"""Nothing is copied while the test looks at what there is."""


@pytest.fixture
def project(tmp_path: Path, url: DatabaseUrl | None) -> Iterator[Project]:
    """Three revisions on either kind of database, with nothing applied."""
    made = make_project(tmp_path / "project", " > ".join(ids(3)), url)
    yield replace(made, environ=QUIET)
    if url is not None:
        remove_all(made)


@pytest.fixture
def pg(tmp_path: Path, database: DatabaseUrl) -> Iterator[Project]:
    """The same on PostgreSQL alone."""
    made = make_project(tmp_path / "project", " > ".join(ids(3)), database)
    yield replace(made, environ=QUIET)
    remove_all(made)


def reset(
    project: Project, to: str = "heads", *, rebuild: bool = False, no_snapshot: bool = False
) -> ResetReport:
    workspace = project.opened(no_snapshot=no_snapshot)
    return resetting.execute(resetting.plan(workspace, to=to, rebuild=rebuild))


def made(project: Project) -> list[str]:
    return [revision.id for revision in project.made]


def test_reset_empties_the_database_and_keeps_it_at_the_heads(project: Project) -> None:
    first = reset(project)
    a, _b, c = made(project)
    project.sql(f'INSERT INTO "t_{a}" VALUES (1)')
    second = reset(project)
    assert (first.template.built, second.template.built) == (True, False)
    assert project.sql(f'SELECT * FROM "t_{a}"') == []
    assert (project.tables(), project.rows()) == (set(made(project)), {c})
    assert (second.before, second.after, second.executed) == ((c,), (c,), True)


def test_what_was_there_comes_back_by_undo(project: Project) -> None:
    reset(project)
    a = made(project)[0]
    project.sql(f'INSERT INTO "t_{a}" VALUES (7)')
    report = reset(project)
    assert report.snapshot is not None
    way = returning.undo(project.workspace)
    assert way is not None
    returning.execute(way)
    assert project.sql(f'SELECT * FROM "t_{a}"') == [(7,)]


def test_without_a_snapshot_there_is_nothing_to_undo(project: Project) -> None:
    reset(project, no_snapshot=True)
    report = reset(project, no_snapshot=True)
    assert report.snapshot is None
    with pytest.raises(NothingRecorded):
        undoing.undo(project.workspace)


def test_undo_of_a_reset_to_elsewhere_runs_scripts_and_is_no_stamp(project: Project) -> None:
    reset(project, no_snapshot=True)
    reset(project, to="base", no_snapshot=True)
    move = undoing.undo(project.workspace)
    assert [step.revision for step in move.plan.steps] == made(project)


def test_reset_to_a_revision_applies_what_it_needs(project: Project) -> None:
    a, b, _c = made(project)
    report = reset(project, to=b)
    assert (report.after, project.tables()) == ((b,), {a, b})
    migrations.execute(migrations.upgrade(project.workspace))
    assert reset(project, to="-1").after == (b,)


def test_changed_text_makes_another_template(project: Project) -> None:
    first = reset(project)
    b = made(project)[1]
    project.break_step(b, up='op.execute("CREATE TABLE t_more (id INTEGER)")')
    second = reset(project)
    assert second.template.built
    assert first.template.fingerprint != second.template.fingerprint
    assert "more" in project.tables()


def test_changed_env_makes_another_template(project: Project) -> None:
    reset(project)
    env = project.root / "migrations" / "env.py"
    project.env(env.read_text() + "\n# another thought\n")
    assert reset(project).template.built


def test_revisions_that_are_not_wanted_do_not_count(project: Project) -> None:
    _a, b, c = made(project)
    reset(project, to=b)
    project.break_step(c, up="pass  # changed")
    assert not reset(project, to=b).template.built


def test_rebuild_builds_again(project: Project) -> None:
    reset(project)
    assert reset(project, rebuild=True).template.built


def test_failing_migration_leaves_the_database_and_no_template(pg: Project) -> None:
    reset(pg)
    before = templates(pg)
    pg.sql(f'INSERT INTO "t_{made(pg)[0]}" VALUES (1)')
    pg.break_step(made(pg)[2], up='raise RuntimeError("broken")')
    with pytest.raises(StepFailed):
        reset(pg)
    assert pg.sql(f'SELECT * FROM "t_{made(pg)[0]}"') == [(1,)]
    assert templates(pg) == before


def test_old_templates_of_the_project_are_dropped(pg: Project) -> None:
    for turn in range(6):
        pg.break_step(made(pg)[0], up=f"pass  # {turn}")
        reset(pg, no_snapshot=True)
    assert len(templates(pg)) == 4


def test_missing_database_is_made(pg: Project) -> None:
    pg.sql(f"COMMENT ON DATABASE \"{pg.url.database}\" IS 'mine'")
    missing = Project(pg.root, pg.url.with_database(f"{pg.url.database}_new"), pg.made)
    report = reset(missing)
    try:
        assert (report.exists, report.snapshot) == (False, None)
        assert missing.tables() == set(made(pg))
    finally:
        pg.sql(f'DROP DATABASE "{missing.url.database}" WITH (FORCE)')


def test_settings_comment_and_limit_stay(pg: Project) -> None:
    name = pg.url.database
    pg.sql(f"COMMENT ON DATABASE \"{name}\" IS 'mine'")
    pg.sql(f'ALTER DATABASE "{name}" CONNECTION LIMIT 7')
    pg.sql(f'ALTER DATABASE "{name}" SET search_path TO app, public')
    reset(pg)
    facts = pg.sql(
        "SELECT shobj_description(oid, 'pg_database'), datconnlimit, current_setting('search_path')"
        f" FROM pg_database WHERE datname = '{name}'"
    )
    assert facts == [("mine", 7, "app, public")]


def test_migrations_of_the_template_see_the_settings(pg: Project) -> None:
    pg.sql(f"ALTER DATABASE \"{pg.url.database}\" SET fidesdev.colour TO 'blue'")
    pg.break_step(
        made(pg)[0],
        up="op.execute(\"CREATE TABLE t_seen AS SELECT current_setting('fidesdev.colour') AS c\")",
    )
    reset(pg)
    assert pg.sql("SELECT c FROM t_seen") == [("blue",)]


def test_extensions_of_the_administrator_are_there_before_any_migration(pg: Project) -> None:
    pg.sql("CREATE EXTENSION citext")
    pg.break_step(made(pg)[0], up='op.execute("CREATE TABLE t_text (name citext)")')
    assert reset(pg).template.built
    assert not reset(pg).template.built
    assert "text" in pg.tables()


def test_extensions_that_a_migration_makes_are_left_to_it(pg: Project) -> None:
    pg.break_step(made(pg)[0], up='op.execute("CREATE EXTENSION citext")')
    assert reset(pg).template.built
    assert not reset(pg).template.built


def test_spare_copy_is_made_ahead_and_taken(pg: Project) -> None:
    usual = replace(pg, environ={})
    assert not reset(usual).spare
    wait_for_spare(pg)
    assert reset(usual).spare
    wait_for_spare(pg)
    assert (len(spares(pg)), pg.tables()) == (1, set(made(pg)))


def test_locale_and_encoding_are_those_of_the_database(pg: Project) -> None:
    name, query = pg.url.database, "SELECT datcollate, datctype FROM pg_database WHERE datname = "
    maintenance = Project(pg.root, pg.url.with_database("postgres"), pg.made)
    maintenance.sql(f'DROP DATABASE "{name}"')
    maintenance.sql(f"CREATE DATABASE \"{name}\" TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    reset(pg)
    assert pg.sql(f"{query}'{name}'") == [("C", "C")]


def test_killed_while_it_built_leaves_nothing_behind_the_next(pg: Project) -> None:
    slow = made(pg)[2]
    pg.break_step(slow, up="import time; open('running', 'w').close(); time.sleep(60)")
    command = (*FIDESDEV, "--database-url", pg.url.render(), "db", "reset", "-y")
    fingerprint = resetting.plan(pg.workspace).report.template.fingerprint
    variables = environment(**pg.environ)
    process = subprocess.Popen(command, cwd=pg.root, env=variables, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not (pg.root / "running").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    rubbish = f"fidesdev_template_{fingerprint}"
    assert databases(pg.url)[rubbish] is None
    pg.break_step(slow)
    _wait_until_unlocked(pg, fingerprint)
    assert reset(pg).template.built
    assert rubbish not in databases(pg.url)
    assert pg.tables() == set(made(pg))


def test_two_at_once_build_one_template_and_both_succeed(pg: Project) -> None:
    pg.break_step(made(pg)[0], up="import time; time.sleep(0.5)")
    command = (*FIDESDEV, "--database-url", pg.url.render(), "db", "reset", "-y", "--json")
    run = [
        subprocess.Popen(
            command, cwd=pg.root, env=environment(**pg.environ), stdout=subprocess.PIPE
        )
        for _turn in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in run]
    assert [process.returncode for process in run] == [0, 0], said
    assert (len(templates(pg)), pg.tables()) == (1, set(made(pg)))
    assert sorted(b'"built": true' in text for text in said) == [False, True]


def test_sample_is_in_a_template_of_its_own(database: DatabaseUrl) -> None:
    flags = Flags(directory=ROOT, database_url=database.render())
    workspace = open_workspace(flags, environ=QUIET, cwd=ROOT)
    with server_of(database) as server:
        try:
            plans = [resetting.plan(workspace, seed=count) for count in (3, 3, 0)]
            built = [resetting.execute(one).template.built for one in plans[:2]]
            rows = Project(ROOT, database, ()).sql("SELECT count(*) FROM privacyrequest")
            assert (built[0], rows) == (True, [(3,)])
            assert not resetting.execute(resetting.plan(workspace, seed=3)).template.built
            assert plans[0].report.template.fingerprint != plans[2].report.template.fingerprint
        finally:
            for one in plans:
                PostgresTemplates(server).remove(one.report.template.fingerprint)
            remove_all(Project(ROOT, database, ()))


def test_sqlite_that_others_have_open_shows_them_the_new_content(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", " > ".join(ids(2)))
    reset(project)
    a = made(project)[0]
    with closing(sqlite3.connect(project.url.database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute(f'INSERT INTO "t_{a}" VALUES (1)')
        reset(project)
        assert other.execute(f'SELECT count(*) FROM "t_{a}"').fetchone() == (0,)


def _wait_until_unlocked(project: Project, fingerprint: str) -> None:
    """A server notices that its client was killed when the statement that runs is done."""
    template = f"fidesdev_template_{fingerprint}"
    query = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{template}'"
    deadline = time.monotonic() + 10
    while project.sql(query) != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.05)
