"""Ten thousand odd inputs: each ends in a record or in one error of ours, and nothing else."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest

from fidesdev.core.csv_text import csv_rows
from fidesdev.core.field_values import parse_assignments
from fidesdev.core.selection import Selection, parse_conditions, parse_order, parse_place
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import LookupFailed, RecordError, UsageError
from fidesdev.services import records
from fidesdev.services.record_models import opened_model, resolved
from fidesdev.services.record_rows import finish, write
from fidesdev.services.workspace import Workspace
from tests.record_tables import TYPES, library_fixture, library_template_fixture, run, workspace  # noqa: F401 - fixtures
from tests.requests_tables import ask, ask_one

pytestmark = pytest.mark.server
PARTS = (
    *"'\"\\;:,=@%$()[]{}<>-+*/ \t\n\r\x00\x1b\x7f0123456789abceinrtux_#|&!?.",
    *("é", "😀", "\ud800", "\u202e", "null", "NULL", "true", "NaN", "Infinity", "1e400", "-1"),
    *("--", "/*", "$$", "%s", "%(id)s", "::", "\\x", "base64:", "hex:", "{}", "[]", "[[1,2],[3]]"),
    *("2026-02-30", "0044-03-15 BC", "12:00", "'; DROP TABLE everything; --", "') OR 1=1 --"),
    *("DEFAULT", "now()", "pg_sleep(9)", "99999999999999999999", '{"a": [1, null]}', "[1,10)"),
)
INJECTIONS = (
    "'; DROP TABLE book; --",
    '"; DROP TABLE book; --',
    "' OR '1'='1",
    "1 OR 1=1",
    "1); DELETE FROM book; --",
    "%s",
    "%(id)s",
    "{}",
    "\\'; DROP TABLE book; --",
    "id; SELECT pg_sleep(5)",
    'id" DESC; --',
    "(SELECT 1)",
    "$1",
)


def odd(chance: random.Random) -> str:
    return "".join(chance.choices(PARTS, k=chance.randrange(6)))


@pytest.mark.parametrize("seed", [1, 2])
def test_odd_values_end_in_a_record_or_in_one_error(
    database: DatabaseUrl, tmp_path: Path, seed: int
) -> None:
    run(database, TYPES)
    space, chance = workspace(database, tmp_path), random.Random(seed)
    written = refused = 0
    with opened_model(space, "everything") as (opened, model):
        for number in range(4000):
            texts = [f"id={number}"]
            for column in chance.sample(model.columns[1:], chance.choice((1, 1, 1, 2, 5))):
                texts.append(column.name + chance.choice(("=", "=", ":=")) + odd(chance))
            try:
                values = resolved(space, model, parse_assignments(texts))
                write(opened, model, values, ())
                finish(opened, model, values, dry_run=False)
                written += 1
            except (RecordError, UsageError):
                opened.rollback()
                refused += 1
    assert written > 250
    assert refused > 500
    assert ask_one(database, "SELECT count(*) FROM everything") == written


def test_odd_command_lines_are_understood_or_refused() -> None:
    chance = random.Random(3)
    for _ in range(2000):
        text = odd(chance)
        for parse in (parse_assignments, parse_conditions):
            _tried(lambda text=text, parse=parse: parse([text]))
        _tried(lambda text=text: parse_place(text))
        _tried(lambda text=text: list(csv_rows(text.splitlines(keepends=True))))


def _tried(call: object) -> None:
    assert callable(call)
    with suppress(UsageError):
        call()


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_text_becomes_part_of_a_statement(library: Workspace, text: str) -> None:
    run(library.database, "INSERT INTO book (id, title) VALUES (1, 'one'), (2, 'two')")
    before = ask(library.database, "SELECT t::text FROM book t ORDER BY id")
    attempts = (
        lambda: records.list_(library, text),
        lambda: records.list_(library, "book", Selection(parse_conditions([f"title={text}"]))),
        lambda: records.list_(library, "book", Selection(parse_conditions([f"{text}=x"]))),
        lambda: records.list_(library, "book", Selection(order=parse_order(text))),
        lambda: records.list_(library, "book", Selection(after=parse_place(text))),
        lambda: records.get(library, "book", text),
        lambda: records.get(library, "loan", f"{text},{text}"),
        lambda: records.update(library, "book", text, parse_assignments(["title=x"])),
        lambda: records.update(library, "book", "1", parse_assignments([f"{text}=x"])),
        lambda: records.create(library, "book", parse_assignments([f"id={text}", "title=x"])),
        lambda: records.create(
            library, "book", parse_assignments(["id=1", "title=x"]), conflict=[text]
        ),
        lambda: records.delete(library, "book", [text]),
        lambda: records.delete(library, "book", conditions=parse_conditions([f"title={text}"])),
        lambda: list(records.stream(library, "book", Selection(parse_conditions([f"id={text}"])))),
    )
    for attempt in attempts:
        with suppress(RecordError, LookupFailed, UsageError):
            attempt()
    assert ask(library.database, "SELECT t::text FROM book t ORDER BY id") == before
    values = parse_assignments(["id=3", f"title={text[:20]}", f"tags:=[{_json(text)}]"])
    (record,) = records.create(library, "book", values).records
    assert (record["title"], record["tags"]) == (text[:20], [text])


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
