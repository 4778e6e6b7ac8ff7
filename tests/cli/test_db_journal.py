"""`db log`, `undo`, `redo`, `stamp` and `doctor` as they are typed."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Ask
from tests.projects import Project

KEYS = {
    "id",
    "command",
    "before",
    "after",
    "started",
    "finished",
    "seconds",
    "outcome",
    "who",
    "host",
    "commit",
    "branch",
    "dirty",
    "version",
    "error",
    "snapshot",
    "steps",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def project(request: pytest.FixtureRequest) -> Project:
    """A project with two branches, on either kind of database."""
    name = "fork" if request.param == "sqlite" else "pg_fork"
    found: Project = request.getfixturevalue(name)
    return found


def test_log_as_json(ask: Ask, project: Project) -> None:
    assert ask(project, "db", "log", "--json").json["data"] == {"moves": []}
    ask(project, "db", "upgrade", "aaa1")
    ask(project, "db", "goto", "bbb1", "-y")
    data = ask(project, "db", "log", "--json").json["data"]
    newest, oldest = data["moves"]
    assert newest.keys() == KEYS
    assert newest["command"] == "db goto bbb1"
    assert (newest["before"], newest["after"], newest["outcome"]) == (["aaa1"], ["bbb1"], "done")
    assert newest["started"].endswith("Z")
    assert [(step["direction"], step["revision"]) for step in newest["steps"]] == [
        ("down", "aaa1"),
        ("up", "bbb1"),
    ]
    assert oldest["command"] == "db upgrade aaa1"
    limited = ask(project, "db", "log", "--limit", "1", "--json").json["data"]
    assert limited == {"moves": [newest]}


def test_log_as_text_has_a_line_for_each_move(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa1")
    lines = ask(project, "db", "log").out.splitlines()
    assert lines[0].startswith("when (UTC)")
    assert "db upgrade aaa1" in lines[1]
    assert lines[1].endswith("done")


def test_undo_asks_when_it_goes_down(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa1")
    refused = ask(project, "db", "undo", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (5, "confirmation_needed")
    dry = ask(project, "db", "undo", "-n", "--json").json["data"]
    assert (dry["before"], dry["after"], dry["executed"]) == (["aaa1"], [], False)
    done = ask(project, "db", "undo", "-y", "--json").json["data"]
    assert [step["direction"] for step in done["steps"]] == ["down"] * 3
    assert "db upgrade aaa1" in done["note"]
    assert ask(project, "db", "undo", "--schema-only").code == 0  # up steps alone
    assert project.rows() == {"aaa1"}


def test_undo_with_the_data_tells_what_it_does_and_asks(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa1")
    project.sql("INSERT INTO t_aaa1 VALUES (7)")
    ask(project, "db", "goto", "base", "-y")
    dry = ask(project, "db", "undo", "--dry-run")
    assert "This would restore snapshot before-goto-base-" in dry.out
    assert "This undoes 'fidesdev db goto base' of" in dry.out
    assert (project.tables(), dry.code) == (set(), 0)
    refused = ask(project, "db", "undo", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (5, "confirmation_needed")
    done = ask(project, "db", "undo", "-y")
    assert "Restored before-goto-base-" in done.out
    assert project.sql("SELECT * FROM t_aaa1") == [(7,)]


def test_no_snapshot_leaves_undo_to_the_scripts(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa1")
    answer = ask(project, "db", "goto", "base", "-y", "--no-snapshot")
    assert "Snapshot" not in answer.err
    undone = ask(project, "db", "undo", "--json").json["data"]
    assert (undone["restored"], [step["direction"] for step in undone["steps"]]) == (
        None,
        ["up"] * 3,
    )


def test_undo_with_nothing_recorded(ask: Ask, project: Project) -> None:
    answer = ask(project, "db", "undo", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (1, "nothing_recorded")


def test_redo_goes_down_and_up(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa2")
    assert ask(project, "db", "redo").code == 5
    data = ask(project, "db", "redo", "2", "--yes", "--json").json["data"]
    assert [(step["direction"], step["revision"]) for step in data["steps"]] == [
        ("down", "aaa2"),
        ("down", "aaa1"),
        ("up", "aaa1"),
        ("up", "aaa2"),
    ]
    assert ask(project, "db", "redo", "0").code == 2
    assert ask(project, "db", "redo", "9", "-y").code == 1


def test_dash_is_a_rev(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa1")
    ask(project, "db", "goto", "bbb1", "-y")
    assert ask(project, "db", "plan", "-", "--json").json["data"]["after"] == ["aaa1"]
    assert ask(project, "db", "goto", "-", "-y").code == 0
    assert project.rows() == {"aaa1"}


def test_stamp_forgets_nothing_silently(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa2")
    refused = ask(project, "db", "stamp", "comm")
    assert refused.code == 5
    assert "rows aaa2 become comm, which forgets that aaa1, aaa2 are applied" in refused.err
    assert project.rows() == {"aaa2"}
    done = ask(project, "db", "stamp", "comm", "-y")
    assert done.out.splitlines() == [
        "Stamped aaa2 → comm; no script was run.",
        "No longer recorded as applied: aaa1, aaa2.",
    ]
    assert ask(project, "db", "stamp", "aaa1").code == 0  # forwards: nothing is forgotten


def test_forget_takes_one_row(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa1")
    project.sql("INSERT INTO alembic_version VALUES ('gone')")
    assert ask(project, "db", "stamp", "--forget", "gone").code == 5
    data = ask(project, "db", "stamp", "--forget", "gone", "-y", "--json").json["data"]
    assert data == {
        "before": ["aaa1", "gone"],
        "after": ["aaa1"],
        "executed": True,
        "forgotten": ["gone"],
    }
    assert ask(project, "db", "stamp", "--forget", "gone").code == 1


@pytest.mark.parametrize("arguments", [(), ("comm", "--forget", "comm")])
def test_stamp_wants_a_rev_or_a_row(ask: Ask, fork: Project, arguments: tuple[str, ...]) -> None:
    assert ask(fork, "db", "stamp", *arguments).code == 2


def test_doctor_exits_3_when_something_is_wrong(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa1")
    healthy = ask(project, "db", "doctor", "--json")
    assert (healthy.code, healthy.json["ok"], healthy.json["data"]["findings"]) == (0, True, [])
    project.sql("INSERT INTO alembic_version VALUES ('comm')")
    sick = ask(project, "db", "doctor", "--json")
    assert (sick.code, sick.json["ok"], sick.json["error"]) == (3, False, None)
    (finding,) = sick.json["data"]["findings"]
    assert finding.keys() == {"code", "severity", "message", "hint", "revision", "path"}
    assert (finding["code"], finding["revision"]) == ("redundant_row", "comm")


def test_fix_shows_asks_and_removes(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa1")
    project.sql("INSERT INTO alembic_version VALUES ('comm')")
    dry = ask(project, "db", "doctor", "--fix", "-n")
    assert dry.code == 3
    assert dry.out.startswith("Would remove the redundant row comm")
    assert ask(project, "db", "doctor", "--fix").code == 5
    assert project.rows() == {"aaa1", "comm"}
    done = ask(project, "db", "doctor", "--fix", "--yes")
    assert done.code == 0
    assert done.out.startswith("Removed the redundant row comm")
    assert project.rows() == {"aaa1"}
    log = ask(project, "db", "log", "--json").json["data"]["moves"]
    assert log[0]["command"] == "db doctor --fix"


def test_fix_with_nothing_to_fix_changes_nothing(ask: Ask, project: Project) -> None:
    ask(project, "db", "upgrade", "aaa1")
    answer = ask(project, "db", "doctor", "--fix", "--json")
    assert (answer.code, answer.json["data"]["executed"]) == (0, False)
