"""`fidesdev db reset` as scripts and people see it."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Ask
from tests.projects import Project

KEYS = {
    "database",
    "address",
    "exists",
    "before",
    "after",
    "bytes",
    "tables",
    "connections",
    "template",
    "spare",
    "snapshot",
    "executed",
    "seconds",
}


@pytest.fixture
def line(fork: Project) -> Project:
    """A database with two heads to be at."""
    return fork


def test_reset_of_nothing_does_not_ask(ask: Ask, line: Project) -> None:
    answer = ask(line, "-q", "db", "reset")
    assert answer.code == 0
    assert re.fullmatch(
        rf"Done: {re.escape(line.url.database)} is empty, at aaa2, bbb2"
        r" \(template built, \d+\.\d\d s\)\.\n",
        answer.out,
    )
    assert line.rows() == {"aaa2", "bbb2"}


def test_reset_asks_and_nobody_answers(ask: Ask, line: Project) -> None:
    ask(line, "db", "upgrade", "comm")
    answer = ask(line, "db", "reset")
    assert (answer.code, answer.out) == (5, "")
    assert "nobody is at a terminal to be asked; nothing was changed" in answer.err
    assert line.rows() == {"comm"}


def test_dry_run_says_what_goes_and_what_it_takes(ask: Ask, line: Project) -> None:
    ask(line, "db", "upgrade", "comm")
    answer = ask(line, "db", "reset", "-n")
    first, second, third = answer.out.splitlines()
    assert first.startswith(f"This would empty {line.url.database}: 3 tables, ")
    assert first.endswith(", at comm.")
    assert second == (
        "It would be at aaa2, bbb2, copied from a template that is built first, by 6 migrations."
    )
    assert third == "Nothing has been changed."


def test_reset_as_json_has_the_promised_keys(ask: Ask, line: Project) -> None:
    ask(line, "db", "upgrade", "comm")
    data = ask(line, "db", "reset", "--to", "aaa1", "-y", "--no-snapshot", "--json").json["data"]
    assert data.keys() >= KEYS
    assert (data["before"], data["after"], data["executed"]) == (["comm"], ["aaa1"], True)
    assert (data["template"]["built"], data["template"]["steps"]) == (True, 3)
    assert data["snapshot"] is None


def test_old_rows_come_back_by_the_command_that_is_named(ask: Ask, line: Project) -> None:
    ask(line, "db", "upgrade", "comm")
    line.sql('INSERT INTO "t_comm" VALUES (5)')
    said = ask(line, "-q", "db", "reset", "-y").out
    named = re.search(r"fidesdev (snapshot restore \S+)", said)
    assert named is not None
    assert ask(line, *named[1].split(), "-y").code == 0
    assert line.sql('SELECT * FROM "t_comm"') == [(5,)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--to", "nowhere"), 1), (("--to", "a@b@c"), 2), (("--seed", "-1"), 2), (("--bogus",), 2)],
)
def test_bad_arguments_change_nothing(
    ask: Ask, line: Project, arguments: tuple[str, ...], code: int
) -> None:
    ask(line, "db", "upgrade", "comm")
    assert ask(line, "db", "reset", "-y", *arguments).code == code
    assert line.rows() == {"comm"}


def test_protected_database_is_named_twice(
    ask: Ask, line: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(line, "db", "upgrade", "comm")
    monkeypatch.setenv("FIDES__FIDESDEV__PROTECTED", '["*.db"]')
    assert ask(line, "db", "reset", "-y").code == 5
    assert line.rows() == {"comm"}
