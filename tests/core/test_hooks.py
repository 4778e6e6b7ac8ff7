"""The head file, and what a switch of branches takes."""

from __future__ import annotations

import pytest

from fidesdev.core.hooks import HookRun, head_file_text, is_stale, switch_summary
from fidesdev.core.reports import MoveReport, StepReport


def test_head_file_names_every_head_on_a_line() -> None:
    assert head_file_text({"bb", "aa"}) == "aa\nbb\n"
    assert head_file_text(()) == ""


@pytest.mark.parametrize(
    ("text", "stale"),
    [
        ("aa\nbb\n", False),
        ("aa\r\nbb\r\n", False),
        ("aa\nbb", False),
        ("aa\n", True),
        ("", True),
        ("<<<<<<< ours\naa\n=======\nbb\n>>>>>>> theirs\n", True),
    ],
)
def test_a_head_file_is_stale_when_it_names_others(text: str, stale: bool) -> None:
    assert is_stale(text, {"aa", "bb"}) is stale


@pytest.mark.parametrize(
    ("directions", "summary"),
    [
        ("d", "unapplies 1 revision"),
        ("uuu", "applies 3 revisions"),
        ("ddu", "unapplies 2 and applies 1 revisions"),
        ("", "rewrites the version table"),
    ],
)
def test_summary_counts_both_directions(directions: str, summary: str) -> None:
    words = {"d": "down", "u": "up"}
    steps = tuple(StepReport(words[way], "aa", "", "", "file", None) for way in directions)
    move = MoveReport(frozenset(), frozenset(), steps, executed=False, seconds=0.0)
    assert switch_summary(move) == summary


def test_only_a_finding_stops_git() -> None:
    outcomes = ("nothing", "told", "synced", "passed", "blocked", "failed")
    assert [HookRun("pre-push", outcome).exit_code for outcome in outcomes] == [0, 0, 0, 0, 3, 0]
