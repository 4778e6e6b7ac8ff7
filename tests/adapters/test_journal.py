"""The two places of the journal: whole after crashes, and written by several processes at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg2 import sql

from fidesdev.adapters import journal_schema, worker
from fidesdev.adapters.carried_journal import read_journal, write_journal
from fidesdev.adapters.journal import file_beside, is_locked, recorded_moves, writable_journal
from fidesdev.adapters.journal_file import FileJournal
from fidesdev.adapters.journal_tables import TableJournal
from fidesdev.adapters.postgres import connect, contents
from fidesdev.core.journal import Origin, Outcome, PlannedStep, RanStep
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import JournalFailed, JournalRefused
from tests.conftest import execute

ORIGIN = Origin("ann", "laptop", "c0ffee", "topic", dirty=True, version="1")
ROWS = frozenset({"a"})
LONG_AGO = "2001-01-01T00:00:00+00:00"


def planned(number: int = 1, revision: str = "a", source: bytes = b"text") -> PlannedStep:
    return PlannedStep(number, "up", revision, ("b",), ("c d", 'e"\\'), "p/é.py", source)


def ran(step: PlannedStep) -> RanStep:
    return RanStep(step, datetime.now(UTC), 0.5)


@pytest.fixture(params=["file", "tables"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FileJournal | TableJournal]:
    if request.param == "file":
        yield FileJournal(tmp_path / "new" / "journal.jsonl")
        return
    with closing(TableJournal(request.getfixturevalue("database"))) as tables:
        assert tables.refusal() is None
        yield tables


# Both


def test_what_was_recorded_is_read_again(journal: FileJournal | TableJournal) -> None:
    step = planned()
    move = journal.begin("db goto a", frozenset(), ORIGIN, [step])
    (running,) = journal.moves()
    assert (running.outcome, running.after, running.finished) == (Outcome.RUNNING, None, None)
    journal.end(move, Outcome.DONE, ROWS, None, [ran(step)])
    (found,) = journal.moves()
    assert (found.command, found.before, found.after) == ("db goto a", (), ("a",))
    assert (found.who, found.host, found.commit, found.branch) == (
        "ann",
        "laptop",
        "c0ffee",
        "topic",
    )
    assert (found.dirty, found.version, found.error) == (True, "1", None)
    (kept,) = found.steps
    assert (kept.revision, kept.parents, kept.depends_on) == ("a", ("b",), ("c d", 'e"\\'))
    assert (kept.path, kept.sha256, kept.seconds) == ("p/é.py", step.sha256, 0.5)
    assert kept.outcome is Outcome.DONE


@pytest.mark.parametrize(
    "source", [b"\xff\xfe\r\n caf\xe9", b"x = '\\'\n", "ü\u2028\n".encode(), b"\0"]
)
def test_source_comes_back_byte_by_byte(journal: FileJournal | TableJournal, source: bytes) -> None:
    step = planned(source=source)
    move = journal.begin("db goto a", frozenset(), ORIGIN, [step])
    journal.end(move, Outcome.DONE, ROWS, None, [ran(step)])
    kept = journal.source("a")
    assert kept is not None
    assert (kept.source, kept.sha256, kept.branch) == (source, step.sha256, "topic")
    assert journal.source("b") is None


def test_step_that_was_rolled_back_is_no_source(journal: FileJournal | TableJournal) -> None:
    move = journal.begin("db goto a", frozenset(), ORIGIN, [planned()])
    journal.end(move, Outcome.FAILED, frozenset(), "it broke", [])
    assert journal.source("a") is None
    assert journal.moves()[0].error == "it broke"


def test_next_move_tells_where_a_killed_one_left_off(journal: FileJournal | TableJournal) -> None:
    journal.begin("first", frozenset(), ORIGIN, [])
    journal.begin("second", ROWS, ORIGIN, [])
    second, first = journal.moves()
    assert (first.outcome, first.after) == (Outcome.INTERRUPTED, ("a",))
    assert (second.outcome, second.after) == (Outcome.RUNNING, None)


def test_end_without_a_look_leaves_the_rows_unknown(journal: FileJournal | TableJournal) -> None:
    move = journal.begin("first", ROWS, ORIGIN, [])
    journal.end(move, Outcome.FAILED, None, "the server is gone", [])
    assert journal.moves()[0].after is None


# The file


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = FileJournal(path)
    for name in ("first", "second"):
        journal.end(journal.begin(name, frozenset(), ORIGIN, []), Outcome.DONE, ROWS, None, [])
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        told = [move.command for move in journal.moves()]
        assert told in (["second", "first"], ["first"], [])
    path.write_bytes(whole[:-5])
    journal.begin("third", ROWS, ORIGIN, [])
    assert [move.command for move in journal.moves()] == ["third", "second", "first"]
    assert journal.moves()[1].outcome is Outcome.INTERRUPTED


@pytest.mark.parametrize("junk", [b"", b"\n\n", b"null\n[]\n7\n", b'{"event": 1}\n', b"\xff\n"])
def test_what_is_no_journal_is_passed_over(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(junk)
    journal = FileJournal(path)
    assert journal.moves() == ()
    assert journal.begin("first", frozenset(), ORIGIN, []) == 1
    assert [move.command for move in journal.moves()] == ["first"]


def test_source_of_a_killed_move_is_kept(tmp_path: Path) -> None:
    """The step may have been committed in the moment before: its source must not be lost."""
    journal = FileJournal(tmp_path / "journal.jsonl")
    journal.begin("db goto a", frozenset(), ORIGIN, [planned()])
    assert journal.source("a") is not None


def test_source_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = FileJournal(path)
    for _ in range(3):
        step = planned()
        move = journal.begin("db goto a", frozenset(), ORIGIN, [step])
        journal.end(move, Outcome.DONE, ROWS, None, [ran(step)])
    written = [entry["sources"] for entry in lines(path) if entry["event"] == "begin"]
    assert written == [{planned().sha256: "text"}, {}, {}]


WRITE = """
import sys
from pathlib import Path
from fidesdev.adapters.journal_file import FileJournal
from tests.adapters.test_journal import ORIGIN, ROWS, planned, ran
from fidesdev.core.journal import Outcome
journal = FileJournal(Path(sys.argv[1]))
for number in range(10):
    step = planned(source=b"x" * 50_000 + sys.argv[2].encode())
    move = journal.begin(f"{sys.argv[2]} {number}", frozenset(), ORIGIN, [step])
    journal.end(move, Outcome.DONE, ROWS, None, [ran(step)])
