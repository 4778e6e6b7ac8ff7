"""`fidesdev requests`: exit codes, text, JSON, CSV; a URL is all it needs."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fidesdev.cli.app import program
from fidesdev.cli.invocation import run as run_program
from fidesdev.core.requests import STATUSES
from fidesdev.core.url import DatabaseUrl
from tests.requests_commands import Answer, Command, requests_fixture  # noqa: F401 - fixture
from tests.requests_databases import (  # noqa: F401 - fixtures
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import KEY, add, ago, ask_one, policy, request

pytestmark = pytest.mark.server
ORDER = [*STATUSES][:5]
PROGRAM = "import sys; from fidesdev.cli.app import main; main(sys.argv[1:])"
HEAVY = ("sqlalchemy", "alembic", "rich", "pydantic", "cryptography")
LOADED = f"""
import sys
from fidesdev.cli.app import main
try:
    main(sys.argv[1:])
except SystemExit:
    print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""


@pytest.fixture
def five(present: DatabaseUrl) -> DatabaseUrl:
    """Five requests, one a day, of five statuses."""
    rows = (request(s, status=s, created_at=ago(n)) for n, s in enumerate(ORDER))
    add(present, "privacyrequest", *rows)
    return present


def ids(answer: Answer) -> list[str]:
    return [row["id"].removeprefix("pri_") for row in answer.data["requests"]]


def test_list_needs_nothing_but_a_url(five: DatabaseUrl, requests: Command) -> None:
    answer = requests("list")
    assert (answer.code, answer.err) == (0, "")
    assert [line.split()[0] for line in answer.out.splitlines()] == [
        "id",
        *(f"pri_{status}" for status in ORDER),
    ]


def test_json_has_the_promised_keys(five: DatabaseUrl, requests: Command) -> None:
    data = requests("list", "--limit", "2", "--json").data
    promised = {"id", "external_id", "status", "policy", "actions", "requested_at", "due_date"}
    assert promised | {"days_left"} <= set(data["requests"][0])
    assert isinstance(data["next"], str)


def test_pages_are_joined_by_next(five: DatabaseUrl, requests: Command) -> None:
    first = requests("list", "--limit", "3", "--json")
    second = requests("list", "--limit", "3", "--json", "--after", first.data["next"])
    assert ids(first) + ids(second) == ORDER
    assert second.data["next"] is None


def test_a_descending_order_may_follow_as_a_word_of_its_own(
    five: DatabaseUrl, requests: Command
) -> None:
    assert ids(requests("list", "--sort", "created_at", "--json")) == ORDER[::-1]
    assert ids(requests("list", "--sort", "-created_at", "--json")) == ORDER


def test_filters_are_options(five: DatabaseUrl, requests: Command) -> None:
    wanted = ("list", "--json", "--status", "pending", "--status", "approved")
    assert ids(requests(*wanted)) == ["pending", "approved"]
    assert ids(requests(*wanted, "--until", "2026-05-07")) == ["approved"]
    assert ids(requests(*wanted, "--search", "PRI_P")) == ["pending"]


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("--status", "aproved"), 2, "usage"),
        (("--since", "soon"), 2, "usage"),
        (("--sort", "days_left"), 2, "usage"),
        (("--after", "abc"), 2, "usage"),
        (("--include", "everything"), 2, "usage"),
        (("--limit", "0"), 2, "usage"),
        (("--limit", "many"), 2, "usage"),
        (("--limit", "5", "--all"), 2, "usage"),
        (("--format", "xml"), 2, "usage"),
        (("--format", "csv"), 2, "usage"),
        (("--policy", "none"), 1, "unknown_record"),
    ],
)
def test_a_mistake_has_its_exit_code_and_a_hint(
    requests: Command, arguments: tuple[str, ...], code: int, name: str
) -> None:
    answer = requests("list", *arguments, "--json")
    assert (answer.code, answer.error["code"]) == (code, name)
    assert answer.error["hint"]


