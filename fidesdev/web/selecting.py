"""What a client sends as the values that the services take."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fidesdev.core.identities import Identity, NewRequest, parse_identity, parse_sought
from fidesdev.core.moments import Period
from fidesdev.core.request_filters import (
    Include,
    RequestFilters,
    Sort,
    parse_cursor,
    parse_location,
    parse_sort,
    parse_source,
)
from fidesdev.core.texts import checked_text
from fidesdev.errors import UsageError
from fidesdev.web.schemas import Filters, LabelledIdentity, NewPrivacyRequest, Search


def filters_of(sent: Filters) -> RequestFilters:
    """The filters of a list; raises `UsageError` for what is none."""
    identities = sent.identities if isinstance(sent, Search) else {}
    return RequestFilters(
        statuses=frozenset(sent.status),
        created=_between(sent.created_gt, sent.created_lt),
        started=_between(sent.started_gt, sent.started_lt),
        completed=_between(sent.completed_gt, sent.completed_lt),
        policy=sent.policy_key,
        action=sent.action_type,
        source=None if sent.source is None else parse_source(sent.source),
        location=None if sent.location is None else parse_location(sent.location),
        external_id=sent.external_id,
        identities=tuple(parse_sought(f"{kind}={value}") for kind, value in identities.items()),
        search=sent.search,
        overdue=sent.is_overdue,
        include=_included(sent),
        sort=_sort_of(sent),
        after=None if sent.after is None else parse_cursor(sent.after),
    )


def new_request(sent: NewPrivacyRequest) -> NewRequest:
    """The request to be created; raises `UsageError` where Fides would refuse it."""
    identities = tuple(_identity(kind, value) for kind, value in sent.identity.items())
    return NewRequest(checked_text("policy_key", sent.policy_key), identities, sent.external_id)


def _identity(kind: str, value: str | LabelledIdentity) -> Identity:
    if isinstance(value, str):
        return parse_identity(f"{kind}={value}")
    label = checked_text("label", value.label)
    return replace(parse_identity(f"{kind}={value.value}"), label=label)


def _included(sent: Filters) -> frozenset[Include]:
    wanted = {
        Include.DELETED: sent.include_deleted_requests,
        Include.CONSENT_WEBHOOK: sent.include_consent_webhook_requests,
    }
    return frozenset(kind for kind, is_wanted in wanted.items() if is_wanted)


def _sort_of(sent: Filters) -> Sort:
    return replace(parse_sort(sent.sort_field), descending=sent.sort_direction == "desc")


def _between(after: datetime | None, before: datetime | None) -> Period:
    """Times between two, both left out, as Fides counts; a time without a zone is UTC."""
    try:
        since = None if after is None else _utc(after) + timedelta(microseconds=1)
        return Period(since, None if before is None else _utc(before))
    except OverflowError as error:
        raise UsageError(
            "a time is beyond what a calendar holds", hint="Send a time of this century."
        ) from error


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
