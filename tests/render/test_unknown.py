"""What a person reads about revisions that the checkout has not."""

from __future__ import annotations

import re
from dataclasses import replace

from fidesdev.core.reports import (
    DatabaseReport,
    MoveReport,
    RevisionList,
    RevisionReport,
    StatusReport,
    StepReport,
    UnknownRow,
)
from fidesdev.render.plain import plain
from fidesdev.render.reports import blocks

FOUND = UnknownRow(
    "fff2",
    "git:feature",
    "versions/fff2.py",
    "adds pets",
    "c0ffee",
    "Ann Author",
    "2026-01-02T03:04:05Z",
)
STATUS = StatusReport(
    database=DatabaseReport("sqlite:///x.db", "sqlite", "3.45", embedded=False),
    current=("fff2",),
    heads=("b2",),
    pending=("b1", "b2"),
    unknown=(FOUND,),
    redundant=(),
    at_heads=False,
    git=None,
    messages={"b1": "does b1", "b2": "does b2"},
)


def text(report: object) -> str:
    return "\n".join(plain(blocks(report)))


def test_status_says_where_it_is_who_wrote_it_and_what_to_type() -> None:
    shown = text(STATUS)
    assert (
        "Unknown revision fff2: no file here has it; "
        "its source is in git:feature (Ann Author, 2026-01-02).\n"
    ) in shown
    assert shown.endswith(
        "\n\nWhat to type next\n"
        "  fidesdev db sync  unapply what is unknown, and apply what is pending"
    )
    assert "fidesdev db upgrade" not in shown


def test_status_of_a_lost_revision_proposes_no_verb_that_would_fail() -> None:
    shown = text(replace(STATUS, unknown=(UnknownRow("fff2"),)))
    assert "no file here has it, and its source was not found." in shown
    assert re.findall(r"fidesdev db (\S+)", shown) == ["doctor"]


def test_journal_is_named_with_the_branch_it_was_applied_on() -> None:
    row = UnknownRow("fff2", "journal", branch="feature", note="another version of it is in git:x")
    shown = text(replace(STATUS, unknown=(row,)))
    assert "its source is in the journal (applied on branch feature).\n" in shown
    assert "Note: another version of it is in git:x" in shown


def test_listing_names_the_place() -> None:
    row = RevisionReport("fff2", None, None, None, None, None, None, None, None, "git:feature")
    assert "unknown here: its source is in git:feature" in text(RevisionList((row,)))


def test_plan_names_where_each_step_comes_from() -> None:
    steps = (
        StepReport("down", "fff2", "adds pets", "v/fff2.py", "git:feature", reversible=True),
        StepReport("up", "b1", "does b1", "v/b1.py", "file", reversible=True),
    )
    plan = MoveReport(
        frozenset({"fff2"}), frozenset({"b1"}), steps, executed=False, seconds=0, note="two texts"
    )
    shown = text(plan)
    assert "↓ down  fff2      adds pets  (from git:feature)\n" in shown
    assert "does b1\n" in shown
    assert "Note: two texts\n" in shown


def test_status_names_revisions_by_their_messages_and_ends_with_what_to_type() -> None:
    behind = replace(STATUS, current=("b0",), heads=("b1", "b2"), unknown=())
    named = {**STATUS.messages, "b0": "begins"}
    assert text(replace(behind, messages=named)).splitlines() == [
        "Database  sqlite:///x.db (sqlite 3.45)",
        "Current   b0  begins",
        "Heads     b1  does b1",
        "          b2  does b2",
        "",
        "2 heads: Alembic's 'upgrade head' wants one.",
        "2 pending revisions, next first:",
        "  b1  does b1",
        "  b2  does b2",
        "",
        "What to type next",
        "  fidesdev db upgrade      apply what is pending",
        "  fidesdev db merge-heads  join the 2 heads",
    ]
