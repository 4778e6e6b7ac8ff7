"""Databases that go with their volume, saved to files first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from fidesdev.adapters.engine import Engine
from fidesdev.adapters.served_databases import databases, dump
from fidesdev.config.settings import SnapshotSettings
from fidesdev.core.cleaning import LostDatabase, SavedDatabase, ThingTouched
from fidesdev.core.served import Served
from fidesdev.services.workspace import Workspace

_FOREIGN = re.compile(r"[^\w.-]")
"""What a file name had better not have."""


@dataclass(frozen=True, slots=True)
class Rescue:
    """What is saved of the servers whose data go, and what is not."""

    saves: tuple[tuple[Served, SavedDatabase], ...] = field(default=(), repr=False)
    lost: tuple[LostDatabase, ...] = ()
    names: tuple[str, ...] = ()
    """Every database that goes, as far as is known."""

    @property
    def saved(self) -> tuple[SavedDatabase, ...]:
        """What is saved, and to which file."""
        return tuple(saved for _server, saved in self.saves)


def plan_rescue(
    workspace: Workspace,
    engine: Engine,
    servers: Iterable[Served],
    *,
    at: datetime,
    snapshot: bool = True,
) -> Rescue:
    """What can be saved; raises `DumpFailed` where a running server does not answer."""
    settings = workspace.settings.tool.snapshots
    whole, files = Rescue(), _Files(workspace.settings.tool.data_dir / "dumps", at)
    for server in servers:
        if (why := _refusal(server, settings, snapshot=snapshot)) is not None:
            lost = LostDatabase(server.name, server.database, why)
            whole = _joined(whole, Rescue((), (lost,), (server.database,)))
        else:
            whole = _joined(whole, _of_running(engine, server, settings.max_size, files))
    return whole


def carry_out_rescue(
    engine: Engine, rescue: Rescue, on_event: Callable[[ThingTouched], None]
) -> tuple[SavedDatabase, ...]:
    """The files, written; raises `DumpFailed`, or `OSError` where the disk does not take them."""
    done = []
    for server, saved in rescue.saves:
        on_event(ThingTouched("Saving", "database", saved.database))
        size = dump(engine, server, saved.database, Path(saved.path))
        done.append(replace(saved, bytes=size))
    return tuple(done)


def _refusal(server: Served, settings: SnapshotSettings, *, snapshot: bool) -> str | None:
    """Why nothing of a server is saved."""
    if not snapshot:
        return "as --no-snapshot says"
    if not settings.automatic:
        return "as [fidesdev.snapshots] automatic says"
    return None if server.running else "whose server does not run"


class _Files:
    """Names of files, no two the same, whatever databases are called."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self._folder, self._time, self._taken = folder, f"{at:%Y%m%d-%H%M%S}", set[str]()

    def path_of(self, server: Served, database: str) -> Path:
        """A path for the dump of the database, in the folder itself."""
        base = _FOREIGN.sub("_", f"{server.name}-{database}")
        while base.lower() in self._taken:
            base += "_"
        self._taken.add(base.lower())
        return self._folder / f"{base}-{self._time}.dump"


def _of_running(engine: Engine, server: Served, largest: int, files: _Files) -> Rescue:
    sizes = databases(engine, server)
    saves, lost = [], []
    for database, size in sizes.items():
        if size > largest:
            why = "larger than [fidesdev.snapshots] max_size"
            lost.append(LostDatabase(server.name, database, why))
            continue
        path = str(files.path_of(server, database))
        saves.append((server, SavedDatabase(database, server.name, path)))
    return Rescue(tuple(saves), tuple(lost), tuple(sizes))


def _joined(one: Rescue, other: Rescue) -> Rescue:
    return Rescue(one.saves + other.saves, one.lost + other.lost, one.names + other.names)
