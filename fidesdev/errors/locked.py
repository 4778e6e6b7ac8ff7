"""Another run is at it: exit 6."""

from __future__ import annotations

from typing import Any

from fidesdev.errors.base import FidesdevError


class Locked(FidesdevError, TimeoutError):
    """Another run is at it, and was waited for long enough."""

    code = "locked"
    exit_code = 6


class LockBusy(Locked):
    """Another run holds the migration lock of the database; nothing was changed."""

    def __init__(self, database: str, by: str, seconds: float, **facts: Any) -> None:
        super().__init__(
            f"another run is migrating {database}: {by}; nothing was changed",
            hint="Run the command again when it is done, or wait longer with '--lock-timeout S'.",
            database=database,
            waited=round(seconds, 1),
            **facts,
        )


class RebaseRunning(Locked):
    """Another run rewrites the revision files of this checkout."""

    code = "rebase_running"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"another rebase of this checkout is running ({path} is locked)",
            hint="Wait until it has ended, then run 'fidesdev db rebase' again.",
            path=path,
        )


class TemplateBusy(Locked):
    """Another run builds the template that is wanted; nothing was changed."""

    code = "template_busy"

    def __init__(self, template: str, seconds: float) -> None:
        super().__init__(
            "another run has been building the same template for as long as this one waited;"
            " nothing was changed",
            hint="Run the command again when it is done, or wait longer with '--lock-timeout S'.",
            template=template,
            waited=round(seconds, 1),
        )
