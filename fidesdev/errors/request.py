"""Privacy requests that may not be changed as they were to be: exit 1, nothing was written."""

from __future__ import annotations

from fidesdev.errors.base import FidesdevError
from fidesdev.errors.record import RecordError


class WrongStatus(RecordError):
    """Some of the requests are at a stage from which the verb does not lead anywhere."""

    code = "wrong_status"

    def __init__(
        self,
        verb: str,
        offenders: tuple[tuple[str, str], ...],
        refused: int,
        allowed: tuple[str, ...],
    ) -> None:
        named = "; ".join(f"{row_id} {reason}" for row_id, reason in offenders)
        more = f"; and {refused - len(offenders)} more" if refused > len(offenders) else ""
        count = "1 request" if refused == 1 else f"{refused} requests"
        leads = f"It is possible from {', '.join(allowed)}. " if allowed else ""
        super().__init__(
            f"cannot {verb} {count}, so that nothing was changed: {named}{more}",
            hint=f"{leads}Leave them out, or look with 'fidesdev requests show ID'.",
            verb=verb,
            count=refused,
            offenders=[{"id": row_id, "reason": reason} for row_id, reason in offenders],
            allowed=list(allowed),
        )


class RequestsMoved(RecordError):
    """Other requests match than when they were looked at; nothing was written."""

    code = "requests_moved"

    def __init__(self, verb: str, expected: int, found: int) -> None:
        super().__init__(
            f"{expected} requests were to be changed and meanwhile {found} can be;"
            " nothing was changed",
            hint=f"Look again with 'fidesdev requests {verb} ... --dry-run'.",
            verb=verb,
            expected=expected,
            found=found,
        )


class StillReferenced(RecordError):
    """Rows of other tables refer to what was to be removed, and would be left dangling."""

    code = "still_referenced"

    def __init__(self, blocking: tuple[tuple[str, str, int], ...]) -> None:
        named = ", ".join(f"{rows} of {table}.{column}" for table, column, rows in blocking)
        super().__init__(
            f"rows of other tables still refer to them, so that nothing was removed: {named}",
            hint="Remove those rows first, or delete softly, without '--hard'.",
            blocking=[
                {"table": table, "column": column, "rows": rows} for table, column, rows in blocking
            ],
        )


class FileNotWritten(FidesdevError, OSError):
    """The file that was to be written could not be; what was there before is still there."""

    code = "file_not_written"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path} could not be written: {reason}",
            hint="Name another file, or '-' for standard output.",
            path=path,
            reason=reason,
        )
