"""What containers say, and commands inside them."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fidesdev.core.containers import CommandReport, LogLine, LogsReport
from fidesdev.errors import DockerError, LookupFailed, ServiceNotRunning, UsageError
from fidesdev.services.docker_projects import DockerProject, open_project

if TYPE_CHECKING:
    from fidesdev.core.engine import Container
    from fidesdev.services.workspace import Workspace

SHELL = ("sh", "-c", "command -v bash >/dev/null && exec bash; exec sh")


def logs(
    workspace: Workspace, services: Sequence[str] = (), *, tail: int | None = None
) -> LogsReport:
    """What the services' containers said until now, in the order of time."""
    with open_project(workspace) as opened:
        lines = (
            line
            for container in _containers(opened, services)
            for line in _lines(opened, container, tail=tail, follow=False)
        )
        return LogsReport(tuple(sorted(lines, key=lambda line: line.time)))


def follow_logs(
    workspace: Workspace, services: Sequence[str] = (), *, tail: int | None = None
) -> Iterator[LogLine]:
    """What they said and say, as they say it, until all of them have ended."""
    with open_project(workspace) as opened:
        containers = _containers(opened, services)
        said: queue.SimpleQueue[LogLine | Exception | None] = queue.SimpleQueue()
        for container in containers:
            reading = (opened, container, tail, said)
            threading.Thread(target=_read_into, args=reading, daemon=True).start()
        left = len(containers)
        while left:
            line = said.get()
            if isinstance(line, Exception):
                raise line
            if line is None:
                left -= 1
            else:
                yield line


def shell(
    workspace: Workspace,
    service: str = "",
    command: Sequence[str] = (),
    *,
    captured: bool = False,
    dry_run: bool = False,
) -> CommandReport:
    """Run a command, else a shell, in a service's container; with a terminal where there is one.

    Raises `ServiceNotRunning`, `UnknownService`, and `UsageError` where no service is meant.
    """
    with open_project(workspace) as opened:
        name = service or _meant(workspace, opened)
        _need_running(opened, name)
        chosen = tuple(command) or SHELL
        typed = not captured and sys.stdin.isatty() and sys.stdout.isatty()
        if dry_run:
            return CommandReport(name, chosen, 0, None, executed=False)
        without = () if typed else ("-T",)
        code, output = opened.compose.run("exec", *without, name, *chosen, captured=captured)
        return CommandReport(name, chosen, code, output if captured else None)


def _containers(opened: DockerProject, services: Sequence[str]) -> tuple[Container, ...]:
    names = {one.name for one in opened.services(services)}
    found = tuple(one for one in opened.containers() if not names or one.service in names)
    if not found:
        what = ", ".join(services) or "this project"
        raise LookupFailed(
            f"there is no container of {what}",
            hint="Start it with 'fidesdev docker up'.",
            project=opened.project.name,
            services=list(services),
        )
    return found


def _lines(
    opened: DockerProject, container: Container, *, tail: int | None, follow: bool
) -> Iterator[LogLine]:
    for time, text in opened.engine.logs(container.id, tail=tail, follow=follow):
        yield LogLine(container.service, container.name, time, text)


def _read_into(
    opened: DockerProject,
    container: Container,
    tail: int | None,
    said: queue.SimpleQueue[LogLine | Exception | None],
) -> None:
    try:
        for line in _lines(opened, container, tail=tail, follow=True):
            said.put(line)
    except DockerError as error:
        said.put(error)
    else:
        said.put(None)


def _meant(workspace: Workspace, opened: DockerProject) -> str:
    """The service of a command that names none: the runner's, the configured one, the only one."""
    kind, _, runner = workspace.settings.tool.runner.partition(":")
    configured = workspace.settings.tool.docker.services
    names = [one.name for one in opened.project.services]
    if kind == "compose":
        return runner
    if configured:
        return configured[0]
    if len(names) == 1:
        return names[0]
    raise UsageError(
        f"which service? The Compose file has {', '.join(names) or 'none'}",
        hint="Name one: 'fidesdev docker shell SERVICE'.",
    )


def _need_running(opened: DockerProject, name: str) -> None:
    opened.services([name])
    found = [one for one in opened.containers() if one.service == name]
    if not any(one.state == "running" for one in found):
        raise ServiceNotRunning(name, found[0].state if found else "it has no container")
