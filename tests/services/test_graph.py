"""`db graph`: what is drawn, and what database and git know of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.errors import FileNotWritten
from fidesdev.services.graph import Told, graph, write
from tests.branches import make_branches
from tests.services.conftest import Make
from tests.services.switched import lose, switched

APPLIED = Told(applied=True)


def test_states_are_those_of_the_database(make: Make) -> None:
    project = make("a111 > b111, a111 > c111")
    assert {node.state for node in graph(project.workspace).nodes} == {None}
    none = graph(project.workspace, told=APPLIED)
    assert {node.state for node in none.nodes} == {"pending"}
    assert none.database == str(project.workspace.database)


def test_what_only_another_branch_has_is_drawn_where_it_belongs(make_lite: Make) -> None:
    project, _repository = switched(make_lite)
    nodes = {node.id: node for node in graph(project.workspace, told=APPLIED).nodes}
    assert {id_: node.state for id_, node in nodes.items()} == {
        "base0": "applied",
        "comm": "applied",
        "aaa1": "unknown",
        "aaa2": "unknown",
        "bbb1": "pending",
        "bbb2": "pending",
    }
    assert nodes["aaa2"].parents == ("aaa1",)
    assert nodes["aaa2"].place == "git:feature"
    assert [id_ for id_, node in nodes.items() if node.is_current] == ["aaa2"]
    told = Told(applied=True, sources=True)
    sources = {node.id: node.source for node in graph(project.workspace, told=told).nodes}
    assert "CREATE TABLE" in (sources["aaa2"] or "")
    assert "CREATE TABLE" in (sources["bbb2"] or "")


def test_a_revision_that_is_nowhere_is_drawn_alone(make_lite: Make) -> None:
    project, repository = switched(make_lite)
    lose(repository)
    report = graph(project.workspace, told=Told(applied=True, sources=True))
    (lost,) = [node for node in report.nodes if node.state == "unknown"]
    assert (lost.id, lost.place, lost.source, lost.is_current) == ("aaa2", None, None, True)
    assert not [edge for edge in report.edges if "aaa2" in (edge.child, edge.parent)]


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (":", {"base0", "comm", "aaa1", "aaa2", "bbb1", "bbb2"}),
        ("comm:", {"comm", "aaa1", "aaa2", "bbb1", "bbb2"}),
        ("bbb1:", {"bbb1", "bbb2"}),
        (":bbb1", {"base0", "comm", "bbb1"}),
        ("bbb1", {"base0", "comm", "bbb1"}),
    ],
)
def test_a_range_without_an_end_has_what_the_database_has_beyond(
    make_lite: Make, span: str, shown: set[str]
) -> None:
    project, _repository = switched(make_lite)
    assert {node.id for node in graph(project.workspace, span, told=APPLIED).nodes} == shown


def test_a_limit_keeps_the_newest_and_counts_the_others(make_lite: Make) -> None:
    report = graph(make_lite("a111 > b111 > c111").workspace, limit=2)
    assert [node.id for node in report.nodes] == ["c111", "b111"]
    assert report.older == 1
    assert [(edge.child, edge.parent) for edge in report.edges] == [
        ("c111", "b111"),
        ("b111", "a111"),
    ]


def test_git_tells_author_and_branch(tmp_path: Path) -> None:
    branches = make_branches(tmp_path / "p", "a111 > b111", "b111 > c111")
    branches.add("a111 > b111 > c111 > d111")
    (branches.project.root / ".fides.toml").write_text('[fidesdev]\nupstream = "main"\n')
    nodes = {node.id: node for node in graph(branches.workspace, told=Told(authors=True)).nodes}
    assert [(nodes[id_].branch, nodes[id_].is_own) for id_ in nodes] == [
        (None, None),
        ("feature", True),
        ("main", False),
        ("main", False),
    ]
    assert nodes["d111"].author is None
    assert nodes["a111"].author
    assert len(nodes["a111"].commit or "") == 40


def test_without_git_nothing_is_told_of_authors(make_lite: Make) -> None:
    report = graph(make_lite("a111").workspace, told=Told(authors=True))
    assert [node.author for node in report.nodes] == [None]


def test_a_picture_can_be_read_by_those_who_may_read_files(tmp_path: Path) -> None:
    ordinary, file = tmp_path / "ordinary", tmp_path / "graph.svg"
    ordinary.touch()
    write(file, "one")
    write(file, "two")
    assert file.read_text() == "two"
    assert file.stat().st_mode == ordinary.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [file, ordinary]
    with pytest.raises(FileNotWritten):
        write(tmp_path / "nowhere" / "graph.svg", "one")
