"""What the verbs about containers tell and return, and when a container is ready."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from fidesdev.core.compose import ComposeProject, ComposeService, Port
from fidesdev.core.engine import Container

_FIRST_PORT = 9000
_BRANCHES = 50
_BLOCK = 100
_LOOPING = 3
"""Restarts after which a container is not expected to stay up any more."""


@dataclass(frozen=True, slots=True)
class ComposeSaid:
    """A line that Compose printed while it works."""

    text: str


@dataclass(frozen=True, slots=True)
class ServiceProgress:
    """A service is waited for, and this is what it is at."""

    service: str
    state: str
    """`created`, `starting`, `healthy`, `running`, `done` ..."""
    seconds: float
    ready: bool


@dataclass(frozen=True, slots=True)
class OtherCheckout:
    """Containers of another folder carry this project's name: Compose takes them for its own."""

    project: str
    folder: str


@dataclass(frozen=True, slots=True)
class RemoteEngine:
    """What is about to happen happens on another machine."""

    engine: str


ContainerEvent = ComposeSaid | ServiceProgress | OtherCheckout | RemoteEngine
ContainerListener = Callable[[ContainerEvent], None]


class Readiness(Enum):
    """Whether a container is to be waited for."""

    READY = "ready"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ContainerRow:
    """One container as `ps` lists it."""

    service: str
    container: str
    state: str
    health: str | None
    exit_code: int | None
    ports: tuple[str, ...]
    image: str
    created: datetime
    folder: str
    """Where the Compose file was that it is of."""
    id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Which project on which engine a verb was about."""

    project: str
    files: tuple[str, ...]
    generated: bool
    """Whether fidesdev wrote the file, since the checkout has none."""
    engine: str
    """`context 'default' (unix:///var/run/docker.sock)`."""
    remote: bool


@dataclass(frozen=True, slots=True)
class PsReport:
    """The containers of the project."""

    place: Place
    containers: tuple[ContainerRow, ...]
    missing: tuple[str, ...]
    """Services without a container, as far as `up` would start them."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How the database that is configured is reached from here."""

    url: str
    """With the password hidden."""
    written: str
    """The host as the configuration has it; inside the containers it is that."""
    host: str
    """The host as it is reached from here."""
    port: int
    service: str | None
    """The service that the configuration means, as far as the file tells."""
    published: int | None
    """Where the service's port is published; another one than `port` needs a word."""
    in_use: bool
    """Whether commands talk to it: not with the embedded engine or another URL."""


@dataclass(frozen=True, slots=True)
class UpReport:
    """What runs now; in a dry run what would be started."""

    place: Place
    services: tuple[str, ...]
    containers: tuple[ContainerRow, ...]
    connection: Connection | None
    """None where the project has no PostgreSQL that is known of."""
    waited: bool
    executed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class DownReport:
    """What `down` removed, or would remove; volumes and images stay."""

    place: Place
    containers: tuple[ContainerRow, ...]
    volumes: tuple[str, ...]
    """Those of the project that stay."""
    executed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a container said."""

    service: str
    container: str
    time: str
    """UTC, with the engine's nanoseconds."""
    text: str


@dataclass(frozen=True, slots=True)
class LogsReport:
    """What the containers said, in the order of time."""

    lines: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True)
class CommandReport:
    """A command ran in a container; `output` is None where it had the terminal."""

    service: str
    command: tuple[str, ...]
    exit_code: int
    output: str | None
    executed: bool = True


@dataclass(frozen=True, slots=True)
class WantedPort:
    """A port that a service is to publish, and does not yet."""

    service: ComposeService
    port: Port


@dataclass(frozen=True, slots=True)
class Incompatibility:
    """Why a Compose and an engine do not go together, and what helps for now."""

    what: str
    remedy: str


def readiness(container: Container) -> tuple[Readiness, str]:
    """Whether the container does what it is for, and what to say of it."""
    match container.state:
        case "running" if container.health == "unhealthy":
            return Readiness.FAILED, "is not healthy"
        case "running":
            waiting = container.health == "starting"
            state = container.health or "running"
            return Readiness.WAITING if waiting else Readiness.READY, state
        case "exited" if container.exit_code == 0:
            return Readiness.READY, "done"
        case "exited" | "dead":
            return Readiness.FAILED, f"ended with exit code {container.exit_code}"
        case "restarting" if container.restarts >= _LOOPING:
            return Readiness.FAILED, f"ended {container.restarts} times and is started again"
    return Readiness.WAITING, container.state


def incompatibility(said: str) -> Incompatibility | None:
    """What docker-compose 1.x ran into on an engine that is newer than it knows."""
    if "'ContainerConfig'" in said:  # of an image's facts; engines leave it out today
        return Incompatibility(
            "cannot recreate containers",
            "Run 'fidesdev docker down', then 'fidesdev docker up': what is gone need not be "
            "recreated, and volumes stay.",
        )
    if "is too old. Minimum supported API version" in said:
        return Incompatibility("speaks too old an API", "")
    return None


def row_of(container: Container) -> ContainerRow:
    """The container as `ps` lists it."""
    return ContainerRow(
        service=container.service,
        container=container.name,
        state=container.state,
        health=container.health,
        exit_code=container.exit_code,
        ports=tuple(str(port) for port in container.ports),
        image=container.image,
        created=container.created,
        folder=container.folder,
        id=container.id,
    )


def other_folders(project: ComposeProject, containers: Iterable[Container]) -> tuple[str, ...]:
    """Other folders whose containers carry the project's name."""
    folders = (one.folder for one in containers if one.folder and one.folder != project.folder)
    return tuple(dict.fromkeys(folders))


def wanted_ports(
    services: Iterable[ComposeService], containers: Iterable[Container]
) -> Iterator[WantedPort]:
    """The fixed ports that services publish, without those that their own containers hold."""
    held = {
        (one.service, port.published)
        for one in containers
        if one.state == "running"
        for port in one.ports
    }
    for service in services:
        for port in service.ports:
            if port.published is not None and (service.name, port.published) not in held:
                yield WantedPort(service, port)


def offered_ports(published: int, branch: str) -> Iterator[int]:
    """Ports to take instead, the branch's own first: as Fides' `nox -s dev` numbers them.

    That gives each branch one of fifty blocks of a hundred from 9000 on, and a service the last two
    digits of its usual port in it.
    """
    digest = hashlib.md5(branch.encode(), usedforsecurity=False).hexdigest()
    first = int(digest[:8], 16) % _BRANCHES
    for block in range(_BRANCHES):
        yield _FIRST_PORT + (first + block) % _BRANCHES * _BLOCK + published % _BLOCK


def database_service(project: ComposeProject, host: str, port: int) -> ComposeService | None:
    """The service that a configured database means: by name, by port, else the only PostgreSQL."""
    if (named := project.service(host)) is not None:
        return named
    for service in project.services:
        if any(one.published == port for one in service.ports):
            return service
    servers = [one for one in project.services if any(p.target == _POSTGRES for p in one.ports)]
    return servers[0] if len(servers) == 1 else None


_POSTGRES = 5432


def nearest_services(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The names that are nearly the one typed, the nearest first."""
    from difflib import get_close_matches

    known = list(known)
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    return tuple(dict.fromkeys((*close, *(one for one in known if name and name in one))))