"""
ROOT = Path(__file__).parents[2]


def python(text: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", text, *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )


def finish(running: list[subprocess.Popen[str]]) -> None:
    for process in running:
        _out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    finish([python(WRITE, str(path), name) for name in ("one", "two")])
    moves = FileJournal(path).moves()
    assert {move.command for move in moves} == {
        f"{n} {i}" for n in ("one", "two") for i in range(10)
    }
    assert [move.id for move in moves] == list(range(20, 0, -1))
    assert {len(move.steps) for move in moves} == {1}


def test_sqlite_journal_lies_beside_the_file(tmp_path: Path) -> None:
    lite = DatabaseUrl("sqlite", str(tmp_path / "my.db"))
    assert file_beside(lite, tmp_path / "data") == tmp_path / "my.db.fidesdev-journal.jsonl"
    pg = DatabaseUrl("postgresql", "a/b", host="::1", port=5433)
    assert file_beside(pg, tmp_path) == tmp_path / "journal-_1-5433-a_b.jsonl"


def test_database_in_memory_has_no_journal(tmp_path: Path) -> None:
    assert writable_journal(DatabaseUrl("sqlite", ":memory:"), "auto", tmp_path / "x") is None


def test_file_that_cannot_be_made_is_done_without_unless_asked_for(tmp_path: Path) -> None:
    lite = DatabaseUrl("sqlite", str(tmp_path / "my.db"))
    blocked = tmp_path / "file" / "journal.jsonl"
    (tmp_path / "file").write_text("")
    assert writable_journal(lite, "auto", blocked) is None
    with pytest.raises(JournalRefused, match="cannot be written"):
        writable_journal(lite, "file", blocked)


# The tables

CREATE = """
import sys
from contextlib import closing
from fidesdev.adapters.journal_tables import TableJournal
from fidesdev.core.url import parse_url
from tests.adapters.test_journal import ORIGIN, planned
with closing(TableJournal(parse_url(sys.argv[1]))) as journal:
    assert journal.refusal() is None
    journal.begin(sys.argv[2], frozenset(), ORIGIN, [planned()])
