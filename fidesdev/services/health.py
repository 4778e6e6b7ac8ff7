"""Whether a person can begin to work here: every part looked at once, nothing changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.core.docker_doctor import ERROR, OK, WARNING, Diagnosis
from fidesdev.core.health import HealthReport, summed_up
from fidesdev.errors import (
    AlembicConfigMissing,
    ConfigError,
    FidesdevError,
    GitUnavailable,
    UpstreamMissing,
)

if TYPE_CHECKING:
    from fidesdev.services.workspace import Workspace

_PRIVATE = ("postgres/password", "docker/compose.yaml")
"""Files of the data directory that hold a password."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_NO_PROJECT = "Requests and records need none; 'fidesdev init' looks for one."
_ASLEEP = "the embedded PostgreSQL does not run; the next command starts it"


def examine(opened: Callable[[], Workspace]) -> HealthReport:
    """All points that can be looked at; with a configuration that cannot be read only that one."""
    try:
        workspace = opened()
    except FidesdevError as error:
        return HealthReport((_wrong("config", error),))
    return HealthReport(tuple(_looked_at(workspace)))


def _looked_at(workspace: Workspace) -> Iterator[Diagnosis]:
    yield _config(workspace)
    yield _files(workspace)
    yield _git(workspace)
    revisions = _revisions(workspace)
    yield revisions or Diagnosis("revisions", OK, "no Alembic project here", _NO_PROJECT)
    has_revisions = revisions is not None and revisions.severity != ERROR
    if has_revisions:
        yield _runner(workspace)
    server = _server(workspace)
    yield server or Diagnosis("server", OK, _ASLEEP, "Start it now with 'fidesdev db start'.")
    if has_revisions and server is not None and server.severity == OK:
        yield _database(workspace)
    yield _docker(workspace)


def _config(workspace: Workspace) -> Diagnosis:
    from fidesdev.services.configuration import check

    try:
        report = check(workspace)
    except FidesdevError as error:
        return _wrong("config", error)
    doubtful = [one for one in report.findings if one.severity == "warning"]
    if doubtful:
        parts = [Diagnosis("config", WARNING, one.message, one.hint) for one in doubtful]
        return summed_up("config", parts, more="fidesdev config check")
    return Diagnosis("config", OK, ", ".join(report.files) or "no file: the defaults hold")


def _files(workspace: Workspace) -> Diagnosis:
    """Whether caches, logs and the embedded server have a place, and passwords are private."""
    folder = workspace.settings.tool.data_dir
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        owner = f"sudo chown -R {os.getuid()} {folder}"
        return Diagnosis("files", ERROR, f"{folder} cannot be written", f"Take it: '{owner}'.")
    for name in _PRIVATE:
        path = folder / name
        if path.is_file() and path.stat().st_mode & _OTHERS:
            said = f"others can read the password in {path}"
            return Diagnosis("files", WARNING, said, f"Keep them out: 'chmod 600 {path}'.")
    if not folder.exists():
        return Diagnosis("files", OK, f"{folder} is made when it is needed")
    return Diagnosis("files", OK, f"{folder} can be written")


def _git(workspace: Workspace) -> Diagnosis:
    from fidesdev.adapters.git import read_checkout, top_folder
    from fidesdev.services.git_targets import upstream

    folder = workspace.settings.project
    try:
        top_folder(folder)
        checkout = read_checkout(folder)
        branch = (checkout and checkout.branch) or "detached HEAD"
        return Diagnosis("git", OK, f"on {branch}, upstream {upstream(workspace)}")
    except GitUnavailable as error:
        if error.reason == "no_repository":
            return Diagnosis("git", OK, "no repository: nothing is compared with another branch")
        return Diagnosis("git", WARNING, str(error), error.hint)
    except UpstreamMissing as error:
        return Diagnosis("git", WARNING, str(error), error.hint)
    except ConfigError:
        return Diagnosis("git", OK, f"on {branch}")  # the next point tells what is wrong


