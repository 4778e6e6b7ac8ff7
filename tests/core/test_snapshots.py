"""Snapshots as values: names, marks, order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.snapshots import (
    KIND,
    Snapshot,
    check_name,
    mark,
    newest_first,
    physical_name,
    read_mark,
    read_snapshot,
    storage_name,
    superfluous,
)
from fidesdev.errors import UsageError

ONE = Snapshot(
    name="before the demo",
    database="app",
    revisions=("a1", "b2"),
    branch="main",
    commit="c0ffee",
    message="with 100 % of the rows",
    created=datetime(2026, 11, 22, 21, 59, 7, 123456, UTC),
    bytes=7,
    automatic=True,
    storage="fidesdev_snapshot_1",
)
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts, st.none() | texts, st.lists(texts))
def test_a_mark_says_all_of_a_snapshot(
    name: str, database: str, message: str | None, revisions: list[str]
) -> None:
    snapshot = replace(
        ONE, name=name, database=database, message=message, revisions=tuple(revisions)
    )
    assert read_snapshot(mark(KIND, snapshot.facts()), snapshot.storage) == snapshot


def test_times_are_written_in_utc() -> None:
    there = ONE.created.astimezone(timezone(timedelta(hours=5)))
    assert replace(ONE, created=there).facts() == ONE.facts()
    assert storage_name(replace(ONE, created=there)) == storage_name(ONE)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "a database of mine",
        "{",
        "[1]",
        '{"name": "x"}',
        '{"fidesdev": "spare"}',
        '{"fidesdev": "snapshot"}',
        '{"fidesdev": "snapshot", "name": "x", "database": "y", "created": "yesterday"}',
    ],
)
def test_what_is_not_ours_is_no_snapshot(text: str | None) -> None:
    assert read_snapshot(text, "somewhere") is None


def test_a_mark_is_of_one_kind() -> None:
    assert read_mark(mark("spare", {"of": "x"}), "spare") == {"fidesdev": "spare", "of": "x"}
    assert read_mark(mark("spare", {"of": "x"}), KIND) is None


@given(st.lists(texts, min_size=1))
def test_a_physical_name_fits_postgresql(parts: list[str]) -> None:
    name = physical_name("snapshot", *parts)
    assert len(name.encode()) <= 63
    assert name == physical_name("snapshot", *parts)


def test_a_physical_name_tells_its_parts_apart() -> None:
    assert physical_name("snapshot", "a", "b") != physical_name("snapshot", "ab")
    assert physical_name("snapshot", "a") != physical_name("spare", "a")


@pytest.mark.parametrize(
    "name", ["x", "mit Leerzeichen", "ärger 100 % _", "雪" * 200, "-1", "../x"]
)
def test_any_name_that_a_person_types_will_do(name: str) -> None:
    assert check_name(f" {name} ") == name


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0b", "\x1b[31m", "x" * 201, "\udcff"])
def test_a_name_is_visible_and_not_too_long(name: str) -> None:
    with pytest.raises(UsageError):
        check_name(name)


def test_the_newest_comes_first() -> None:
    older = replace(ONE, created=ONE.created - timedelta(seconds=1))
    assert newest_first([older, ONE]) == (ONE, older)


@pytest.mark.parametrize(("keep", "gone"), [(0, [4, 3, 2, 1]), (2, [3, 2]), (4, [])])
def test_the_newest_snapshot_stays_whatever_the_clock_said(keep: int, gone: list[int]) -> None:
    made = [
        replace(ONE, created=ONE.created + timedelta(days=day), storage=str(day), automatic=day > 0)
        for day in range(5)
    ]
    taken_now = made[1]  # after the clock was put back
    found = superfluous(newest_first(made), keep, taken_now)
    assert sorted(int(one.storage) for one in found) == sorted(gone)
    if keep:
        assert taken_now not in found
    assert superfluous(newest_first(made), 3, None) == (made[1],)
