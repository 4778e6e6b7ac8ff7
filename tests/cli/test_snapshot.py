"""`fidesdev snapshot` on PostgreSQL: exit codes, JSON, and what is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fidesdev.adapters import postgres_snapshots
from fidesdev.adapters.postgres import drop_database
from fidesdev.cli.app import program
from fidesdev.cli.invocation import run
from fidesdev.core.url import DatabaseUrl
from tests.cli.processes import Answer

Typed = Callable[..., Answer]


@pytest.fixture
def snapshot(
    database: DatabaseUrl,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Typed]:
    """Runs a verb in an empty folder, with a URL and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIDES__FIDESDEV__SNAPSHOTS", '{"spares": 0}')

    def typed(*arguments: str, url: DatabaseUrl = database) -> Answer:
        code = run(program, ["--database-url", url.render(), *arguments])
        return Answer(code, *capsys.readouterr())

    typed("db", "shell", "-c", "CREATE TABLE t AS SELECT 1 AS a")
    yield typed
    for one in postgres_snapshots.list_snapshots(database):
        if one.database.startswith(database.database):
            postgres_snapshots.delete_snapshot(database, one)


def row(snapshot: Typed) -> str:
    return snapshot("db", "shell", "-c", "COPY t TO STDOUT").out.strip()


def test_a_url_is_all_that_is_needed(snapshot: Typed, database: DatabaseUrl) -> None:
    answer = snapshot("snapshot", "save", "mit Leerzeichen ä", "-m", "why", "--json")
    (saved,) = answer.json["data"]["snapshots"]
    assert (answer.code, saved["name"], saved["message"]) == (0, "mit Leerzeichen ä", "why")
    assert (saved["database"], saved["revisions"], saved["branch"]) == (database.database, [], None)
    assert saved["bytes"] > 0
    assert not saved["automatic"]
    (listed,) = snapshot("snapshot", "list", "--json").json["data"]["snapshots"]
    assert listed == saved
    (shown,) = snapshot("snapshot", "show", "mit", "--json").json["data"]["snapshots"]
    assert shown == saved


def test_the_revisions_are_the_rows_of_the_version_table(snapshot: Typed) -> None:
    snapshot("db", "shell", "-c", "CREATE TABLE alembic_version AS VALUES ('bb'), ('aa')")
    snapshot("db", "shell", "-c", "ALTER TABLE alembic_version RENAME column1 TO version_num")
    (saved,) = snapshot("snapshot", "save", "--json").json["data"]["snapshots"]
    assert saved["revisions"] == ["aa", "bb"]


def test_saves_without_a_name_never_meet(snapshot: Typed) -> None:
    answers = [snapshot("snapshot", "save", "--json").json for _ in range(3)]
    assert len({answer["data"]["snapshots"][0]["name"] for answer in answers}) == 3


def test_a_name_that_is_taken_needs_force(snapshot: Typed) -> None:
    snapshot("snapshot", "save", "x")
    again = snapshot("snapshot", "save", "x", "--json")
    assert (again.code, again.json["error"]["code"]) == (5, "snapshot_exists")
    forced = snapshot("snapshot", "save", "x", "--force", "--json")
    assert forced.json["data"]["replaced"]
    assert len(snapshot("snapshot", "list", "--json").json["data"]["snapshots"]) == 1


