"""The doctor of the whole, on real projects: in order, or with what heals it."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from fidesdev.config import Flags
from fidesdev.core.docker_doctor import Diagnosis
from fidesdev.services import health, migrations
from fidesdev.services.workspace import open_workspace
from tests.projects import Project, make_project
from tests.repositories import Repository


def checked(
    folder: Path, url: str | None = None, variables: Mapping[str, str] | None = None
) -> dict[str, Diagnosis]:
    """What is said of each point; no Docker engine answers unless `variables` name one."""
    environ = {"HOME": str(folder), "DOCKER_HOST": f"unix://{folder}/none", **(variables or {})}
    flags = Flags(database_url=url)
    report = health.examine(lambda: open_workspace(flags, environ=environ, cwd=folder))
    return {one.check: one for one in report.checks}


def upgraded(folder: Path) -> Project:
    project = make_project(folder, "aaa1 > aaa2")
    repository = Repository(folder)
    repository.git("init", "-q", "-b", "main")
    repository.commit()
    migrations.execute(migrations.upgrade(project.workspace))
    return project


def test_everything_in_order_is_a_line_each(tmp_path: Path) -> None:
    project = upgraded(tmp_path / "shop")
    found = checked(project.root, project.url.render())
    assert [*found] == [
        "config",
        "files",
        "git",
        "revisions",
        "runner",
        "server",
        "database",
        "docker",
    ]
    assert {one.severity for one in found.values()} == {"ok"}
    assert found["git"].message == "on main, upstream main"
    assert found["revisions"].message == "2 revisions by alembic.ini, head aaa2"
    assert found["docker"].message.startswith("not needed here: ")


def test_nothing_is_changed(tmp_path: Path) -> None:
    project = upgraded(tmp_path / "shop")
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    checked(project.root, project.url.render())
    after = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    assert {path.name for path in after.keys() ^ before.keys()} <= {"revisions.json", "index"}
    assert all(after[path] == text for path, text in before.items() if path.name != "index")


def test_embedded_server_is_not_started(tmp_path: Path) -> None:
    (tmp_path / ".fides.toml").write_text('[fidesdev]\nengine = "embedded"\n')
    found = checked(tmp_path)
    assert found["server"].severity == "ok"
    assert found["server"].hint == "Start it now with 'fidesdev db start'."
    assert not (tmp_path / ".fidesdev").exists()


def test_what_is_wrong_comes_with_its_remedy(tmp_path: Path) -> None:
    project = make_project(tmp_path / "shop", "aaa1 > aaa2, aaa1 > bbb2")
    (project.root / "compose.yaml").write_text("services: {}\n")
    (project.root / ".fides.toml").write_text("[fidesdev]\n")
    (project.root / ".fidesdev" / "postgres").mkdir(parents=True)
    password = project.root / ".fidesdev" / "postgres" / "password"
    password.write_text("secret")
    password.chmod(0o644)
    found = checked(project.root, "postgresql://127.0.0.1:1/shop")
    assert found["revisions"].hint == "Join them with 'fidesdev db merge-heads'."
    assert found["files"].hint == f"Keep them out: 'chmod 600 {password}'."
    assert found["server"].severity == "error"
    assert "fidesdev db start" in (found["server"].hint or "")
    assert found["docker"].severity == "error"
    assert "database" not in found


def test_pending_revisions_and_missing_databases_are_found(tmp_path: Path) -> None:
    project = make_project(tmp_path / "shop", "aaa1 > aaa2")
    url = project.url.render()
    assert "fidesdev db create" in (checked(project.root, url)["server"].hint or "")
    migrations.execute(migrations.upgrade(project.workspace, "aaa1"))
    assert checked(project.root, url)["database"].message == "1 revision not applied"


def test_configuration_that_cannot_be_read_is_the_only_point(tmp_path: Path) -> None:
    (tmp_path / ".fides.toml").write_text("[fidesdev]\nengin = 1\n")
    found = checked(tmp_path)
    assert [*found] == ["config"]
    assert "fidesdev.engin" in found["config"].message


def test_runner_that_does_not_start_is_told(tmp_path: Path) -> None:
    project = upgraded(tmp_path / "shop")
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    python.chmod(0o755)
    (project.root / ".fides.toml").write_text(f'[fidesdev]\nrunner = "python:{python}"\n')
    runner = checked(project.root, project.url.render())["runner"]
    assert (runner.severity, runner.message.endswith("no such module")) == ("error", True)


def test_it_ends_although_server_and_engine_are_silent(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_server(("127.0.0.1", 0)) as engine,
    ):
        url = f"postgresql://127.0.0.1:{server.getsockname()[1]}/shop?connect_timeout=1"
        host = f"tcp://127.0.0.1:{engine.getsockname()[1]}"
        (tmp_path / "compose.yaml").write_text("services: {}\n")
        found = checked(tmp_path, url, {"DOCKER_HOST": host})
    assert [found["server"].severity, found["docker"].severity] == ["error", "error"]
