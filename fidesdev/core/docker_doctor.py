"""What `docker doctor` looks at: each point is in order, or has its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fidesdev.core.compose import ComposeProject
from fidesdev.core.containers import Readiness, readiness
from fidesdev.core.engine import Container, EngineVersion

OK, WARNING, ERROR = "ok", "warning", "error"
_GIB = 1024**3
_LEAST_DISK = 5 * _GIB
_LEAST_MEMORY = 2 * _GIB
_LAST_MAJOR = 24
"""Of the engine, with which docker-compose 1.x is known to recreate containers."""
_LAST_API = (1, 41)
"""The newest that docker-compose 1.x speaks."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One point and how it is."""

    check: str
    """`engine`, `compose`, `disk`, `memory`, `file`, `checkouts`, `ports`, `containers`, `volumes`
    or `database`."""
    severity: str
    """`ok`, `warning` or `error`."""
    message: str
    hint: str | None = None
    """What to do about it."""


@dataclass(frozen=True, slots=True)
class DockerDoctorReport:
    """All that was looked at, in order."""

    checks: tuple[Diagnosis, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong."""
        return all(one.severity == OK for one in self.checks)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the engine's machine has; None where it cannot be seen from here."""

    memory: int
    disk_free: int | None
    folder: str
    """Where the engine keeps everything."""


def judge_compose(
    program: str, version: str, engine: EngineVersion, *, is_older: bool
) -> Diagnosis:
    """Whether this Compose gets along with this engine."""
    named = f"{program} {version}"
    remedy = "Install the compose plugin; 'docker compose version' shows that it is there."
    if is_older and _number(engine.oldest_api) > _LAST_API:
        said = f"{named} speaks too old an API for Docker {engine.version}"
        return Diagnosis("compose", ERROR, said, remedy)
    if is_older and engine.major > _LAST_MAJOR:
        return Diagnosis(
            "compose",
            WARNING,
            f"{named} cannot recreate containers with Docker {engine.version} ('ContainerConfig')",
            f"{remedy} Until then: 'fidesdev docker down', then 'fidesdev docker up'.",
        )
    return Diagnosis("compose", OK, named)


def judge_capacity(capacity: Capacity) -> Iterator[Diagnosis]:
    """Whether there is room to work."""
    if capacity.disk_free is not None:
        free = f"{capacity.disk_free / _GIB:.1f} GB free below {capacity.folder}"
        if capacity.disk_free < _LEAST_DISK:
            remedy = (
                "See what takes it with 'docker system df'; this project's: "
                "'fidesdev docker clean --images'."
            )
            yield Diagnosis("disk", WARNING, free, remedy)
        else:
            yield Diagnosis("disk", OK, free)
    memory = f"{capacity.memory / _GIB:.1f} GB for all containers"
    if 0 < capacity.memory < _LEAST_MEMORY:
        remedy = "Give the engine more: in Docker Desktop under Settings, Resources."
        yield Diagnosis("memory", WARNING, memory, remedy)
    else:
        yield Diagnosis("memory", OK, memory)


def judge_checkouts(
    project: ComposeProject, containers: Iterable[Container], missing: frozenset[str]
) -> Iterator[Diagnosis]:
    """Containers of other folders under this project's name; `missing` are gone."""
    others: dict[str, list[str]] = {}
    for one in containers:
        if one.folder and one.folder != project.folder:
            others.setdefault(one.folder, []).append(one.name)
    for folder, names in others.items():
        gone = folder in missing
        yield Diagnosis(
            "checkouts",
            WARNING,
            f"{', '.join(names)} of {folder}{', which is gone,' if gone else ''} "
            f"carr{'y' if len(names) > 1 else 'ies'} the name {project.name!r} too",
            "Remove what is left with 'fidesdev docker clean'."
            if gone
            else 'Give this checkout its own name: project = "NAME" under [fidesdev.docker].',
        )
    if not others:
        yield Diagnosis("checkouts", OK, f"no other checkout is called {project.name!r}")


def judge_containers(containers: Iterable[Container]) -> Iterator[Diagnosis]:
    """Those that died or are not healthy."""
    listed = tuple(containers)
    failed = [(one, told) for one in listed for how, told in [readiness(one)] if how is _FAILED]
    for one, told in failed:
        remedy = f"See why with 'fidesdev docker logs {one.service}'."
        yield Diagnosis("containers", ERROR, f"{one.name} {told}", remedy)
    if not failed:
        running = sum(one.state == "running" for one in listed)
        yield Diagnosis("containers", OK, f"{running} running")


def judge_volumes(project: ComposeProject, names: Iterable[str]) -> Iterator[Diagnosis]:
    """Volumes with the project's label that its file does not declare, any more."""
    dangling = sorted(set(names) - {one.name for one in project.volumes})
    for name in dangling:
        yield Diagnosis(
            "volumes",
            WARNING,
            f"{name} is this project's, and its file does not declare it",
            f"If it is of no use any more: 'docker volume rm {name}', or all of the project's "
            "with 'fidesdev docker clean --volumes'.",
        )
    if not dangling:
        yield Diagnosis("volumes", OK, "all are in the file")


_FAILED = Readiness.FAILED


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
