"""How far a plan is, at the bottom of a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from fidesdev.core.planner import Direction, Step
from fidesdev.core.reports import StepFinished, StepStarted, TrialFinished
from fidesdev.core.request_seeds import Written
from fidesdev.render.layout import line
from fidesdev.render.progress import Progress, Standing, counter, standing_of

UP = Step(Direction.UP, "aaa1", ())


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "text"),
    [
        (0, 4, 0.2, "0/4, 0 s"),
        (1, 4, 2.0, "1/4, 2 s, about 6 s to go"),
        (100, 1000, 61.0, "100/1,000, 1 min 01 s, about 9 min 09 s to go"),
        (4, 4, 8.0, "4/4, 8 s"),
    ],
)
def test_what_remains_takes_as_long_as_what_is_done(
    done: int, total: int, elapsed: float, text: str
) -> None:
    assert counter(Standing(done, total), elapsed) == text


def test_events_say_how_far_they_are() -> None:
    assert standing_of(StepStarted(UP, 2, 3)) == Standing(1, 3)
    assert standing_of(StepFinished(UP, 2, 3)) == Standing(2, 3)
    assert standing_of(TrialFinished("aaa1", 5, 9, 0)) == Standing(5, 9)
    assert standing_of(Written(10, 100, 1.0)) == Standing(10, 100)
    assert standing_of("anything else") is None


def test_line_is_drawn_below_what_is_told_and_taken_away() -> None:
    screen = io.StringIO()
    progress = Progress(Console(file=screen, force_terminal=True, width=60))
    progress.follow(StepStarted(UP, 1, 2), line("1/2 up aaa1"))
    progress.follow(StepFinished(UP, 1, 2), None)
    progress.stop()
    shown = screen.getvalue()
    assert shown.index("1/2 up aaa1") < shown.index("1/2, ")
    assert shown.endswith("\x1b[2K")  # the line is cleared
    assert "\x1b[?25h" in shown  # the cursor is back
