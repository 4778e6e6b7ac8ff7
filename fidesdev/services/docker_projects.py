"""The Compose project of a workspace, and the engine that it runs on: opened for one verb."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.adapters.compose import Compose
from fidesdev.adapters.compose_files import ComposeChoice
from fidesdev.adapters.engine import Engine
from fidesdev.core.compose import ComposeProject, ComposeService, read_project
from fidesdev.core.containers import Place, nearest_services
from fidesdev.core.engine import Container
from fidesdev.core.own_postgres import own_document, own_project_name
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import UnknownService

if TYPE_CHECKING:
    from fidesdev.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class DockerProject:
    """A Compose project on an engine that answers."""

    compose: Compose
    engine: Engine
    root: Path
    """The project folder."""

    @property
    def project(self) -> ComposeProject:
        """What the files describe."""
        return self.compose.project

    @property
    def place(self) -> Place:
        """What to say of where it is."""
        return place_of(self.project, self.engine, self.root)

    def containers(self) -> tuple[Container, ...]:
        """The project's containers, without those of `compose run`."""
        found = self.engine.containers(self.project.name)
        return tuple(one for one in found if not one.is_oneoff)

    def services(self, names: Iterable[str]) -> tuple[ComposeService, ...]:
        """The services of those names; raises `UnknownService`."""
        return services_named(self.project, names)


@contextmanager
def open_project(workspace: Workspace, *, write: bool = False) -> Iterator[DockerProject]:
    """The workspace's Compose project; where there is no file, ours: as it is, or to `write` now.

    Raises `PackageMissing`, `EngineUnavailable`, `CommandMissing`, `ComposeFileMissing` or
    `BrokenComposeFile`.
    """
    from fidesdev.adapters.compose import need_compose, open_compose
    from fidesdev.adapters.own_compose import own_file, write_own_file

    with open_docker(workspace) as engine:
        choice = choice_of(workspace, engine)
        compose = open_compose(choice, workspace.environ)
        if compose is None:
            if write:
                write_own_file(workspace.settings.tool.data_dir, _document(workspace))
            if own_file(workspace.settings.tool.data_dir).is_file():
                choice = own_choice(workspace, engine)
            compose = need_compose(choice, workspace.environ)
        yield DockerProject(compose, engine, workspace.settings.project)


def planned_project(workspace: Workspace, engine: Engine) -> ComposeProject:
    """What `up` would start; nothing is written."""
    from fidesdev.adapters.compose import open_compose

    compose = open_compose(choice_of(workspace, engine), workspace.environ)
    if compose is not None:
        return compose.project
    choice = own_choice(workspace, engine)
    project = ComposeProject(
        name=choice.project, folder=str(choice.folder), files=choice.files, is_generated=True
    )
    return read_project(_document(workspace), project)


@contextmanager
def open_docker(workspace: Workspace) -> Iterator[Engine]:
    """The engine that the docker program would use here."""
    from fidesdev.adapters.engine import open_engine

    with ExitStack() as stack:
        yield stack.enter_context(open_engine(workspace.environ))


def choice_of(workspace: Workspace, engine: Engine) -> ComposeChoice:
    """What the configuration says about Compose."""
    docker = workspace.settings.tool.docker
    return ComposeChoice(
        folder=workspace.settings.project,
        files=docker.files,
        profiles=docker.profiles,
        project=docker.project,
        engine=engine.address,
    )


def own_choice(workspace: Workspace, engine: Engine) -> ComposeChoice:
    """Our own Compose file, and the project's name that goes with it."""
    from fidesdev.adapters.own_compose import own_file

    settings = workspace.settings
    file = own_file(settings.tool.data_dir)
    return ComposeChoice(
        folder=file.parent,
        files=(str(file),),
        project=settings.tool.docker.project or own_project_name(str(settings.project)),
        engine=engine.address,
        is_generated=True,
    )


def own_url(workspace: Workspace) -> DatabaseUrl:
    """Where our own PostgreSQL is published."""
    database = workspace.settings.database
    return DatabaseUrl(
        backend="postgresql",
        database=database.db,
        host="127.0.0.1",
        port=database.port,
        user=database.user,
        password=database.password,
    )


def place_of(project: ComposeProject, engine: Engine, root: Path) -> Place:
    """What to say of where a project is; its files as they are seen from the project folder."""
    files = map(Path, project.files)
    return Place(
        project=project.name,
        files=tuple(str(one.relative_to(root) if root in one.parents else one) for one in files),
        generated=project.is_generated,
        engine=str(engine.address),
        remote=engine.address.is_remote,
    )


def services_named(project: ComposeProject, names: Iterable[str]) -> tuple[ComposeService, ...]:
    """The services of those names; raises `UnknownService`."""
    known = tuple(one.name for one in project.services)
    found = []
    for name in names:
        service = project.service(name)
        if service is None:
            raise UnknownService(name, nearest_services(name, known), known)
        found.append(service)
    return tuple(found)


def _document(workspace: Workspace) -> dict[str, object]:
    return own_document(own_url(workspace), workspace.settings.tool.docker.image)
