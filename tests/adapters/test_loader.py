"""Graphs are loaded as Alembic's own `ScriptDirectory` loads them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st

from fidesdev.core.graph import Revision
from fidesdev.errors import GraphError
from tests.adapters.revision_trees import (
    assert_same,
    load,
    make_project,
    revision,
    write,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with an empty versions folder."""
    return make_project(tmp_path)


def problems(project: Path) -> list[str]:
    with pytest.raises(GraphError) as caught:
        load(project)
    found: list[str] = caught.value.facts["problems"]
    return found


def run(file: Path) -> Mapping[str, object]:
    """The file's names, by running it."""
    values: dict[str, object] = {}
    exec(file.read_text(encoding="utf-8"), values)  # noqa: S102  # as the runner imports it
    return values


def test_a_revision_has_what_its_file_says(project: Path) -> None:
    write(project, "a_base.py", revision("a", more="branch_labels = ('main',)"))
    text = '"""Add orders\n\nCreate Date: 2024-01-05 12:01:00.25\n"""\n'
    write(project, "b_add.py", text + revision("b", "a", "depends_on = 'main'"))
    assert assert_same(project).revisions["b"] == Revision(
        id="b",
        parents=("a",),
        depends_on=("main",),
        message="Add orders",
        path="migrations/versions/b_add.py",
        created="2024-01-05T12:01:00",
    )


def test_a_project_without_revisions_has_an_empty_graph(project: Path) -> None:
    assert assert_same(project).heads == frozenset()
    (project / "migrations" / "versions").rmdir()
    assert assert_same(project).heads == frozenset()


@pytest.mark.parametrize(
    "name", ["__init__.py", "__init__old.py", ".#a.py", "a.txt", "a.py.orig", "a.pyc", "py"]
)
def test_files_that_alembic_passes_over_are_passed_over(project: Path, name: str) -> None:
    write(project, "a.py", revision("a"))
    write(project, name, "not Python at all, is it")
    assert set(assert_same(project).revisions) == {"a"}


@pytest.mark.parametrize("name", [".a.py", "a b.py", "größe.py", "_a.py", "1.2.py"])
def test_unusual_names_are_revisions_too(project: Path, name: str) -> None:
    write(project, name, revision("a"))
    assert assert_same(project).revisions["a"].path == f"migrations/versions/{name}"


def test_a_file_without_a_revision_may_be_named_for_it(project: Path) -> None:
    write(project, "ae1027a6acf.py", "down_revision = None\n")
    assert set(assert_same(project).revisions) == {"ae1027a6acf"}


@pytest.mark.parametrize("recursive", ["true", "false"])
def test_subfolders_count_only_when_alembic_is_told_so(tmp_path: Path, recursive: str) -> None:
    project = make_project(tmp_path, f"recursive_version_locations = {recursive}")
    write(project, "a.py", revision("a"))
    write(project, "b.py", revision("b", "a"), folder="migrations/versions/2024/05")
    write(project, "c.py", "no Python here", folder="migrations/versions/2024/__pycache__")
    expected = {"a", "b"} if recursive == "true" else {"a"}
    assert set(assert_same(project).revisions) == expected


def test_several_locations_make_one_graph_and_a_missing_one_is_empty(tmp_path: Path) -> None:
    locations = "version_locations = %(here)s/migrations/versions:%(here)s/more:%(here)s/none"
    project = make_project(tmp_path, locations)
    write(project, "a.py", revision("a"))
    write(project, "b.py", revision("b", "a"), folder="more")
    assert assert_same(project).revisions["b"].path == "more/b.py"


def test_locations_inside_each_other_count_a_file_once(tmp_path: Path) -> None:
    locations = "version_locations = %(here)s/migrations/versions:%(here)s/migrations"
    project = make_project(tmp_path, locations, "recursive_version_locations = true")
    write(project, "a.py", revision("a"))
    assert set(assert_same(project).revisions) == {"a"}


def test_links_to_files_are_followed_and_those_to_folders_are_not(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", "recursive_version_locations = true")
    versions = project / "migrations" / "versions"
    write(project, "a.py", revision("a"))
    (versions / "again.py").symlink_to("a.py")
    shared = write(tmp_path, "b_shared.py", revision("b", "a"), folder="shared")
    (versions / "judged by what it leads to").symlink_to(shared)
    write(tmp_path, "c.py", revision("c", "b"), folder="elsewhere")
    (versions / "folder").symlink_to(tmp_path / "elsewhere")
    write(project, "d.txt", "no Python here", folder=".")
    (versions / "d.py").symlink_to(project / "d.txt")
    found = assert_same(project).revisions
    assert {id_: revision.path for id_, revision in found.items()} == {
        "a": "migrations/versions/a.py",
        "b": str(shared),
    }


def test_a_location_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path, "a.py", revision("a"), folder="elsewhere")
    project = make_project(tmp_path / "project")
    (project / "migrations" / "versions").rmdir()
    (project / "migrations" / "versions").symlink_to(tmp_path / "elsewhere")
    assert set(assert_same(project).revisions) == {"a"}


