"""Ports that services are to publish and that somebody else holds: told before anything starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fidesdev.adapters.engine import Engine
from fidesdev.core.compose import ComposeProject, ComposeService, Port
from fidesdev.core.containers import WantedPort, offered_ports, wanted_ports
from fidesdev.core.engine import Container
from fidesdev.errors import PortTaken

if TYPE_CHECKING:
    from fidesdev.services.workspace import Workspace


def check_ports(
    workspace: Workspace,
    engine: Engine,
    project: ComposeProject,
    services: Iterable[ComposeService],
    containers: Iterable[Container],
) -> None:
    """Raise `PortTaken` for the first port that is held by a process or another container."""
    publishers = engine.publishers()
    for wanted in wanted_ports(services, containers):
        holder = next((str(one) for one in publishers if one.holds(wanted.port)), None)
        holder = holder or _process(engine, wanted.port)
        if holder is not None:
            raise _taken(workspace, engine, project, wanted, holder)


def _process(engine: Engine, port: Port) -> str | None:
    """The process on this machine; of another machine only the engine knows."""
    from fidesdev.adapters.ports import holder_of, is_taken

    return holder_of(port) if not engine.address.is_remote and is_taken(port) else None


def _taken(
    workspace: Workspace, engine: Engine, project: ComposeProject, wanted: WantedPort, holder: str
) -> PortTaken:
    free = _free_port(workspace, engine, wanted.port)
    shown = str(wanted.port).partition("->")[0]
    remedy = _remedy(workspace, project, wanted, free)
    return PortTaken(shown, wanted.service.name, holder, free=free, remedy=remedy)


def _free_port(workspace: Workspace, engine: Engine, port: Port) -> int | None:
    """A free port instead, the same one for the same branch as long as it is free."""
    from fidesdev.adapters.git import read_checkout
    from fidesdev.adapters.ports import is_taken

    folder = workspace.settings.project
    checkout = read_checkout(folder)
    branch = (checkout and checkout.branch) or folder.name
    publishers = engine.publishers()
    for number in offered_ports(port.published or 0, branch):
        one = replace(port, published=number)
        if not any(other.holds(one) for other in publishers) and not is_taken(one):
            return number
    return None


def _remedy(
    workspace: Workspace, project: ComposeProject, wanted: WantedPort, free: int | None
) -> str:
    """What to type for the free port: the file's own variable for it, else where to write it."""
    from fidesdev.adapters.compose_lines import port_variable

    if free is None:
        return "End that, then run 'fidesdev docker up' again."
    database = workspace.settings.database.port == wanted.port.published
    own = f"FIDES__DATABASE__PORT={free}" if database or project.is_generated else ""
    if project.is_generated:
        return f"End that, or take a free one: 'export {own}', then 'fidesdev docker up'."
    files = [Path(file) for file in project.files]
    variable = port_variable(files, wanted.service.name, wanted.port.target)
    if variable is None:
        also = f" and port = {free} under [database]" if database else ""
        return f"End that, or write a free one such as {free} into {files[-1].name}{also}."
    exported = " ".join(filter(None, (f"{variable}={free}", own)))
    return f"End that, or take a free one: 'export {exported}', then 'fidesdev docker up'."
