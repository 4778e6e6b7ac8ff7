"""Removing one thing from the Docker engine at a time; what is gone already is no error."""

from __future__ import annotations

import time

from fidesdev.adapters.engine import Engine, answering
from fidesdev.core.cleaning_plan import Removal
from fidesdev.core.engine_objects import Kind

_SECONDS_TO_STOP = 10
_SECONDS_TO_VANISH = 30.0


def remove(engine: Engine, removal: Removal, *, volumes: bool) -> None:
    """Remove it; with `volumes` a container's unnamed volumes go with it. Raises `DockerError`."""
    from docker.errors import NotFound

    client = engine.client
    with answering():
        try:
            match removal.kind:
                case Kind.CONTAINER:
                    _remove_container(engine, removal.id, volumes=volumes)
                case Kind.NETWORK:
                    client.remove_network(removal.id)
                case Kind.VOLUME:
                    client.remove_volume(removal.id)
                case Kind.IMAGE:
                    client.remove_image(removal.id)
        except NotFound:
            return


def _remove_container(engine: Engine, id_: str, *, volumes: bool) -> None:
    from docker.errors import APIError

    engine.client.stop(id_, timeout=_SECONDS_TO_STOP)
    try:
        engine.client.remove_container(id_, v=volumes, force=True)
    except APIError as error:
        if error.status_code != 409:  # noqa: PLR2004 - a removal is in progress
            raise
        _wait_until_gone(engine, id_)


def _wait_until_gone(engine: Engine, id_: str) -> None:
    """Wait for another run that removes the same container; its `NotFound` is the end."""
    deadline = time.monotonic() + _SECONDS_TO_VANISH
    while time.monotonic() < deadline:
        engine.client.inspect_container(id_)
        time.sleep(0.2)