"""


def test_eight_processes_create_the_schema_at_once(database: DatabaseUrl) -> None:
    finish([python(CREATE, database.render(), f"process {n}") for n in range(8)])
    with closing(TableJournal(database)) as journal:
        assert {move.command for move in journal.moves()} == {f"process {n}" for n in range(8)}


def test_dropped_tables_are_made_again(database: DatabaseUrl) -> None:
    with closing(TableJournal(database)) as journal:
        assert journal.refusal() is None
        execute(database, sql.SQL("DROP TABLE fidesdev.step, fidesdev.source"))
        assert journal.refusal() is None
        journal.begin("db goto", frozenset(), ORIGIN, [planned()])


def test_step_of_a_transaction_that_rolls_back_is_not_recorded(database: DatabaseUrl) -> None:
    with closing(TableJournal(database)) as journal, closing(connect(database)) as connection:
        assert journal.refusal() is None
        steps = [planned(1), planned(2, "b")]
        move = journal.begin("db goto", frozenset(), ORIGIN, steps)
        note = journal.note(move, steps)
        assert note is not None
        cursor = connection.cursor()
        statement = note.statement.replace(":steps", "%s")
        for index, undo in ((0, False), (1, True)):
            timed = {**note.steps[index], "started": 0, "seconds": 1}
            cursor.execute(statement, (json.dumps([timed]),))
            assert cursor.fetchone() == (True,)
            (connection.rollback if undo else connection.commit)()
        assert [step.revision for step in journal.moves()[0].steps] == ["a"]


def test_journal_survives_a_connection_that_was_ended(database: DatabaseUrl) -> None:
    with closing(TableJournal(database)) as journal:
        assert journal.refusal() is None
        move = journal.begin("db goto", frozenset(), ORIGIN, [planned()])
        execute(
            database,
            sql.SQL(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ),
        )
        journal.end(move, Outcome.DONE, ROWS, None, [ran(planned())])
        (found,) = journal.moves()
    assert (found.outcome, len(found.steps)) == (Outcome.DONE, 1)


def provider(server: DatabaseUrl) -> bool:
    """Whether the server knows locale providers, of which the default one may be Unicode only."""
    with closing(connect(server)) as connection:
        return connection.server_version >= 150000


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_database_in_an_older_encoding_takes_any_text(server: DatabaseUrl, encoding: str) -> None:
    name = sql.Identifier(f"fidesdev_test_{encoding.lower()}")
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
    execute(server, drop)
    create = "CREATE DATABASE {} ENCODING {} TEMPLATE template0 LOCALE 'C'"
    if provider(server):
        create += " LOCALE_PROVIDER libc"
    execute(server, sql.SQL(create).format(name, sql.Literal(encoding)))
    try:
        url = server.with_database(f"fidesdev_test_{encoding.lower()}")
        with closing(TableJournal(url)) as journal:
            assert journal.refusal() is None
            branch = Origin("ännchen ☃", "host", None, "zweig ☃", dirty=None, version="1")
            step = planned(source="☃".encode())
            move = journal.begin("db goto ☃", frozenset(), branch, [step])
            journal.end(move, Outcome.FAILED, ROWS, "kaputt ☃", [ran(step)])
            (found,) = journal.moves()
            kept = journal.source("a")
        assert (found.outcome, len(found.steps)) == (Outcome.FAILED, 1)
        assert kept is not None
        assert kept.source == "☃".encode()
    finally:
        execute(server, drop)


def test_lock_is_known_by_the_keys_of_the_worker(database: DatabaseUrl) -> None:
    for keys in (worker.LOCK, worker.MARK):
        assert str(keys) in journal_schema.LOCKED
    with closing(TableJournal(database)) as journal, closing(connect(database)) as connection:
        assert journal.refusal() is None
        journal.begin("db goto", frozenset(), ORIGIN, [])
        connection.cursor().execute("SELECT pg_advisory_lock(%s, %s)", worker.LOCK)
        none = Path("/nonexistent")
        assert is_locked(database)
        assert recorded_moves(database, "auto", none)[0].outcome is Outcome.RUNNING
        connection.close()
        deadline = time.monotonic() + 10  # the server notices in its own time
        while is_locked(database) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert recorded_moves(database, "auto", none)[0].outcome is Outcome.INTERRUPTED


def test_what_a_database_contains_does_not_count_the_journal(database: DatabaseUrl) -> None:
    with closing(TableJournal(database)) as journal:
        assert journal.refusal() is None
    found = contents(database)
    assert found is not None
    assert found.tables == 0


# What can go wrong


def test_moves_stand_in_the_order_in_which_they_began_whatever_the_clock_said(
    tmp_path: Path,
) -> None:
    url, path = DatabaseUrl("sqlite", str(tmp_path / "app.db")), tmp_path / "journal.jsonl"
    journal = FileJournal(path)
    for command in ("db upgrade", "db downgrade"):
        journal.end(journal.begin(command, ROWS, ORIGIN, []), Outcome.DONE, ROWS, None, [])
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    for entry in entries[2:]:  # of the second move, made after the clock was put back
        entry.update(dict.fromkeys({"started", "finished"} & entry.keys(), LONG_AGO))
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    found = recorded_moves(url, "file", path)
    assert [move.command for move in found] == ["db downgrade", "db upgrade"]
    assert recorded_moves(url, "file", path, 1) == found[:1]


def test_journal_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    journal = FileJournal(tmp_path / "journal.jsonl")
    with pytest.raises(JournalFailed, match=r"journal\.jsonl cannot be used: Is a directory"):
        journal.begin("db upgrade", frozenset(), ORIGIN, [])
    journal.end(1, Outcome.DONE, ROWS, None, [])  # what was done is done


def test_server_that_refuses_the_journal_is_named(database: DatabaseUrl) -> None:
    with closing(TableJournal(database)) as journal:
        assert journal.refusal() is None
        execute(database, sql.SQL("DROP SCHEMA fidesdev CASCADE"))
        with pytest.raises(JournalFailed, match=r"relation \"fidesdev\.move\" does not exist"):
            journal.begin("db upgrade", frozenset(), ORIGIN, [])
        journal.end(1, Outcome.DONE, ROWS, None, [])


def test_moves_of_a_database_that_counted_from_1_again_are_carried_over(
    database: DatabaseUrl,
) -> None:
    with closing(TableJournal(database)) as journal:
        assert journal.refusal() is None
        later = journal.begin("db goto a", frozenset(), ORIGIN, [planned()])
        journal.end(later, Outcome.DONE, ROWS, None, [ran(planned())])
        carried = read_journal(database, datetime.fromisoformat(LONG_AGO))
        assert carried is not None
        execute(database, sql.SQL("DROP SCHEMA fidesdev CASCADE"))
        assert journal.refusal() is None
        first = journal.begin("db upgrade", frozenset(), ORIGIN, [])
        journal.end(first, Outcome.DONE, frozenset(), None, [])
        assert later == first
        for _again in range(2):
            write_journal(database, carried)
        newest, oldest = journal.moves()
        assert (newest.command, oldest.command) == ("db goto a", "db upgrade")
        assert [step.revision for step in newest.steps] == ["a"]
        assert journal.begin("db redo", ROWS, ORIGIN, []) > newest.id
