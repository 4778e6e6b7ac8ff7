"""How our migrations are run: on which database, by whom, and what is heard of it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from psycopg2 import sql

from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import ConfigError
from tests.conftest import execute
from tests.db.catalog import TABLES
from tests.test_migrations import INI, ROOT, config, schema


def alembic(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Alembic as a program of its own, in an environment without any FIDES__ variable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIDES")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "alembic", "-c", str(INI), *arguments],
        cwd=cwd,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_sql_text_needs_no_database_and_no_settings(tmp_path: Path) -> None:
    printed = alembic("upgrade", "head", "--sql", cwd=tmp_path, FIDES__DATABASE__PORT="1")
    assert printed.returncode == 0, printed.stderr
    assert "CREATE TABLE privacyrequest" in printed.stdout


def test_url_in_the_config_wins_over_the_settings(
    database: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIDES__DATABASE__PORT", "1")
    command.upgrade(config(database), "head")
    assert set(schema(database)["tables"]) == set(TABLES)


def test_password_with_a_percent_sign_in_the_config_reaches_the_server(
    server: DatabaseUrl, database: DatabaseUrl
) -> None:
    role = replace(database, user=f"role_{database.database}", password="p%40 %s/@")
    login = sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}")
    execute(server, login.format(sql.Identifier(role.user), sql.Literal(role.password)))
    try:
        command.upgrade(config(role), "head")
        assert set(schema(database)["tables"]) == set(TABLES)
    finally:
        drop = sql.SQL("REASSIGN OWNED BY {0} TO CURRENT_USER; DROP ROLE {0}")
        execute(database, drop.format(sql.Identifier(role.user)))


def test_alembic_by_itself_asks_the_settings(tmp_path: Path, database: DatabaseUrl) -> None:
    ran = alembic(
        "upgrade",
        "head",
        cwd=tmp_path,
        FIDES__DATABASE__SERVER=database.host,
        FIDES__DATABASE__PORT=str(database.port),
        FIDES__DATABASE__USER=database.user,
        FIDES__DATABASE__PASSWORD=database.password,
        FIDES__DATABASE__DB=database.database,
    )
    assert ran.returncode == 0, ran.stderr
    assert set(schema(database)["tables"]) == set(TABLES)


def test_alembic_by_itself_takes_a_url(tmp_path: Path, database: DatabaseUrl) -> None:
    ran = alembic("-x", f"database-url={database.render()}", "upgrade", "head", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert set(schema(database)["tables"]) == set(TABLES)


def test_alembic_by_itself_is_told_that_it_cannot_find_the_embedded_server(tmp_path: Path) -> None:
    (tmp_path / ".fides.toml").write_text('[fidesdev]\nengine = "embedded"\n', encoding="utf-8")
    ran = alembic("current", cwd=tmp_path)
    assert ran.returncode != 0
    assert "the settings name the embedded server" in ran.stderr


def test_other_databases_than_postgresql_are_refused_before_the_first_step(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    with pytest.raises(ConfigError, match="need PostgreSQL, not sqlite"):
        command.upgrade(config(DatabaseUrl(backend="sqlite", database=str(file))), "head")
    assert not file.exists()


def test_nothing_is_printed(database: DatabaseUrl, capfd: pytest.CaptureFixture[str]) -> None:
    command.upgrade(config(database), "head")
    command.downgrade(config(database), "base")
    assert capfd.readouterr() == ("", "")


def test_logging_sections_are_followed_and_loggers_go_on(
    database: DatabaseUrl, tmp_path: Path
) -> None:
    ini = tmp_path / "alembic.ini"
    ini.write_text(
        INI.read_text(encoding="utf-8").replace("%(here)s", str(ROOT).replace("%", "%%"))
        + "\n[loggers]\nkeys = root,fresh\n[handlers]\nkeys =\n[formatters]\nkeys =\n"
        "[logger_root]\nlevel = WARNING\nhandlers =\n"
        "[logger_fresh]\nlevel = ERROR\nhandlers =\nqualname = fidesdev_test_fresh\n",
        encoding="utf-8",
    )
    mine = logging.getLogger("fidesdev_test_mine")
    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        command.upgrade(config(database, ini), "head")
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    assert logging.getLogger("fidesdev_test_fresh").level == logging.ERROR
    assert not mine.disabled
