"""`fidesdev requests` verbs that change requests: who is asked, exit codes, JSON, text."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import at_terminal
from tests.requests_commands import Command, requests_fixture  # noqa: F401 - fixture
from tests.requests_databases import (  # noqa: F401 - fixtures
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import add, ask, ask_one, request

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def three(present: DatabaseUrl) -> None:
    """Two pending requests and one that failed."""
    add(present, "privacyrequest", request("a"), request("b"), request("c", status="error"))


def status(url: DatabaseUrl, name: str) -> str:
    found = ask_one(url, f"SELECT status FROM privacyrequest WHERE id = 'pri_{name}'")
    return str(found)


def test_naming_a_request_approves_it(present: DatabaseUrl, requests: Command) -> None:
    answer = requests("approve", "pri_a")
    assert (answer.code, status(present, "a")) == (0, "approved")
    assert "Approved 1 request (before: 1 pending)" in answer.out
    assert "Fides' worker does not know of it yet" in answer.out


def test_what_filters_choose_is_asked_about(present: DatabaseUrl, requests: Command) -> None:
    answer = requests("approve", "--status", "pending", "--json")
    assert (answer.code, answer.error["code"]) == (5, "confirmation_needed")
    assert "this approves 2 requests" in answer.error["message"]
    assert requests("approve", "--status", "pending", "--yes", "--json").data["count"] == 2
    assert status(present, "b") == "approved"


@pytest.mark.parametrize(
    "verb",
    [("deny", "--reason", "x"), ("cancel", "--reason", "x"), ("delete",), ("delete", "--hard")],
)
def test_what_no_verb_takes_back_is_asked_about(
    present: DatabaseUrl, requests: Command, verb: tuple[str, ...]
) -> None:
    assert requests(*verb, "pri_a").code == 5
    assert requests(*verb, "pri_a", "--dry-run").code == 0
    assert status(present, "a") == "pending"
    answer = requests(*verb, "pri_a", "--yes", "--json")
    assert (answer.code, answer.data["executed"], answer.data["count"]) == (0, True, 1)


def test_a_protected_database_wants_its_name(
    present: DatabaseUrl, requests: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIDES__FIDESDEV__PROTECTED", f'["{present.database}"]')
    assert requests("delete", "pri_a", "--yes", "--json").error["code"] == "protected_database"
    assert requests("approve", "--status", "pending", "--yes").code == 5
    force = ("--yes", "--force-protected", present.database)
    assert requests("delete", "pri_a", *force).code == 0
    assert ask_one(present, "SELECT count(deleted_at) FROM privacyrequest") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("approve",), 2, "usage"),
        (("approve", "pri_a", "--status", "pending"), 2, "usage"),
        (("approve", "pri_c"), 1, "wrong_status"),
        (("approve", "pri_"), 1, "ambiguous_record"),
        (("approve", "nothing"), 1, "unknown_record"),
        (("approve", "pri_a", "--as", "nobody"), 1, "unknown_record"),
        (("approve", "pri_a", "--as", ""), 2, "usage"),
        (("approve", "--status", "pending", "--policy", "", "--yes"), 2, "usage"),
        (("approve", "--status", "pending", "--since", "", "--yes"), 2, "usage"),
        (("approve", "--status", "pending", "--identity", "", "--yes"), 2, "usage"),
        (("deny", "pri_a"), 2, "usage"),
        (("update", "pri_a"), 2, "usage"),
        (("update", "pri_a", "status=error"), 2, "usage"),
        (("update", "pri_a", "colour=red"), 1, "unknown_field"),
        (("update", "location=US"), 2, "usage"),
    ],
)
def test_a_mistake_has_its_exit_code_and_a_hint(
    present: DatabaseUrl, requests: Command, arguments: tuple[str, ...], code: int, name: str
) -> None:
    answer = requests(*arguments, "--json")
    assert (answer.code, answer.error["code"]) == (code, name)
    assert answer.error["hint"]
    assert (status(present, "a"), status(present, "c")) == ("pending", "error")


def test_a_wrong_status_tells_the_right_ones(requests: Command) -> None:
    error = requests("approve", "pri_a", "pri_c", "--json").error
    assert error["offenders"] == [{"id": "pri_c", "reason": "is error"}]
    assert "duplicate" in error["allowed"]


def test_a_failed_request_is_restarted(present: DatabaseUrl, requests: Command) -> None:
    assert requests("restart", "pri_c", "--json").data["status"] == "in_processing"
    assert status(present, "c") == "in_processing"


def test_update_takes_ids_and_values_in_one_line(present: DatabaseUrl, requests: Command) -> None:
    answer = requests("update", "pri_a", "pri_b", "location=us-ca", "external_id=x", "--json")
    assert answer.data["values"] == {"location": "US-CA", "external_id": "x"}
    assert ask(present, "SELECT location FROM privacyrequest ORDER BY id") == [
        ("US-CA",),
        ("US-CA",),
        (None,),
    ]


def test_nothing_that_matches_is_no_failure(requests: Command) -> None:
    answer = requests("deny", "--status", "denied", "--reason", "x")
    assert (answer.code, answer.out) == (0, "No request matches; nothing has been changed.\n")


@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, 1), ("n\n", 5, 3)])
def test_the_person_at_the_terminal_decides(
    present: DatabaseUrl, tmp_path: Path, typed: str, code: int, left: int
) -> None:
    verb = ("requests", "delete", "--hard", "--status", "pending")
    argv = (sys.executable, "-m", "fidesdev", "--database-url", present.render(), *verb)
    ended, screen = at_terminal(argv, tmp_path, typed={"[y/N]": typed}, NO_COLOR="1")
    assert ended == code
    assert "Would be removed for good: 2 requests" in screen
    assert "This removes for good 2 requests" in screen
    assert ask_one(present, "SELECT count(*) FROM privacyrequest") == left
