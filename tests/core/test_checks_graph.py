"""What is wrong between revisions: found in any set of files, however broken it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.checks_graph import heads_findings, join
from fidesdev.core.revision_facts import RevisionText
from tests.texts import text, texts


def found(files: list[RevisionText]) -> list[tuple[str, str | None, str]]:
    """Code, revision and message of all findings."""
    joined = join(files)
    return [(f.code, f.revision, f.message) for f in (*joined.findings, *heads_findings(joined))]


@pytest.mark.parametrize(
    "tree",
    [
        "a > b > c",
        "a > b, a > c, b c > d",
        "a > b, q > r",
        "a > b, q > r, r ~ b",
        "a > b, a > c, c @ side",
        "a > b, a > c, b @ one, c @ two",
        "a > b, a > c, c @ label of c",  # a computed label is a label
        "a > b, q ~ label, b @ label of b",  # ... and may have any name
        "",
    ],
)
def test_sound_trees_have_no_findings(tree: str) -> None:
    assert found(texts(tree) if tree else []) == []


def test_two_heads_of_one_lineage_are_found() -> None:
    ((code, revision, message),) = found(texts("a > b, a > c, q"))
    assert (code, revision) == ("heads", "c")
    assert message == "2 heads in one lineage: b (versions/b.py), c (versions/c.py)"


def test_heads_under_the_same_label_are_rivals() -> None:
    ((code, _revision, message),) = found(texts("a > b, b > c, b > d, a > e, b @ one"))
    assert code == "heads"
    assert "c (" in message
    assert "e (" not in message


def test_an_own_head_is_the_place_of_the_finding() -> None:
    joined = join(texts("a > b, a > c"))
    (finding,) = heads_findings(joined, rather={"b"})
    assert (finding.path, finding.line) == ("versions/b.py", 4)


def test_one_id_in_two_files_is_found_with_both() -> None:
    ((code, revision, message),) = found([text("a"), text("a", path="other.py")])
    assert (code, revision) == ("ids", "a")
    assert message == "revision a is defined in 2 files: versions/a.py and other.py"


def test_a_label_on_two_revisions_is_found() -> None:
    files = [text("a", labels=("x",)), text("b", "a", labels=("x",))]
    assert found(files) == [("ids", "b", "label 'x' is on both a and b")]


@pytest.mark.parametrize(("length", "count"), [(32, 0), (33, 1)])
def test_an_id_longer_than_the_version_column_is_found(length: int, count: int) -> None:
    assert len(found([text("x" * length)])) == count


def test_an_id_that_begins_another_is_found() -> None:
    messages = [message for _, _, message in found(texts("ab > abc > abd > b > abcd"))]
    assert messages == [
        "id abc begins with ab, which is an id too",
        "id abcd begins with abc, which is an id too",
        "id abd begins with ab, which is an id too",
    ]


def test_missing_parents_and_dependencies_are_found() -> None:
    files = [text("a", "gone"), text("b", "a", needs=("lost", "side")), text("c", labels=("side",))]
    assert found(files) == [
        ("orphans", "a", "revision a names the parent gone, which no file defines"),
        ("orphans", "b", "revision b names the dependency lost, which no file defines"),
    ]


@pytest.mark.parametrize(
    ("files", "cycle"),
    [
        ([text("a", "a")], "a -> a"),
        ([text("a", "b"), text("b", "a")], "a -> b -> a"),
        ([text("c", "b"), text("b", "a"), text("a", "c"), text("d", "c")], "a -> b -> c -> a"),
        ([text("a", needs=("b",)), text("b", "a")], "a -> b -> a"),
        ([text("a", needs=("side",)), text("b", "a", labels=("side",))], "a -> b -> a"),
    ],
)
def test_cycles_are_found(files: list[RevisionText], cycle: str) -> None:
    (first, *_rest) = found(files)
    assert first == ("cycles", "a", f"revisions form a cycle: {cycle}")


def test_every_cycle_is_found_once() -> None:
    files = [text("a", "b"), text("b", "a"), text("c", "d"), text("d", "c")]
    assert [f.revision for f in join(files).findings] == ["a", "c"]


ids = st.sampled_from("abcdef")
anything = st.lists(
    st.builds(
        lambda id_, parents, needs, labels: text(id_, *parents, needs=needs, labels=labels),
        ids,
        st.lists(ids, max_size=2, unique=True),
        st.lists(ids, max_size=1).map(tuple),
        st.lists(st.sampled_from(["one", "two"]), max_size=1).map(tuple),
    ),
    max_size=8,
)


@given(anything)
def test_no_set_of_files_stops_the_checks(files: list[RevisionText]) -> None:
    joined = join(files)
    assert set(joined.graph.revisions) == {file.facts.id for file in files}
    list(heads_findings(joined))
    missing = {name for file in joined.files.values() for name in file.facts.parents} - {
        *joined.files
    }
    told = {finding.message for finding in joined.findings if finding.code == "orphans"}
    assert all(any(f"the parent {name}," in message for message in told) for name in missing)
