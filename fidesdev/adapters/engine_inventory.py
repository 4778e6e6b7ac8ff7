"""Everything that the Docker engine holds, with sizes, ages and users."""

from __future__ import annotations

import os
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from fidesdev.adapters.engine import Engine, answering
from fidesdev.core.engine import FOLDER_LABEL, PROJECT_LABEL
from fidesdev.core.engine_objects import EngineObject, Kind

_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
"""How the engine names a volume that nobody named; older ones have no label for it."""
_ANONYMOUS_LABEL = "com.docker.volume.anonymous"
_BUILD_CACHE = "build cache"
_BUSY = "disk usage operation is already running"
_SECONDS, _PAUSE = 60.0, 0.1

Facts = Mapping[str, Any]


def inventory(engine: Engine) -> tuple[EngineObject, ...]:
    """All containers, networks, volumes, images and build cache; measuring takes its time."""
    with answering():
        usage = disk_usage(engine.client)
        networks = engine.client.networks()
        images = engine.client.images(all=True)
    containers = usage.get("Containers") or ()
    shared = {row["Id"]: max(row.get("SharedSize") or 0, 0) for row in usage.get("Images") or ()}
    return (
        *map(_container, containers),
        *_networks(networks, containers),
        *_volumes(usage.get("Volumes") or (), containers),
        *_images(images, containers, shared),
        *_cache(usage),
    )


def disk_usage(client: Any) -> Facts:
    """What `docker system df` asks for; older engines refuse while they count for somebody else."""
    from docker.errors import APIError

    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            usage: Facts = client.df()
            return usage
        except APIError as error:
            if _BUSY not in str(error.explanation) or time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)


def _container(row: Facts) -> EngineObject:
    labels = row.get("Labels") or {}
    folder = labels.get(FOLDER_LABEL)
    names = row.get("Names") or [row["Id"][:12]]
    return EngineObject(
        Kind.CONTAINER,
        row["Id"],
        min(names, key=len).lstrip("/"),  # those of links are longer: /one/alias
        labels,
        row.get("SizeRw") or 0,
        _moment(row.get("Created")),
        row.get("State", ""),
        folder=os.path.realpath(folder) if folder else None,
    )


def _networks(rows: Iterable[Facts], containers: Iterable[Facts]) -> Iterator[EngineObject]:
    users = defaultdict(set)
    for container in containers:
        attached = (container.get("NetworkSettings") or {}).get("Networks") or {}
        for name, network in attached.items():
            users[network.get("NetworkID") or name].add(container["Id"])
            users[name].add(container["Id"])  # one that never ran has no id of it
    for row in rows:
        using = frozenset(users[row["Id"]] | users[row["Name"]])
        labels, created = row.get("Labels") or {}, _moment(row.get("Created"))
        yield EngineObject(Kind.NETWORK, row["Id"], row["Name"], labels, None, created, users=using)


def _volumes(rows: Iterable[Facts], containers: Iterable[Facts]) -> Iterator[EngineObject]:
    users = defaultdict(set)
    for container in containers:
        for mount in container.get("Mounts") or ():
            if mount.get("Type") == "volume":
                users[mount.get("Name")].add(container["Id"])
    for row in rows:
        name, labels = row["Name"], row.get("Labels") or {}
        size = (row.get("UsageData") or {}).get("Size", -1)
        unnamed = PROJECT_LABEL not in labels and bool(_ANONYMOUS.fullmatch(name))
        yield EngineObject(
            Kind.VOLUME,
            name,
            name,
            labels,
            size if size >= 0 else None,
            _moment(row.get("CreatedAt")),
            users=frozenset(users[name]),
            anonymous=unnamed or _ANONYMOUS_LABEL in labels,
        )


def _images(
    rows: Iterable[Facts], containers: Iterable[Facts], shared: Mapping[str, int]
) -> Iterator[EngineObject]:
    users = defaultdict(set)
    for container in containers:
        users[container["ImageID"]].add(container["Id"])
    for row in rows:
        tags = tuple(tag for tag in row.get("RepoTags") or () if not tag.startswith("<none>"))
        id_ = row["Id"]
        yield EngineObject(
            Kind.IMAGE,
            id_,
            tags[0] if tags else id_.removeprefix("sha256:")[:12],
            row.get("Labels") or {},
            max(row["Size"] - shared.get(id_, 0), 0),
            _moment(row.get("Created")),
            users=frozenset(users[id_]),
            tags=tags,
            parent=row.get("ParentId") or "",
        )


def _cache(usage: Facts) -> Iterator[EngineObject]:
    """BuildKit's cache as one thing: no record of it says of which project it is."""
    rows = usage.get("BuildCache") or ()
    size = sum(row.get("Size") or 0 for row in rows if not row.get("Shared"))
    if size:
        yield EngineObject(Kind.CACHE, "", _BUILD_CACHE, bytes=size)


def _moment(said: int | str | None) -> datetime | None:
    """A time that the engine gives in seconds, or as text with up to nine decimals."""
    if not said:
        return None
    return (
        datetime.fromtimestamp(said, UTC) if isinstance(said, int) else datetime.fromisoformat(said)
    )
