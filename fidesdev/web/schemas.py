"""What a client sends, and what it gets where that is no report of the services.

Names and shapes are those of Fides' own API wherever it has the same thing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fidesdev.core.request_review import REASON_LENGTH

MOST_AT_ONCE = 50
"""How many requests one call creates or reviews, as in Fides."""
LONGEST_PAGE = 1000
Text = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    """What is sent; a name that is not known is an error rather than ignored."""

    model_config = ConfigDict(extra="forbid")


class Filters(Strict):
    """Which requests, in which order, and how many."""

    status: list[str] = []
    created_gt: datetime | None = None
    created_lt: datetime | None = None
    started_gt: datetime | None = None
    started_lt: datetime | None = None
    completed_gt: datetime | None = None
    completed_lt: datetime | None = None
    policy_key: Text | None = None
    action_type: Text | None = None
    source: Text | None = None
    location: Text | None = None
    external_id: Text | None = Field(None, description="The whole external id.")
    search: Text | None = Field(None, description="The beginning of an id or external id.")
    is_overdue: bool = Field(False, description="Only requests past their due date.")
    include_deleted_requests: bool = False
    include_consent_webhook_requests: bool = False
    sort_field: Text = "created_at"
    sort_direction: Literal["asc", "desc"] = "desc"
    size: int = Field(50, ge=1, le=LONGEST_PAGE)
    after: Text | None = Field(None, description="Where a page ended: its `next`.")


class Search(Filters):
    """The same in a body, where identities stay out of the server's log."""

    identities: dict[str, str] = Field(
        default={}, description="Kind -> value; a request has one of them."
    )


class LabelledIdentity(Strict):
    """The value of an identity that Fides does not know by itself."""

    label: Text
    value: Text


class NewPrivacyRequest(Strict):
    """A request to be created."""

    policy_key: Text
    identity: dict[str, str | LabelledIdentity]
    external_id: Text | None = None


NewPrivacyRequests = Annotated[
    list[NewPrivacyRequest], Field(min_length=1, max_length=MOST_AT_ONCE)
]


class Selection(Strict):
    """Requests by their whole ids."""

    request_ids: list[Text] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Denial(Selection):
    """Requests to be denied, and why."""

    reason: str | None = None


class Cancellation(Selection):
    """Requests to be canceled, and why."""

    reason: str | None = Field(None, max_length=REASON_LENGTH)


class Failure(BaseModel):
    """One of several that was left as it was; `data` tells which one."""

    message: str
    data: dict[str, Any]


class Changed(BaseModel):
    """A request after it was created or reviewed."""

    id: str
    status: str
    external_id: str | None = None
    requested_at: datetime | None = None
    due_date: datetime | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    canceled_at: datetime | None = None


class Outcome(BaseModel):
    """What became of each of several."""

    succeeded: list[Changed]
    failed: list[Failure]


class LogEntry(BaseModel):
    """Something that happened to a request."""

    at: datetime
    event: str
    by: str | None
    message: str | None


class Log(BaseModel):
    """What happened to a request, oldest first."""

    items: list[LogEntry]


class Problem(BaseModel):
    """Why a call failed; `code` is stable."""

    detail: str
    code: str
    hint: str | None = None