def test_csv_of_everything_has_one_header(five: DatabaseUrl, requests: Command) -> None:
    answer = requests("list", "--all", "--format", "csv")
    rows = list(csv.DictReader(answer.out.splitlines()))
    assert [row["status"] for row in rows] == ORDER
    assert answer.out.count("external_id") == 1


def test_a_page_of_csv_tells_on_stderr_where_it_goes_on(
    five: DatabaseUrl, requests: Command
) -> None:
    answer = requests("list", "--limit", "2", "--format", "csv")
    assert len(answer.out.splitlines()) == 3
    assert "--after" in answer.err


def test_json_lines_and_everything_as_json_agree(five: DatabaseUrl, requests: Command) -> None:
    lines = requests("list", "--all", "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == requests("list", "--all", "--json").data[
        "requests"
    ]


def test_everything_goes_on_from_a_cursor(five: DatabaseUrl, requests: Command) -> None:
    after = requests("list", "--limit", "3", "--json").data["next"]
    assert ids(requests("list", "--all", "--after", after, "--json")) == ORDER[3:]


def test_show_takes_the_beginning_of_an_id(five: DatabaseUrl, requests: Command) -> None:
    assert requests("show", "pri_appr", "--json").data["request"]["status"] == "approved"
    answer = requests("show", "pri_", "--json")
    assert (answer.code, answer.error["code"]) == (1, "ambiguous_record")
    assert requests("show", "nothing").code == 1


def test_create_writes_a_request_that_show_finds(
    present: DatabaseUrl, requests: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(present, "p", "access", days=45)
    monkeypatch.setenv("FIDES__SECURITY__APP_ENCRYPTION_KEY", KEY)
    wanted = ("create", "--policy", "p", "--identity", "email=ada@example.org", "--json")
    planned = requests(*wanted, "--dry-run").data
    assert (planned["id"], planned["executed"]) == (None, False)
    made = requests(*wanted, "-y").data
    shown = requests("show", made["id"])
    assert "Identities  email" in shown.out
    assert "ada@" not in shown.out
    assert ask_one(present, "SELECT count(*) FROM privacyrequest") == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--policy", "p", "--identity", "email=ada@example.org"), "app_encryption_key"),
        (("--policy", "p"), "identity"),
        (("--policy", "p", "--identity", "ada@example.org"), "FIELD=VALUE"),
        (("--identity", "email=ada@example.org"), "--policy"),
    ],
)
def test_create_refuses_what_it_cannot_write(
    present: DatabaseUrl, requests: Command, arguments: tuple[str, ...], reason: str
) -> None:
    policy(present, "p")
    answer = requests("create", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert reason in answer.err
    assert ask_one(present, "SELECT count(*) FROM privacyrequest") == 0


def test_a_server_that_is_down_is_exit_4(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    assert (
        run_program(program, ["-C", str(tmp_path), "--database-url", url, "requests", "list"]) == 4
    )


def test_listing_loads_neither_sqlalchemy_nor_rich(five: DatabaseUrl, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, "--database-url", five.render(), "requests", "list"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "pri_" in done.stdout
    assert done.stderr.strip() == "[]"


def test_create_without_the_package_for_encryption_is_exit_4(
    present: DatabaseUrl, tmp_path: Path
) -> None:
    policy(present, "p")
    missing = f"import sys; sys.modules['cryptography'] = None; {PROGRAM}"
    verb = ("requests", "create", "--policy", "p", "--identity", "email=ada@example.org")
    done = subprocess.run(
        [sys.executable, "-c", missing, "--database-url", present.render(), *verb],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "FIDES__SECURITY__APP_ENCRYPTION_KEY": KEY},
    )
    assert done.returncode == 4
    assert "fidesdev[pii]" in done.stderr
    assert ask_one(present, "SELECT count(*) FROM privacyrequest") == 0
