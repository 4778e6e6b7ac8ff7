"""`--each` as it is typed: what is asked, shown and refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from fidesdev.services import migrations
from tests.cli.conftest import Ask
from tests.cli.processes import FIDESDEV, at_terminal
from tests.projects import Project, make_project


@pytest.fixture
def shops(tmp_path: Path) -> Project:
    """A project and a list of three databases, the first of them at the head."""
    made = make_project(tmp_path / "p", "base0 > more")
    migrations.execute(migrations.upgrade(made.workspace))
    (made.root / "list").write_text("test.db\nann.db\nbob.db\n")
    return made


@pytest.fixture(autouse=True)
def here(shops: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIDES__FIDESDEV__SNAPSHOTS", '{"automatic": false}')


def test_status_counts_and_groups_what_is_pending(shops: Project, ask: Ask) -> None:
    answer = ask(shops, "db", "status", "--each", "list")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "↑ up    ann.db, bob.db  base → more, 2 steps",
        "3 tenants: 1 unchanged, 2 pending.",
        "Nothing has been changed.",
    ]
    assert ask(shops, "db", "status", "--each", "list", "--exit-code").code == 3


def test_a_failure_is_listed_last_with_its_remedy(shops: Project, ask: Ask) -> None:
    shops.sql("UPDATE alembic_version SET version_num = 'gone'")
    answer = ask(shops, "db", "upgrade", "--each", "list", "--json")
    assert (answer.code, answer.json["ok"], answer.json["error"]) == (1, False, None)
    told = answer.json["data"]["tenants"]
    assert [one["code"] for one in told] == ["unknown_revision", None, None]
    lines = ask(shops, "db", "upgrade", "--each", "list").out.splitlines()
    assert lines[0].startswith("failed  test.db  the database is at gone")
    assert "fidesdev db sync" in lines[1]
    assert lines[3].startswith("3 tenants: 2 unchanged, 1 failed in ")
    assert lines[4] == "The same command, given again, does what is left and nothing twice."


def test_what_would_be_lost_is_asked_for_once_and_names_who(shops: Project, ask: Ask) -> None:
    arguments = ("db", "goto", "base0", "--each", "list")
    refused = ask(shops, *arguments, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (5, "confirmation_needed")
    assert shops.rows() == {"more"}
    argv = (*FIDESDEV, "--no-color", "--database-url", shops.url.render(), *arguments)
    code, screen = at_terminal(argv, shops.root, typed={"Go on?": "n\n"})
    assert code == 5
    assert "↓ down  test.db  more → base0, 1 step  unapplies more" in screen
    shown = " ".join(screen.split())
    assert "This downgrades 1 of 3, which can destroy data in test.db. Go on?" in shown
    assert shops.rows() == {"more"}
    assert ask(shops, *arguments, "--yes").code == 0
    assert shops.rows() == {"base0"}


def test_a_list_comes_through_stdin(
    shops: Project, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (shops.root / "list").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        answer = ask(shops, "db", "status", "--each", "-", "--json")
    assert json.loads(answer.out)["data"]["counts"]["pending"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("db", "status", "--each", "list", "--each-schema", "list"),
        ("db", "status", "--jobs", "2"),
        ("db", "status", "--shard", "1/2"),
        ("db", "upgrade", "--fail-fast"),
        ("db", "upgrade", "--each", ""),
        ("db", "upgrade", "--each", "list", "--jobs", "0"),
        ("db", "upgrade", "--each", "list", "--shard", "3/2"),
        ("db", "upgrade", "--each", "list", "--sql"),
        ("db", "goto", "-", "--each", "list"),
        ("db", "downgrade", "-1", "--each", "list"),
    ],
)
def test_what_makes_no_sense_is_refused(
    shops: Project, ask: Ask, arguments: tuple[str, ...]
) -> None:
    answer = ask(shops, *arguments, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, "usage")
    assert answer.json["error"]["hint"]
    assert not (shops.root / "ann.db").exists()
