"""The embedded server as root, as others, and where a container forbids namespaces."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fidesdev.adapters import embedded
from fidesdev.adapters.postgres_programs import VARIABLE, Programs, find_programs
from fidesdev.adapters.unprivileged import SHARED, Account, place, places, run, within_reach

OTHER, NAMELESS = 65534, 54321
"""`nobody`, who is somebody else, and a user id without an entry in the password database."""
DROP = """
import encodings.idna, importlib, json, os, pathlib, sys
for name in ("adapters.embedded", "adapters.libpq", "core.url", "errors"):
    importlib.import_module(f"fidesdev.{name}")
import psycopg2.errors, psycopg2.extensions, psycopg2.sql
from fidesdev.adapters import embedded
from fidesdev.errors import FidesdevError
user, verb, home = int(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
environ = json.loads(sys.argv[4])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
try:
    if verb == "start":
        server = embedded.start(home, environ, user="fides", databases=("fides",))
        print(json.dumps({"pid": server.pid, "directory": server.directory}))
    else:
        print(json.dumps({"stopped": embedded.stop(home)}))
except FidesdevError as error:
    print(json.dumps({"error": str(error), "hint": error.hint, "exit_code": error.exit_code}))
"""
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others")


@dataclass(frozen=True, slots=True)
class Somebody:
    """A user who runs fidesdev, and the environment they do it in."""

    user: int
    environ: dict[str, str]

    def run(self, verb: str, home: Path) -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-c", DROP, str(self.user), verb, home, json.dumps(self.environ)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        report: dict[str, object] = json.loads(done.stdout)
        return report


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    """An environment that names programs which every user may run."""
    account = Account((OTHER, OTHER))
    found = find_programs(os.environ)
    reachable = within_reach(found, account)
    yield {"PATH": os.environ["PATH"], VARIABLE: str(reachable.directory)}
    if reachable != found:
        shutil.rmtree(reachable.directory.parents[2])


@pytest.fixture
def project() -> Iterator[Path]:
    """A new directory that its owner alone, who is root, may enter."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
        home = Path(folder) / ".fidesdev" / "postgres"
        embedded.stop(home)
        shutil.rmtree(places(home)[1], ignore_errors=True)


def home_in(project: Path) -> Path:
    return project / ".fidesdev" / "postgres"


def owners(project: Path) -> set[int]:
    """Whose the files are; sockets are whoever's process made them."""
    return {path.lstat().st_uid for path in (project, *project.rglob("*"))}


def without_namespaces(environ: dict[str, str]) -> dict[str, str]:
    """As in a container whose rules forbid them."""
    return environ | {"PATH": "/nowhere"}


def test_root_starts_and_opens_nothing_to_others(project: Path, environ: dict[str, str]) -> None:
    before = [stat.S_IMODE(path.stat().st_mode) for path in (project, *project.parents)]
    root = Somebody(0, environ)
    assert root.run("start", home_in(project))["pid"] == root.run("start", home_in(project))["pid"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (project, *project.parents)] == before
    assert owners(project) == {0}
    assert root.run("stop", home_in(project)) == {"stopped": True}


def test_root_without_namespaces_lets_nobody_serve(project: Path, environ: dict[str, str]) -> None:
    root = Somebody(0, without_namespaces(environ))
    started = root.run("start", home_in(project))
    place = Path(str(started["directory"]))
    assert place.is_relative_to(SHARED)
    assert owners(place) == {OTHER}
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE(project.stat().st_mode) == 0o700
    assert not home_in(project).exists()
    assert root.run("start", home_in(project)) == started
    assert root.run("stop", home_in(project)) == {"stopped": True}


def test_root_in_anothers_project_leaves_it_theirs(project: Path, environ: dict[str, str]) -> None:
    os.chown(project, OTHER, OTHER)
    owner, root = Somebody(OTHER, environ), Somebody(0, environ)
    started = root.run("start", home_in(project))
    assert owners(project) == {OTHER}
    assert owner.run("start", home_in(project)) == started
    assert owner.run("stop", home_in(project)) == {"stopped": True}
    owner.run("start", home_in(project))
    assert root.run("stop", home_in(project)) == {"stopped": True}
    assert owners(project) == {OTHER}


def test_roots_server_is_not_anothers(project: Path, environ: dict[str, str]) -> None:
    project.chmod(0o755)
    Somebody(0, environ).run("start", home_in(project))
    refused = Somebody(OTHER, environ).run("start", home_in(project))
    assert refused["exit_code"] == 4
    assert "data_dir" in str(refused["hint"])


def test_user_without_a_name_is_told_so(project: Path, environ: dict[str, str]) -> None:
    os.chown(project, NAMELESS, NAMELESS)
    refused = Somebody(NAMELESS, without_namespaces(environ)).run("start", home_in(project))
    assert f"user id {NAMELESS} has no entry" in str(refused["error"])
    assert refused["exit_code"] == 4


def test_user_without_a_name_is_called_nobody_in_a_namespace(
    project: Path, environ: dict[str, str]
) -> None:
    if not (place(home_in(project), environ).account.prefix):
        pytest.skip("this system has no user namespaces for us")
    os.chown(project, NAMELESS, NAMELESS)
    somebody = Somebody(NAMELESS, environ)
    assert somebody.run("start", home_in(project))["directory"] == str(home_in(project))
    assert owners(project) == {NAMELESS}
    assert somebody.run("stop", home_in(project)) == {"stopped": True}


def test_programs_that_nobody_may_enter_are_copied(project: Path) -> None:
    found = find_programs(os.environ)
    prefix = found.directory.parent
    hidden = project / "venv" / prefix.parent.name / prefix.name
    shutil.copytree(prefix, hidden, symlinks=True)
    libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, project / "venv" / libraries.name)
    programs = Programs(hidden / found.directory.name, found.version)
    copied = within_reach(programs, Account((OTHER, OTHER)))
    try:
        assert copied.directory.is_relative_to(SHARED)
        assert run(Account((OTHER, OTHER)), [copied.directory / "initdb", "-V"]) == 0
        assert run(Account((OTHER, OTHER)), [copied.directory / "postgres", "-V"]) == 0
        assert within_reach(programs, Account((OTHER, OTHER))) == copied
        assert stat.S_IMODE(project.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(copied.directory.parents[2])
