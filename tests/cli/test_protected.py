"""A protected database against every verb that destroys something, without and with another name.

The verbs are read from the command line itself: a new one has to be put in one of these tables.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fidesdev.adapters.row_checksums import row_checksums
from fidesdev.core.url import DatabaseUrl
from tests.cli.conftest import Ask, AskThere
from tests.cli.test_verbs import READS, VERBS, options
from tests.conftest import snapshots_of
from tests.projects import Project
from tests.requests_databases import (  # noqa: F401 - fixtures
    present_fixture,
    present_template_fixture,
)
from tests.requests_tables import ask_one, run

OF_A_PROJECT = {
    "db downgrade": ("base",),
    "db drop": (),
    "db goto": ("comm",),
    "db redo": (),
    "db reset": (),
    "db stamp": ("--forget", "aaa2"),
    "db undo": (),
    "snapshot delete": ("one",),
    "snapshot prune": ("--keep", "0", "--named"),
    "snapshot restore": ("one",),
}
LAST = {"db doctor": ("--fix",), "db sync": ()}
"""After something was done to the project."""
OF_FIDES = {
    "api serve": ("--port", "0"),
    "db seed": (),
    "records delete": ("user", "USER"),
    "requests approve": ("--status", "pending"),
    "requests cancel": ("REQUEST", "--reason", "no"),
    "requests delete": ("REQUEST",),
    "requests deny": ("REQUEST", "--reason", "no"),
    "requests restart": ("--status", "error"),
    "requests update": ("location=US", "--status", "pending"),
    "users delete": ("USER",),
}
COPIES = {("db", "plan", "comm", "--record"), ("db", "plan", "comm", "--verify")}
"""They read, and end the connections of others for it."""
ELSEWHERE = {
    "db rebase": "e2e/test_rebase.py",
    "docker clean": "e2e/test_docker_clean.py",
}
"""What needs a repository or an engine: the file with its `test_protected_database_...`."""
LEAVE_ROWS = {
    "config init", "db create", "db merge-heads", "db revision", "db start", "db stop",
    "db upgrade", "docker down", "docker rebuild", "docker shell", "docker up", "hooks install",
    "hooks run", "hooks uninstall", "init", "models add", "quickstart", "records create",
    "records update", "requests create", "snapshot export", "snapshot import", "snapshot rename",
    "snapshot save", "users create", "users update",
}  # fmt: skip
"""They take no row, table or database away: they add, change the one row that is named, or work on
files and containers. `quickstart --clean` takes away what it has made itself."""


def test_every_verb_is_in_one_table() -> None:
    tables = (OF_A_PROJECT, LAST, OF_FIDES, ELSEWHERE, LEAVE_ROWS)
    assert sorted(verb for table in tables for verb in table) == sorted(set(VERBS) - READS)
    refusing = {verb for verb in VERBS if "--force-protected" in options(verb)}
    assert refusing == {"db plan", *VERBS} - READS - LEAVE_ROWS | {"db plan"}
    for file in ELSEWHERE.values():
        text = (Path(__file__).parents[1] / file).read_text(encoding="utf-8")
        assert "def test_protected_database_" in text


@pytest.mark.server
def test_a_protected_database_keeps_all_that_it_has(
    ask: Ask, pg_fork: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIDES__FIDESDEV__SNAPSHOTS", '{"automatic": false}')
    assert ask(pg_fork, "db", "upgrade", "aaa2").code == 0
    assert ask(pg_fork, "snapshot", "save", "one").code == 0
    protect(pg_fork.root, pg_fork.url)
    before = state(pg_fork.url)
    for verb, arguments in OF_A_PROJECT.items():
        refused(ask, pg_fork, verb, arguments)
    assert state(pg_fork.url) == before
    for words in COPIES:
        answer = ask(pg_fork, *words, "--json")
        assert (answer.code, answer.json["error"]["code"]) == (5, "protected_database"), words
        assert answer.json["error"]["hint"].startswith("If you are sure, add '--force-protected ")
        name = pg_fork.url.database
        assert ask(pg_fork, *words, "--force-protected", name).code == 0
    assert state(pg_fork.url) == before
    pg_fork.sql("INSERT INTO alembic_version VALUES ('comm')")
    refused(ask, pg_fork, "db doctor", LAST["db doctor"])
    assert pg_fork.rows() == {"comm", "aaa2"}
    pg_fork.sql("DELETE FROM alembic_version WHERE version_num = 'comm'")
    (pg_fork.root / "migrations" / "versions" / "aaa2.py").unlink()
    refused(ask, pg_fork, "db sync", LAST["db sync"])
    assert state(pg_fork.url) == before


@pytest.mark.server
def test_a_protected_database_keeps_its_requests_and_users(
    ask_there: AskThere, present: DatabaseUrl, tmp_path: Path
) -> None:
    there = ("--database-url", present.render())
    assert ask_there(tmp_path, *there, "db", "seed", "--requests", "3").code == 0
    run(present, "UPDATE privacyrequest SET status = 'pending'")
    failed = "UPDATE privacyrequest SET status = 'error' WHERE id = (SELECT min(id) FROM"
    run(present, f"{failed} privacyrequest)")
    ids = {
        "USER": ask_one(present, "SELECT id FROM fidesuser LIMIT 1"),
        "REQUEST": ask_one(present, "SELECT max(id) FROM privacyrequest"),
    }
    protect(tmp_path, present)
    before = row_checksums(present)
    for verb, arguments in OF_FIDES.items():
        words = (*verb.split(), *(ids.get(word, word) for word in arguments))
        for forced in ((), ("--force-protected", "other")):
            answer = ask_there(tmp_path, *there, *words, "--yes", *forced, "--json")
            code = (answer.json["error"] or {}).get("code")
            assert (answer.code, code) == (5, "protected_database"), (verb, answer)
    assert row_checksums(present) == before


def refused(ask: Ask, project: Project, verb: str, arguments: tuple[str, ...]) -> None:
    """The verb with a yes, and then with the name of another database, is refused."""
    for forced in ((), ("--force-protected", "other")):
        answer = ask(project, *verb.split(), *arguments, "--yes", *forced, "--json")
        code = (answer.json["error"] or {}).get("code")
        assert (answer.code, code) == (5, "protected_database"), (verb, answer)


def protect(folder: Path, url: DatabaseUrl) -> None:
    """List the database as protected in the folder's configuration."""
    text = f"[fidesdev]\nprotected = ['{url.database}']\n"
    (folder / ".fides.toml").write_text(text, encoding="utf-8")


def state(url: DatabaseUrl) -> tuple[object, list[str]]:
    """The rows of every table, and the snapshots."""
    return row_checksums(url), snapshots_of(url)
