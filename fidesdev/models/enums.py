"""Words that a column may hold: PostgreSQL enum types, labels in the order in which Fides has them.

Members are called as their labels, so that `PrivacyRequestStatus.pending` reads as in Fides' code.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Enum


class DisabledReason(StrEnum):
    """Why a user cannot log in."""

    pending_invite = "pending_invite"


class DrpAction(StrEnum):
    """What a policy answers to in the Data Rights Protocol."""

    access = "access"
    deletion = "deletion"
    sale_opt_out = "sale_opt_out"
    sale_opt_in = "sale_opt_in"
    access_categories = "access_categories"
    access_specific = "access_specific"


class ActionType(StrEnum):
    """What a rule does with personal data."""

    access = "access"
    consent = "consent"
    erasure = "erasure"
    update = "update"


class PrivacyRequestStatus(StrEnum):
    """Where a privacy request stands."""

    in_processing = "in_processing"
    pending = "pending"
    complete = "complete"
    error = "error"
    paused = "paused"
    approved = "approved"
    denied = "denied"
    canceled = "canceled"
    identity_unverified = "identity_unverified"
    requires_input = "requires_input"
    awaiting_email_send = "awaiting_email_send"
    requires_manual_finalization = "requires_manual_finalization"
    duplicate = "duplicate"
    pending_external = "pending_external"
    awaiting_pre_approval = "awaiting_pre_approval"
    pre_approval_not_eligible = "pre_approval_not_eligible"


class ExecutionLogStatus(StrEnum):
    """How one step of a privacy request went; Fides calls `paused` "awaiting processing"."""

    in_processing = "in_processing"
    pending = "pending"
    complete = "complete"
    error = "error"
    retrying = "retrying"
    paused = "paused"
    skipped = "skipped"
    polling = "polling"


class AuditLogAction(StrEnum):
    """What somebody, or a webhook, decided about a privacy request."""

    approved = "approved"
    denied = "denied"
    finished = "finished"
    email_sent = "email_sent"
    policy_evaluated = "policy_evaluated"
    pre_approval_webhook_triggered = "pre_approval_webhook_triggered"
    pre_approval_eligible = "pre_approval_eligible"
    pre_approval_not_eligible = "pre_approval_not_eligible"


def column_type(words: type[StrEnum]) -> Enum:
    """The PostgreSQL enum type of the words: named as the class, in lower case."""
    return Enum(
        words,
        name=words.__name__.lower(),
        values_callable=lambda kind: [str(word) for word in kind],
    )
