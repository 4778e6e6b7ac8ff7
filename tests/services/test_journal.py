"""What is recorded of moves: in the step's own transaction, by whom, and what a failure leaves."""

from __future__ import annotations

import getpass
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from psycopg2 import sql

from fidesdev import __version__
from fidesdev.config import Flags
from fidesdev.core.journal import JournalMove, Outcome
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import FidesdevError, JournalRefused, StepFailed
from fidesdev.services import journal, migrations, stamping
from fidesdev.services.workspace import Workspace, open_workspace
from tests.conftest import execute
from tests.projects import Project
from tests.services.conftest import Make

FORK = "base0 > comm > aaa1 > aaa2, comm > bbb1 > bbb2"
FAIL = "op.execute('SELECT * FROM nowhere')"
BLOCK = "with op.get_context().autocommit_block():\n    op.execute('SELECT 1')"


def set_journal(project: Project, mode: str) -> None:
    (project.root / ".fides.toml").write_text(f'[fidesdev]\njournal = "{mode}"\n')


def as_user(project: Project, user: str) -> Workspace:
    url = replace(project.url, user=user, password=user)
    return open_workspace(Flags(database_url=url.render()), environ={}, cwd=project.root)


def goto(project: Project, rev: str) -> None:
    migrations.execute(migrations.goto(project.workspace, rev))


def moves(project: Project) -> tuple[JournalMove, ...]:
    return journal.log(project.workspace).moves


def last(project: Project) -> JournalMove:
    return moves(project)[0]


def steps(move: JournalMove) -> list[tuple[int, str, str]]:
    return [(step.number, step.direction, step.revision) for step in move.steps]


