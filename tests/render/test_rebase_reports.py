"""Rebases and merges as text."""

from __future__ import annotations

from fidesdev.core.merge_reports import Contact, MergeReport, Overlap, Verification
from fidesdev.core.rebase_reports import DatabaseMoves, MovedRevision, RebaseReport
from fidesdev.render.merge_reports import blocks as merge_blocks
from fidesdev.render.plain import plain
from fidesdev.render.rebase_reports import blocks

MOVED = MovedRevision("mmm1", "versions/mmm1.py", ("aaa1",), ("bbb1",))
MOVES = DatabaseMoves(("mmm1",), ("bbb1", "mmm1"))


def test_plan_of_a_rebase() -> None:
    report = RebaseReport("bbb1", (MOVED,), MOVES, executed=False, notes=("A note.",))
    assert list(plain(blocks(report))) == [
        "revision  was on  goes on  file",
        "mmm1      aaa1    bbb1     versions/mmm1.py",
        "Database  downgrades mmm1, then upgrades bbb1, mmm1.",
        "Nothing has been changed.",
        "A note.",
    ]


def test_rebase_that_was_done() -> None:
    renamed = MovedRevision("n", "versions/1_n.py", (), ("a", "b"), "versions/2_n.py")
    report = RebaseReport(None, (MOVED, renamed), None, executed=True, solved=("versions/n.py",))
    assert list(plain(blocks(report))) == [
        "revision  was on  is on  file",
        "mmm1      aaa1    bbb1   versions/mmm1.py",
        "n         base    a, b   versions/1_n.py → versions/2_n.py",
        "The conflict about parents in versions/n.py is solved.",
        "Done: 2 revisions moved.",
    ]


def test_rebase_with_nothing_to_do() -> None:
    for onto, where in (("bbb1", " on bbb1"), (None, "")):
        report = RebaseReport(onto, (), None, executed=True)
        told = f"Nothing to do: the own revisions stand{where} already."
        assert list(plain(blocks(report))) == [told]


def test_merge_with_a_conflict() -> None:
    contacts = (Contact("a", "a.py", 3, "create"), Contact("b", "b.py", 4, "create"))
    conflict = Overlap("column", "t.c", ("a", "b"), contacts, "both sides create it")
    orders = (("a", "b"), ("b", "a"))
    report = MergeReport(
        revision=None,
        parents=("a", "b"),
        path=None,
        message="merge a, b",
        executed=False,
        note="Nothing was written.",
        overlaps=(conflict,),
        verification=Verification(orders, ("only a then b: column t.c",)),
        advice="Rebase it.",
    )
    assert list(plain(merge_blocks(report))) == [
        "Both sides touch:",
        "               where",
        "  column  t.c  a:3 create, b:4 create  both sides create it",
        "The order matters: a then b and b then a do not make the same schema.",
        "  only a then b: column t.c",
        "Note: Rebase it.",
        "Nothing was written.",
    ]


def test_merge_that_was_written_and_one_that_would_be() -> None:
    verified = Verification((("a", "b"), ("b", "a")), ())
    written = MergeReport("m", ("a", "b"), "m.py", "x", executed=True, verification=verified)
    assert list(plain(merge_blocks(written))) == [
        "No table, column, type or index is touched by both sides.",
        "Verified: a then b and b then a make the same schema.",
        "Wrote m.py",
        "Revision m on a, b",
    ]
    planned = MergeReport(None, ("a", "b"), None, "x", executed=False)
    assert list(plain(merge_blocks(planned)))[-1] == "Would write a revision on a, b"
