"""`snapshot diff`, `export`, `import` and `prune` as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Ask
from tests.projects import Project


@pytest.fixture
def saved(ask: Ask, fork: Project) -> Project:
    """A project whose database has a snapshot and one table more since."""
    fork.sql("CREATE TABLE t (a integer)")
    assert ask(fork, "snapshot", "save", "one").code == 0
    fork.sql("CREATE TABLE u (a integer, b text)")
    fork.sql("INSERT INTO t VALUES (1)")
    return fork


def test_diff_tells_both_sides_the_schema_and_rows(ask: Ask, saved: Project) -> None:
    answer = ask(saved, "snapshot", "diff", "one")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "From  snapshot one at no revision",
        f"To    database {saved.url.database} at no revision",
        "+ table u with 2 columns",
        "TABLE   ROWS  CHANGE",
        "t      0 → 1      +1",
        "u          0     new",
    ]
    assert ask(saved, "snapshot", "diff", "one", "one", "--exit-code").code == 0


def test_diff_has_one_document(ask: Ask, saved: Project) -> None:
    answer = ask(saved, "snapshot", "diff", "one", "--json", "--exit-code")
    assert answer.code == 3
    assert answer.json["error"] is None
    assert answer.json["data"]["schema"][0] == {
        "kind": "column",
        "name": "u.a",
        "before": None,
        "after": "INTEGER",
    }
    assert answer.json["data"]["rows"] == [
        {"table": "t", "before": 0, "after": 1},
        {"table": "u", "before": None, "after": 0},
    ]


def test_export_and_import_travel_through_a_file(ask: Ask, saved: Project) -> None:
    answer = ask(saved, "snapshot", "export", "one", "one.db")
    assert answer.code == 0
    file = saved.root / "one.db"
    assert answer.out.startswith(f"Exported one to {file} (")
    again = ask(saved, "snapshot", "export", "one", "one.db")
    assert (again.code, again.out) == (5, "")
    assert "--force" in again.err
    assert ask(saved, "snapshot", "import", "one.db").code == 5
    assert ask(saved, "snapshot", "import", "one.db", "two", "--json").json["ok"]
    assert ask(saved, "snapshot", "diff", "one", "two", "--exit-code").code == 0


def test_import_of_no_dump_is_a_mistake_of_usage(ask: Ask, saved: Project) -> None:
    (saved.root / "notes.txt").write_text("notes")
    answer = ask(saved, "snapshot", "import", "notes.txt")
    assert answer.code == 2
    assert "notes.txt is no SQLite database" in answer.err
    assert ask(saved, "snapshot", "import", "none.txt").code == 2


def test_prune_asks_unless_nothing_goes(ask: Ask, saved: Project) -> None:
    nothing = ask(saved, "snapshot", "prune")
    assert nothing.code == 0
    assert nothing.out.startswith("Nothing to remove")
    refused = ask(saved, "snapshot", "prune", "--named", "--keep", "0")
    assert (refused.code, refused.out) == (5, "")
    planned = ask(saved, "snapshot", "prune", "--named", "--keep", "0", "-n")
    assert planned.out.startswith("This would remove 1 snapshot, ")
    assert ask(saved, "snapshot", "show", "one").code == 0
    done = ask(saved, "snapshot", "prune", "--named", "--keep", "0", "-y")
    assert done.out.startswith("Removed 1 snapshot, ")
    assert ask(saved, "snapshot", "show", "one").code == 1


@pytest.mark.parametrize(
    "arguments",
    [("--older-than", "soon"), ("--max-size", "big"), ("--keep", "-1"), ("--named",)],
)
def test_prune_refuses_what_it_cannot_read(
    ask: Ask, saved: Project, arguments: tuple[str, ...]
) -> None:
    assert ask(saved, "snapshot", "prune", *arguments).code == 2


def test_verbs_need_no_project(ask: Ask, saved: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    bare = Project(tmp_path / "elsewhere", saved.url, ())
    assert ask(bare, "snapshot", "diff", "one").code == 0
    assert ask(bare, "snapshot", "prune").code == 0
