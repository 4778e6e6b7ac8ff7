"""Waiting until services are ready, by asking the engine: any Compose will do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fidesdev.core.containers import (
    ContainerListener,
    Readiness,
    ServiceProgress,
    readiness,
)
from fidesdev.errors import ServiceFailed

if TYPE_CHECKING:
    from fidesdev.core.compose import ComposeService
    from fidesdev.core.engine import Container
    from fidesdev.services.docker_projects import DockerProject

_PAUSE = 0.2
_STEADY = 1.0
_LAST_LINES = 15


def wait_for(
    opened: DockerProject,
    services: Sequence[ComposeService],
    seconds: float | None,
    on_event: ContainerListener,
) -> tuple[Container, ...]:
    """The services' containers, once all are ready; None: as they are after one look.

    Ready is: healthy; or ended well; or, without a health check, up for a second. Raises
    `ServiceFailed` for the first that died, is not healthy, or is not ready in time; with its last
    lines.
    """
    names = {one.name for one in services}
    watch = _Watch(opened, on_event)
    while True:
        found = tuple(one for one in opened.containers() if one.service in names)
        waiting = [one for one in found if not watch.is_ready(one)]
        if not waiting or seconds is None:
            return found
        if watch.seconds > seconds:
            state = readiness(waiting[0])[1]
            raise _failed(opened, waiting[0], f"is not ready after {seconds:.0f} s: {state}")
        time.sleep(_PAUSE)


class _Watch:
    """What was seen of the containers until now."""

    def __init__(self, opened: DockerProject, on_event: ContainerListener) -> None:
        self._opened = opened
        self._on_event = on_event
        self._began = time.monotonic()
        self._states: dict[str, str] = {}
        self._starts: dict[tuple[str, int], float] = {}

    @property
    def seconds(self) -> float:
        """How long it has been watched."""
        return time.monotonic() - self._began

    def is_ready(self, container: Container) -> bool:
        """Whether it is; tells what is new of it. Raises `ServiceFailed`."""
        verdict, state = readiness(container)
        if verdict is Readiness.FAILED:
            raise _failed(self._opened, container, state)
        ready = verdict is Readiness.READY
        if self._states.get(container.name) != state:
            self._states[container.name] = state
            self._on_event(ServiceProgress(container.service, state, round(self.seconds, 1), ready))
        return ready and self._is_steady(container)

    def _is_steady(self, container: Container) -> bool:
        """Whether it is more than a start that is about to fail."""
        if container.state != "running" or container.health is not None:
            return True
        first = self._starts.setdefault((container.id, container.restarts), self.seconds)
        return self.seconds - first >= _STEADY


def _failed(opened: DockerProject, container: Container, what: str) -> ServiceFailed:
    said = [text for _time, text in opened.engine.logs(container.id, tail=_LAST_LINES)]
    if container.health == "unhealthy":
        said.append(f"[health check] {opened.engine.health_output(container.id)}")
    return ServiceFailed(container.service, what, logs=said, exit_code=container.exit_code)
