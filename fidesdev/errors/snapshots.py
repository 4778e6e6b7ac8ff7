"""A snapshot that does not exist, or a database that cannot be copied."""

from __future__ import annotations

from fidesdev.errors.locked import Locked
from fidesdev.errors.lookup import LookupFailed
from fidesdev.errors.refused import AlreadyExists, Refused
from fidesdev.errors.unavailable import Unavailable


class UnknownSnapshot(LookupFailed):
    """No snapshot of the database has the name."""

    code = "unknown_snapshot"

    def __init__(self, name: str, database: str, nearest: tuple[str, ...] = ()) -> None:
        listed = f"The nearest: {', '.join(map(repr, nearest))}. " if nearest else ""
        super().__init__(
            f"no snapshot of {database!r} is named {name!r}",
            hint=f"{listed}List them with 'fidesdev snapshot list'.",
            name=name,
            database=database,
            nearest=list(nearest),
        )


class AmbiguousSnapshot(LookupFailed):
    """Several snapshots' names begin with the text."""

    code = "ambiguous_snapshot"

    def __init__(self, name: str, candidates: tuple[str, ...]) -> None:
        super().__init__(
            f"{len(candidates)} snapshots have names that begin with {name!r}",
            hint=f"Name one of them: {', '.join(map(repr, candidates))}.",
            name=name,
            candidates=list(candidates),
        )


class SnapshotElsewhere(Refused):
    """The snapshot is of another database, which was not named."""

    code = "snapshot_elsewhere"

    def __init__(self, name: str, database: str, owners: tuple[str, ...]) -> None:
        super().__init__(
            f"snapshot {name!r} is of {' and of '.join(map(repr, owners))}, not of {database!r}",
            hint=f"If you mean that one, add '--from {owners[0]}'; "
            "'fidesdev snapshot list --all' shows all.",
            name=name,
            database=database,
            owners=list(owners),
        )


class SnapshotExists(AlreadyExists):
    """Another snapshot of the database has the name."""

    code = "snapshot_exists"

    def __init__(self, name: str, database: str) -> None:
        super().__init__(
            f"a snapshot of {database!r} named {name!r} is there already",
            hint="Choose another name, replace it with '--force', or remove it with "
            "'fidesdev snapshot delete NAME'.",
            name=name,
            database=database,
        )


class NotEnoughSpace(Refused):
    """The disk has no room for the copy."""

    code = "not_enough_space"

    def __init__(self, database: str, *, needed: int, free: int) -> None:
        super().__init__(
            f"a copy of {database!r} needs {needed:,} bytes, and the disk has {free:,} left",
            hint="Make room: 'fidesdev snapshot list' shows the sizes, "
            "'fidesdev snapshot delete NAME' removes one.",
            database=database,
            needed=needed,
            free=free,
        )


class CopyFailed(Unavailable):
    """The server did not copy, rename or drop a database."""

    code = "copy_failed"

    def __init__(self, message: str, *, hint: str, **facts: object) -> None:
        super().__init__(message, hint=hint, **facts)


class CopyRefused(CopyFailed):
    """The role may not do it."""

    code = "copy_refused"


class CopyRunning(Locked):
    """Another run copies or replaces the database."""

    code = "copy_running"

    def __init__(self, database: str, seconds: float) -> None:
        super().__init__(
            f"another run copies or restores {database!r}; nothing was changed",
            hint="Type the command again when it is done; 'fidesdev snapshot list' shows what is"
            " there.",
            database=database,
            waited=round(seconds, 1),
        )
