"""Removing what is a Compose project's from its engine, and nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from fidesdev.adapters.cleaning_log import note_cleaning, read_cleanings
from fidesdev.adapters.engine_inventory import inventory
from fidesdev.adapters.engine_removal import remove
from fidesdev.adapters.served_databases import served
from fidesdev.core.cleaning import CleanReport, ThingTouched, cheaper
from fidesdev.core.cleaning_plan import Cleaning, plan_cleaning
from fidesdev.core.compose import ComposeProject
from fidesdev.core.containers import Place
from fidesdev.core.engine_objects import EngineObject, Kind
from fidesdev.core.served import losing
from fidesdev.errors import CleaningInterrupted
from fidesdev.services.docker_projects import open_docker, open_project
from fidesdev.services.rescuing import Rescue, carry_out_rescue, plan_rescue
from fidesdev.services.workspace import Workspace

Listener = Callable[[ThingTouched], None]


@dataclass(frozen=True, slots=True)
class PlannedCleaning:
    """A cleaning that is ready to be shown and then carried out."""

    workspace: Workspace = field(repr=False)
    cleaning: Cleaning
    report: CleanReport
    """What it would do."""
    rescue: Rescue = field(repr=False)
    guarded: str | None
    """A protected database that goes."""
    volumes: bool

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Of what is removed."""
        return tuple(removal.kind for removal in self.cleaning.removals)


def plan(
    workspace: Workspace, *, volumes: bool = False, images: bool = False, snapshot: bool = True
) -> PlannedCleaning:
    """What would be removed, kept and saved first; nothing is changed.

    Raises `EngineUnavailable`, or `DumpFailed` where a database that goes does not answer.
    """
    now = datetime.now(UTC)
    with open_project(workspace) as opened:
        engine, place = opened.engine, opened.place
        project = replace(opened.project, folder=os.path.realpath(opened.project.folder))
        held = inventory(engine)
        checkouts = _checkouts(held, project, remote=place.remote)
        cleaning = plan_cleaning(held, project, volumes=volumes, images=images, checkouts=checkouts)
        going = [one.id for one in cleaning.removals if one.kind is Kind.CONTAINER]
        unnamed = {one.id for one in held if one.anonymous}
        servers = losing(served(engine, going), cleaning, unnamed)
        rescue = plan_rescue(workspace, engine, servers, at=now, snapshot=snapshot)
    built = next((one.name for one in project.services if one.is_built), None)
    advice = cheaper(read_cleanings(_log(workspace)), now, volumes=volumes, service=built)
    report = _report(place, cleaning, rescue, at=now, advice=advice)
    guarded = _guarded(workspace, rescue.names, remote=place.remote)
    return PlannedCleaning(workspace, cleaning, report, rescue, guarded, volumes)


def carry_out(planned: PlannedCleaning, on_event: Listener) -> CleanReport:
    """Save, then remove one thing after the other; what is gone already is no error.

    It can be cut off anywhere: what is left carries the project's label still, or its file's name,
    and the next cleaning finds it. Raises `DumpFailed` before anything is removed, else
    `DockerError` or `CleaningInterrupted`.
    """
    began, done = time.monotonic(), 0
    removals = [one for one in planned.cleaning.removals if not one.implied]
    try:
        with open_docker(planned.workspace) as engine:
            saved = carry_out_rescue(engine, planned.rescue, on_event)
            for removal in removals:
                on_event(ThingTouched("Removing", removal.kind, removal.item.name))
                remove(engine, removal, volumes=planned.volumes)
                done += 1
    except KeyboardInterrupt as error:
        raise CleaningInterrupted(done, len(removals)) from error
    report = planned.report
    if removals:
        note_cleaning(_log(planned.workspace), report.at, report.place.project)
    seconds = round(time.monotonic() - began, 3)
    return replace(report, saved=saved, executed=True, seconds=seconds)


def _report(
    place: Place, cleaning: Cleaning, rescue: Rescue, *, at: datetime, advice: str | None
) -> CleanReport:
    """What would be done."""
    return CleanReport(
        place=place,
        removed=tuple(removal.item for removal in cleaning.removals),
        kept=cleaning.kept,
        saved=rescue.saved,
        lost=rescue.lost,
        bytes=cleaning.bytes,
        advice=advice,
        executed=False,
        at=at,
    )


def _checkouts(
    held: Iterable[EngineObject], project: ComposeProject, *, remote: bool
) -> frozenset[str]:
    """Other folders with this project's name that may be in use: of a remote engine all."""
    folders = {one.folder for one in held if one.folder and one.project == project.name}
    others = folders - {project.folder}
    return frozenset(folder for folder in others if remote or Path(folder).is_dir())


def _guarded(workspace: Workspace, names: Iterable[str], *, remote: bool) -> str | None:
    """The first database that goes and is protected: listed, or on another machine."""
    tool = workspace.settings.tool
    for name in names:
        allowed = any(fnmatchcase(name, pattern) for pattern in tool.allow)
        if any(fnmatchcase(name, p) for p in tool.protected) or (remote and not allowed):
            return name
    return None


def _log(workspace: Workspace) -> Path:
    return workspace.settings.tool.data_dir / "cleanings.jsonl"
