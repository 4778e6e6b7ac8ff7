"""Privacy requests as text."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from fidesdev.core.requests import (
    STATUSES,
    Execution,
    GivenField,
    PolicySummary,
    RequestCreated,
    RequestDetail,
    RequestList,
    RequestRow,
    RuleSummary,
    TimelineEntry,
)
from fidesdev.core.seeding import SeedReport
from fidesdev.render import seeding
from fidesdev.render.layout import Table, span
from fidesdev.render.plain import plain
from fidesdev.render.requests import blocks

THEN = datetime(2026, 4, 30, 9, 5, tzinfo=UTC)
ROW = RequestRow(
    id="pri_4ad6a756",
    external_id="Case-1",
    status="pending",
    policy="both",
    actions=("access", "erasure"),
    requested_at=THEN,
    due_date=datetime(2026, 6, 14, tzinfo=UTC),
    days_left=-3,
    overdue=True,
    identities=("email",),
    source=None,
    created_at=THEN,
    deleted_at=None,
)
COLUMNS = tuple(field.name for field in fields(RequestRow))
DETAIL = RequestDetail(
    request={
        "id": "pri_4ad6a756",
        "status": "error",
        "due_date": ROW.due_date,
        "policy_id": "pol_1",
        "requested_at": THEN,
        "consent_preferences": [1],
        "location": None,
    },
    meaning="failed",
    days_left=-3,
    overdue=False,
    policy=PolicySummary("both", "Both", 45),
    rules=(RuleSummary("r1", None, "access"),),
    identities=(GivenField("email", None), GivenField("card", "Card")),
    custom_fields=(),
    executions=(Execution(None, "shop", "orders", "access", "error", 2, THEN, "refused"),),
    timeline=(TimelineEntry(THEN, "approved", "grace", "fine"),),
)
CREATED = RequestCreated(
    id="pri_1",
    status="pending",
    policy="both",
    actions=("access",),
    external_id=None,
    requested_at=THEN,
    due_date=ROW.due_date,
    days_left=45,
    identities=("email",),
    searchable=True,
    executed=True,
)
SEEDED = SeedReport(requests=21, policies=4, users=1, identities=28, present=0, note=None)


def text(report: object) -> list[str]:
    return list(plain(blocks(report)))


def test_a_list_is_a_table_with_short_dates() -> None:
    assert text(RequestList((ROW,), None, COLUMNS)) == [
        (
            "id            status   policy  actions          external id  identities  requested "
            "  due         days left"
        ),
        (
            "pri_4ad6a756  pending  both    access, erasure  Case-1       email       2026-04-30"
            "  2026-06-14         -3"
        ),
    ]


def test_a_column_that_the_database_lacks_is_not_shown() -> None:
    (header, _row) = text(RequestList((ROW,), None, ("id", "status", "requested_at")))
    assert header.split() == ["id", "status", "requested"]


def test_what_no_row_has_takes_no_column() -> None:
    bare = RequestList((replace(ROW, identities=()),), None, COLUMNS)
    deleted = RequestList((replace(ROW, deleted_at=THEN),), None, COLUMNS)
    assert "identities" not in text(bare)[0]
    assert text(deleted)[0].endswith("deleted")


@pytest.mark.parametrize("status", [*STATUSES, "a_status_of_tomorrow"])
def test_every_status_has_a_picture(status: str) -> None:
    assert status in text(RequestList((replace(ROW, status=status),), None, COLUMNS))[1]


def test_overdue_days_stand_out_and_those_of_settled_requests_do_not() -> None:
    settled = replace(ROW, status="complete", overdue=False)
    active = replace(ROW, overdue=False)
    (table,) = blocks(RequestList((ROW, settled, active), None, COLUMNS))
    assert isinstance(table, Table)
    place = table.headings.index("days left")
    assert [span(row[place]).style for row in table.rows] == ["bad", "quiet", ""]


def test_a_list_that_goes_on_says_how() -> None:
    assert text(RequestList((ROW,), "abc", COLUMNS))[-1] == (
        "More: repeat the command with --after abc"
    )


def test_an_empty_list_says_so() -> None:
    assert text(RequestList((), None, COLUMNS)) == ["No request matches."]


def test_one_request_is_shown_with_what_it_belongs_to() -> None:
    shown = text(DETAIL)
    assert shown[:6] == [
        "Request     pri_4ad6a756",
        "Status      error: failed",
        "Due         2026-06-14 00:00, days left: -3",
        "Policy      both, 45 days",
        "Rule        r1, access",
        "Identities  email, card (Card) (values are not shown)",
    ]
    assert "consent_preferences  [1]" in shown
    assert "Empty: location" in shown
    assert "  shop     orders      access  error         2  2026-04-30 09:05  refused" in shown
    assert shown[-1] == "  2026-04-30 09:05  approved  by grace  fine"


def test_a_request_alone_is_shown_without_empty_headings() -> None:
    alone = replace(
        DETAIL, meaning=None, policy=None, rules=(), identities=(), executions=(), timeline=()
    )
    shown = text(alone)
    assert "Status      error" in shown
    assert not any(word in line for line in shown for word in ("Policy", "Timeline", "Execution"))


def test_a_created_request_tells_when_it_is_due() -> None:
    assert text(CREATED) == [
        "Created pri_1, pending, under policy both.",
        "Due 2026-06-14, 45 days left. Identities: email.",
    ]


def test_a_dry_run_says_that_nothing_was_changed() -> None:
    planned = replace(
        CREATED, id=None, executed=False, due_date=None, days_left=None, searchable=False
    )
    assert text(planned) == [
        "Would create a request, pending, under policy both.",
        "No due date. Identities: email.",
        "Fides cannot search for it by identity: this database has no salt yet.",
        "Nothing has been changed.",
    ]


def test_a_sample_is_counted() -> None:
    assert list(plain(seeding.blocks(SEEDED))) == [
        "Inserted 21 requests, 4 policies, 1 user, 28 identities."
    ]
    without = replace(SEEDED, identities=0, note="no key", present=2)
    assert list(plain(seeding.blocks(without))) == [
        "Inserted 21 requests, 4 policies, 1 user.",
        "2 requests of the sample were left as they are.",
        "Without identities: no key.",
    ]
    again = replace(SEEDED, requests=0, policies=0, users=0, identities=0, present=21)
    assert list(plain(seeding.blocks(again))) == [
        "Nothing to do: the sample's 21 requests are there."
    ]
