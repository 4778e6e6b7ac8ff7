"""What the journal's moves say together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fidesdev.core.journal import (
    JournalMove,
    JournalStep,
    Outcome,
    applied_order,
    applied_steps,
    last_change,
)

THEN = datetime(2026, 1, 2, tzinfo=UTC)


def move(before: str, after: str | None, steps: str = "") -> JournalMove:
    """`steps` is `+a -b`: a went up, b went down."""
    made = tuple(
        JournalStep(
            number, text[1:], (), (), {"+": "up", "-": "down"}[text[0]], None, "", THEN, 0.1
        )
        for number, text in enumerate(steps.split(), 1)
    )
    return JournalMove(
        id=1,
        command="db goto",
        before=tuple(before.split()),
        after=None if after is None else tuple(after.split()),
        started=THEN,
        finished=None,
        seconds=None,
        outcome=Outcome.DONE,
        who=None,
        host=None,
        commit=None,
        branch=None,
        dirty=None,
        version="1",
        steps=made,
    )


@pytest.mark.parametrize(
    ("moves", "rows", "expected"),
    [
        ([move("", "a")], "a", 0),
        ([move("a", "a"), move("", "a")], "a", 1),  # rolled back, or a redo
        ([move("a", None), move("", "a")], "a", 1),  # killed, and all was rolled back
        ([move("a", None), move("", "a")], "b", 0),  # killed in the middle
        ([move("a", "a"), move("a", None)], "a", None),  # the next one found it unmoved
        ([move("b", "c"), move("a", None)], "c", 0),
        ([], "a", None),
    ],
)
def test_last_change_is_the_newest_move_that_left_other_rows(
    moves: list[JournalMove], rows: str, expected: int | None
) -> None:
    found = last_change(moves, frozenset(rows.split()))
    assert found is (None if expected is None else moves[expected])


def test_applied_order_is_that_of_the_last_upgrades() -> None:
    newest_first = [move("c", "d", "-c +b +d"), move("", "c", "+a +b +c"), move("b", "", "-b")]
    assert applied_order(newest_first) == ("a", "b", "d")
    assert set(applied_steps(newest_first)) == {"a", "b", "d"}
