"""The verbs about servers and whole databases, on real ones."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

import fidesdev
from fidesdev.adapters import embedded, postgres
from fidesdev.config import Flags, Settings
from fidesdev.core.server import EmbeddedServer, missing_extension_hint
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DatabaseUnavailable, SqlFailed
from fidesdev.services import history
from fidesdev.services import server as verbs
from fidesdev.services.workspace import Workspace, open_workspace

EMBEDDED = '[database]\nuser = "fides"\n[fidesdev]\nengine = "embedded"\n'


def opened(folder: Path, *, url: str | None = None, variables: Mapping[str, str] = {}) -> Workspace:
    environ = {name: value for name, value in os.environ.items() if "FIDES__" not in name}
    return open_workspace(Flags(database_url=url), environ={**environ, **variables}, cwd=folder)


def own_migrations(workspace: Workspace) -> Settings:
    """The settings with fidesdev's own migrations."""
    ini = str(Path(fidesdev.__file__).parent / "migrations" / "alembic.ini")
    return replace(workspace.settings, tool=replace(workspace.settings.tool, alembic_config=ini))


def running(folder: Path) -> EmbeddedServer | None:
    """The embedded server of the folder, if it answers."""
    return embedded.status(folder / ".fidesdev" / "postgres", user="fides")


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    """A folder whose configuration uses the embedded server."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".fides.toml").write_text(EMBEDDED)
        yield Path(folder)
        found = running(Path(folder))
        verbs.stop(opened(Path(folder)))
        if found:
            shutil.rmtree(found.directory)


@pytest.fixture
def missing(server: DatabaseUrl, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace on a server that lacks the database."""
    url = server.with_database(f"fidesdev_test_{uuid.uuid4().hex[:12]}")
    yield opened(tmp_path, url=url.render())
    postgres.drop_database(url)


def test_start_status_and_stop_agree(project: Path) -> None:
    verbs.stop(opened(project))
    assert running(project) is None
    dry = verbs.start(opened(project), dry_run=True)
    assert (dry.started, dry.executed, dry.url) == (True, False, None)
    started = verbs.start(opened(project))
    assert (started.started, started.executed, started.in_use) == (True, True, True)
    assert started.url == f"postgresql://fides:***@127.0.0.1:{started.port}/fides"
    assert not verbs.start(opened(project)).started
    found = running(project)
    assert found
    assert found.pid == started.pid
    assert verbs.stop(opened(project), dry_run=True).stopped
    assert running(project)
    assert verbs.stop(opened(project)).stopped
    assert not verbs.stop(opened(project)).stopped


def test_the_database_is_started_on_demand(project: Path) -> None:
    workspace = opened(project)
    verbs.stop(workspace)
    with closing(postgres.connect(workspace.database)) as connection:
        assert connection.info.dbname == "fides"
    assert running(project)


def test_test_mode_has_its_own_database(project: Path) -> None:
    workspace = opened(project, variables={"FIDES__TEST_MODE": "true"})
    assert workspace.database.database == "fides_test"
    postgres.connect(workspace.database).close()


def test_sql_of_a_revision_is_shown_without_a_server(project: Path) -> None:
    verbs.stop(opened(project))
    workspace = opened(project)
    shown = history.show(replace(workspace, settings=own_migrations(workspace)), "head")
    assert "CREATE TABLE executionlog" in (shown.upgrade_sql or "")
    assert running(project) is None


def test_an_explicit_url_leaves_the_embedded_server_alone(
    project: Path, database: DatabaseUrl
) -> None:
    verbs.stop(opened(project))
    workspace = opened(project, url=database.render())
    assert verbs.url(workspace, show_password=True).url == database.render()
    assert running(project) is None


def test_start_beside_a_server_of_ones_own_is_not_in_use(project: Path) -> None:
    workspace = opened(project, url="postgresql://elsewhere/fides")
    assert not verbs.start(workspace).in_use


def test_url_hides_the_password_until_asked(project: Path) -> None:
    workspace = opened(project)
    password = workspace.database.password
    assert len(password) > 20
    hidden, shown = verbs.url(workspace), verbs.url(workspace, show_password=True)
    assert password not in hidden.url
    assert password in shown.url
    assert "embedded" in hidden.source


def test_create_then_drop(missing: Workspace) -> None:
    assert verbs.create(missing, dry_run=True).created
    assert not verbs.drop(missing).exists
    assert verbs.create(missing).created
    again = verbs.create(missing)
    assert (again.created, again.executed) == (False, True)
    dropped = verbs.drop(missing)
    assert (dropped.exists, dropped.executed) == (True, True)
    assert not postgres.database_exists(missing.database)


def test_drop_in_a_dry_run_counts_what_would_go(database: DatabaseUrl, tmp_path: Path) -> None:
    with closing(postgres.connect(database, autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE one (id integer); CREATE VIEW no_table AS SELECT 1")
        cursor.execute(
            "CREATE SCHEMA pgx; CREATE TABLE pgx.two (id integer) PARTITION BY LIST (id)"
        )
        report = verbs.drop(opened(tmp_path, url=database.render()), dry_run=True)
    assert (report.exists, report.executed) == (True, False)
    assert (report.tables, report.connections) == (2, 1)
    assert report.bytes > 1_000_000
    assert postgres.database_exists(database)


def test_drop_ends_connections(missing: Workspace) -> None:
    verbs.create(missing)
    with closing(postgres.connect(missing.database)):
        assert verbs.drop(missing).connections == 1
    assert not postgres.database_exists(missing.database)


def test_missing_extension_of_a_real_server_is_recognised(database: DatabaseUrl) -> None:
    with (
        closing(postgres.connect(database)) as connection,
        pytest.raises(psycopg2.Error) as caught,
    ):
        connection.cursor().execute("CREATE EXTENSION no_such_thing")
    assert "'no_such_thing'" in str(missing_extension_hint(str(caught.value)))


def test_wait_tells_a_missing_database_from_a_missing_server(missing: Workspace) -> None:
    assert not verbs.wait(missing, 1).exists
    nowhere = replace(missing.database, host="127.0.0.1", port=1)
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:1\b"):
        verbs.wait(opened(missing.cwd, url=nowhere.render()), 0.2)


def test_sqlite_has_the_same_verbs(tmp_path: Path) -> None:
    workspace = opened(tmp_path, url="sqlite:///a.db")
    assert not verbs.wait(workspace, 1).exists
    assert verbs.create(workspace).created
    assert (tmp_path / "a.db").exists()
    assert verbs.wait(workspace, 1).exists
    assert verbs.drop(workspace, dry_run=True).exists
    assert verbs.drop(workspace).executed
    assert not (tmp_path / "a.db").exists()


def test_shell_runs_a_statement(project: Path) -> None:
    report = verbs.shell(opened(project), "SELECT current_user || ' ' || current_database() AS who")
    assert report.exit_code == 0
    assert "fides fides" in str(report.output)


def test_shell_reports_a_failing_statement(project: Path) -> None:
    with pytest.raises(SqlFailed, match="syntax error"):
        verbs.shell(opened(project), "SELEKT 1")
