"""Everything that a Docker engine holds as values of one kind, so that each can be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fidesdev.core.engine import PROJECT_LABEL


class Kind(StrEnum):
    """What it is; in the order in which things that depend on each other can be removed."""

    CONTAINER = "container"
    NETWORK = "network"
    VOLUME = "volume"
    IMAGE = "image"
    CACHE = "cache"


@dataclass(frozen=True, slots=True)
class EngineObject:
    """One thing in the engine."""

    kind: Kind
    id: str
    """Of a volume its name; of a build cache empty."""
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    bytes: int | None = None
    """What it alone occupies; None where the engine does not say."""
    created: datetime | None = None
    state: str = ""
    """Of a container: `running`, `exited` ..."""
    users: frozenset[str] = frozenset()
    """The ids of the containers that use it, stopped ones too."""
    tags: tuple[str, ...] = ()
    """The names of an image, each with its tag; none of one that lost them all."""
    parent: str = ""
    """The id of the image that an image was made from, where the engine knows."""
    anonymous: bool = False
    """Whether a volume was made for one container, without a name."""
    folder: str | None = None
    """Where the Compose file is that a container was made from, links followed."""

    @property
    def project(self) -> str | None:
        """The Compose project that made it; None where none says so."""
        return self.labels.get(PROJECT_LABEL)


def with_tag(image: str) -> str:
    """The image's name with `:latest` where it has neither tag nor digest."""
    last = image.rpartition("/")[2]
    return image if ":" in last or "@" in last else f"{image}:latest"
