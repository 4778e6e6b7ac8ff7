"""What a workspace makes of where it is opened."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from fidesdev.config import Flags
from fidesdev.core.url import parse_url
from fidesdev.services.workspace import open_workspace
from tests.projects import make_project


@pytest.mark.parametrize(
    ("url", "toml", "is_protected"),
    [
        ("postgresql://me@localhost/shop", "", False),
        ("postgresql://me@127.0.0.1:6000/shop", "", False),
        ("postgresql://me@[::1]/shop", "", False),
        ("postgresql://me@/shop?host=/run/postgresql", "", False),
        ("postgresql://me@/shop", "", False),
        (f"postgresql://me@{socket.gethostname()}/shop", "", False),
        ("sqlite:///shop.db", "", False),
        ("postgresql://me@192.0.2.1/shop", "", True),
        ("postgresql://me@db.invalid/shop", "", True),
        ("postgresql://me@db.invalid/shop", 'allow = ["sh*"]', False),
        ("postgresql://me@db.invalid/shop", 'allow = ["other"]', True),
        ("postgresql://me@localhost/shop", 'protected = ["shop"]', True),
        ("postgresql://me@localhost/shop", 'protected = ["s*"]\nallow = ["shop"]', True),
        ("sqlite:///folder/shop.db", 'protected = ["shop.db"]', True),
    ],
)
def test_database_is_protected(tmp_path: Path, url: str, toml: str, is_protected: bool) -> None:
    (tmp_path / ".fides.toml").write_text(f"[fidesdev]\n{toml}\n")
    workspace = open_workspace(Flags(database_url=url), environ={}, cwd=tmp_path)
    assert workspace.is_protected is is_protected


def test_sqlite_path_is_beside_what_named_it(tmp_path: Path) -> None:
    project = make_project(tmp_path / "shop", "base0", ini="sqlalchemy.url = sqlite:///shop.db\n")
    inner = project.root / "inner"
    inner.mkdir()
    (project.root / ".fides.toml").write_text("")
    named = open_workspace(Flags(), environ={}, cwd=inner)
    typed = open_workspace(Flags(database_url="sqlite:///shop.db"), environ={}, cwd=inner)
    assert named.database.database == str(project.root / "shop.db")
    assert typed.database.database == str(inner / "shop.db")


@pytest.mark.parametrize(
    ("ini", "driver"),
    [
        ("", "psycopg2"),
        ("sqlalchemy.url = postgresql+asyncpg://localhost/shop\n", "asyncpg"),
        ("sqlalchemy.url = postgres://localhost/shop\n", "psycopg2"),
        ("sqlalchemy.url = driver://user:pass@localhost/dbname\n", "psycopg2"),
    ],
)
def test_env_is_given_the_driver_of_the_project(tmp_path: Path, ini: str, driver: str) -> None:
    project = make_project(tmp_path / "shop", "base0", ini=ini)
    flags = Flags(database_url="postgresql://me@localhost/shop")
    workspace = open_workspace(flags, environ={}, cwd=project.root)
    assert parse_url(workspace.environment.url or "").driver == driver


def test_nothing_is_touched_before_it_is_asked_for(tmp_path: Path) -> None:
    before = list(tmp_path.iterdir())
    open_workspace(Flags(database_url="postgresql://me@127.0.0.1:1/x"), environ={}, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == before


def test_package_itself_opens_a_workspace(tmp_path: Path) -> None:
    import fidesdev

    assert fidesdev.open_workspace(environ={}, cwd=tmp_path).cwd == tmp_path.resolve()
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = fidesdev.nothing
