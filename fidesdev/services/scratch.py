"""A workspace on a database for trials, beside its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fidesdev.adapters.scratch_databases import Scratch, scratch_database
from fidesdev.services.workspace import Workspace


@contextmanager
def scratch_workspace(
    workspace: Workspace, *, runner: str | None = None
) -> Iterator[tuple[Workspace, Scratch]]:
    """The workspace on a new, empty database of the same server, and that; dropped afterwards.

    Nothing is journaled there. `runner` stands instead of the setting of that name.
    """
    tool = workspace.settings.tool
    tool = replace(tool, journal="off", runner=runner or tool.runner)
    settings = replace(workspace.settings, tool=tool)
    with scratch_database(workspace.database) as scratch:
        name = scratch.url.database
        yield replace(workspace, settings=settings, renamed=name, no_snapshot=True), scratch
