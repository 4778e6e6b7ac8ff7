"""A Docker engine and its containers as values: read from its API and labels, never from tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fidesdev.core.compose import Port

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
FOLDER_LABEL = "com.docker.compose.project.working_dir"
FILES_LABEL = "com.docker.compose.project.config_files"
ONEOFF_LABEL = "com.docker.compose.oneoff"


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Which engine is talked to, and who says so."""

    host: str
    """`unix:///var/run/docker.sock`, `tcp://...`, `ssh://...`."""
    context: str | None
    """The Docker context; None where DOCKER_HOST is set, which wins."""
    source: str
    """`DOCKER_HOST`, `DOCKER_CONTEXT`, the configuration file, or `default`."""

    @property
    def is_remote(self) -> bool:
        """Whether the engine is on another machine, as far as its address tells."""
        scheme, _, rest = self.host.partition("://")
        if scheme in {"unix", "http+unix", "npipe", "fd"}:
            return False
        place = rest.rpartition("@")[2].partition("/")[0]
        name = place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]
        return name not in {"localhost", "127.0.0.1", "::1"}

    @property
    def socket(self) -> str | None:
        """The path of its socket; None where it is none."""
        scheme, _, rest = self.host.partition("://")
        return rest if scheme in {"unix", "http+unix"} else None

    def __str__(self) -> str:
        """`context 'staging' (ssh://ann@host)`, or the address alone."""
        return f"context {self.context!r} ({self.host})" if self.context else self.host


@dataclass(frozen=True, slots=True)
class EngineVersion:
    """What answers there."""

    version: str
    """Such as `28.2.2`."""
    api: str
    """Such as `1.50`."""
    oldest_api: str
    platform: str
    """Such as `linux/amd64`."""

    @property
    def major(self) -> int:
        """The first number of the version; 0 for a development build."""
        first = self.version.partition(".")[0]
        return int(first) if first.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Container:
    """One container, running or not."""

    id: str
    name: str
    project: str
    """Empty where Compose did not make it."""
    service: str
    image: str
    """As it was named when the container was made."""
    image_id: str
    state: str
    """`created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`."""
    health: str | None
    """`starting`, `healthy` or `unhealthy`; None without a health check."""
    exit_code: int | None
    """None while it runs or has not run."""
    ports: tuple[Port, ...]
    """Those published, and those exposed only."""
    created: datetime
    started: datetime | None
    restarts: int
    folder: str
    """The Compose project's folder that it was made from."""
    files: tuple[str, ...] = ()
    """The Compose files that it was made from."""
    is_oneoff: bool = False
    """Whether `compose run` made it."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """A running container that publishes a port."""

    port: Port
    container_id: str
    container: str
    project: str
    """Empty where Compose did not make it."""

    def holds(self, wanted: Port) -> bool:
        """Whether nothing else can publish the port that is wanted."""
        one = self.port
        shared = not one.host_ip or not wanted.host_ip or one.host_ip == wanted.host_ip
        return (one.published, one.protocol) == (wanted.published, wanted.protocol) and shared

    def __str__(self) -> str:
        """`container 'shop-db-1' of project 'shop'`."""
        return f"container {self.container!r}" + (
            f" of project {self.project!r}" * bool(self.project)
        )
