"""The verbs about the project's containers."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from fidesdev.core.containers import (
    ComposeSaid,
    ContainerListener,
    DownReport,
    OtherCheckout,
    PsReport,
    RemoteEngine,
    UpReport,
    incompatibility,
    other_folders,
    row_of,
)
from fidesdev.errors import ComposeFailed, ComposeOutdated, DockerInterrupted, SharedProject
from fidesdev.services.container_waiting import wait_for
from fidesdev.services.docker_connections import connection_of, prepare_own
from fidesdev.services.docker_projects import (
    DockerProject,
    open_docker,
    open_project,
    place_of,
    planned_project,
    services_named,
)
from fidesdev.services.port_clashes import check_ports

if TYPE_CHECKING:
    from fidesdev.core.compose import ComposeService
    from fidesdev.services.workspace import Workspace


_OWN_SECONDS = 120.0
"""For our own PostgreSQL; a busy machine may need long to make a new cluster."""


def silent(_event: object) -> None:
    """Listen to nothing."""


def plan_up(workspace: Workspace, services: Sequence[str] = ()) -> UpReport:
    """What `up` would start; raises `PortTaken` as it would, and writes nothing."""
    with open_docker(workspace) as engine:
        project = planned_project(workspace, engine)
        wanted = services or workspace.settings.tool.docker.services
        chosen = services_named(project, wanted) or project.active
        needed = project.with_dependencies(one.name for one in chosen)
        containers = engine.containers(project.name)
        check_ports(workspace, engine, project, needed, containers)
        return UpReport(
            place=place_of(project, engine, workspace.settings.project),
            services=tuple(one.name for one in needed),
            containers=tuple(map(row_of, containers)),
            connection=connection_of(workspace, project),
            waited=False,
            executed=False,
            seconds=0.0,
        )


def up(
    workspace: Workspace,
    services: Sequence[str] = (),
    *,
    build: bool = False,
    wait: float | None = None,
    on_event: ContainerListener = silent,
) -> UpReport:
    """Start the services, detached; with `wait`, wait as many seconds until they are ready.

    Our own PostgreSQL is always waited for. Raises `PortTaken`, `ServiceFailed`, `ComposeFailed`,
    `ComposeOutdated`, and what opening a project raises.
    """
    began = time.monotonic()
    with open_project(workspace, write=True) as opened, _interruptible("docker up"):
        project = opened.project
        wanted = services or workspace.settings.tool.docker.services
        chosen = opened.services(wanted) or project.active
        needed = project.with_dependencies(one.name for one in chosen)
        _start(workspace, opened, needed, build=build, on_event=on_event)
        seconds = wait if wait is not None or not project.is_generated else _OWN_SECONDS
        waited = wait_for(opened, needed, seconds, on_event)
        if project.is_generated and not opened.engine.address.is_remote:
            prepare_own(workspace)
        return UpReport(
            place=opened.place,
            services=tuple(one.name for one in needed),
            containers=tuple(row_of(one) for one in waited),
            connection=connection_of(workspace, project),
            waited=seconds is not None,
            executed=True,
            seconds=round(time.monotonic() - began, 3),
        )


def down(
    workspace: Workspace,
    *,
    dry_run: bool = False,
    shared: bool = False,
    on_event: ContainerListener = silent,
) -> DownReport:
    """Remove the project's containers and networks; volumes and images stay.

    Raises `SharedProject` where containers of another checkout would go too, unless that is said to
    be right by `shared`.
    """
    began = time.monotonic()
    with open_project(workspace) as opened, _interruptible("docker down"):
        containers = opened.engine.containers(opened.project.name)
        folders = other_folders(opened.project, containers)
        if folders and not shared and not dry_run:
            raise SharedProject(opened.project.name, folders)
        if not dry_run:
            _name_remote(opened, on_event)
            every = {profile for one in opened.project.services for profile in one.profiles}
            _say(opened.compose.with_profiles(sorted(every)).lines("down"), on_event)
        return DownReport(
            place=opened.place,
            containers=tuple(map(row_of, containers)),
            volumes=tuple(one.name for one in opened.project.volumes),
            executed=not dry_run,
            seconds=round(time.monotonic() - began, 3),
        )


def ps(workspace: Workspace) -> PsReport:
    """The project's containers, running or not, and the services that have none."""
    with open_project(workspace) as opened:
        containers = opened.containers()
        have = {one.service for one in containers}
        return PsReport(
            place=opened.place,
            containers=tuple(map(row_of, containers)),
            missing=tuple(one.name for one in opened.project.active if one.name not in have),
        )


def _start(
    workspace: Workspace,
    opened: DockerProject,
    services: Sequence[ComposeService],
    *,
    build: bool,
    on_event: ContainerListener,
) -> None:
    _name_remote(opened, on_event)
    containers = opened.engine.containers(opened.project.name)
    for folder in other_folders(opened.project, containers):
        on_event(OtherCheckout(opened.project.name, folder))
    check_ports(workspace, opened.engine, opened.project, services, containers)
    names = [one.name for one in services]
    options = ["--build"] if build else []
    try:
        _say(opened.compose.lines("up", "--detach", *options, *names), on_event)
    except ComposeFailed as error:
        check_ports(workspace, opened.engine, opened.project, services, opened.containers())
        raise _outdated(opened, error) or error from None


def _name_remote(opened: DockerProject, on_event: ContainerListener) -> None:
    if opened.engine.address.is_remote:
        on_event(RemoteEngine(str(opened.engine.address)))


def _say(lines: Generator[str, None, None], on_event: ContainerListener) -> None:
    with closing(lines) as said:
        for text in said:
            if text.strip() and not text.endswith("..."):  # which version 1 says again at its end
                on_event(ComposeSaid(text))


def _outdated(opened: DockerProject, error: ComposeFailed) -> ComposeOutdated | None:
    """The same failure, where it is one that version 1 of Compose has on newer engines."""
    program = opened.compose.program
    found = incompatibility(str(error)) if program.is_older else None
    if found is None:
        return None
    return ComposeOutdated(
        found.what,
        compose=program.version,
        engine=opened.engine.version.version,
        remedy=found.remedy,
    )


@contextmanager
def _interruptible(what: str) -> Iterator[None]:
    """Ctrl-C says what state it leaves."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise DockerInterrupted(what) from error
