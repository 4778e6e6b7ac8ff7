"""PostgreSQL servers in containers: whether their data go when containers and volumes do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fidesdev.core.cleaning_plan import Cleaning
from fidesdev.core.engine_objects import Kind

_MARKS = ("PGDATA", "POSTGRES_PASSWORD", "POSTGRES_DB", "POSTGRES_USER")
_VOLUME = "volume"
_LAYER = "layer"


@dataclass(frozen=True, slots=True)
class Served:
    """A container in which a PostgreSQL server is, as the official image makes one."""

    id: str
    name: str
    running: bool
    user: str
    database: str
    """The one that it was made with."""
    password: str = field(default="", repr=False)
    place: str = _LAYER
    """Where its data are: `volume`, `bind` or `layer`, which goes with the container."""
    volume: str = ""


def read_served(facts: Mapping[str, Any]) -> Served | None:
    """The server of a container that the engine was asked about; None where there is none."""
    variables = dict(text.partition("=")[::2] for text in facts["Config"].get("Env") or ())
    if variables.keys().isdisjoint(_MARKS):
        return None
    user = variables.get("POSTGRES_USER") or "postgres"
    mount = _mount_of(variables.get("PGDATA") or "/var/lib/postgresql/data", facts["Mounts"])
    return Served(
        id=facts["Id"],
        name=facts["Name"].lstrip("/"),
        running=bool(facts["State"].get("Running")),
        user=user,
        database=variables.get("POSTGRES_DB") or user,
        password=variables.get("POSTGRES_PASSWORD") or "",
        place=mount.get("Type", _LAYER),
        volume=mount.get("Name", "") if mount.get("Type") == _VOLUME else "",
    )


def losing(
    servers: Iterable[Served], cleaning: Cleaning, unnamed: Collection[str] = ()
) -> tuple[Served, ...]:
    """The servers whose data go with what is removed.

    So do those on an `unnamed` volume that stays: without its container nobody finds it again.
    """
    containers = {r.id for r in cleaning.removals if r.kind is Kind.CONTAINER}
    volumes = {r.id for r in cleaning.removals if r.kind is Kind.VOLUME}
    return tuple(
        one
        for one in servers
        if one.volume in volumes
        or (one.id in containers and (one.place == _LAYER or one.volume in unnamed))
    )


def _mount_of(folder: str, mounts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The mount that a folder is on: the longest path above it."""
    above = [m for m in mounts if f"{folder}/".startswith(f"{m['Destination'].rstrip('/')}/")]
    return max(above, key=lambda mount: len(mount["Destination"]), default={})
