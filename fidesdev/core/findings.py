"""What a check finds, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from fidesdev.core.check_codes import CHECKS


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where it is, and what to do about it."""

    code: str
    severity: str
    """`error` or `warning`."""
    message: str
    hint: str
    revision: str | None
    path: str | None
    """Relative to the project folder where it is inside, else absolute."""
    line: int | None


def finding(
    code: str,
    message: str,
    *,
    hint: str | None = None,
    revision: str | None = None,
    path: str | None = None,
    line: int | None = None,
) -> Finding:
    """A finding with its code's usual severity and, unless one is given, the usual hint."""
    check = CHECKS[code]
    return Finding(
        code, check.severity, message, hint or check.remedy, revision or None, path, line
    )
