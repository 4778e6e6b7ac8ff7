"""Which requests are meant, in which order and from where on: text parsed into values."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from fidesdev.core.identities import Identity, parse_sought
from fidesdev.core.moments import ANYTIME, Period
from fidesdev.core.texts import is_plain, label_of, match_label, suggestion
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
_LOCATION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|EEA")
SOURCES = (
    "privacy_center",
    "request_manager",
    "consent_webhook",
    "fides_js",
    "dataset_test",
    "janus_sdk",
)
"""Where requests come from, as Fides stores it."""


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
    created: Period = ANYTIME
    started: Period = ANYTIME
    completed: Period = ANYTIME
    """When requests were finished that are complete."""
    policy: str | None = None
    action: str | None = None
    source: str | None = None
    location: str | None = None
    """A country, with its parts, or one part of a country: `US`, `US-CA`."""
    external_id: str | None = None
    """The whole external id; `search` takes a beginning."""
    identities: tuple[Identity, ...] = ()
    """One of these must have been given; an empty kind stands for any."""
    search: str | None = None
    overdue: bool = False
    include: frozenset[Include] = frozenset()
    sort: Sort = NEWEST_FIRST
    after: Cursor | None = None

    @property
    def is_everything(self) -> bool:
        """Whether they leave out nothing but what is left out by default."""
        return replace(self, include=frozenset(), sort=NEWEST_FIRST, after=None) == RequestFilters()

    def __post_init__(self) -> None:
        for name in ("policy", "action", "source", "location", "external_id", "search"):
            if getattr(self, name) == "":  # which must not choose more than any other text
                raise UsageError(
                    f"--{name.replace('_', '-')} is empty",
                    hint="Give it a value, or leave it out.",
                )
        if self.after and self.after.sort != self.sort:
            raise UsageError(
                f"the cursor continues a list sorted by {self.after.sort}, not by {self.sort}",
                hint=f"Repeat the command with '--sort={self.after.sort}'.",
            )


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters in a database's own spelling, with what was looked up there for them."""

    filters: RequestFilters
    now: datetime
    policy_id: str | None = None
    ids: tuple[str, ...] | None = None
    """None: whichever id."""


def parse_sort(text: str) -> Sort:
    """`FIELD` ascending, `-FIELD` descending."""
    field = text.removeprefix("-")
    if field not in SORT_FIELDS:
        raise UsageError(
            f"requests cannot be sorted by {field!r}",
            hint=suggestion(field, SORT_FIELDS),
            field=field,
        )
    return Sort(field, descending=text.startswith("-"))


def parse_includes(texts: Iterable[str]) -> frozenset[Include]:
    """The kinds to list as well; `all` means every one."""
    names = {text.lower().replace("-", "_") for text in texts}
    known = [kind.value for kind in Include] + ["all"]
    for name in sorted(names - set(known)):
        raise UsageError(f"nothing to include is called {name!r}", hint=suggestion(name, known))
    return frozenset(Include) if "all" in names else frozenset(map(Include, names))


def parse_location(text: str) -> str:
    """The code as Fides stores it: `us_ca` is `US-CA`; raises `UsageError` for what is no code."""
    code = text.strip().upper().replace("_", "-")
    if not _LOCATION.fullmatch(code):
        raise UsageError(
            f"{text!r} is no location",
            hint="Write a code of ISO 3166, such as US, US-CA, GB or EEA.",
            text=text,
        )
    return code


def parse_source(text: str) -> str:
    """The source as Fides stores it; `Privacy Center` is `privacy_center`."""
    return label_of(text)


def parse_identity_filters(texts: Iterable[str]) -> tuple[Identity, ...]:
    """What to look for: `email=ada@example.org`, or a value alone for any kind."""
    return tuple(parse_sought(text) for text in texts)


def parse_cursor(text: str) -> Cursor:
    """The position that `str(cursor)` wrote; raises `UsageError` for anything else."""
    try:
        padded = text + "=" * (-len(text) % 4)
        version, sort, value, row_id = json.loads(
            base64.b64decode(padded, altchars=b"-_", validate=True)
        )
        if version != _CURSOR_VERSION or not is_plain(row_id) or not row_id:
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


def _position(kind: type, value: object) -> datetime | str | None:
    if value is None or (kind is str and is_plain(value)):
        return value if isinstance(value, str) else None
    if kind is not datetime or not isinstance(value, str):
        raise TypeError(value)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment
