"""Joining recovered revisions to the graph of a checkout, on literals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.journal import JournalSource
from fidesdev.core.planner import plan_goto
from fidesdev.core.recovery import (
    FoundSource,
    choose,
    fingerprint,
    first_of,
    found_source,
    from_journal,
    recover,
)
from fidesdev.core.target import Destination
from tests.notation import graph, random_revisions, revisions


def found(revision: Revision, place: str = "git:feature") -> FoundSource:
    return FoundSource(revision, f"# {revision.id}".encode(), place)


def elsewhere(text: str) -> Callable[[frozenset[str]], Mapping[str, FoundSource]]:
    """A lookup that finds the revisions of the notation."""
    there = {revision.id: found(revision) for revision in revisions(text)}
    return lambda ids: {id_: there[id_] for id_ in ids if id_ in there}


def journal(text: bytes, sha256: str | None = None) -> JournalSource:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return JournalSource(
        *("f1", text, sha256 or fingerprint(text), "feature", "c0ffee", ("a",), (), "v/f1.py", when)
    )


def test_chain_is_followed_to_what_the_checkout_has() -> None:
    joined = recover(graph("a > b"), ["f3"], elsewhere("a > f1 > f2 > f3, b > unrelated"))
    assert joined.sources.keys() == {"f1", "f2", "f3"}
    assert joined.graph.ancestors({"f3"}) == {"a", "f1", "f2", "f3"}
    assert joined.graph.heads == {"b", "f3"}
    assert joined.missing == {}


def test_revision_that_the_checkout_has_is_never_looked_up() -> None:
    asked: set[str] = set()

    def lookup(ids: frozenset[str]) -> Mapping[str, FoundSource]:
        asked.update(ids)
        return elsewhere("a > f1")(ids)

    recover(graph("a > b"), ["a", "f1"], lookup)
    assert asked == {"f1"}


def test_both_parents_of_a_merge_and_a_dependency_are_followed() -> None:
    joined = recover(graph("a > b"), ["m"], elsewhere("a > x, a > y, x y > m, m ~ z, z"))
    assert joined.sources.keys() == {"m", "x", "y", "z"}


def test_dependency_on_a_label_of_the_checkout_is_no_revision_to_look_for() -> None:
    joined = recover(graph("a > b, b @ team"), ["f1"], elsewhere("a > f1, f1 ~ team"))
    assert joined.missing == {}
    assert joined.graph.ancestors({"f1"}) == {"a", "b", "f1"}


def test_missing_end_is_named_with_who_needs_it_and_nothing_is_joined() -> None:
    checkout = graph("a > b")
    there = {"f2": found(Revision("f2", ("lost",)))}
    joined = recover(checkout, ["f2"], lambda ids: {i: there[i] for i in ids if i in there})
    assert joined.graph.revisions == checkout.revisions
    assert joined.missing.keys() == {"lost"}
    assert joined.missing["lost"].startswith("f2 (git:feature) needs it")
    assert joined.place("f2") == "git:feature"
    assert joined.place("lost") is None


def test_what_was_found_whole_is_joined_though_another_is_missing() -> None:
    joined = recover(graph("a > b"), ["f2", "lost"], elsewhere("a > f1 > f2"))
    assert joined.missing.keys() == {"lost"}
    assert joined.graph.ancestors({"f2"}) == {"a", "f1", "f2"}


def test_id_that_is_nowhere_is_missing_itself() -> None:
    joined = recover(graph("a"), ["f1"], elsewhere("b"))
    assert joined.missing == {"f1": "its source was found nowhere"}


def test_cycle_among_recovered_revisions_is_reported_and_ends() -> None:
    there = {
        "f1": found(Revision("f1", ("f2",), path="one.py")),
        "f2": found(Revision("f2", ("f1",), path="two.py")),
    }
    joined = recover(graph("a"), ["f1"], lambda ids: {id_: there[id_] for id_ in ids})
    assert set(joined.missing) == {"f1", "f2"}
    assert "revisions form a cycle: " in joined.missing["f1"]
    assert "one.py" in joined.missing["f1"]


def test_label_that_the_checkout_gives_to_another_revision_is_left_to_it() -> None:
    joined = recover(graph("a > b, b @ team"), ["f1"], elsewhere("a > f1, f1 @ team"))
    assert joined.missing == {}
    assert joined.graph.labelled == {"team": "b"}


def test_goto_from_unknown_rows_unapplies_them_in_order() -> None:
    checkout = graph("a > b > c")
    joined = recover(checkout, ["f2"], elsewhere("a > f1 > f2"))
    to = Destination(checkout.heads, frozenset(joined.graph.revisions))
    plan = plan_goto(joined.graph, frozenset({"f2"}), to)
    assert [f"{step.direction} {step.revision}" for step in plan.steps] == [
        "down f2",
        "down f1",
        "up b",
        "up c",
    ]


@given(random_revisions(), st.data())
def test_recovery_undoes_the_loss_of_any_part_that_others_do_not_need(
    made: list[Revision], data: st.DataObject
) -> None:
    whole = RevisionGraph.build(made)
    lost = whole.descendants(data.draw(st.sets(st.sampled_from([r.id for r in made]), min_size=1)))
    checkout = RevisionGraph.build(r for r in made if r.id not in lost)
    there = {id_: found(whole.revisions[id_]) for id_ in lost}
    rows = whole.tips(frozenset(whole.revisions))
    joined = recover(checkout, rows - checkout.revisions.keys(), lambda ids: _some(there, ids))
    labels = {label for id_ in lost for label in whole.revisions[id_].labels}
    if any(labels.intersection(revision.depends_on) for revision in made):
        return
    assert joined.missing == {}
    assert joined.graph.requires == {id_: whole.requires[id_] for id_ in joined.graph.requires}
    assert joined.graph.ancestors(rows) == whole.ancestors(rows)


def _some(there: Mapping[str, FoundSource], ids: frozenset[str]) -> dict[str, FoundSource]:
    return {id_: there[id_] for id_ in ids if id_ in there}


# One source of several


def test_first_lookup_that_has_it_wins_and_later_ones_are_not_asked_again() -> None:
    journal_has = found(Revision("f1"), "journal")
    asked: list[frozenset[str]] = []

    def later(ids: frozenset[str]) -> Mapping[str, FoundSource]:
        asked.append(ids)
        return elsewhere("f1, f2")(ids)

    lookup = first_of([lambda ids: _some({"f1": journal_has}, ids), later])
    places = {id_: one.place for id_, one in lookup(frozenset({"f1", "f2"})).items()}
    assert places == {"f1": "journal", "f2": "git:feature"}
    assert asked == [frozenset({"f2"})]


def test_journal_is_believed_when_its_text_has_its_hash() -> None:
    text = b"revision = 'f1'\ndown_revision = 'a'\n"
    kept = journal(text)
    (one,) = from_journal(lambda _id: kept)(frozenset({"f1"})).values()
    assert (one.place, one.source, one.revision.parents) == ("journal", text, ("a",))
    assert (one.branch, one.commit) == ("feature", "c0ffee")


@pytest.mark.parametrize(
    "kept",
    [
        journal(b"revision = 'f1'\ndown_revision = 'a'\n", fingerprint(b"another text")),
        journal(b"revision = 'f2'\ndown_revision = 'a'\n"),
        journal(b""),
        journal(b"this is ( no Python"),
        None,
    ],
    ids=["other hash", "other id", "empty", "broken", "nothing"],
)
def test_journal_is_not_believed_otherwise(kept: JournalSource | None) -> None:
    assert from_journal(lambda _id: kept)(frozenset({"f1"})) == {}


def test_choice_between_texts_falls_by_hash_then_branch_then_date() -> None:
    revision = Revision("f1")
    texts = {name: f"# {name}".encode() for name in ("old", "new", "kept")}
    old, new, kept = (
        replace(found(revision, f"git:{name}"), source=text, date=date)
        for (name, text), date in zip(texts.items(), ("2024", "2026", "2025"), strict=True)
    )
    assert choose([old, new, kept], None).place == "git:new"
    assert choose([old, new, kept], journal(texts["kept"])).place == "git:kept"
    by_branch = replace(journal(b"lost"), branch="old")
    chosen = choose([old, new, kept], by_branch)
    assert chosen.place == "git:old"
    assert chosen.note == (
        "another version of it is in git:kept, git:new; "
        "no text has the hash that the journal kept when it was applied"
    )


def test_one_text_in_two_places_needs_no_note() -> None:
    one = found(Revision("f1"), "git:one")
    assert choose([one, replace(one, place="git:two")], None).note is None


def test_text_without_a_place_in_the_graph_is_no_source() -> None:
    computed = b"import os\nrevision = 'f1'\ndown_revision = os.environ['X']\n"
    assert found_source(computed, path="f1.py", place="") is None
    assert found_source(b"print(1)", path="f1.py", place="") is None
    labelled = b"from x import y\nrevision = 'f1'\ndown_revision = None\nbranch_labels = y\n"
    assert found_source(labelled, path="f1.py", place="") is not None
