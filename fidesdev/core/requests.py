"""Privacy requests as values: what their statuses mean, and one report per verb.

Names and rules are Fides' own (`PrivacyRequestStatus`, `ACTIVE_REQUEST_STATUSES` and
`PrivacyRequest.days_left`); the field names of the reports are the JSON contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

ENCRYPTED = frozenset({"filtered_final_upload", "access_result_urls"})
"""Columns that Fides encrypts, and often megabytes: only their presence is read."""
WITHHELD = "***"
"""What stands where a value is there and is not shown."""


@dataclass(frozen=True, slots=True)
class Status:
    """A stage of a request's life."""

    name: str
    meaning: str
    is_active: bool = False
    """Whether somebody still has to act, so that a request past its due date is overdue."""


STATUSES: Mapping[str, Status] = {
    status.name: status
    for status in (
        Status("identity_unverified", "the person has not confirmed the identity yet"),
        Status("requires_input", "waits for data that somebody enters by hand", is_active=True),
        Status("pending", "waits for a review", is_active=True),
        Status("approved", "was approved and has not begun yet", is_active=True),
        Status("denied", "was refused by a reviewer"),
        Status("in_processing", "is being carried out", is_active=True),
        Status("complete", "was carried out"),
        Status("paused", "is halted until a webhook or a person resumes it", is_active=True),
        Status("awaiting_email_send", "waits for the next batch of e-mails"),
        Status(
            "requires_manual_finalization",
            "was carried out and waits for a person to finalize it",
            is_active=True,
        ),
        Status("pending_external", "waits for another system, such as a ticket", is_active=True),
        Status("canceled", "was withdrawn"),
        Status("error", "failed; its execution log says where"),
        Status("duplicate", "repeats another request"),
        Status("awaiting_pre_approval", "waits for the answers of pre-approval webhooks"),
        Status("pre_approval_not_eligible", "a pre-approval webhook said no; a person decides"),
    )
}
ACTIVE_STATUSES = frozenset(name for name, status in STATUSES.items() if status.is_active)


def days_left(due: datetime | None, now: datetime) -> int | None:
    """Whole days until the due date, negative once it has passed, counted by UTC dates."""
    if due is None:
        return None
    return (due.astimezone(UTC).date() - now.astimezone(UTC).date()).days


def is_overdue(status: str, due: datetime | None, now: datetime) -> bool:
    """Whether the due date has passed while somebody still has to act."""
    return due is not None and due < now and status in ACTIVE_STATUSES


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One privacy request as a list shows it; what the database lacks is None or empty."""

    id: str
    external_id: str | None
    status: str
    policy: str | None
    """The policy's key."""
    actions: tuple[str, ...]
    """What the policy's rules do, such as `access` and `erasure`."""
    requested_at: datetime | None
    due_date: datetime | None
    days_left: int | None
    overdue: bool
    identities: tuple[str, ...]
    """Which kinds of identity were given, such as `email`."""
    source: str | None
    created_at: datetime | None
    deleted_at: datetime | None
    identity_values: Mapping[str, str | None] | None = None
    """Their values, None where the key does not open one; None as a whole unless asked for."""


@dataclass(frozen=True, slots=True)
class RequestList:
    """Requests in the order that was asked for."""

    requests: tuple[RequestRow, ...]
    next: str | None
    """The cursor of the rows after these; None when there are no more."""
    columns: tuple[str, ...]
    """The fields that this database can fill: an older schema has fewer."""


@dataclass(frozen=True, slots=True)
class PolicySummary:
    """The policy of a request."""

    key: str
    name: str | None
    execution_timeframe: int | None
    """Days between receiving a request and its due date."""


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """One rule of a policy."""

    key: str
    name: str | None
    action: str


@dataclass(frozen=True, slots=True)
class GivenField:
    """An identity or custom field that somebody gave."""

    field: str
    label: str | None
    value: str | None = None
    """None unless asked for, and where the key does not open it."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What the execution log says about one collection: the newest entry and how many there are."""

    connection: str | None
    dataset: str | None
    collection: str | None
    action: str
    status: str
    entries: int
    at: datetime | None
    message: str | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened to a request."""

    at: datetime
    event: str
    by: str | None
    """A user's name, or the id where the user is gone."""
    message: str | None


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """Everything about one request that is not secret."""

    request: Mapping[str, object]
    """Every column of the table; encrypted ones hold `***`."""
    meaning: str | None
    """What the status means."""
    days_left: int | None
    overdue: bool
    policy: PolicySummary | None
    rules: tuple[RuleSummary, ...]
    identities: tuple[GivenField, ...]
    custom_fields: tuple[GivenField, ...]
    executions: tuple[Execution, ...]
    timeline: tuple[TimelineEntry, ...]
    unmasked: bool = False
    """Whether the values of identities and fields were asked for."""


@dataclass(frozen=True, slots=True)
class RequestCreated:
    """A request that was written, or with `executed` false would be."""

    id: str | None
    """None as long as it is not written."""
    status: str
    policy: str
    actions: tuple[str, ...]
    external_id: str | None
    requested_at: datetime
    due_date: datetime | None
    days_left: int | None
    identities: tuple[str, ...]
    searchable: bool
    """Whether Fides can find the request by its identities; an older schema has no salt for it."""
    executed: bool