def git(folder: Path, *arguments: str) -> str:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    command = ["git", "-C", str(folder), *names, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_every_step_is_recorded_with_its_source(make: Make) -> None:
    project = make("base0 > more, other, more ~ other, other @ label")
    goto(project, "more")
    move = last(project)
    assert (move.command, move.outcome) == ("db goto more", Outcome.DONE)
    assert (move.before, move.after) == ((), ("more",))
    assert steps(move) == [(1, "up", "other"), (2, "up", "base0"), (3, "up", "more")]
    more = move.steps[2]
    source = (project.root / "migrations/versions/more.py").read_bytes()
    assert (more.parents, more.depends_on) == (("base0",), ("other",))
    assert more.path == "migrations/versions/more.py"
    assert more.sha256 == sha256(source).hexdigest()
    assert move.started <= more.started
    assert move.finished is not None
    assert more.started <= move.finished
    assert 0 <= more.seconds <= (move.seconds or 0)
    kept = journal.journal_source(project.workspace, "more")
    assert kept is not None
    assert (kept.source, kept.sha256, kept.branch) == (source, more.sha256, None)


def test_dependency_on_a_label_is_recorded_as_the_revision(make: Make) -> None:
    project = make("base0, other @ label, base0 ~ label")
    goto(project, "base0")
    assert last(project).steps[-1].depends_on == ("other",)


def test_moves_are_listed_newest_first_and_limited(make: Make) -> None:
    project = make(FORK)
    for rev in ("aaa2", "bbb2", "base"):
        goto(project, rev)
    assert [move.command for move in moves(project)] == [
        "db goto base",
        "db goto bbb2",
        "db goto aaa2",
    ]
    limited = journal.log(project.workspace, 2).moves
    assert [move.command for move in limited] == ["db goto base", "db goto bbb2"]
    assert steps(limited[1]) == [
        (1, "down", "aaa2"),
        (2, "down", "aaa1"),
        (3, "up", "bbb1"),
        (4, "up", "bbb2"),
    ]


def test_nothing_to_do_is_no_move(make: Make) -> None:
    project = make("base0")
    goto(project, "base0")
    goto(project, "base0")
    assert len(moves(project)) == 1


def test_database_that_was_never_moved_has_no_journal(make: Make) -> None:
    project = make("base0")
    assert moves(project) == ()
    assert journal.journal_source(project.workspace, "base0") is None


def test_who_moved_it_and_from_which_checkout(make: Make) -> None:
    project = make("base0 > more")
    git(project.root, "init", "-q", "-b", "topic")
    git(project.root, "add", "migrations", "alembic.ini")
    git(project.root, "commit", "-qm", "all")
    goto(project, "base0")
    clean = last(project)
    assert (clean.who, clean.branch, clean.dirty) == (getpass.getuser(), "topic", False)
    assert clean.commit == git(project.root, "rev-parse", "HEAD")
    assert clean.version == __version__
    project.break_step("more")
    project.break_step("base0", up="pass")
    goto(project, "more")
    assert last(project).dirty is True
    kept = journal.journal_source(project.workspace, "more")
    assert kept is not None
    assert (kept.branch, kept.commit) == ("topic", clean.commit)


def test_rolled_back_steps_leave_no_row(make: Make) -> None:
    project = make(FORK)
    goto(project, "aaa2")
    project.break_step("bbb2", up=FAIL)
    with pytest.raises(StepFailed):
        goto(project, "bbb2")
    move = last(project)
    assert (move.outcome, move.before, move.after) == (Outcome.FAILED, ("aaa2",), ("aaa2",))
    assert move.steps == ()
    assert "up bbb2 failed" in (move.error or "")


def test_steps_that_were_committed_before_a_failure_stay(make: Make) -> None:
    project = make(FORK, options={"transaction_per_migration": True})
    goto(project, "comm")
    project.break_step("aaa2", up=FAIL)
    with pytest.raises(StepFailed) as caught:
        goto(project, "aaa2")
    kept = caught.value.facts["kept"]
    assert [step.revision for step in last(project).steps] == kept
    assert last(project).after == (("aaa1",) if kept else ("comm",))


def test_step_that_commits_in_between_is_recorded_once(make_pg: Make) -> None:
    project = make_pg("base0 > comm > aaa1 > aaa2")
    project.break_step("comm", up=BLOCK)
    project.break_step("aaa2", up=FAIL)
    with pytest.raises(StepFailed) as caught:
        goto(project, "aaa2")
    move = last(project)
    assert [step.revision for step in move.steps] == caught.value.facts["kept"]
    assert (move.after or ()) == tuple(caught.value.facts["now"])


LOOK = "op.execute('CREATE TABLE seen AS SELECT revision FROM fidesdev.step')"


@pytest.mark.parametrize(("each", "seen"), [(True, {"base0", "comm"}), (False, set())])
def test_steps_are_recorded_when_their_transaction_commits(
    make_pg: Make, each: bool, seen: set[str]
) -> None:
    project = make_pg("base0 > comm > more", options={"transaction_per_migration": each})
    project.break_step("more", up=LOOK)
    goto(project, "more")
    assert {revision for (revision,) in project.sql("SELECT revision FROM seen")} == seen
    assert len(last(project).steps) == 3


def test_source_is_kept_once_however_often_it_runs(make_pg: Make) -> None:
    project = make_pg("base0")
    for rev in ("base0", "base", "base0"):
        goto(project, rev)
    assert project.sql("SELECT count(*) FROM fidesdev.source") == [(1,)]
    assert project.sql("SELECT count(*) FROM fidesdev.step") == [(3,)]


def test_source_is_the_bytes_of_the_file(make: Make) -> None:
    project = make("base0")
    file = project.root / "migrations/versions/base0.py"
    written = b"# -*- coding: latin-1 -*-\n# caf\xe9 \\ %(x)s :name\r\n" + file.read_bytes()
    file.write_bytes(written)
    goto(project, "base0")
    kept = journal.journal_source(project.workspace, "base0")
    assert kept is not None
    assert kept.source == written


def test_last_upgrade_of_an_edited_revision_is_the_source(make: Make) -> None:
    project = make("base0")
    goto(project, "base0")
    goto(project, "base")
    project.break_step("base0", up="op.execute('SELECT 2')")
    goto(project, "base0")
    kept = journal.journal_source(project.workspace, "base0")
    assert kept is not None
    assert b"SELECT 2" in kept.source


def test_stamp_is_a_move_without_steps(make: Make) -> None:
    project = make(FORK)
    stamping.stamp(project.workspace, "aaa2")
    move = last(project)
    assert (move.command, move.before, move.after) == ("db stamp aaa2", (), ("aaa2",))
    assert (move.steps, move.outcome) == ((), Outcome.DONE)


def test_off_writes_nothing(make: Make) -> None:
    project = make("base0")
    set_journal(project, "off")
    files = set(project.root.glob("*"))
    goto(project, "base0")
    assert moves(project) == ()
    left = {path.name for path in set(project.root.glob("*")) - files}
    assert left <= {"test.db", ".fidesdev"}
    if project.url.backend == "postgresql":
        assert schemas(project) == []


def schemas(project: Project) -> list[tuple[str, ...]]:
    return project.sql("SELECT nspname FROM pg_namespace WHERE nspname = 'fidesdev'")


def test_file_keeps_the_journal_out_of_the_database(make_pg: Make) -> None:
    project = make_pg("base0")
    set_journal(project, "file")
    goto(project, "base0")
    assert schemas(project) == []
    assert steps(last(project)) == [(1, "up", "base0")]
    (file,) = (project.root / ".fidesdev").glob("journal-*.jsonl")
    assert (file.parent / ".gitignore").read_text() == "*\n"


@pytest.fixture
def plain_role(server: DatabaseUrl, database: DatabaseUrl) -> Iterator[str]:
    """A role that may make tables in `public` of the database, and no schema."""
    name = f"fidesdev_test_{uuid.uuid4().hex[:12]}"
    role = sql.Identifier(name)
    execute(server, sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(name)))
    execute(database, sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(role))
    yield name
    execute(database, sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(role))
    execute(database, sql.SQL("DROP OWNED BY {}").format(role))
    execute(server, sql.SQL("DROP ROLE {}").format(role))


