"""goto and upgrade on random graphs, with Alembic itself as the oracle."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fidesdev.adapters.postgres import connect
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import StepFailed
from fidesdev.services import migrations
from tests.notation import random_revisions
from tests.projects import Project, make_project

Situation = tuple[list[Revision], list[str], str]
EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """A tree, the revisions that Alembic upgrades to first, and the one to go to."""
    made = draw(random_revisions(largest=8))
    ids = st.sampled_from([revision.id for revision in made])
    return made, draw(st.lists(ids, max_size=3, unique=True)), draw(ids | st.just("base"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> DatabaseUrl | None:
    if request.param == "sqlite":
        return None
    database: DatabaseUrl = request.getfixturevalue("database")
    return database


@given(situations())
@EXAMPLES
def test_goto_ends_in_exactly_the_wanted_set_from_every_start(
    url: DatabaseUrl | None, case: Situation
) -> None:
    made, start, rev = case
    with started(made, start, url) as project:
        tree = RevisionGraph.build(made)
        wanted = tree.ancestors({rev} - {"base"})
        scope = tree.lineage({rev}) if rev != "base" else frozenset(tree.revisions)
        migrations.execute(migrations.goto(project.workspace, rev))
        assert project.tables() & scope == wanted & scope
        assert project.tables() >= wanted
        assert tree.ancestors(project.rows()) == project.tables()
        alembic_agrees(project, tree)


@given(situations())
@EXAMPLES
def test_upgrade_runs_what_alembic_runs_in_an_order_it_accepts(case: Situation) -> None:
    made, start, rev = case
    with started(made, start, None) as project:
        scripts = project.scripts
        target = rev if rev != "base" else "heads"
        theirs = upgrade_steps(scripts, target, project.rows())
        move = migrations.upgrade(project.workspace, target)
        assert {step.revision for step in move.plan.steps} == set(theirs)
        rows = project.rows()
        for step in move.plan.steps:
            assert upgrade_steps(scripts, step.revision, rows) == [step.revision]
            rows = rows - set(step.rows) | {step.revision}


@given(situations(), st.data())
@EXAMPLES
def test_failing_step_on_postgresql_leaves_every_table_as_it_was(
    database: DatabaseUrl, case: Situation, data: st.DataObject
) -> None:
    made, start, rev = case
    with started(made, start, database) as project:
        steps = migrations.goto(project.workspace, rev).plan.steps
        if not steps:
            return
        broken = data.draw(st.sampled_from(steps)).revision
        project.break_step(broken, up="op.execute('SELECT nope')", down="op.execute('SELECT nope')")
        tables, rows = project.tables(), project.rows()
        with pytest.raises(StepFailed) as caught:
            migrations.execute(migrations.goto(project.workspace, rev))
        assert caught.value.facts["revision"] == broken
        assert caught.value.facts["kept"] == []
        assert caught.value.facts["now"] == sorted(rows)
        assert (project.tables(), project.rows()) == (tables, rows)


@contextmanager
def started(made: list[Revision], start: list[str], url: DatabaseUrl | None) -> Iterator[Project]:
    """The project with Alembic's own upgrade to each of `start` done."""
    with tempfile.TemporaryDirectory() as folder:
        if url:
            empty(url)
        project = make_project(Path(folder) / "project", made, url)
        for rev in start:
            try:
                command.upgrade(project.alembic, rev)
            except KeyError:  # see `alembic_agrees`
                assume(False)
        yield project


def alembic_agrees(project: Project, tree: RevisionGraph) -> None:
    """Alembic finds its way from the rows that we wrote, up and down.

    Not asked where there are dependencies: Alembic 1.20.1 loses count of its own rows there, as in
    `a > m, b > m, c ~ a, m ~ c`, where its `upgrade heads` from nothing ends in a KeyError.
    """
    if any(revision.depends_on for revision in tree.revisions.values()):
        return
    command.upgrade(project.alembic, "heads")
    assert project.tables() == set(tree.revisions)
    command.downgrade(project.alembic, "base")
    assert project.tables() == set()


def upgrade_steps(scripts: ScriptDirectory, rev: str, rows: set[str]) -> list[str]:
    """What `alembic upgrade` would run from these rows."""
    found = scripts._upgrade_revs(rev, tuple(rows))  # type: ignore[arg-type] # as Alembic calls it
    return [step.revision.revision for step in found]


def empty(url: DatabaseUrl) -> None:
    with closing(connect(url, autocommit=True)) as connection:
        connection.cursor().execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
