"""`fidesdev db`: the migration verbs as scripts and people see them."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Ask
from tests.cli.processes import FIDESDEV, at_terminal, fidesdev
from tests.projects import Project, make_project, untimed

MOVE_KEYS = {"before", "after", "steps", "executed", "seconds"}
STEP_KEYS = {"direction", "revision", "message", "path", "source", "reversible", "impact"}
REVISION_KEYS = {
    "id",
    "parents",
    "depends_on",
    "labels",
    "message",
    "path",
    "created",
    "is_head",
    "applied",
}


def test_upgrade_tells_steps_on_stderr_and_the_result_on_stdout(ask: Ask, fork: Project) -> None:
    answer = ask(fork, "db", "upgrade", "comm")
    assert answer.code == 0
    assert untimed(answer.out) == "Done: upgraded 2. The database is at comm.\n"
    assert answer.err == "1/2 ↑ base0  does base0\n2/2 ↑ comm  does comm\n"


def test_quiet_leaves_the_result_alone(ask: Ask, fork: Project) -> None:
    answer = ask(fork, "db", "upgrade", "comm", "-q")
    assert untimed(answer.out) == "Done: upgraded 2. The database is at comm.\n"
    assert answer.err == ""


def test_moves_as_json_have_the_promised_keys(ask: Ask, fork: Project) -> None:
    ask(fork, "db", "upgrade", "aaa2")
    answer = ask(fork, "db", "goto", "bbb1", "-y", "--json")
    document = answer.json
    assert (answer.code, answer.err) == (0, "")
    assert {key: document[key] for key in ("fidesdev", "command", "ok", "error")} == {
        "fidesdev": 1,
        "command": "db goto",
        "ok": True,
        "error": None,
    }
    data = document["data"]
    assert data.keys() >= MOVE_KEYS
    assert all(step.keys() >= STEP_KEYS for step in data["steps"])
    assert (data["before"], data["after"], data["executed"]) == (["aaa2"], ["bbb1"], True)
    assert [(step["direction"], step["revision"]) for step in data["steps"]] == [
        ("down", "aaa2"),
        ("down", "aaa1"),
        ("up", "bbb1"),
    ]


@pytest.mark.parametrize("arguments", [("plan", "bbb2"), ("goto", "bbb2", "-n")])
def test_plan_and_dry_run_show_every_step_and_change_nothing(
    ask: Ask, fork: Project, arguments: tuple[str, ...]
) -> None:
    ask(fork, "db", "upgrade", "aaa2")
    before = (fork.tables(), fork.rows())
    answer = ask(fork, "db", *arguments)
    assert answer.code == 0
    assert [line.split()[:3] for line in answer.out.splitlines()[1:5]] == [
        ["↓", "down", "aaa2"],
        ["↓", "down", "aaa1"],
        ["↑", "up", "bbb1"],
        ["↑", "up", "bbb2"],
    ]
    assert answer.out.splitlines()[-3:] == [
        "From aaa2 to bbb2.",
        "A snapshot is taken first if it can be: fidesdev db undo brings its rows back.",
        "Nothing has been changed.",
    ]
    assert (fork.tables(), fork.rows()) == before


def test_dry_runs_write_nothing_but_the_cache(ask: Ask, fork: Project) -> None:
    files = {path for path in fork.root.rglob("*") if "__pycache__" not in path.parts}
    for verb in (("upgrade",), ("goto", "comm"), ("stamp", "comm"), ("revision", "-m", "x")):
        ask(fork, "db", *verb, "--dry-run")
    ask(fork, "db", "merge-heads", "-n")
    left = {path for path in fork.root.rglob("*") if "__pycache__" not in path.parts} - files
    assert {path.relative_to(fork.root).parts[0] for path in left} <= {".fidesdev"}


def test_downgrade_without_a_terminal_needs_a_yes(ask: Ask, fork: Project) -> None:
    ask(fork, "db", "upgrade", "aaa2")
    for verb in (("goto", "bbb2"), ("downgrade", "comm"), ("stamp", "comm")):
        answer = ask(fork, "db", *verb)
        assert (answer.code, answer.out) == (5, "")
        assert "nothing was changed" in answer.err
        assert "hint: " in answer.err
        document = ask(fork, "db", *verb, "--json")
        assert (document.code, document.json["error"]["code"]) == (5, "confirmation_needed")
        assert fork.rows() == {"aaa2"}
    assert ask(fork, "db", "goto", "bbb2", "--yes").code == 0
    assert fork.rows() == {"bbb2"}


def test_upgrade_never_asks(ask: Ask, fork: Project) -> None:
    assert ask(fork, "db", "goto", "aaa2").code == 0


def test_goto_where_it_is_does_nothing(ask: Ask, fork: Project) -> None:
    ask(fork, "db", "upgrade", "comm")
    answer = ask(fork, "db", "goto", "current")
    assert (answer.code, answer.out) == (0, "Nothing to do: the database is at comm.\n")


def test_relative_rev_is_a_value(ask: Ask, fork: Project) -> None:
    ask(fork, "db", "upgrade", "aaa2")
    assert ask(fork, "db", "goto", "-1", "-y").code == 0
    assert fork.rows() == {"aaa1"}
    assert ask(fork, "db", "downgrade", "-y", "-1").code == 0
    assert fork.rows() == {"comm"}
    assert ask(fork, "db", "upgrade", "+0").code == 0


@pytest.mark.parametrize(
    ("rev", "exit_code", "code", "names"),
    [
        ("a b", 2, "invalid_target", []),
        ("a@b@c", 2, "invalid_target", []),
        ("aaa9", 1, "unknown_revision", ["aaa1", "aaa2"]),
        ("nothing", 1, "unknown_revision", []),
        ("base0-2", 1, "unknown_revision", []),
        ("head", 1, "ambiguous_revision", ["aaa2", "bbb2"]),
    ],
)
def test_rev_that_names_nothing(
    ask: Ask, fork: Project, rev: str, exit_code: int, code: str, names: list[str]
) -> None:
    answer = ask(fork, "db", "plan", rev, "--json")
    error = answer.json["error"]
    assert (answer.code, error["code"]) == (exit_code, code)
    assert sorted(error.get("nearest", error.get("candidates", []))) == names
    assert ask(fork, "db", "plan", rev).err.startswith("error: ")


def test_a_plan_that_fails_on_a_copy_is_a_finding(ask: Ask, fork: Project) -> None:
    ask(fork, "db", "upgrade", "comm")
    assert ask(fork, "db", "plan", "bbb2", "--verify").code == 0
    fork.break_step("bbb2", up="op.execute('SELECT nope')")

    answer = ask(fork, "db", "plan", "bbb2", "--verify", "--json")
    assert (answer.code, answer.json["ok"], answer.json["error"]) == (3, False, None)
    failure = answer.json["data"]["rehearsal"]["failure"]
    assert (failure["revision"], failure["statement"]) == ("bbb2", "SELECT nope")
    assert fork.rows() == {"comm"}
    assert ask(fork, "db", "plan", "bbb2", "--verify", "--no-impact").code == 2


def test_prefix_that_several_share_names_them(ask: Ask, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", "abcd01 > abcd02")
    answer = ask(project, "db", "plan", "abcd", "--json")
    assert answer.json["error"]["candidates"] == ["abcd01", "abcd02"]


def test_failed_step_is_told_in_full(ask: Ask, pg_fork: Project) -> None:
    pg_fork.break_step("bbb1", up="op.execute('SELECT nope')")
    ask(pg_fork, "db", "upgrade", "aaa2")
    answer = ask(pg_fork, "db", "goto", "bbb2", "-y")
    assert answer.code == 1
    told, *lines = answer.err.splitlines()
    assert told.startswith("Snapshot before-goto-bbb2-")
    assert [line.partition("  ")[0] for line in lines[:3]] == [
        "1/4 ↓ aaa2",
        "2/4 ↓ aaa1",
        "3/4 ↑ bbb1",
    ]
    assert lines[3].startswith("error: up bbb1 failed (migrations/versions/bbb1.py:")
    assert lines[3].endswith('column "nope" does not exist')
    assert lines[4:] == [
        "  statement: SELECT nope",
        "  kept: nothing",
        "  rolled back: aaa2, aaa1, bbb1",
        "  the database is at aaa2",
        "hint: Mend migrations/versions/bbb1.py, then run the command again.",
    ]
    assert "Traceback" in ask(pg_fork, "db", "goto", "bbb2", "-y", "-v").err
    error = ask(pg_fork, "db", "goto", "bbb2", "-y", "--json").json["error"]
    assert (error["code"], error["revision"], error["now"]) == ("step_failed", "bbb1", ["aaa2"])


def test_unknown_row_exits_1_and_status_shows_it(ask: Ask, fork: Project) -> None:
    ask(fork, "db", "upgrade", "aaa2")
    (fork.root / "migrations/versions/aaa2.py").unlink()
    answer = ask(fork, "db", "upgrade", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (1, "unknown_revision")
    assert answer.json["error"]["revisions"] == ["aaa2"]
    status = ask(fork, "db", "status")
    assert (status.code, "Unknown revision aaa2" in status.out) == (0, True)
    (row,) = ask(fork, "db", "current", "--json").json["data"]["revisions"]
    assert row.pop("id") == "aaa2"
    assert {row[key] for key in REVISION_KEYS - {"id"}} == {None}


def test_status_as_json_has_the_promised_keys(ask: Ask, fork: Project) -> None:
    ask(fork, "db", "upgrade", "bbb2")
    data = ask(fork, "db", "status", "--json").json["data"]
    assert data["database"].keys() >= {"url", "backend", "server_version", "embedded"}
    assert (data["current"], data["heads"]) == (["bbb2"], ["aaa2", "bbb2"])
    assert (data["pending"], data["unknown"], data["at_heads"]) == (["aaa1", "aaa2"], [], False)
    assert data["git"] is None


def test_status_exits_3_only_when_asked_to(ask: Ask, fork: Project) -> None:
    assert ask(fork, "db", "status").code == 0
    answer = ask(fork, "db", "status", "--exit-code", "--json")
    assert (answer.code, answer.json["ok"], answer.json["error"]) == (3, False, None)
    assert answer.json["data"]["pending"]
    ask(fork, "db", "upgrade")
    assert ask(fork, "db", "status", "--exit-code").code == 0


def test_listing_verbs_ask_no_database(ask: Ask, fork: Project) -> None:
    nowhere = ("--database-url", "postgresql://nobody@127.0.0.1:1/none")
    for verb in (("heads",), ("history",), ("history", "comm:aaa2")):
        assert ask(fork, "db", *verb, *nowhere).code == 0
    heads = ask(fork, "db", "heads", "--json", *nowhere).json["data"]["revisions"]
    assert [(row["id"], row["is_head"], row["applied"]) for row in heads] == [
        ("aaa2", True, None),
        ("bbb2", True, None),
    ]
    assert all(row.keys() >= REVISION_KEYS for row in heads)


def test_history_is_newest_first_and_can_be_a_range(ask: Ask, fork: Project) -> None:
    listed = ask(fork, "db", "history", "comm:aaa2", "--json").json["data"]["revisions"]
    assert [row["id"] for row in listed] == ["aaa2", "aaa1", "comm"]
    ask(fork, "db", "upgrade", "aaa2")
    listed = ask(fork, "db", "history", "-1:", "--json").json["data"]["revisions"]
    assert [row["id"] for row in listed] == ["aaa2", "aaa1"]
    marks = ask(fork, "db", "history", "--applied", "--json").json["data"]["revisions"]
    assert [row["id"] for row in marks if row["applied"]] == ["aaa2", "aaa1", "comm", "base0"]


@pytest.mark.parametrize("verb", ["current", "heads", "history"])
def test_revisions_can_be_listed_for_other_programs(ask: Ask, fork: Project, verb: str) -> None:
    ask(fork, "db", "upgrade", "aaa2")
    rows = ask(fork, "db", verb, "--json").json["data"]["revisions"]
    lines = ask(fork, "db", verb, "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == rows
    header, first, *_more = ask(fork, "db", verb, "--format", "csv").out.splitlines()
    assert header.split(",") == list(rows[0])
    assert first.split(",")[:2] == [rows[0]["id"], "+".join(rows[0]["parents"])]
    assert ask(fork, "db", verb, "--format", "csv", "--json").code == 2


def test_options_of_alembic_are_taken_by_every_verb_that_reads_its_file(
    ask: Ask, tmp_path: Path
) -> None:
    other = """
