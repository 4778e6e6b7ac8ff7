"""`db graph` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ask
from tests.cli.processes import fidesdev
from tests.projects import Project, make_project


def test_lanes_are_drawn_newest_first(ask: Ask, fork: Project) -> None:
    assert ask(fork, "db", "graph").out == (
        "*   bbb2 (head) does bbb2\n"
        "*   bbb1 does bbb1\n"
        "│ * aaa2 (head) does aaa2\n"
        "│ * aaa1 does aaa1\n"
        "├─╯\n"
        "*   comm does comm\n"
        "*   base0 does base0\n"
    )


def test_applied_asks_the_database(ask: Ask, fork: Project) -> None:
    assert ask(fork, "db", "upgrade", "aaa1").code == 0
    lines = ask(fork, "db", "graph", "comm:", "--applied").out.splitlines()
    assert lines[1:3] == ["○   bbb1 does bbb1", "│ ○ aaa2 (head) does aaa2"]
    assert lines[3] == "│ ● aaa1 (current) does aaa1"
    assert lines[-1].startswith("● 2 applied  ○ 3 pending  in sqlite:///")


def test_json_has_nodes_and_edges_with_lanes(ask: Ask, fork: Project) -> None:
    report = json.loads(ask(fork, "db", "graph", "--json").out)["data"]
    assert [(node["id"], node["lane"]) for node in report["nodes"]] == [
        ("bbb2", 0),
        ("bbb1", 0),
        ("aaa2", 1),
        ("aaa1", 1),
        ("comm", 0),
        ("base0", 0),
    ]
    edge = {"child": "aaa1", "parent": "comm", "kind": "parent", "lane": 1}
    assert edge in report["edges"]
    assert report["lanes"] == 2


@pytest.mark.parametrize(
    ("file", "begins"),
    [
        ("graph.txt", "*   bbb2"),
        ("graph.mmd", "flowchart"),
        ("graph.gv", "digraph"),
        ("graph.DOT", "digraph"),
        ("graph.svg", "<svg "),
        ("graph.html", "<!doctype html>"),
    ],
)
def test_the_end_of_a_name_is_a_format(ask: Ask, fork: Project, file: str, begins: str) -> None:
    answer = ask(fork, "db", "graph", "-o", file)
    assert (answer.code, answer.out, answer.err) == (0, "", f"Wrote {file}\n")
    assert (fork.root / file).read_text(encoding="utf-8").startswith(begins)
    form = "text" if file.endswith("txt") else begins.strip("<! ").partition(" ")[0]
    names = {"flowchart": "mermaid", "digraph": "dot", "doctype": "html"}
    printed = ask(fork, "db", "graph", "--format", names.get(form, form)).out
    assert printed == (fork.root / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("-o", "graph.png"), 2, "no format has the name or the end of 'graph.png'"),
        (("-o", "graph"), 2, "no format has the name or the end of 'graph'"),
        (("-o", "no/such/graph.svg"), 1, "could not be written: No such file"),
        (("--format", "png"), 2, "'png' is not one of"),
        (("--limit", "0"), 2, "0 is not in the range"),
        (("nonsense:",), 1, "no revision matches 'nonsense'"),
        (("a:b:c",), 2, "'a:b:c'"),
    ],
)
def test_what_cannot_be_drawn(
    ask: Ask, fork: Project, arguments: tuple[str, ...], code: int, said: str
) -> None:
    answer = ask(fork, "db", "graph", *arguments)
    assert answer.code == code
    assert said in answer.err


def test_no_revisions_are_no_error(ask: Ask, tmp_path: Path) -> None:
    project = make_project(tmp_path / "empty", [])
    assert ask(project, "db", "graph").out == "No revisions.\n"
    for form in ("mermaid", "dot", "svg", "html"):
        assert ask(project, "db", "graph", "--format", form).code == 0


def test_an_encoding_without_lines_gets_ascii(fork: Project) -> None:
    answer = fidesdev("db", "graph", cwd=fork.root, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert answer.code == 0
    assert "|-'" in answer.out
