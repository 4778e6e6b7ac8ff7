"""A small sample of privacy requests: every status once or more, some due soon, some overdue.

The ids never change, so that a second run finds the first one's rows; the dates are relative to
the moment of the run. Addresses end in `example.org` and numbers are 555 numbers: nobody has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from fidesdev.core.identities import Identity, due_date

_NAMESPACE = UUID("6f0c6d0e-5a0b-5e0f-9d57-2c2b6c5f3a11")


@dataclass(frozen=True, slots=True)
class SamplePolicy:
    """A policy with one rule for each action."""

    key: str
    name: str
    days: int
    actions: tuple[str, ...]

    def rules(self) -> Iterator[Mapping[str, object]]:
        """The rows of table `rule`, without the policy's id."""
        for action in self.actions:
            key = f"{self.key}_{action}_rule"
            title = f"{self.name}: {action}"
            yield {"id": sample_id("rul", key), "key": key, "name": title, "action_type": action}


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """A request that was made some days before the sample."""

    number: int
    status: str
    policy: str
    age: int
    """Days since it was made."""

    @property
    def id(self) -> str:
        return sample_id("pri", str(self.number))

    @property
    def identities(self) -> tuple[Identity, ...]:
        """An e-mail address, and for every third person a telephone number."""
        email = Identity("email", f"person{self.number:02}@example.org")
        if self.number % 3:
            return (email,)
        return email, Identity("phone_number", f"+155501000{self.number:02}")

    def requested(self, now: datetime) -> datetime:
        """When it was made: at an hour that differs from request to request."""
        return now - timedelta(days=self.age, hours=self.number % 7, minutes=7 * self.number % 60)


@dataclass(frozen=True, slots=True)
class SeedReport:
    """How many rows of the sample were written."""

    requests: int
    policies: int
    users: int
    identities: int
    present: int
    """How many of its requests were there before."""
    note: str | None
    """Why identities were left out."""
    executed: bool = True
    """Whether the rows are written, or only would be."""


POLICIES = (
    SamplePolicy("default_access_policy", "Default Access Policy", 45, ("access",)),
    SamplePolicy("default_erasure_policy", "Default Erasure Policy", 45, ("erasure",)),
    SamplePolicy("default_consent_policy", "Default Consent Policy", 45, ("consent",)),
    SamplePolicy("access_and_erasure_policy", "Access and Erasure", 30, ("access", "erasure")),
)
_ACCESS, _ERASURE, _CONSENT, _BOTH = (policy.key for policy in POLICIES)
SAMPLES = tuple(
    SampleRequest(number, status, policy, age)
    for number, (status, policy, age) in enumerate(
        (
            ("identity_unverified", _ACCESS, 0),
            ("pending", _ERASURE, 1),
            ("awaiting_pre_approval", _ACCESS, 2),
            ("pending", _BOTH, 4),
            ("pre_approval_not_eligible", _ERASURE, 5),
            ("approved", _ACCESS, 7),
            ("in_processing", _ACCESS, 9),
            ("duplicate", _ERASURE, 11),
            ("awaiting_email_send", _CONSENT, 14),
            ("complete", _CONSENT, 17),
            ("paused", _BOTH, 21),
            ("denied", _ERASURE, 24),
            ("requires_input", _BOTH, 29),
            ("complete", _ACCESS, 33),
            ("pending_external", _ERASURE, 38),
            ("canceled", _ACCESS, 41),
            ("requires_manual_finalization", _ERASURE, 44),
            ("error", _ACCESS, 48),
            ("pending", _ACCESS, 52),
            ("in_processing", _ERASURE, 63),
            ("complete", _BOTH, 80),
        ),
        start=1,
    )
)
USERNAME = "sample_reviewer"
_DAYS = {policy.key: policy.days for policy in POLICIES}
STARTED = frozenset(
    {
        "in_processing",
        "complete",
        "paused",
        "requires_input",
        "requires_manual_finalization",
        "pending_external",
        "awaiting_email_send",
        "error",
    }
)
"""Statuses of requests whose processing began."""
REVIEWED = STARTED | {"approved", "denied"}
"""Statuses of requests that somebody looked at."""
_REVIEW, _START, _HALT, _FINISH = (timedelta(hours=hours) for hours in (3, 4, 5, 30))
"""How long after a request was made these things happened to it."""
_LOCATIONS = ("US-CA", "DE", "FR", None)
REASONS = {"denied": "Identity could not be confirmed", "canceled": "Withdrawn by the person"}


