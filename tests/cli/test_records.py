"""`records` as it is typed: pipes, questions, exit codes, what start-up costs."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fidesdev.services.workspace import Workspace
from tests.cli.processes import FIDESDEV, Answer, at_terminal, environment, fidesdev
from tests.record_tables import library_fixture, library_template_fixture, run  # noqa: F401 - fixtures
from tests.requests_tables import ask_one
from tests.test_startup import HEAVY, imported

pytestmark = pytest.mark.server


def typed(space: Workspace, *arguments: str) -> Answer:
    where = ("--database-url", space.database.render())
    return fidesdev(*where, "records", *arguments, cwd=space.cwd)


def test_rows_go_through_a_pipe_and_come_back(library: Workspace) -> None:
    for name in ("A", 'é "b",\n'):
        assert typed(library, "create", "author", f"name={name}").code == 0
    where = ("--database-url", library.database.render())
    for form in ("csv", "jsonl"):
        written = typed(library, "list", "author", "--all", "--format", form)
        run(library.database, "DELETE FROM author")
        back = subprocess.run(
            (*FIDESDEV, *where, "records", "create", "author", "--from", "-", "--json"),
            cwd=library.cwd,
            env=environment(),
            input=written.out.encode(),
            capture_output=True,
            check=True,
        )
        assert json.loads(back.stdout)["data"]["created"] == 2
        assert typed(library, "list", "author", "--all", "--format", form).out == written.out


def test_json_has_the_records_and_the_cursor(library: Workspace) -> None:
    run(library.database, "INSERT INTO author (name) VALUES ('A'), ('B')")
    document = typed(library, "list", "author", "--limit", "1", "--json").json
    assert document["data"]["records"] == [{"id": 1, "name": "A"}]
    after = document["data"]["next"]
    rest = typed(library, "list", "author", "--after", after, "--json").json["data"]
    assert (rest["records"], rest["next"]) == ([{"id": 2, "name": "B"}], None)


def test_an_error_is_one_sentence_and_a_hint(library: Workspace) -> None:
    answer = typed(library, "create", "book", "id=1", "title=x", "genre=poe")
    assert (answer.code, answer.out) == (1, "")
    error, hint = answer.err.splitlines()
    assert error.startswith("error: book.genre cannot be 'poe'")
    assert hint.startswith("hint: It takes novel, poem")
    facts = typed(library, "create", "book", "id=1", "title=x", "genre=poe", "--json").json["error"]
    assert (facts["code"], facts["field"], facts["value"]) == ("invalid_value", "genre", "poe")


def test_a_deletion_asks_and_tells_what_goes_along(library: Workspace) -> None:
    run(
        library.database,
        "INSERT INTO author (name) VALUES ('A')",
        "INSERT INTO book (id, author_id, title) VALUES (1, 1, 'x'), (2, 1, 'y')",
    )
    refused = typed(library, "delete", "author", "1")
    assert (refused.code, refused.out) == (5, "")
    where = ("--database-url", library.database.render())
    argv = (*FIDESDEV, *where, "records", "delete", "author", "1")
    code, screen = at_terminal(argv, library.cwd, typed={"[y/N]": "n\n"})
    assert code == 5
    assert "book" in screen
    assert "This deletes 1 record of author in" in screen
    assert ask_one(library.database, "SELECT count(*) FROM book") == 2
    done = typed(library, "delete", "author", "1", "--yes", "--json").json["data"]
    assert done["effects"] == [{"table": "book", "deleted": 2, "updated": 0}]
    assert typed(library, "delete", "author", "--where", "name=A", "--json").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "author", "--all"),
        ("list", "author", "--all", "--limit", "3"),
        ("list", "author", "--limit", "0"),
        ("create", "author", "name=A", "--from", "x"),
        ("create", "author", "name=A", "--key", "name"),
        ("create", "author", "name"),
        ("create", "author", "name=A", "name=B"),
        ("delete", "author"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    library: Workspace, arguments: tuple[str, ...]
) -> None:
    assert typed(library, *arguments).code == 2


def test_ctrl_c_in_the_middle_of_a_file_leaves_nothing(library: Workspace) -> None:
    where = ("--database-url", library.database.render())
    process = subprocess.Popen(
        (*FIDESDEV, *where, "records", "create", "author", "--from", "-"),
        cwd=library.cwd,
        env=environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    process.stdin.write("".join(f'{{"name": "{number}"}}\n' for number in range(2000)))
    process.stdin.flush()
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND state = 'idle in transaction' AND query LIKE 'INSERT%'"
    )
    wait_for(lambda: ask_one(library.database, busy) == 1)
    process.send_signal(signal.SIGINT)
    _out, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert ask_one(library.database, "SELECT count(*) FROM author") == 0


def wait_for(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_list_imports_the_driver_alone(library: Workspace, tmp_path: Path) -> None:
    where = ("--database-url", library.database.render())
    assert imported(tmp_path, "records", "list", "author", *where) & HEAVY == {"psycopg2"}
