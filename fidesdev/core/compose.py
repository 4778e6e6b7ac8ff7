"""A Compose project as its file describes it, resolved: what Compose would make, and its names.

Read from `docker compose config --format json`, or from the YAML of the older `docker-compose
config`, which leaves several names out: they are filled in by its own rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

_FOREIGN = re.compile(r"[^-_a-z0-9]")


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a container and where it is published; None: wherever the engine likes."""

    target: int
    published: int | None = None
    host_ip: str = ""
    """Empty: every address."""
    protocol: str = "tcp"

    def __str__(self) -> str:
        """`127.0.0.1:5432->5432/tcp`, or `5432/tcp` where it is not published."""
        inside = f"{self.target}/{self.protocol}"
        if self.published is None:
            return inside
        host = f"[{self.host_ip}]" if ":" in self.host_ip else self.host_ip
        return f"{host + ':' if host else ''}{self.published}->{inside}"


@dataclass(frozen=True, slots=True)
class ComposeService:
    """One service of the file."""

    name: str
    image: str
    """Where the file names none: what Compose calls the image that it builds."""
    is_built: bool
    ports: tuple[Port, ...] = ()
    has_healthcheck: bool = False
    """Whether the file has one; the image may have another."""
    depends_on: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    """It is started only when one of them is enabled, or when it is named; none: always."""
    volumes: tuple[str, ...] = ()
    """The keys of the named volumes that it mounts."""
    container_name: str | None = None
    other_image: str | None = None
    """What the other generation of Compose calls the image that it builds."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A volume or a network that the file declares."""

    key: str
    """Its name in the file."""
    name: str
    """Its name in the engine."""
    is_external: bool = False
    """Whether it was made by somebody else: Compose neither creates nor removes it."""


@dataclass(frozen=True, slots=True)
class ComposeProject:
    """What the file means, resolved."""

    name: str
    """The value of the label `com.docker.compose.project`."""
    folder: str
    """What relative paths in the files are relative to."""
    files: tuple[str, ...]
    services: tuple[ComposeService, ...] = ()
    volumes: tuple[Resource, ...] = ()
    networks: tuple[Resource, ...] = ()
    profiles: tuple[str, ...] = ()
    """Those that are enabled."""
    is_generated: bool = False
    """Whether fidesdev wrote the file, since the checkout has none."""

    @property
    def active(self) -> tuple[ComposeService, ...]:
        """The services that `up` starts when none is named."""
        enabled = set(self.profiles)
        return tuple(
            one
            for one in self.services
            if not one.profiles or "*" in enabled or enabled & set(one.profiles)
        )

    @property
    def built_images(self) -> tuple[str, ...]:
        """Every name that an image built from this file may have, by either Compose's rules."""
        names = [
            name
            for one in self.services
            if one.is_built
            for name in (one.image, one.other_image)
            if name
        ]
        return tuple(dict.fromkeys(names))

    def service(self, name: str) -> ComposeService | None:
        """The service of that name."""
        return next((one for one in self.services if one.name == name), None)

    def with_dependencies(self, names: Iterable[str]) -> tuple[ComposeService, ...]:
        """The services named and what they need to be started, in the file's order."""
        wanted: set[str] = set()
        waiting = list(names)
        while waiting:
            found = self.service(waiting.pop())
            if found is not None and found.name not in wanted:
                wanted.add(found.name)
                waiting.extend(found.depends_on)
        return tuple(one for one in self.services if one.name in wanted)


def project_name(text: str, *, older: bool) -> str:
    """A folder's name, or any text, as Compose makes a project's name of it.

    As `normalize_name` of docker-compose 1.29 and `NormalizeProjectName` of compose-go.
    """
    name = _FOREIGN.sub("", text.lower())
    return name if older else name.lstrip("_-")


def read_project(
    document: Mapping[str, Any], project: ComposeProject, *, older: bool = False
) -> ComposeProject:
    """The project with what a resolved document describes; `older` names as version 1 does."""
    services, name = document.get("services") or {}, project.name
    return replace(
        project,
        services=tuple(
            _service(key, services[key] or {}, project=name, older=older) for key in services
        ),
        volumes=tuple(_resources(document.get("volumes"), name.lstrip("-_"))),
        networks=tuple(_networks(document, name, older=older)),
    )


def _service(key: str, said: Mapping[str, Any], *, project: str, older: bool) -> ComposeService:
    names = [f"{project}-{key}", f"{project.lstrip('-_')}_{key}"]
    own, other = reversed(names) if older else names
    is_built, image = bool(said.get("build")), said.get("image")
    health = said.get("healthcheck") or {}
    return ComposeService(
        name=key,
        image=image or own,
        is_built=is_built,
        ports=tuple(port for one in said.get("ports") or () for port in read_ports(one)),
        has_healthcheck=bool(health.get("test")) and not _is_disabled(health),
        depends_on=tuple(said.get("depends_on") or ()),
        profiles=tuple(said.get("profiles") or ()),
        volumes=tuple(filter(None, map(_volume_source, said.get("volumes") or ()))),
        container_name=said.get("container_name"),
        other_image=other if is_built and not image else None,
    )


def _is_disabled(health: Mapping[str, Any]) -> bool:
    return bool(health.get("disable")) or health.get("test") in ("NONE", ["NONE"])


def read_ports(said: Any) -> Iterator[Port]:
    """The ports of one entry: a table, a number, or `[[HOST:]PUBLISHED:]TARGET[/PROTOCOL]`."""
    if isinstance(said, Mapping):
        yield Port(
            target=int(said["target"]),
            published=_number(said.get("published")),
            host_ip=str(said.get("host_ip") or ""),
            protocol=str(said.get("protocol") or "tcp"),
        )
        return
    text, _, protocol = str(said).partition("/")
    rest, _, inside = text.rpartition(":")
    host, _, outside = rest.rpartition(":")
    target = _number(inside)
    if target is not None:
        yield Port(target, _number(outside), host.strip("[]"), protocol or "tcp")


def _number(said: Any) -> int | None:
    """A port number; None for nothing, and for a range, out of which the engine takes one."""
    text = str(said if said is not None else "")
    return int(text) if text.isdecimal() and text != "0" else None


def _volume_source(said: Any) -> str | None:
    """The key of the named volume of one entry; None where a folder is mounted."""
    if isinstance(said, Mapping):
        return said.get("source") if said.get("type") == "volume" else None
    source, separator, _ = str(said).partition(":")
    return source if separator and source[:1] not in {"/", ".", "~"} else None


def _resources(said: Mapping[str, Any] | None, prefix: str) -> Iterator[Resource]:
    for key, one in (said or {}).items():
        external = (one or {}).get("external") or False
        named = external.get("name") if isinstance(external, Mapping) else None
        name = (one or {}).get("name") or named or (key if external else f"{prefix}_{key}")
        yield Resource(key, str(name), bool(external))


def _networks(document: Mapping[str, Any], project: str, *, older: bool) -> Iterator[Resource]:
    """The networks declared, and the default one, which version 1 does not print."""
    declared = tuple(_resources(document.get("networks"), project))
    yield from declared
    if older and all(one.key != "default" for one in declared):
        yield Resource("default", f"{project}_default")