def sample_id(prefix: str, name: str) -> str:
    """The id of a row of the sample, the same in every database."""
    return f"{prefix}_{uuid5(_NAMESPACE, f'{prefix}/{name}')}"


def request_values(
    sample: SampleRequest, now: datetime, *, policy_id: str, user_id: str | None
) -> Mapping[str, object]:
    """The row of table `privacyrequest`."""
    made, status = sample.requested(now), sample.status
    reviewed, started = status in REVIEWED, status in STARTED
    return {
        "id": sample.id,
        "external_id": f"sample-{sample.number:03}",
        "status": status,
        "policy_id": policy_id,
        "source": "privacy_center" if sample.number % 2 else "request_manager",
        "location": _LOCATIONS[sample.number % len(_LOCATIONS)],
        "created_at": made,
        "updated_at": made,
        "requested_at": made,
        "due_date": due_date(made, _DAYS[sample.policy]),
        "identity_verified_at": None if status == "identity_unverified" else made,
        "reviewed_at": made + _REVIEW if reviewed else None,
        "reviewed_by": user_id if reviewed else None,
        "started_processing_at": made + _START if started else None,
        "paused_at": made + _HALT if status == "paused" else None,
        "awaiting_email_send_at": made + _HALT if status == "awaiting_email_send" else None,
        "canceled_at": made + _HALT if status == "canceled" else None,
        "cancel_reason": REASONS["canceled"] if status == "canceled" else None,
        "finished_processing_at": made + _FINISH if status in {"complete", "error"} else None,
    }


def execution_values(sample: SampleRequest, now: datetime) -> Iterator[Mapping[str, object]]:
    """Its rows of table `executionlog`: one collection done, the other as far as the request."""
    if sample.status not in STARTED:
        return
    known = {"error", "paused", "in_processing"}
    last = sample.status if sample.status in known else "complete"
    at = sample.requested(now) + _START
    action = "erasure" if sample.policy == _ERASURE else "access"
    for minute, (collection, status) in enumerate((("customer", "complete"), ("orders", last))):
        yield {
            "id": sample_id("exe", f"{sample.number}/{collection}"),
            "created_at": at + timedelta(minutes=minute),
            "updated_at": at + timedelta(minutes=minute),
            "dataset_name": "postgres_example",
            "collection_name": collection,
            "action_type": action,
            "status": status,
            "message": "connection refused" if status == "error" else "success",
            "privacy_request_id": sample.id,
        }


def audit_values(
    sample: SampleRequest, now: datetime, *, user_id: str | None
) -> Iterator[Mapping[str, object]]:
    """Its rows of table `auditlog`: the review, and that it was finished."""
    made, status = sample.requested(now), sample.status
    if status in REVIEWED:
        action = "denied" if status == "denied" else "approved"
        yield _audit(sample, action, made + _REVIEW, user_id=user_id)
    if status == "complete":
        yield _audit(sample, "finished", made + _FINISH, user_id=None)


def _audit(
    sample: SampleRequest, action: str, at: datetime, *, user_id: str | None
) -> Mapping[str, object]:
    return {
        "id": sample_id("aud", f"{sample.number}/{action}"),
        "created_at": at,
        "updated_at": at,
        "user_id": user_id,
        "privacy_request_id": sample.id,
        "action": action,
        "message": REASONS.get(action),
    }
