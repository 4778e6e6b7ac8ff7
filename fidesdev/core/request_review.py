"""What may be done with a privacy request at which stage, and one report per verb that changes any.

The stages are Fides' own (`PrivacyRequestService.approve_privacy_requests` and its neighbours,
`restart_privacy_request_from_failure`, `PrivacyRequest.soft_delete`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from fidesdev.core.request_filters import Include, RequestFilters
from fidesdev.core.requests import STATUSES
from fidesdev.core.texts import checked_text
from fidesdev.errors import UsageError

SHOWN = 10
"""How many ids are told in text and errors."""
LISTED = 1000
"""How many ids a report holds; it counts all."""
REASON_LENGTH = 200
"""What Fides' column `cancel_reason` holds."""
_REVIEWABLE = frozenset(
    {"pending", "duplicate", "awaiting_pre_approval", "pre_approval_not_eligible"}
)
_ENDED = frozenset({"complete", "denied", "canceled", "error"})
OWN_VERBS = {
    "status": "'fidesdev requests approve', 'deny', 'cancel' and 'restart' change it",
    "reviewed_at": "'fidesdev requests approve' and 'deny' set it",
    "reviewed_by": "'fidesdev requests approve --as USER' and 'deny' set it",
    "canceled_at": "'fidesdev requests cancel' sets it",
    "cancel_reason": "'fidesdev requests cancel --reason TEXT' sets it",
    "deleted_at": "'fidesdev requests delete' sets it",
    "deleted_by": "'fidesdev requests delete --as USER' sets it",
}
"""Columns that `update` leaves alone, and who changes them."""


class Verb(StrEnum):
    """What is done with requests."""

    APPROVE = "approve"
    DENY = "deny"
    CANCEL = "cancel"
    RESTART = "restart"
    DELETE = "delete"
    ERASE = "delete --hard"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Transition:
    """A verb, where it leads to, and from where."""

    verb: Verb
    done: str
    """What the requests are then, as the past participle of the verb."""
    status: str | None = None
    """None: the status stays."""
    allowed: frozenset[str] | None = None
    """None: from any status."""
    deleted_too: bool = False
    audited: str | None = None
    """The action that Fides' audit log gets; for canceling and restarting it gets none."""
    dispatched: bool = False
    """Whether Fides' worker has to take it up, which only Fides can tell it."""

    def permits(self, status: str) -> bool:
        """Whether a request of this status may be chosen."""
        return self.allowed is None or status in self.allowed


TRANSITIONS: Mapping[Verb, Transition] = {
    transition.verb: transition
    for transition in (
        Transition(
            Verb.APPROVE, "approved", "approved", _REVIEWABLE, audited="approved", dispatched=True
        ),
        Transition(Verb.DENY, "denied", "denied", _REVIEWABLE, audited="denied"),
        Transition(Verb.CANCEL, "canceled", "canceled", frozenset(STATUSES) - _ENDED),
        Transition(
            Verb.RESTART, "restarted", "in_processing", frozenset({"error"}), dispatched=True
        ),
        Transition(Verb.DELETE, "deleted"),
        Transition(Verb.ERASE, "removed for good", deleted_too=True),
        Transition(Verb.UPDATE, "updated", deleted_too=True),
    )
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Requests by their ids (or unique beginnings of them), else by filters."""

    ids: tuple[str, ...] = ()
    filters: RequestFilters | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A verb with who does it and why."""

    verb: Verb
    by: str | None = None
    """The name or id of a user of Fides."""
    reason: str | None = None

    def __post_init__(self) -> None:
        checked_text("--reason", self.reason or "")
        if self.by is not None and not checked_text("--as", self.by).strip():
            raise UsageError("--as is empty", hint="Name a user of Fides, or leave it out.")
        if self.verb is Verb.CANCEL and len(self.reason or "") > REASON_LENGTH:
            raise UsageError(
                f"--reason has {len(self.reason or '')} characters, and Fides keeps"
                f" {REASON_LENGTH}",
                hint="Shorten it; 'fidesdev requests cancel ID --reason TEXT'.",
            )

    @property
    def transition(self) -> Transition:
        """What the verb does."""
        return TRANSITIONS[self.verb]


@dataclass(frozen=True, slots=True)
class Matched:
    """The requests that a verb would change, and those that it may not."""

    count: int
    before: Mapping[str, int]
    """Status -> how many have it."""
    ids: tuple[str, ...]
    """The first `LISTED` of them, in order."""
    offenders: tuple[tuple[str, str], ...]
    """The first `SHOWN` that may not be changed: id and why."""
    refused: int


@dataclass(frozen=True, slots=True)
class RowEffect:
    """Rows of another table that refer to rows which are removed."""

    table: str
    column: str
    rows: int
    action: str
    """`cascade`: removed too; `set null`, `set default`: kept, without the reference."""


@dataclass(frozen=True, slots=True)
class RequestsChange:
    """Requests that were changed, or with `executed` false would be."""

    verb: str
    done: str
    status: str | None
    """Their status afterwards; None where it stays."""
    count: int
    before: Mapping[str, int]
    ids: tuple[str, ...]
    """The first 1,000."""
    by: str | None
    reason: str | None
    values: Mapping[str, object]
    """What `update` set."""
    audit_entries: int
    effects: tuple[RowEffect, ...]
    """What else a removal changes."""
    dispatched: bool
    """Whether Fides has to take it up before anything happens."""
    executed: bool


def choose(ids: Iterable[str], filters: RequestFilters, *, every: bool = False) -> Chosen:
    """What a command line names: ids, or filters, or with `every` all there is."""
    named = tuple(dict.fromkeys(checked_text("ID", text) for text in ids))
    if "" in named:
        raise UsageError("an ID is empty", hint="See the ids with 'fidesdev requests list'.")
    if named and (filters != RequestFilters() or every):
        raise UsageError(
            "IDs and filters contradict each other", hint="Name requests, or filter them; not both."
        )
    if not named and filters.is_everything and not every:
        raise UsageError(
            "no request is named",
            hint="Name IDs, or filters such as '--status pending', or '--all' for every request.",
        )
    return Chosen(named) if named else Chosen(filters=filters)


def parse_changes(texts: Iterable[str]) -> dict[str, str | None]:
    """`FIELD=VALUE` texts as column -> value; nothing behind the `=` is no value."""
    changes: dict[str, str | None] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (equals and name):
            raise UsageError(
                f"{text!r} is no FIELD=VALUE",
                hint="Write it like 'fidesdev requests update ID location=US-CA external_id='.",
            )
        if name in changes:
            raise UsageError(f"{name} is given more than once", hint="Give it once.")
        changes[name] = checked_text(name, value) or None
    return changes


EVERYTHING = RequestFilters(include=frozenset(Include))
"""With ids: whoever names a request means it, deleted and technical ones too."""