def test_a_project_reached_through_a_link_shows_paths_inside_it(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    write(project, "a.py", revision("a"))
    (tmp_path / "link").symlink_to(project)
    assert load(tmp_path / "link").revisions["a"].path == "migrations/versions/a.py"


def test_a_folder_that_is_called_like_a_file_is_none(project: Path) -> None:
    (project / "migrations" / "versions" / "a.py").mkdir()
    assert load(project).revisions == {}


def test_everything_that_is_wrong_is_in_one_error(project: Path) -> None:
    write(project, "a.py", "print 'Python 2'\n" + revision("a"))
    write(project, "b.py", revision("b", "a"))  # its parent is there, though it does not parse
    write(project, "c_none.py", "")
    (project / "migrations" / "versions" / "d.py").symlink_to("nowhere.py")
    write(project, "e.py", revision("e", more="branch_labels = LABEL"))
    write(project, "f.py", revision("f", "e"))
    write(project, "g.py", revision("g", "missing"))
    write(project, "h.py", revision("g"))
    write(project, "i-.py", revision("i-1"))
    versions = "migrations/versions"
    found = sorted(problems(project))
    assert [problem.partition(" ")[0] for problem in found] == [
        "g",
        f"{versions}/a.py:1:",
        f"{versions}/c_none.py:1:",
        f"{versions}/e.py:4:",
        f"{versions}/i-.py:2:",
        f"{versions}/nowhere.py:",
        "revision",
    ]
    assert found[0] == f"g ({versions}/g.py) names the parent missing, which no file defines"
    assert "branch_labels is no literal" in found[3]
    assert "g is defined twice" in found[6]


def test_a_location_that_cannot_be_listed_is_named(project: Path) -> None:
    (project / "migrations" / "versions").rmdir()
    write(project, "versions", "a file", folder="migrations")
    assert problems(project) == ["migrations/versions: Not a directory"]


def test_a_computed_header_is_what_running_the_file_gives(project: Path) -> None:
    write(project, "a.py", revision("a"))
    path = write(project, "b.py", revision("b", "a", "branch_labels = ('b' + '1',)"))
    asked: list[Path] = []

    def evaluate(file: Path) -> Mapping[str, object]:
        asked.append(file)
        return run(file)

    assert load(project, evaluate=evaluate).revisions["b"].labels == ("b1",)
    assert asked == [path]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("import no_such_module", "No module named 'no_such_module'"),
        ("raise SystemExit('stopped')", "stopped"),
        ("raise ValueError('one\\ntwo')", "one"),
        ("raise KeyError", "KeyError"),
        ("branch_labels = 7; depends_on = 8", "depends_on is 8, which names no revisions"),
    ],
)
def test_a_file_that_does_not_run_is_reported_by_name(
    project: Path, statement: str, reason: str
) -> None:
    write(project, "a.py", revision("a", more=f"if True:\n    {statement}\n    branch_labels = ''"))
    with pytest.raises(GraphError) as caught:
        load(project, evaluate=run)
    names = "branch_labels and depends_on" if "depends_on" in statement else "branch_labels"
    assert caught.value.facts["problems"] == [
        f"migrations/versions/a.py:4: {names} is no literal, and {reason}"
    ]


forms = st.sampled_from(["{one}", "({one})", "({all},)", "[{all}]", "(\n    {all},  # (x)\n)"])


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str]:
    """Name and text of the files of a random tree with merges, dependencies and labels."""
    count = draw(st.integers(1, 8))
    files = {}
    for number in range(count):
        earlier = st.sets(st.integers(0, number - 1), max_size=3) if number else st.just(set[int]())
        lines = [f'"""Step {number}\n\ntext\n"""', f"revision = 'r{number}'"]
        for name, ids in (("down_revision", draw(earlier)), ("depends_on", draw(earlier))):
            form = draw(forms) if len(ids) == 1 else draw(forms.filter(lambda form: "all" in form))
            items = ", ".join(f"'r{id_}'" for id_ in sorted(ids))
            annotation = draw(st.sampled_from(["", ": object"]))
            lines.append(
                f"{name}{annotation} = " + (form.format(one=items, all=items) if ids else "None")
            )
        if draw(st.booleans()):
            lines.append(f"branch_labels = ['l{number}']")
        files[f"{draw(st.sampled_from('xyz'))}_r{number}.py"] = "\n".join(lines) + "\n"
    return files


@given(files=trees())
def test_any_tree_is_the_one_that_alembic_loads(files: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder))
        for name, text in files.items():
            write(project, name, text)
        graph = assert_same(project)
        scripts = ScriptDirectory.from_config(Config(project / "alembic.ini"))
        assert graph.heads == set(scripts.get_heads())
        assert graph.bases == set(scripts.get_bases())
