"""What every expected failure has, and the one failure that nothing expected."""

from __future__ import annotations

from typing import Any, ClassVar


class FidesdevError(Exception):
    """Base of all expected failures; `code` is stable and machine-readable."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None, **facts: Any) -> None:
        super().__init__(message)
        self.hint = hint
        self.facts = facts
        """What JSON output shows beside code, message and hint."""


class OutputFailed(FidesdevError, OSError):
    """Stdout does not take the result: a full disk, a closed file; the work itself is done."""

    code = "output_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the result could not be written to stdout: {reason}",
            hint="Make room there; 'fidesdev db status' says where the database stands.",
            reason=reason,
        )


class Bug(FidesdevError):
    """An exception that nothing expected; its traceback is on stderr."""

    code = "bug"
    exit_code = 70

    def __init__(self, error: BaseException) -> None:
        super().__init__(
            f"this is a bug in fidesdev: {type(error).__name__}: {error}",
            hint="Please report it with the traceback; '--pdb' opens the debugger where it was.",
            kind=type(error).__name__,
        )