def _revisions(workspace: Workspace) -> Diagnosis | None:
    """Whether the revision files fit together; None where there are none to be read."""
    try:
        graph = workspace.graph
    except AlembicConfigMissing:
        return None
    except FidesdevError as error:
        return _wrong("revisions", error)
    heads = sorted(graph.heads)
    count = len(graph.revisions)
    said = f"{count} revision{'s' * (count != 1)} by {_near(workspace, workspace.alembic.path)}"
    if len(heads) > 1:
        remedy = "Join them with 'fidesdev db merge-heads'."
        return Diagnosis("revisions", WARNING, f"{said}, heads {', '.join(heads)}", remedy)
    return Diagnosis("revisions", OK, f"{said}, head {heads[0]}" if heads else said)


def _runner(workspace: Workspace) -> Diagnosis:
    """Where migrations run, and whether Python and Alembic answer there."""
    from fidesdev.adapters.interpreters import Interpreter, versions_of

    try:
        place = workspace.place
        if isinstance(place, Interpreter):
            return Diagnosis("runner", OK, f"{place}: {versions_of(place)}")
    except FidesdevError as error:
        return _wrong("runner", error)
    return Diagnosis("runner", OK, "this Python" if place is None else str(place))


def _server(workspace: Workspace) -> Diagnosis | None:
    """Whether the server answers; None for one of ours that does not run, and is not started."""
    from fidesdev.services import server

    try:
        if workspace.is_embedded and not server.runs(workspace):
            return None
        report = server.wait(workspace, 0)
    except FidesdevError as error:
        return _wrong("server", error)
    if not report.exists:
        said = f"{report.address} answers and has no database {report.database!r}"
        return Diagnosis("server", ERROR, said, "Create it with 'fidesdev db create'.")
    source = workspace.database_source
    return Diagnosis("server", OK, f"{workspace.database} answers, named by {source}")


def _database(workspace: Workspace) -> Diagnosis:
    """Whether the version table is well, and at the heads of the checkout."""
    from fidesdev.services import doctor, history

    try:
        findings = doctor.examine(workspace).findings
        standing = history.status(workspace)
    except FidesdevError as error:
        return _wrong("database", error)
    parts = [Diagnosis("database", one.severity, one.message, one.hint) for one in findings]
    if parts:
        return summed_up("database", parts, more="fidesdev db doctor")
    if count := len(standing.pending):
        said = f"{count} revision{'s' * (count != 1)} not applied"
        return Diagnosis("database", WARNING, said, "Apply what is new: 'fidesdev db upgrade'.")
    return Diagnosis("database", OK, "at the heads of this checkout")


def _docker(workspace: Workspace) -> Diagnosis:
    """Docker, which is only missed where the checkout has a Compose file."""
    from fidesdev.services import docker_doctor
    from fidesdev.services.docker_projects import open_docker

    try:
        if _has_compose_file(workspace):
            checks = docker_doctor.examine(workspace).checks
            summary = summed_up("docker", checks, more="fidesdev docker doctor")
            return summary if summary.severity != OK else replace(checks[0], check="docker")
    except FidesdevError as error:
        return _wrong("docker", error)
    try:
        with open_docker(workspace) as engine:
            return Diagnosis("docker", OK, f"Docker {engine.version.version} at {engine.address}")
    except FidesdevError as error:
        return Diagnosis("docker", OK, f"not needed here: {error}")


def _has_compose_file(workspace: Workspace) -> bool:
    from fidesdev.adapters.compose_files import ComposeChoice, find_compose_files

    settings = workspace.settings
    choice = ComposeChoice(settings.project, settings.tool.docker.files)
    return bool(find_compose_files(choice, workspace.environ, older=False).paths)


def _near(workspace: Workspace, path: Path) -> str:
    """The path from the project folder, where it is in there."""
    project = workspace.settings.project
    return str(path.relative_to(project) if project in path.parents else path)


def _wrong(check: str, error: FidesdevError) -> Diagnosis:
    return Diagnosis(check, ERROR, str(error), error.hint)
