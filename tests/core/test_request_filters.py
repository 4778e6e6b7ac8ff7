"""Times, orders, cursors and labels as they are typed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.moments import parse_period, parse_since, parse_until
from fidesdev.core.request_filters import (
    NEWEST_FIRST,
    SORT_FIELDS,
    Cursor,
    Include,
    RequestFilters,
    Sort,
    match_statuses,
    parse_cursor,
    parse_identity_filters,
    parse_includes,
    parse_location,
    parse_sort,
)
from fidesdev.core.texts import checked_text
from fidesdev.errors import UsageError

NOW = datetime(2026, 5, 10, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-30", datetime(2026, 4, 30, tzinfo=UTC)),
        ("2026-04-30T08:15", datetime(2026, 4, 30, 8, 15, tzinfo=UTC)),
        ("2026-04-30 08:15:01", datetime(2026, 4, 30, 8, 15, 1, tzinfo=UTC)),
        ("2026-04-30T08:15+02:00", datetime(2026, 4, 30, 6, 15, tzinfo=UTC)),
        ("2026-04-30T08:15Z", datetime(2026, 4, 30, 8, 15, tzinfo=UTC)),
        ("7d", NOW - timedelta(days=7)),
        ("24h", NOW - timedelta(hours=24)),
        ("2w", NOW - timedelta(days=14)),
        (" Today ", datetime(2026, 5, 10, tzinfo=UTC)),
        ("yesterday", datetime(2026, 5, 9, tzinfo=UTC)),
    ],
)
def test_a_period_begins_at(text: str, moment: datetime) -> None:
    assert parse_since(text, NOW) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-30", datetime(2026, 5, 1, tzinfo=UTC)),
        ("20260430", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-04-30T08:15", datetime(2026, 4, 30, 8, 15, tzinfo=UTC)),
        ("1d", NOW - timedelta(days=1)),
        ("today", datetime(2026, 5, 11, tzinfo=UTC)),
        ("yesterday", datetime(2026, 5, 10, tzinfo=UTC)),
    ],
)
def test_a_period_ends_with_the_day_that_is_named(text: str, moment: datetime) -> None:
    assert parse_until(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-13-01", "7", "d", "-7d", "7 d", "3m", "9" * 40 + "d", "9" * 5000 + "d"],
)
def test_what_is_no_time_is_a_usage_error_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_since(text, NOW)
    assert "7d" in (caught.value.hint or "")


def test_the_last_day_of_time_has_no_end() -> None:
    with pytest.raises(UsageError):
        parse_until("9999-12-31", NOW)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UsageError, match="before"):
        parse_period("2026-05-10", "2026-05-09", NOW)


def test_a_field_is_ascending_and_a_minus_descending() -> None:
    assert parse_sort("due_date") == Sort("due_date", descending=False)
    assert parse_sort("-created_at") == NEWEST_FIRST


@pytest.mark.parametrize("field", [f"{sign}{field}" for field in SORT_FIELDS for sign in ("", "-")])
def test_an_order_is_read_as_it_is_written(field: str) -> None:
    assert str(parse_sort(field)) == field


def test_another_field_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        parse_sort("creatd_at")
    assert "Did you mean 'created_at'?" in (caught.value.hint or "")


TEXTS = st.text(st.characters(exclude_characters="\x00", codec="utf-8"))
TIMES = st.datetimes(timezones=st.just(UTC))


@given(
    field=st.sampled_from(sorted(SORT_FIELDS)),
    descending=st.booleans(),
    time=TIMES,
    text=TEXTS,
    null=st.booleans(),
    row_id=TEXTS.filter(bool),
)
def test_a_cursor_is_read_as_it_is_written(
    field: str, descending: bool, time: datetime, text: str, null: bool, row_id: str
) -> None:
    value = None if null else time if SORT_FIELDS[field] is datetime else text
    cursor = Cursor(Sort(field, descending=descending), value, row_id)
    assert parse_cursor(str(cursor)) == cursor


@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(UsageError, match="no cursor"):
        parse_cursor(text)


@pytest.mark.parametrize(
    "inside",
    [
        "[]",
        "{}",
        "null",
        '[2,"-created_at",null,"pri_1"]',
        '[1,"-password",null,"pri_1"]',
        '[1,"-created_at","soon","pri_1"]',
        '[1,"-created_at","2026-05-10T12:00:00","pri_1"]',
        '[1,"-created_at",5,"pri_1"]',
        '[1,"id",5,"pri_1"]',
        '[1,7,null,"pri_1"]',
        '[1,"id","pri_1",""]',
        '[1,"id","pri_1",7]',
        '[1,"id","pri_1","a\\u0000b"]',
        '[1,"id","\\ud800","pri_1"]',
        "[" * 100_000,
    ],
)
def test_a_cursor_with_something_else_inside_is_refused(inside: str) -> None:
    text = base64.urlsafe_b64encode(inside.encode()).decode().rstrip("=")
    with pytest.raises(UsageError, match="no cursor"):
        parse_cursor(text)


def test_a_cursor_of_another_order_is_refused_and_names_its_own() -> None:
    after = Cursor(Sort("due_date", descending=False), None, "pri_1")
    with pytest.raises(UsageError) as caught:
        RequestFilters(after=after)
    assert caught.value.hint == "Repeat the command with '--sort=due_date'."


def test_kinds_to_include_are_read_whatever_their_case() -> None:
    assert parse_includes([]) == frozenset()
    assert parse_includes(["Deleted", "dataset-test"]) == {Include.DELETED, Include.DATASET_TEST}
    assert parse_includes(["all"]) == frozenset(Include)


def test_a_misspelt_kind_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        parse_includes(["delted"])
    assert "'deleted'" in (caught.value.hint or "")


def test_statuses_are_matched_to_the_labels_of_the_database() -> None:
    labels = ("pending", "in_processing")
    assert match_statuses(["IN-PROCESSING", " pending"], labels) == frozenset(labels)
    with pytest.raises(UsageError) as caught:
        match_statuses(["in_procesing"], labels)
    assert caught.value.hint == (
        "Did you mean 'in_processing'? Choose from: pending, in_processing."
    )


@pytest.mark.parametrize("text", ["a\x00b", "\udcff"])
def test_text_that_no_database_can_hold_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--search"):
        checked_text("--search", text)


@pytest.mark.parametrize(
    ("text", "code"), [("us", "US"), ("us_ca", "US-CA"), (" GB ", "GB"), ("eea", "EEA")]
)
def test_locations_are_written_as_fides_stores_them(text: str, code: str) -> None:
    assert parse_location(text) == code


@pytest.mark.parametrize("text", ["", "U", "USA", "US-", "US-CALI", "US%", "*"])
def test_what_is_no_location_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no location"):
        parse_location(text)


def test_an_identity_is_looked_for_as_it_is_stored() -> None:
    texts = ["email=Ada@EXAMPLE.org", "Ada@EXAMPLE.org", "+15550100000", "loyalty=7"]
    sought = [(one.kind, one.value) for one in parse_identity_filters(texts)]
    assert sought == [
        ("email", "Ada@example.org"),
        ("", "Ada@example.org"),
        ("", "+15550100000"),
        ("loyalty", "7"),
    ]


@pytest.mark.parametrize("text", ["", " ", "emial=a@b.org", "email=a", "x\x00"])
def test_what_is_no_identity_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_identity_filters([text])


@pytest.mark.parametrize(
    "name", ["policy", "action", "source", "location", "external_id", "search"]
)
def test_an_empty_text_is_refused_and_does_not_choose_everything(name: str) -> None:
    with pytest.raises(UsageError, match="is empty"):
        RequestFilters(**{name: ""})  # type: ignore[arg-type] # any of the texts


def test_an_empty_time_is_no_time() -> None:
    with pytest.raises(UsageError, match="is no time"):
        parse_period("", None, NOW)