def test_a_restore_asks_and_keeps_what_it_replaces(snapshot: Typed) -> None:
    snapshot("snapshot", "save", "then")
    snapshot("db", "shell", "-c", "UPDATE t SET a = 2")
    refused = snapshot("snapshot", "restore", "then", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (5, "confirmation_needed")
    assert row(snapshot) == "2"
    looked = snapshot("snapshot", "restore", "then", "--dry-run", "--json").json["data"]
    assert (looked["executed"], looked["before"]["tables"]) == (False, 1)
    done = snapshot("snapshot", "restore", "then", "--yes", "--json").json["data"]
    assert (done["executed"], done["kept"]["automatic"], row(snapshot)) == (True, True, "1")
    snapshot("snapshot", "restore", done["kept"]["name"], "--yes")
    assert row(snapshot) == "2"


def test_a_restore_need_not_keep_anything(snapshot: Typed) -> None:
    snapshot("snapshot", "save", "then")
    done = snapshot("snapshot", "restore", "then", "--yes", "--no-snapshot", "--json")
    assert done.json["data"]["kept"] is None
    assert len(snapshot("snapshot", "list", "--json").json["data"]["snapshots"]) == 1


def test_automatic_snapshots_roll(snapshot: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIDES__FIDESDEV__SNAPSHOTS", '{"spares": 0, "keep": 1}')
    snapshot("snapshot", "save", "then")
    kept = [
        snapshot("snapshot", "restore", "then", "--yes", "--json").json["data"]["kept"]["name"]
        for _ in range(2)
    ]
    listed = snapshot("snapshot", "list", "--json").json["data"]["snapshots"]
    assert [one["name"] for one in listed] == [kept[-1], "then"]


def test_a_database_that_is_gone_comes_back_without_a_question(
    snapshot: Typed, database: DatabaseUrl
) -> None:
    snapshot("snapshot", "save", "then")
    drop_database(database)
    assert snapshot("snapshot", "restore", "then").code == 0
    assert row(snapshot) == "1"


def test_the_snapshot_of_another_database_must_be_named(
    snapshot: Typed, database: DatabaseUrl
) -> None:
    snapshot("snapshot", "save", "then")
    other = database.with_database(f"{database.database}_b")
    try:
        snapshot("db", "create", url=other)
        refused = snapshot("snapshot", "restore", "then", "--yes", "--json", url=other)
        assert (refused.code, refused.json["error"]["code"]) == (5, "snapshot_elsewhere")
        assert snapshot("snapshot", "list", "--json", url=other).json["data"]["snapshots"] == []
        named = ("--from", database.database)
        assert snapshot("snapshot", "restore", "then", *named, "--yes", url=other).code == 0
        assert row(lambda *arguments: snapshot(*arguments, url=other)) == "1"
    finally:
        drop_database(other)


def test_an_unknown_name_is_told_with_the_nearest(snapshot: Typed) -> None:
    snapshot("snapshot", "save", "before demo")
    snapshot("snapshot", "save", "before lunch")
    error = snapshot("snapshot", "show", "befor demo", "--json").json["error"]
    assert (error["code"], error["nearest"][0]) == ("unknown_snapshot", "before demo")
    ambiguous = snapshot("snapshot", "show", "before", "--json")
    assert (ambiguous.code, ambiguous.json["error"]["code"]) == (1, "ambiguous_snapshot")


def test_rename_and_delete(snapshot: Typed) -> None:
    snapshot("snapshot", "save", "one")
    snapshot("snapshot", "save", "two")
    taken = snapshot("snapshot", "rename", "one", "two", "--json")
    assert taken.json["error"]["code"] == "snapshot_exists"
    assert snapshot("snapshot", "rename", "one", "three " * 33).code == 0
    assert snapshot("snapshot", "delete", "two", "nobody", "--yes").code == 1
    assert snapshot("snapshot", "delete", "two", "three", "--dry-run").code == 0
    assert len(snapshot("snapshot", "list", "--json").json["data"]["snapshots"]) == 2
    assert snapshot("snapshot", "delete", "two", "three").code == 5
    assert snapshot("snapshot", "delete", "two", "three", "--yes").code == 0
    assert snapshot("snapshot", "list", "--json").json["data"]["snapshots"] == []


def test_a_name_is_visible(snapshot: Typed) -> None:
    assert snapshot("snapshot", "save", "a\nb").code == 2
    assert snapshot("snapshot", "save", "").code == 2


def test_a_database_that_does_not_exist_is_told(snapshot: Typed, database: DatabaseUrl) -> None:
    gone = database.with_database("fidesdev_not_there")
    answer = snapshot("snapshot", "save", "--json", url=gone)
    assert (answer.code, answer.json["error"]["code"]) == (4, "database_missing")
