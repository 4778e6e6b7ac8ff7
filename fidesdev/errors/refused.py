"""It would not be safe, and nothing was changed: exit 5."""

from __future__ import annotations

from typing import Any

from fidesdev.errors.base import FidesdevError


class Refused(FidesdevError, PermissionError):
    """It would not be safe; nothing was changed."""

    code = "refused"
    exit_code = 5


class ConfirmationNeeded(Refused):
    """A question could not be asked because nobody is at a terminal."""

    code = "confirmation_needed"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}, and nobody is at a terminal to be asked; nothing was changed",
            hint="Say so beforehand with '--yes', or look first with '--dry-run'.",
        )


class Declined(Refused):
    """The answer to the question was no."""

    code = "declined"

    def __init__(self) -> None:
        super().__init__("not confirmed; nothing was changed")


class ProtectedDatabase(Refused):
    """What destroys, or disturbs others, on a database that is not local or listed as protected."""

    code = "protected_database"

    def __init__(self, name: str, what: str, *, asks: bool = True) -> None:
        """`asks`: whether the verb takes `--yes` too."""
        super().__init__(
            f"{what}, and database {name!r} is protected; nothing was changed",
            hint=f"If you are sure, add '{'--yes ' if asks else ''}--force-protected {name}'; "
            "for good, list it under [fidesdev] allow.",
            database=name,
        )


class ReplicaRefused(Refused):
    """The server follows another one and takes no writing."""

    code = "replica"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"the server at {address} is a replica, which takes no writing; nothing was changed",
            hint="Name its primary: 'fidesdev --database-url ...', or [database] in .fides.toml;"
            " 'fidesdev db url' shows what is used.",
            address=address,
        )


class PoolerRefused(Refused):
    """A pooler hands out sessions of the server per transaction, and no lock holds there."""

    code = "pooler"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} is a pooler that gives each transaction another session of the server,"
            " where the migration lock does not hold; nothing was changed",
            hint="Name the server itself: 'fidesdev --database-url ...', or [database] in"
            " .fides.toml; a PgBouncer with pool_mode = session will do as well.",
            address=address,
        )


class WrongDatabase(Refused):
    """env.py connected to another database than the one planned for."""

    code = "wrong_database"

    def __init__(self, planned: str, expected: list[Any], found: list[Any]) -> None:
        super().__init__(
            f"env.py connected to {_place(found)}, and the plan is for {planned}; "
            "nothing was changed",
            hint="Let env.py take its URL from config.get_main_option('sqlalchemy.url'), or set "
            "the variables that it reads under [fidesdev] runner_env; 'fidesdev db url' has ours.",
            planned=planned,
            expected=expected,
            found=found,
        )


class VersionTableDiffers(Refused):
    """env.py records revisions in another table than the one that was read."""

    code = "version_table_differs"

    def __init__(self, expected: list[str], found: list[str]) -> None:
        table, schema = found
        super().__init__(
            f"env.py keeps its revisions in {'.'.join(filter(None, [schema, table]))}, "
            f"and {'.'.join(filter(None, expected[::-1]))} was read; nothing was changed",
            hint=f"Set version_table = {table!r} and version_table_schema = {schema!r} "
            "under [fidesdev], then run 'fidesdev config check'.",
            expected=expected,
            found=found,
        )


class AlreadyExists(Refused, FileExistsError):
    """A file or database is there already and is not overwritten."""

    code = "already_exists"


class JournalRefused(Refused):
    """The setting `journal` names a place that does not take the journal."""

    code = "journal_refused"

    def __init__(self, journal: str, reason: str) -> None:
        super().__init__(
            f"journal = {journal!r}, and {reason}; nothing was changed",
            hint="Let it be where it can with journal = 'auto' under [fidesdev]; "
            "'fidesdev config show --origin' names who set it.",
            journal=journal,
            reason=reason,
        )


class AutogenerateRefused(Refused):
    """The database is not what the models are to be compared with; no file was written."""

    code = "autogenerate_refused"

    def __init__(self, reason: str, *, hint: str, **facts: Any) -> None:
        super().__init__(
            f"autogenerate would compare the models with the wrong schema: {reason}; "
            "no file was written",
            hint=hint,
            **facts,
        )


def _place(identity: list[Any]) -> str:
    """The database of an identity (see `adapters.worker.identity`), as a person would say it."""
    return f"{identity[0]} database {identity[1]!r}" if len(identity) > 1 else str(identity[0])
