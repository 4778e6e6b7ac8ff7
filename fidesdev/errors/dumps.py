"""A snapshot that cannot be written to a file, or a file that is none."""

from __future__ import annotations

from fidesdev.errors.unavailable import CommandMissing, Unavailable
from fidesdev.errors.usage import UsageError


class NotADump(UsageError):
    """The file is not what this kind of database can be made from."""

    code = "not_a_dump"

    def __init__(self, path: str, wanted: str, *, reason: str) -> None:
        super().__init__(
            f"{path} is no {wanted}: {reason}",
            hint="Name a file that 'fidesdev snapshot export' has written"
            " (for PostgreSQL also one of 'pg_dump -Fc').",
            path=path,
            reason=reason,
        )


class TransferFailed(Unavailable):
    """pg_dump or pg_restore failed, or the file could not be written."""

    code = "transfer_failed"

    def __init__(self, message: str, *, hint: str, **facts: object) -> None:
        super().__init__(message, hint=hint, **facts)


class ProgramTooOld(CommandMissing):
    """A program is there, and older than what it is to work with."""

    code = "program_too_old"

    def __init__(self, program: str, *, found: str, wanted: str, because: str) -> None:
        super().__init__(
            f"{program} {found} is too old for {because}",
            hint=f"Install postgresql-client-{wanted} or later, and name its bin directory in"
            " FIDESDEV_PG_BIN if it is not found.",
            program=program,
            found=found,
            wanted=wanted,
        )
