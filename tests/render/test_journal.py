"""The journal as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from fidesdev.core.journal import JournalMove, JournalStep, LogReport, Outcome
from fidesdev.render.journal import blocks
from fidesdev.render.plain import plain

WHEN = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)
STEPS = tuple(
    JournalStep(number, "a", (), (), way, None, "", WHEN, 0.1)
    for number, way in enumerate(("down", "up", "up"), 1)
)
MOVE = JournalMove(
    id=7,
    command="db goto bbb2",
    before=("aaa2",),
    after=("bbb2", "late"),
    started=WHEN,
    finished=WHEN,
    seconds=1.25,
    outcome=Outcome.DONE,
    who="ann",
    host="laptop",
    commit="c0ffee0123456789",
    branch="topic",
    dirty=True,
    version="1",
    steps=STEPS,
)


def text(*moves: JournalMove) -> list[str]:
    return list(plain(blocks(LogReport(moves))))


def test_each_move_is_a_line() -> None:
    head, row = (" ".join(line.split()) for line in text(MOVE))
    assert head == "when (UTC) who checkout command from to steps seconds outcome"
    assert row == (
        "2026-01-02 03:04:05 ann@laptop topic c0ffee01* db goto bbb2 aaa2 bbb2, late ↓1 ↑2 1.2 done"
    )


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(MOVE, who=None, host=None, commit=None, branch=None, dirty=None)
    _head, row = text(replace(bare, before=(), after=None, seconds=None, steps=()))
    assert " ".join(row.split()) == "2026-01-02 03:04:05 db goto bbb2 base ? done"


def test_failure_is_told_below() -> None:
    lines = text(MOVE, replace(MOVE, outcome=Outcome.FAILED, error="up bbb2 failed: no such table"))
    assert lines[-1] == "2026-01-02 03:04:05 up bbb2 failed: no such table"
    assert lines[2].endswith("failed")


def test_empty_journal_says_so() -> None:
    assert text() == ["Nothing is recorded of this database."]