[other]
script_location = %(here)s/migrations
version_locations = %(here)s/second
path_separator = os
"""
    project = make_project(tmp_path / "p", "one1, two2", ini=other)
    (project.root / "second").mkdir()
    (project.root / "migrations/versions/two2.py").rename(project.root / "second/two2.py")
    for verb in (
        ("heads",),
        ("history",),
        ("show", "head"),
        ("plan", "head"),
        ("stamp", "head", "-n"),
    ):
        assert "two2" in ask(project, "db", *verb, "--name", "other", "-x", "a=b").out
        assert "two2" not in ask(project, "db", *verb).out


def test_show_prints_header_source_and_both_directions(ask: Ask, fork: Project) -> None:
    answer = ask(fork, "db", "show", "bbb1")
    for text in ("bbb1", "Parents", "comm", "migrations/versions/bbb1.py", "def upgrade():"):
        assert text in answer.out
    assert 'CREATE TABLE "t_bbb1"' in answer.out.partition("Upgrade")[2].partition("Downgrade")[0]
    assert 'DROP TABLE "t_bbb1"' in answer.out.partition("Downgrade")[2]


def test_sql_is_printed_instead_of_run(ask: Ask, pg_fork: Project) -> None:
    answer = ask(pg_fork, "db", "upgrade", "comm", "--sql")
    assert answer.code == 0
    statements = [line for line in answer.out.splitlines() if line and line[:2] != "--"]
    assert statements[0] == "BEGIN;"
    assert statements[1] == "CREATE TABLE alembic_version ("
    assert 'CREATE TABLE "t_comm" (id INTEGER);' in statements
    assert statements[-1] == "COMMIT;"
    assert pg_fork.tables() == set()
    pg_fork.sql(answer.out)
    assert (pg_fork.tables(), pg_fork.rows()) == ({"base0", "comm"}, {"comm"})
    pg_fork.sql(ask(pg_fork, "db", "goto", "aaa2", "--sql").out)
    pg_fork.sql(ask(pg_fork, "db", "goto", "bbb2", "--sql").out)
    assert (pg_fork.tables(), pg_fork.rows()) == ({"base0", "comm", "bbb1", "bbb2"}, {"bbb2"})


def test_redundant_row_is_announced_and_removed(ask: Ask, fork: Project) -> None:
    ask(fork, "db", "upgrade", "aaa1")
    fork.sql("INSERT INTO alembic_version VALUES ('comm')")
    told = "the redundant row comm: another row implies it."
    assert ask(fork, "db", "goto", "aaa1", "-n").out.splitlines()[0] == f"Would remove {told}"
    answer = ask(fork, "db", "goto", "aaa1")
    assert answer.out == f"Removed {told}\nDone: no script had to run. The database is at aaa1.\n"
    assert fork.rows() == {"aaa1"}


def test_stamp_says_what_it_wrote(ask: Ask, fork: Project) -> None:
    answer = ask(fork, "db", "stamp", "comm")
    assert answer.out == "Stamped base → comm; no script was run.\n"
    assert ask(fork, "db", "stamp", "comm").out.startswith("Nothing to do")
    data = ask(fork, "db", "stamp", "base", "-n", "--json").json["data"]
    assert (data["before"], data["after"], data["executed"]) == (["comm"], [], False)


def test_revision_needs_to_know_on_which_head(ask: Ask, fork: Project) -> None:
    refused = ask(fork, "db", "revision", "-m", "more", "--json")
    assert (refused.code, refused.json["error"]["candidates"]) == (1, ["aaa2", "bbb2"])
    assert "--head ID" in refused.json["error"]["hint"]
    for head, parents in (("bbb2", ["bbb2"]), ("aaa2", ["aaa2"]), ("base", [])):
        written = ask(fork, "db", "revision", "-m", "more", "--head", head, "--json").json["data"]
        assert written["parents"] == parents
        assert (fork.root / written["path"]).is_file()
    answer = ask(fork, "db", "revision", "-m", "more", "--head", "comm")
    assert (answer.code, answer.err.splitlines()[0]) == (2, "error: comm is no head")


def test_first_revision_of_a_project_has_no_parent(ask: Ask, tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", ())
    written = ask(project, "db", "revision", "-m", "first", "--json").json["data"]
    assert written["parents"] == []
    assert ask(project, "db", "upgrade").code == 0
    assert project.rows() == {written["revision"]}


def test_revision_and_merge_heads_write_files(ask: Ask, fork: Project) -> None:
    merged = ask(fork, "db", "merge-heads", "--json").json["data"]
    assert merged["parents"] == ["aaa2", "bbb2"]
    assert (fork.root / merged["path"]).is_file()
    again = ask(fork, "db", "merge-heads", "--json").json["data"]
    assert (again["executed"], again["path"]) == (False, None)
    added = ask(fork, "db", "revision", "-m", "more", "--json").json["data"]
    assert added["parents"] == [merged["revision"]]
    assert ask(fork, "db", "upgrade").code == 0
    assert fork.rows() == {added["revision"]}


def test_protected_database_needs_its_name(ask: Ask, pg_fork: Project) -> None:
    name = pg_fork.url.database
    (pg_fork.root / ".fides.toml").write_text(f'[fidesdev]\nprotected = ["{name[:-2]}*"]\n')
    assert ask(pg_fork, "db", "upgrade", "aaa2").code == 0
    for more in ((), ("-y",), ("--force-protected", name), ("-y", "--force-protected", "other")):
        answer = ask(pg_fork, "db", "goto", "comm", *more, "--json")
        assert (answer.code, answer.json["error"]["code"]) == (5, "protected_database")
        assert answer.json["error"]["database"] == name
    assert pg_fork.rows() == {"aaa2"}
    assert ask(pg_fork, "db", "goto", "comm", "-y", "--force-protected", name).code == 0
    assert pg_fork.rows() == {"comm"}


def test_question_at_a_terminal(fork: Project) -> None:
    url = ("--database-url", fork.url.render())
    command = (*FIDESDEV, "db", "goto", "comm", *url)
    assert fidesdev("db", "upgrade", "aaa2", *url, cwd=fork.root).code == 0
    code, screen = at_terminal(command, fork.root, typed={"[y/N]": "\n"})
    assert code == 5
    assert "aaa2" in screen.partition("Go on?")[0]
    assert "not confirmed; nothing was changed" in screen
    assert fork.rows() == {"aaa2"}
    code, screen = at_terminal(command, fork.root, typed={"[y/N]": "yes\n"})
    assert code == 0
    assert "downgraded 2" in screen
    assert fork.rows() == {"comm"}


def test_ctrl_c_at_the_question_changes_nothing(fork: Project) -> None:
    url = ("--database-url", fork.url.render())
    assert fidesdev("db", "upgrade", "aaa2", *url, cwd=fork.root).code == 0
    command = (*FIDESDEV, "db", "goto", "comm", *url)
    code, screen = at_terminal(command, fork.root, typed={"[y/N]": "\x03"})
    assert (code, fork.rows()) == (130, {"aaa2"})
    assert "Traceback" not in screen


def test_read_only_checkout_works(ask: Ask, fork: Project, tmp_path: Path) -> None:
    shutil.copytree(fork.root, tmp_path / "copy")
    for path in (tmp_path / "copy").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    (tmp_path / "copy").chmod(0o555)
    url = ("--database-url", fork.url.render())
    for verb in (("heads",), ("upgrade", "comm"), ("status",)):
        assert fidesdev("-C", str(tmp_path / "copy"), "db", *verb, *url, cwd=tmp_path).code == 0


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_revision_in_a_read_only_checkout_is_refused_in_one_sentence(fork: Project) -> None:
    (fork.root / "migrations" / "versions").chmod(0o555)
    command = ("db", "revision", "-m", "x", "--head", "aaa2", "--database-url", fork.url.render())
    told = fidesdev(*command, cwd=fork.root)
    error, hint = told.err.splitlines()
    assert re.fullmatch(r"error: cannot write migrations/versions/\w+_x\.py: .+", error)
    assert (told.code, hint.startswith("hint: See who may write there")) == (1, True)
