"""What is wrong between a checkout and upstream, from the three sides of their merge."""

from __future__ import annotations

import pytest

from fidesdev.core.checks_upstream import (
    Comparison,
    compare,
    deleted_findings,
    edited_candidates,
    edited_finding,
    hinted,
    merge_findings,
    parent_findings,
)
from fidesdev.core.revision_facts import FileFacts, RevisionText
from tests.texts import text, texts


def sides(base: str, ours: str, theirs: str) -> Comparison:
    return compare("up", texts(ours), texts(theirs), texts(base))


def merged(compared: Comparison) -> list[str]:
    return [found.message for found in merge_findings(compared, ())]


def stale(compared: Comparison) -> list[str | None]:
    return [found.revision for found in parent_findings(compared)]


def test_two_sides_that_went_on_from_one_revision_make_two_heads() -> None:
    compared = sides("a", "a > x", "a > b")
    (found,) = merge_findings(compared, ())
    assert found.message == (
        "merged with up: 2 heads in one lineage: x (versions/x.py), b (versions/b.py)"
    )
    assert (found.code, found.revision, found.path, found.line) == (
        *("merge-result", "x", "versions/x.py", 4),
    )
    assert "fidesdev db rebase" in found.hint
    assert [f.message for f in parent_findings(compared)] == [
        "revision x is written on a, and up is at b"
    ]


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        ("a", "a > x", "a"),
        ("a", "a", "a > b"),
        ("a > b", "a > b > x > y", "a > b"),
        ("a", "a > x, a > b, x b > m", "a > b"),  # an own merge joins both
        ("a", "a > x, x @ side", "a > b"),
        ("a", "a, q, q @ other", "a > b"),
        ("a, q", "a > x, q", "a, q > r"),  # another lineage went on
        ("", "x", ""),
    ],
)
def test_sides_that_fit_together_have_no_findings(base: str, ours: str, theirs: str) -> None:
    compared = compare("up", *(texts(side) if side else [] for side in (ours, theirs, base)))
    assert merged(compared) == []
    assert stale(compared) == []


def test_only_the_lowest_revision_of_a_chain_is_stale() -> None:
    assert stale(sides("a", "a > x > y", "a > b > c")) == ["x"]


def test_a_stale_branch_beside_one_on_the_head_is_found() -> None:
    assert stale(sides("a > b", "a > b, a > x, b > y", "a > b")) == ["x"]


def test_a_base_without_a_label_beside_upstream_is_found() -> None:
    (found,) = parent_findings(sides("a", "a, x > y", "a"))
    assert found.message == "revision x is written on nothing, and up is at a"


def test_one_id_on_both_sides_in_different_files_is_found() -> None:
    ours = [*texts("a"), text("x", "a", path="versions/ours.py")]
    theirs = [*texts("a"), text("x", "a", path="versions/theirs.py")]
    (message,) = merged(compare("up", ours, theirs, texts("a")))
    assert message.startswith("merged with up: revision x is defined in 2 files")


def test_a_parent_that_upstream_deleted_is_missed() -> None:
    (message,) = merged(sides("a > b", "a > b > x", "a"))
    assert message == "merged with up: revision x names the parent b, which no file defines"


def test_a_file_that_upstream_deleted_stays_deleted() -> None:
    compared = sides("a > b", "a > b", "a")
    assert set(compared.merged.files) == {"a"}
    assert list(deleted_findings(compared)) == []


def test_what_this_side_deleted_is_found_and_stays_deleted() -> None:
    compared = sides("a > b", "a", "a > b > c")
    (found,) = deleted_findings(compared)
    assert found.message == "revision b is on up and was deleted here: versions/b.py"
    assert merged(compared) == [
        "merged with up: revision c names the parent b, which no file defines"
    ]


def test_what_upstream_added_since_was_not_deleted_here() -> None:
    assert list(deleted_findings(sides("a", "a", "a > b"))) == []


def test_a_moved_file_is_known_again_by_its_revision() -> None:
    moved = texts("a > b", b="other/b.py")
    theirs = [text("a"), text("b", "a", body="edited")]
    compared = compare("up", moved, [*theirs, text("c", "b")], texts("a > b"))
    assert merged(compared) == []
    assert compared.merged.files["b"] == RevisionText("other/b.py", theirs[1].facts)


def test_a_parent_changed_on_one_side_is_taken_over() -> None:
    theirs = texts("a > n > b")
    ours = [text("a"), text("b", "a", body="comment"), text("x", "b")]
    compared = compare("up", ours, theirs, texts("a > b"))
    assert compared.merged.files["b"].facts.parents == ("n",)
    assert merged(compared) == []


def test_a_parent_changed_on_both_sides_is_disputed() -> None:
    compared = sides("a > b", "a > n, n > b", "a > m, m > b")
    assert merged(compared)[-1] == "both sides changed what b is written on: n here, m on up"


def test_a_copy_of_a_revision_is_a_second_file() -> None:
    ours = [*texts("a > b"), text("b", "a", path="versions/copy.py")]
    (message,) = merged(compare("up", ours, texts("a > b"), texts("a > b")))
    assert "defined in 2 files" in message


def test_what_another_check_tells_is_not_told_again() -> None:
    ours, theirs = [*texts("a > x"), text("y", "gone")], texts("a > long > longer")
    compared = compare("up", ours, theirs, texts("a"))
    told = [found.message for found in merge_findings(compared, {"orphans"})]
    assert [message for message in told if "heads" not in message] == []
    untold = [found.message for found in merge_findings(compared, ())]
    assert "merged with up: revision y names the parent gone, which no file defines" in untold


def test_a_parent_that_only_upstream_has_is_to_be_merged() -> None:
    compared = compare("up", [*texts("a"), text("x", "b")], texts("a > b"), texts("a"))
    (found,) = hinted(compared.ours.findings, compared)
    assert found.hint == "up has it: 'git merge up', or 'git rebase up'."
    compared = compare("up", [*texts("a"), text("x", "gone")], texts("a > b"), texts("a"))
    assert [*hinted(compared.ours.findings, compared)] == [*compared.ours.findings]


def test_a_file_that_does_not_tell_its_revision_stands_for_what_it_was() -> None:
    broken = RevisionText("versions/b.py", FileFacts("broken", problem="does not parse"))
    compared = compare("up", [text("a"), broken], texts("a > b > c"), texts("a > b"))
    assert list(deleted_findings(compared)) == []
    assert merged(compared) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "is_candidate"),
    [
        (text("a", body="mine"), text("a"), True),
        (text("a", body="mine"), text("a", body="theirs"), True),
        (text("a"), text("a", body="theirs"), False),
        (text("a", body="same"), text("a", body="same"), False),
        (text("b"), text("a"), False),
    ],
)
def test_a_published_text_that_only_this_side_changed_may_be_edited(
    ours: RevisionText, theirs: RevisionText, is_candidate: bool
) -> None:
    compared = compare("up", [ours], [theirs], [text("a")])
    assert [our.facts.id for our, _their, _old in edited_candidates(compared)] == (
        ["a"] if is_candidate else []
    )


def test_an_edited_parent_is_named() -> None:
    our, their = text("b", "x"), text("b", "a")
    compared = compare("up", [our], [their], [their])
    found = edited_finding(compared, our, their)
    assert found.message == "revision b is on up: down_revision was a and is x"
    assert found.line == 4