def test_role_without_the_right_to_make_a_schema_writes_a_file(
    make_pg: Make, plain_role: str
) -> None:
    project = make_pg("base0 > more")
    workspace = as_user(project, plain_role)
    migrations.execute(migrations.upgrade(workspace, "base0"))
    assert schemas(project) == []
    assert steps(journal.log(workspace).moves[0]) == [(1, "up", "base0")]


def test_schema_of_another_role_is_left_alone(make_pg: Make, plain_role: str) -> None:
    project = make_pg("base0 > more")
    stamping.stamp(project.workspace, "base0")
    project.sql(f"ALTER TABLE alembic_version OWNER TO {plain_role}")
    workspace = as_user(project, plain_role)
    migrations.execute(migrations.upgrade(workspace))
    assert [move.command for move in journal.log(workspace).moves] == ["db upgrade heads"]
    assert [move.command for move in moves(project)] == ["db upgrade heads", "db stamp base0"]


def test_insisting_on_the_database_is_refused_before_anything_runs(
    make_pg: Make, plain_role: str
) -> None:
    project = make_pg("base0")
    set_journal(project, "database")
    workspace = as_user(project, plain_role)
    with pytest.raises(JournalRefused, match="may not create schema 'fidesdev'"):
        migrations.execute(migrations.upgrade(workspace))
    assert (project.rows(), project.tables()) == (set(), set())


def test_insisting_on_a_file_that_cannot_be_written_is_refused(make_lite: Make) -> None:
    project = make_lite("base0")
    set_journal(project, "database")
    with pytest.raises(JournalRefused, match="keeps its journal in a file"):
        goto(project, "base0")
    assert project.rows() == set()


def test_schema_that_would_shadow_public_is_not_made(make_pg: Make) -> None:
    project = make_pg("base0")
    name = sql.Identifier(project.url.database)
    execute(
        project.url,
        sql.SQL("ALTER DATABASE {} SET search_path = fidesdev, public").format(name),
    )
    goto(project, "base0")
    assert schemas(project) == []
    assert steps(last(project)) == [(1, "up", "base0")]


def test_migration_that_gives_up_its_rights_is_recorded_all_the_same(
    make_pg: Make, plain_role: str
) -> None:
    project = make_pg("base0 > more")
    project.sql(f"GRANT {plain_role} TO CURRENT_USER")
    stamping.stamp(project.workspace, "base0")
    project.sql(f"GRANT ALL ON alembic_version TO {plain_role}")
    project.break_step("more", up=f"op.execute('SET ROLE {plain_role}')")
    goto(project, "more")
    assert steps(last(project)) == [(1, "up", "more")]
    assert last(project).outcome is Outcome.DONE


def test_two_journals_of_one_database_are_read_as_one(make_pg: Make) -> None:
    project = make_pg("base0 > more")
    goto(project, "base0")
    set_journal(project, "file")
    goto(project, "more")
    set_journal(project, "auto")
    goto(project, "base")
    assert [move.command for move in moves(project)] == [
        "db goto base",
        "db goto more",
        "db goto base0",
    ]


