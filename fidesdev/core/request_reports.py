"""Counts, exports and changes of privacy requests: one report per verb."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fidesdev.core.request_filters import Sort
from fidesdev.core.requests import RequestRow


class By(StrEnum):
    """What requests are counted by."""

    STATUS = "status"
    DAY = "day"
    POLICY = "policy"
    ACTION = "action"


class Suffix(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Count:
    """How many requests have one value."""

    name: str | None
    """A status, a day such as `2026-05-10`, a policy's key, an action; None where there is none."""
    count: int
    overdue: int | None
    """How many of them are past their due date; None where the database has no due dates."""


@dataclass(frozen=True, slots=True)
class RequestStats:
    """How many requests match, by one thing."""

    by: str
    total: int
    """Of all requests; a request with two actions is counted under both."""
    counts: tuple[Count, ...]
    since: datetime | None
    """Where the days begin, if nobody said so."""
    estimated: bool
    sample: float | None
    """The per cent of the table that an estimate was made from."""


@dataclass(frozen=True, slots=True)
class ExportForm:
    """How an export is written."""

    format: Suffix = Suffix.CSV
    sort: Sort | None = None
    """None: in the order of the table, which needs no sorting."""
    show_identities: bool = False


@dataclass(frozen=True, slots=True)
class RequestExport:
    """What was written."""

    path: str | None
    """None: standard output."""
    format: str
    rows: int
    bytes: int
    columns: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class RequestMove:
    """Something that happened to a request while it was watched."""

    at: datetime
    id: str
    before: str | None
    """Its status before; None for one that was not seen before."""
    status: str
    policy: str | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class RequestWatch:
    """One look at the requests: the newest changes, and what changed since the look before."""

    at: datetime
    requests: tuple[RequestRow, ...]
    moves: tuple[RequestMove, ...]
    seconds: float
    """How long the look took."""
