"""Privacy requests: the views, each at its constant of the registry.

Nothing here shows the value of an identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Annotated, TypeVar

from fastapi import APIRouter, Body, Depends, Query, Request

from fidesdev.api.v1.urn_registry import (
    PRIVACY_REQUEST,
    PRIVACY_REQUEST_APPROVE,
    PRIVACY_REQUEST_CANCEL,
    PRIVACY_REQUEST_DENY,
    PRIVACY_REQUEST_DETAIL,
    PRIVACY_REQUEST_SEARCH,
    PRIVACY_REQUEST_SOFT_DELETE,
    REQUEST_STATUS_LOGS,
)
from fidesdev.core.request_review import Chosen, Review, Verb
from fidesdev.core.requests import RequestDetail, RequestList
from fidesdev.errors import AmbiguousRecord, ConfigError, FidesdevError, Unavailable, UnknownRecord
from fidesdev.services import request_review, requests
from fidesdev.services.workspace import Workspace
from fidesdev.web.problems import RESPONSES
from fidesdev.web.schemas import (
    Cancellation,
    Changed,
    Denial,
    Failure,
    Filters,
    Log,
    LogEntry,
    NewPrivacyRequest,
    NewPrivacyRequests,
    Outcome,
    Search,
    Selection,
)
from fidesdev.web.selecting import filters_of, new_request

Sent = TypeVar("Sent")


def _workspace(request: Request) -> Workspace:
    workspace: Workspace = request.app.state.workspace
    return workspace


Here = Annotated[Workspace, Depends(_workspace)]
router = APIRouter(tags=["Privacy requests"], responses=RESPONSES)


@router.get(PRIVACY_REQUEST)
def list_requests(here: Here, sent: Annotated[Filters, Query()]) -> RequestList:
    """The requests that match, newest first, and the cursor of those after them."""
    return requests.list_(here, filters_of(sent), limit=sent.size)


@router.post(PRIVACY_REQUEST_SEARCH)
def search_requests(here: Here, sent: Search) -> RequestList:
    """The same with the filters in the body, where identities may be named too."""
    return requests.list_(here, filters_of(sent), limit=sent.size)


@router.post(PRIVACY_REQUEST)
def create_requests(here: Here, sent: Annotated[NewPrivacyRequests, Body()]) -> Outcome:
    """Pending requests, each created or told why not."""

    def create(one: NewPrivacyRequest) -> Changed:
        made = requests.create(here, new_request(one))
        assert made.id is not None
        return _changed(_found(here, made.id))

    return _each(
        sent, create, lambda one: {"policy_key": one.policy_key, "external_id": one.external_id}
    )


@router.patch(PRIVACY_REQUEST_APPROVE)
def approve_requests(here: Here, sent: Selection) -> Outcome:
    """Requests that wait for a review, approved."""
    return _reviewed(here, sent, Review(Verb.APPROVE))


@router.patch(PRIVACY_REQUEST_DENY)
def deny_requests(here: Here, sent: Denial) -> Outcome:
    """Requests that wait for a review, denied."""
    return _reviewed(here, sent, Review(Verb.DENY, reason=sent.reason))


@router.patch(PRIVACY_REQUEST_CANCEL)
def cancel_requests(here: Here, sent: Cancellation) -> Outcome:
    """Requests that are not done yet, canceled."""
    return _reviewed(here, sent, Review(Verb.CANCEL, reason=sent.reason))


@router.get(PRIVACY_REQUEST_DETAIL)
def show_request(here: Here, privacy_request_id: str) -> RequestDetail:
    """Everything about one request that is not secret."""
    return _found(here, privacy_request_id)


@router.get(REQUEST_STATUS_LOGS)
def show_log(here: Here, privacy_request_id: str) -> Log:
    """What happened to one request."""
    timeline = _found(here, privacy_request_id).timeline
    return Log(items=[LogEntry.model_validate(one, from_attributes=True) for one in timeline])


@router.post(PRIVACY_REQUEST_SOFT_DELETE)
def delete_request(here: Here, privacy_request_id: str) -> Changed:
    """One request, left out of lists from now on."""
    _review(here, privacy_request_id, Review(Verb.DELETE))
    return _changed(_found(here, privacy_request_id))


def _reviewed(here: Workspace, sent: Selection, wanted: Review) -> Outcome:
    def change(row_id: str) -> Changed:
        _review(here, row_id, wanted)
        return _changed(_found(here, row_id))

    return _each(dict.fromkeys(sent.request_ids), change, lambda row_id: {"id": row_id})


def _each(
    sent: Iterable[Sent],
    change: Callable[[Sent], Changed],
    named: Callable[[Sent], dict[str, str | None]],
) -> Outcome:
    """What became of each; what is wrong with the server fails the call instead."""
    outcome = Outcome(succeeded=[], failed=[])
    for one in sent:
        try:
            outcome.succeeded.append(change(one))
        except (ConfigError, Unavailable):  # which no other one escapes
            raise
        except FidesdevError as error:
            outcome.failed.append(Failure(message=str(error), data=named(one)))
    return outcome


def _review(here: Workspace, row_id: str, wanted: Review) -> None:
    _found(here, row_id)
    request_review.review(here, Chosen((row_id,)), wanted)


def _found(here: Workspace, row_id: str) -> RequestDetail:
    """The request with exactly this id: the command line alone takes a beginning for it."""
    with suppress(AmbiguousRecord):
        detail = requests.show(here, row_id)
        if detail.request["id"] == row_id:
            return detail
    raise UnknownRecord(
        f"no privacy request has the id {row_id!r}",
        hint="List them with 'fidesdev requests list'.",
        id=row_id,
    )


def _changed(detail: RequestDetail) -> Changed:
    known = {name: detail.request.get(name) for name in Changed.model_fields}
    return Changed.model_validate(known)
