"""Which requests are meant, in which order and from where on: text parsed into values.

A time without a zone is UTC, and a period is half open: created at or after `since`, and before
`until`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum

from fidesdev.errors import UsageError

SORT_FIELDS = {
    "created_at": datetime,
    "updated_at": datetime,
    "requested_at": datetime,
    "due_date": datetime,
    "reviewed_at": datetime,
    "started_processing_at": datetime,
    "finished_processing_at": datetime,
    "external_id": str,
    "status": str,
    "id": str,
}
"""The columns a list may be ordered by, with the type of their values."""
_CURSOR_VERSION = 1
_AGO = re.compile(r"(\d+)([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DAYS_AGO = {"today": 0, "yesterday": 1}


class Include(StrEnum):
    """A kind of request that a list leaves out by default, as Fides does."""

    DELETED = "deleted"
    DATASET_TEST = "dataset_test"
    CONSENT_WEBHOOK = "consent_webhook"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: by one column, rows without a value last, equal values by id."""

    field: str = "created_at"
    descending: bool = True

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field


NEWEST_FIRST = Sort()


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position in a list: just behind the row with this value and id."""

    sort: Sort
    value: datetime | str | None
    id: str

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        position = [_CURSOR_VERSION, str(self.sort), value, self.id]
        text = json.dumps(position, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class RequestFilters:
    """What a request must have to be listed; the default is every ordinary request."""

    statuses: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    policy: str | None = None
    action: str | None = None
    search: str | None = None
    overdue: bool = False
    include: frozenset[Include] = frozenset()
    sort: Sort = NEWEST_FIRST
    after: Cursor | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since >= self.until:
            raise UsageError(
                "--since is not before --until, so that nothing can match",
                hint="Give the earlier time to --since: 'requests list --since 7d --until today'.",
            )
        if self.after and self.after.sort != self.sort:
            raise UsageError(
                f"the cursor continues a list sorted by {self.after.sort}, not by {self.sort}",
                hint=f"Repeat the command with '--sort={self.after.sort}'.",
            )


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


def parse_sort(text: str) -> Sort:
    """`FIELD` ascending, `-FIELD` descending."""
    field = text.removeprefix("-")
    if field not in SORT_FIELDS:
        raise UsageError(
            f"requests cannot be sorted by {field!r}",
            hint=_suggestion(field, SORT_FIELDS),
            field=field,
        )
    return Sort(field, descending=text.startswith("-"))


def parse_includes(texts: Iterable[str]) -> frozenset[Include]:
    """The kinds to list as well; `all` means every one."""
    names = {text.lower().replace("-", "_") for text in texts}
    known = [kind.value for kind in Include] + ["all"]
    for name in sorted(names - set(known)):
        raise UsageError(f"nothing to include is called {name!r}", hint=_suggestion(name, known))
    return frozenset(Include) if "all" in names else frozenset(map(Include, names))


def parse_cursor(text: str) -> Cursor:
    """The position that `str(cursor)` wrote; raises `UsageError` for anything else."""
    try:
        padded = text + "=" * (-len(text) % 4)
        version, sort, value, row_id = json.loads(
            base64.b64decode(padded, altchars=b"-_", validate=True)
        )
        if version != _CURSOR_VERSION or not _is_plain(row_id) or not row_id:
            raise ValueError(text)
        order = parse_sort(sort)
        return Cursor(order, _position(SORT_FIELDS[order.field], value), row_id)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise UsageError(
            "--after is no cursor of a list",
            hint="Give the text that the list before showed as 'next', unchanged.",
            cursor=text,
        ) from error


def match_statuses(wanted: Iterable[str], labels: Iterable[str]) -> frozenset[str]:
    """The statuses as the database spells them; raises `UsageError` with the nearest spelling."""
    return frozenset(match_label("status", text, labels) for text in wanted)


def match_label(kind: str, text: str, labels: Iterable[str]) -> str:
    """The label that is meant, whatever its case and whether it is written with `-` or `_`."""
    known, name = list(labels), text.strip().lower().replace("-", "_")
    if name in known:
        return name
    raise UsageError(
        f"this database has no {kind} {text!r}", hint=_suggestion(name, known), text=text
    )


def nearest(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three spellings that may have been meant, the nearest first."""
    return tuple(get_close_matches(text, list(known), n=3, cutoff=0.5))


def checked_text(option: str, text: str) -> str:
    """The text if a database can hold it; raises `UsageError` for NUL and broken UTF-8."""
    if not _is_plain(text):
        raise UsageError(
            f"{option} holds a byte that no text can have",
            hint=f"Give {option} as UTF-8 text.",
        )
    return text


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


def _position(kind: type, value: object) -> datetime | str | None:
    if value is None or (kind is str and _is_plain(value)):
        return value if isinstance(value, str) else None
    if kind is not datetime or not isinstance(value, str):
        raise TypeError(value)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def _is_plain(text: object) -> bool:
    """Whether PostgreSQL can store the text."""
    if not isinstance(text, str) or "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _suggestion(text: str, known: Iterable[str]) -> str:
    options = list(known)
    near = nearest(text, options)
    meant = f"Did you mean '{near[0]}'? " if near else ""
    return f"{meant}Choose from: {', '.join(options)}."
