"""`db drift`: the live schema beside what its applied revisions make."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from fidesdev.adapters.catalog import catalog_of
from fidesdev.adapters.postgres import connect, create_database, drop_database
from fidesdev.core.checks import CheckReport
from fidesdev.core.drift import schema_findings
from fidesdev.core.findings import Finding
from fidesdev.core.schema import Catalog
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import SourceNotFound
from fidesdev.services import migrations
from fidesdev.services.drift import drift
from tests.adapters.catalog_changes import BASE, CHANGES
from tests.projects import Project, make_project
from tests.services.lint_cases import script

WORDS = {"in the database and no": "added", "made by the applied": "removed", "differs": "changed"}


def written(root: Path, url: DatabaseUrl | None, up: str, *, env: str = "") -> Project:
    """A project of one revision, applied."""
    project = make_project(root, [], url)
    versions = project.root / "migrations" / "versions"
    versions.joinpath("aaa1.py").write_text(script("aaa1", None, up))
    if env:
        path = project.root / "migrations" / "env.py"
        path.write_text(f"{env}\n{path.read_text()}".replace("OPTIONS = {}", "OPTIONS = MODELS"))
    migrations.execute(migrations.upgrade(project.workspace))
    return project


@pytest.fixture
def everything(tmp_path: Path, database: DatabaseUrl) -> Project:
    """A database with an object of every class, made by a revision."""
    return written(tmp_path / "p", database, f"op.execute('''{BASE}''')")


def run(url: DatabaseUrl, statement: str) -> None:
    with psycopg2.connect(url.render()) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def objects(report: CheckReport) -> set[str]:
    """`added table public.fresh` for each finding of a schema."""
    return told(report.findings)


def told(findings: Iterable[Finding]) -> set[str]:
    found = set()
    for one in findings:
        word = next(word for text, word in WORDS.items() if text in one.message)
        kind, name = one.message.split()[:2]
        found.add(f"{word} {kind} {name}")
    return found


def test_nothing_has_drifted_after_an_upgrade(everything: Project) -> None:
    report = drift(everything.workspace, models=False)

    assert (report.findings, report.revisions, report.checked) == ((), 1, ("schema-drift",))


@pytest.fixture(scope="module")
def made(server: DatabaseUrl) -> Iterator[tuple[Connection, Catalog]]:
    """A connection to a database with an object of every class, and what its revisions made."""
    url = server.with_database(f"fidesdev_test_drift_{uuid.uuid4().hex[:8]}")
    create_database(url)
    connection = connect(url)
    connection.cursor().execute(BASE)
    connection.commit()
    yield connection, catalog_of(connection)
    connection.close()
    drop_database(url)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_each_class_of_object_is_found_alone(
    made: tuple[Connection, Catalog], name: str
) -> None:
    connection, catalog = made
    statement, changed = CHANGES[name]
    connection.cursor().execute(statement)
    found = schema_findings(catalog, catalog_of(connection))
    connection.rollback()

    assert told(found) == {" ".join(one.split()[:3]) for one in changed}


def test_a_change_by_hand_is_found_by_the_verb(everything: Project) -> None:
    run(everything.url, "ALTER TYPE mood ADD VALUE 'fine' BEFORE 'ok'")

    assert objects(drift(everything.workspace, models=False)) == {"changed enum public.mood"}


def test_both_definitions_are_told(everything: Project) -> None:
    run(everything.url, "ALTER TABLE t ALTER b SET DEFAULT 'y'")
    (found,) = drift(everything.workspace, models=False).findings

    assert "column public.t.b differs: the revisions make" in found.message
    assert "'x'" in found.message
    assert "'y'" in found.message


MODELS = (
    "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
    "sa.Table('shop', metadata, sa.Column('id', sa.Integer()), sa.Column('name', sa.Text()))\n"
    "MODELS = {'target_metadata': metadata}\n"
)


def test_models_are_compared_with_both(tmp_path: Path, database: DatabaseUrl) -> None:
    up = "op.create_table('shop', sa.Column('id', sa.Integer()), sa.Column('old', sa.Text()))"
    project = written(tmp_path / "p", database, up, env=MODELS)
    run(database, "ALTER TABLE shop DROP id")
    report = drift(project.workspace)

    found = [(one.code, one.message) for one in report.findings]
    assert ("schema-drift", "column public.shop.id") in [
        (code, " ".join(message.split()[:2])) for code, message in found
    ]
    by_code = {
        code: [message for other, message in found if other == code] for code, _message in found
    }
    assert len(by_code["models-drift"]) == 2  # name is missing, old is one too many
    assert len(by_code["models-live-drift"]) == 1
    assert "id" in by_code["models-live-drift"][0]


def test_without_models_in_env_py_they_are_told_as_not_compared(everything: Project) -> None:
    report = drift(everything.workspace)

    assert report.findings == ()
    assert report.skipped[0].codes == ("models-drift", "models-live-drift")
    assert "target_metadata" in report.skipped[0].reason


def test_sqlite_is_compared_too(tmp_path: Path) -> None:
    project = written(tmp_path / "p", None, "op.create_table('shop', sa.Column('id', sa.Text()))")
    assert drift(project.workspace, models=False).findings == ()
    project.sql("CREATE TABLE extra (id int)")

    assert "added table extra" in objects(drift(project.workspace, models=False))


def test_a_revision_that_is_nowhere_is_told(everything: Project) -> None:
    run(everything.url, "UPDATE alembic_version SET version_num = 'gone1'")

    with pytest.raises(SourceNotFound):
        drift(everything.workspace, models=False)
