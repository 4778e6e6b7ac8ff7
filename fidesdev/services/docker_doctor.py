"""What is wrong with Docker for this project: every point looked at, nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.adapters.engine_capacity import capacity, project_volumes
from fidesdev.core.docker_doctor import (
    ERROR,
    OK,
    WARNING,
    Diagnosis,
    DockerDoctorReport,
    judge_capacity,
    judge_checkouts,
    judge_compose,
    judge_containers,
    judge_volumes,
)
from fidesdev.errors import (
    AuthenticationFailed,
    CommandMissing,
    ComposeFileMissing,
    ConfigError,
    DatabaseUnavailable,
    EngineUnavailable,
    FidesdevError,
    PortTaken,
)
from fidesdev.services.docker_connections import connection_of
from fidesdev.services.docker_projects import DockerProject, open_docker, open_project
from fidesdev.services.port_clashes import check_ports

if TYPE_CHECKING:
    from fidesdev.adapters.engine import Engine
    from fidesdev.services.workspace import Workspace


def examine(workspace: Workspace) -> DockerDoctorReport:
    """All points that can be looked at; one that fails leaves out what depends on it."""
    return DockerDoctorReport(tuple(_looked_at(workspace)))


def _looked_at(workspace: Workspace) -> Iterator[Diagnosis]:
    try:
        with open_docker(workspace) as engine:
            yield from _of_engine(engine)
    except EngineUnavailable as error:
        yield _diagnosis("engine", error)
        yield from _of_compose(None)
        return
    try:
        with open_project(workspace) as opened:
            yield from _of_project(workspace, opened)
    except CommandMissing:
        return  # which the point before this has told
    except ComposeFileMissing as error:
        is_named = "file" in error.facts
        yield Diagnosis("file", ERROR if is_named else OK, str(error), error.hint)
    except ConfigError as error:
        yield _diagnosis("file", error)


def _of_engine(engine: Engine) -> Iterator[Diagnosis]:
    remote = ", on another machine" if engine.address.is_remote else ""
    answers = f"Docker {engine.version.version} at {engine.address}{remote}"
    yield Diagnosis("engine", OK, answers)
    yield from _of_compose(engine)
    yield from judge_capacity(capacity(engine))


def _of_compose(engine: Engine | None) -> Iterator[Diagnosis]:
    from fidesdev.adapters.compose import compose_program

    try:
        found = compose_program()
    except CommandMissing as error:
        yield _diagnosis("compose", error)
        return
    program = " ".join(found.argv)
    if engine is None:
        yield Diagnosis("compose", OK, f"{program} {found.version}")
        return
    yield judge_compose(program, found.version, engine.version, is_older=found.is_older)


def _of_project(workspace: Workspace, opened: DockerProject) -> Iterator[Diagnosis]:
    project, engine = opened.project, opened.engine
    files = ", ".join(project.files)
    yield Diagnosis("file", OK, f"{files}: {len(project.services)} services of {project.name}")
    containers = engine.containers(project.name)
    folders = {one.folder for one in containers if one.folder}
    is_near = not engine.address.is_remote
    missing = frozenset(folder for folder in folders if is_near and not Path(folder).is_dir())
    yield from judge_checkouts(project, containers, missing)
    yield from _ports(workspace, opened)
    yield from judge_containers(one for one in containers if not one.is_oneoff)
    yield from judge_volumes(project, project_volumes(engine, project.name))
    yield from _database(workspace, opened)


def _ports(workspace: Workspace, opened: DockerProject) -> Iterator[Diagnosis]:
    """Every port that is taken, one after the other."""
    taken, containers = 0, opened.containers()
    for service in opened.project.active:
        for port in service.ports:
            alone = replace(service, ports=(port,))
            try:
                check_ports(workspace, opened.engine, opened.project, [alone], containers)
            except PortTaken as error:
                taken += 1
                yield _diagnosis("ports", error)
    if not taken:
        yield Diagnosis("ports", OK, "free, or held by this project")


def _database(workspace: Workspace, opened: DockerProject) -> Iterator[Diagnosis]:
    """Whether the configuration opens the database in the container that it means."""
    from fidesdev.adapters import postgres

    connection = connection_of(workspace, opened.project)
    if connection is None or not connection.in_use:
        yield Diagnosis("database", OK, "the configured one is no service of this project")
        return
    runs = any(
        c.service == connection.service and c.state == "running" for c in opened.containers()
    )
    if not runs:
        yield Diagnosis("database", OK, f"service {connection.service!r} does not run")
        return
    try:
        exists = postgres.database_exists(workspace.database)
    except AuthenticationFailed as error:
        yield Diagnosis("database", ERROR, str(error), _REMEDY)
    except DatabaseUnavailable as error:
        yield _diagnosis("database", error)
    else:
        name = workspace.database.database
        hint = None if exists else "Create it with 'fidesdev db create'."
        message = f"{connection.url} opens" if exists else f"database {name!r} does not exist"
        yield Diagnosis("database", OK if exists else WARNING, message, hint)


_REMEDY = (
    "Its volume was made with another user or password: give those under [database], or start "
    "anew with 'fidesdev docker clean --volumes', which saves it first."
)


def _diagnosis(check: str, error: FidesdevError) -> Diagnosis:
    return Diagnosis(check, ERROR, str(error), error.hint)
