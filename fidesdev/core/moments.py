"""Times as people type them, and the periods between two of them.

A time without a zone is UTC, and a period is half open: at or after `since`, and before `until`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fidesdev.errors import UsageError

_AGO = re.compile(r"(\d+)([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAYS_AGO = {"today": 0, "yesterday": 1}


@dataclass(frozen=True, slots=True)
class Period:
    """Times from `since` on and before `until`; None where it is open."""

    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self != ANYTIME


ANYTIME = Period()


def parse_period(since: str | None, until: str | None, now: datetime, *, kind: str = "") -> Period:
    """The period of two options such as `--started-since` and `--started-until`."""
    period = Period(
        None if since is None else parse_since(since, now),
        None if until is None else parse_until(until, now),
    )
    if period.since and period.until and period.since >= period.until:
        raise UsageError(
            f"--{kind}since is not before --{kind}until, so that nothing can match",
            hint=f"Give the earlier time to --{kind}since:"
            f" 'requests list --{kind}since 7d --{kind}until today'.",
        )
    return period


def parse_since(text: str, now: datetime) -> datetime:
    """The moment a period begins: `2026-04-30`, `2026-04-30T12:00`, `7d`, `today`, `yesterday`."""
    return _parse_moment(text, now)[0]


def parse_until(text: str, now: datetime) -> datetime:
    """The moment a period ends; a day's name means its end."""
    moment, is_day = _parse_moment(text, now)
    try:
        return moment + timedelta(days=1) if is_day else moment
    except OverflowError as error:
        raise _no_time(text) from error


def _parse_moment(text: str, now: datetime) -> tuple[datetime, bool]:
    """The moment, and whether it stands for a whole day."""
    name = text.strip().lower()
    try:
        if name in _DAYS_AGO:
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            return midnight - timedelta(days=_DAYS_AGO[name]), True
        if ago := _AGO.fullmatch(name):
            return now - int(ago[1]) * _UNITS[ago[2]], False
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError) as error:
        raise _no_time(text) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC), _is_date(text.strip())


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _no_time(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is no time",
        hint="Write 2026-04-30, 2026-04-30T12:00, 24h, 7d, 2w, 'today' or 'yesterday'.",
        text=text,
    )
