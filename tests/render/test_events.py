"""What is told while a plan runs."""

from __future__ import annotations

import pytest

from fidesdev.core.lock import Holder
from fidesdev.core.planner import Direction, Step
from fidesdev.core.reports import (
    Event,
    LockWaiting,
    PlanNotAtomic,
    StepBlocked,
    StepFinished,
    StepsRolledBack,
    StepStarted,
)
from fidesdev.render.events import event_line
from fidesdev.render.plain import plain

UP = Step(Direction.UP, "aaa1", ())
HOLDER = Holder(pid=42, user="app", query="SELECT 1")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (StepStarted(UP, 1, 3), "1/3 ↑ aaa1"),
        (StepStarted(Step(Direction.DOWN, "aaa1", ()), 2, 3), "2/3 ↓ aaa1"),
        (LockWaiting(HOLDER, 0.1), "Waiting for another run: pid 42, user app"),
        (LockWaiting(HOLDER, 5.4), "Waiting for another run: pid 42, user app, 5 s so far"),
        (PlanNotAtomic(("a", "b")), "Not one transaction: a; b"),
        (StepBlocked(UP, 1, 3, (HOLDER,)), "Blocked: aaa1 waits for pid 42, user app: SELECT 1"),
        (
            StepsRolledBack(UP, 1, 2.2, (HOLDER,)),
            (
                "aaa1 waited in vain for a lock held by pid 42, user app: SELECT 1; "
                "rolled back, again in 2 s (attempt 2)"
            ),
        ),
    ],
)
def test_events_are_one_line_each(event: Event, text: str) -> None:
    line = event_line(event)
    assert line is not None
    assert list(plain([line])) == [text]


def test_end_of_a_step_is_not_told() -> None:
    assert event_line(StepFinished(UP, 1, 3)) is None
