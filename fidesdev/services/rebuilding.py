"""From changed sources to a running, migrated project: build, recreate, wait, upgrade."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from fidesdev.core.containers import ComposeSaid, ContainerListener
from fidesdev.core.rebuilding import Phase, RebuildReport
from fidesdev.core.reports import Listener, MoveReport, ignore
from fidesdev.errors import AlembicConfigMissing, BuildInterrupted
from fidesdev.services import containers, migrations, server
from fidesdev.services.container_waiting import wait_for
from fidesdev.services.docker_projects import DockerProject, open_project

if TYPE_CHECKING:
    from fidesdev.services.workspace import Workspace

SECONDS = 120.0
"""How long services may take to be ready, and the database to answer."""


def rebuild(
    workspace: Workspace,
    names: Sequence[str] = (),
    *,
    no_cache: bool = False,
    dry_run: bool = False,
    on_event: ContainerListener = containers.silent,
    on_step: Listener = ignore,
) -> RebuildReport:
    """Build images, replace the containers that changed, wait until all are ready, and upgrade.

    Nothing that runs is touched before everything is built: a build that fails (`ComposeFailed`) or
    is given up (`BuildInterrupted`) leaves it as it was. Migrations only go up.
    """
    began = time.monotonic()
    with open_project(workspace) as opened:
        rebuilding = _Rebuilding(workspace, opened, names)
        if not dry_run:
            rebuilding.run(on_event, on_step, no_cache=no_cache)
        return rebuilding.report(executed=not dry_run, seconds=time.monotonic() - began)


class _Rebuilding:
    """One rebuild: what it is about, and what was done so far."""

    def __init__(self, workspace: Workspace, opened: DockerProject, names: Sequence[str]) -> None:
        self._workspace, self._opened = workspace, opened
        wanted = names or workspace.settings.tool.docker.services
        self._chosen = opened.services(wanted) or opened.project.active
        self._needed = opened.project.with_dependencies(one.name for one in self._chosen)
        self._built = tuple(one.name for one in self._chosen if one.is_built)
        self._before = {one.id for one in opened.containers()}
        self._phases: list[Phase] = []
        self._move: MoveReport | None = None
        self._note: str | None = None

    def run(self, on_event: ContainerListener, on_step: Listener, *, no_cache: bool) -> None:
        """All phases."""
        if self._built:
            with self._phase("build"):
                _build(self._opened, self._built, on_event, no_cache=no_cache)
        with self._phase("recreate"):
            names = [one.name for one in self._chosen]
            containers.up(self._workspace, names, on_event=on_event)
        with self._phase("wait"):
            wait_for(self._opened, self._needed, SECONDS, on_event)
        self._migrate(on_step)

    def report(self, *, executed: bool, seconds: float) -> RebuildReport:
        """What was done."""
        needed = tuple(one.name for one in self._needed)
        new = self._new_services() if executed else frozenset()
        return RebuildReport(
            place=self._opened.place,
            services=needed,
            built=self._built,
            recreated=tuple(name for name in needed if name in new),
            unchanged=tuple(name for name in needed if executed and name not in new),
            phases=tuple(self._phases),
            move=self._move,
            note=self._note,
            executed=executed,
            seconds=round(seconds, 3),
        )

    def _migrate(self, on_step: Listener) -> None:
        try:
            self._workspace.alembic  # noqa: B018 - whether there is one
        except AlembicConfigMissing:
            self._note = "there is no Alembic configuration"
            return
        with self._phase("migrate"):
            if not server.wait(self._workspace, SECONDS).exists:
                self._note = "the database does not exist; 'fidesdev db create' makes it"
                return
            move = migrations.upgrade(self._workspace)
            self._move = migrations.execute(move, on_event=on_step)

    def _new_services(self) -> frozenset[str]:
        found = self._opened.containers()
        return frozenset(one.service for one in found if one.id not in self._before)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._phases.append(Phase(name, round(time.monotonic() - began, 3)))


def _build(
    opened: DockerProject, names: Sequence[str], on_event: ContainerListener, *, no_cache: bool
) -> None:
    options = ["--no-cache"] if no_cache else []
    if opened.compose.program.is_older:  # which else leaves the container of a failed step
        options.append("--force-rm")
    try:
        with closing(opened.compose.lines("build", *options, *names)) as said:
            for text in said:
                on_event(ComposeSaid(text))
    except KeyboardInterrupt as error:
        running = [one.name for one in opened.containers() if one.state == "running"]
        raise BuildInterrupted(running) from error