def test_run_that_was_killed_is_told_as_interrupted(make_pg: Make) -> None:
    project = make_pg("base0 > more")
    goto(project, "base0")
    project.sql(
        "INSERT INTO fidesdev.move (command, before, outcome, version)"
        " VALUES ('db upgrade', '{base0}', 'running', '1')"
    )
    assert (last(project).outcome, last(project).after) == (Outcome.INTERRUPTED, None)
    project.sql("UPDATE fidesdev.move SET outcome = 'running' WHERE command = 'db upgrade'")
    goto(project, "more")
    assert [(move.outcome, move.after) for move in moves(project)][:2] == [
        (Outcome.DONE, ("more",)),
        (Outcome.INTERRUPTED, ("base0",)),
    ]


def test_failure_to_look_is_no_failure_to_tell(make: Make) -> None:
    """What env.py raises before any step is recorded as a failed move that changed nothing."""
    project = make("base0")
    project.env("raise RuntimeError('not today')")
    with pytest.raises(FidesdevError, match="not today"):
        goto(project, "base0")
    move = last(project)
    assert (move.outcome, move.after, move.steps) == (Outcome.FAILED, (), ())
    assert "not today" in (move.error or "")


AUTOGENERATE = """
from alembic import context
from sqlalchemy import MetaData, create_engine, pool

url = context.config.get_main_option("sqlalchemy.url")
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, target_metadata=MetaData(), {options})
    with context.begin_transaction():
        context.run_migrations()
"""


@pytest.fixture
def modelled(make_pg: Make) -> Project:
    """A project of one revision that makes no table, so that the models have all there is."""
    project = make_pg("base0")
    file = project.root / "migrations/versions/base0.py"
    text = file.read_text()
    for name in ('CREATE TABLE "t_base0" (id INTEGER)', 'DROP TABLE "t_base0"'):
        text = text.replace(name, "SELECT 1")
    file.write_text(text)
    return project


def autogenerate(project: Project, options: Mapping[str, str] | None = None) -> str:
    given = ", ".join(f"{name}={value}" for name, value in (options or {}).items())
    project.env(AUTOGENERATE.format(options=given))
    from fidesdev.services import authoring

    written = authoring.revision(project.workspace, "next", autogenerate=True)
    assert written.path is not None
    file = project.root / written.path
    text = file.read_text()
    file.unlink()
    return text


def check(project: Project) -> None:
    """Alembic's own check, which raises where it finds a difference."""
    from alembic import command

    command.check(project.alembic)


def test_autogenerate_and_check_do_not_see_the_journal(modelled: Project) -> None:
    goto(modelled, "base0")
    assert schemas(modelled) == [("fidesdev",)]
    assert "drop" not in autogenerate(modelled)
    check(modelled)


def test_autogenerate_does_not_see_the_journal_in_any_schema(modelled: Project) -> None:
    set_journal(modelled, "database")
    goto(modelled, "base0")
    assert "drop" not in autogenerate(modelled, {"include_schemas": "True"})


def test_autogenerate_still_asks_the_filter_of_env_py(modelled: Project) -> None:
    set_journal(modelled, "database")
    goto(modelled, "base0")
    modelled.sql("CREATE SCHEMA mine CREATE TABLE hidden (id int)")
    modelled.sql("CREATE SCHEMA theirs CREATE TABLE seen (id int)")
    text = autogenerate(
        modelled,
        {"include_schemas": "True", "include_name": "lambda name, kind, parents: name != 'mine'"},
    )
    assert "'seen'" in text
    assert "hidden" not in text
    assert "fidesdev" not in text


def test_journal_stays_out_of_a_database_whose_every_schema_is_compared(modelled: Project) -> None:
    modelled.env(AUTOGENERATE.format(options="include_schemas=True"))
    goto(modelled, "base0")
    assert schemas(modelled) == []
    assert steps(last(modelled)) == [(1, "up", "base0")]
    check(modelled)


def test_env_that_leaves_our_schema_out_by_name_has_it(modelled: Project) -> None:
    leave_out = "lambda name, kind, parents: not (kind == 'schema' and name == 'fidesdev')"
    options = f"include_schemas=True, include_name={leave_out}"
    modelled.env(AUTOGENERATE.format(options=options))
    goto(modelled, "base0")
    assert schemas(modelled) == [("fidesdev",)]
    check(modelled)
