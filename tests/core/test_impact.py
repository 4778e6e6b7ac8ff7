"""What statements lock, work through and lose, as PostgreSQL's documentation says."""

from __future__ import annotations

import pytest

from fidesdev.core.impact import Effect, effects, seconds_of
from fidesdev.core.statements import Statement


def effect(sql: str) -> Effect:
    (found,) = effects([Statement(sql, 1)])
    return found


def told(sql: str) -> tuple[tuple[str, ...], str, str, list[str]]:
    """Tables, lock, work and losses of one statement."""
    found = effect(sql)
    return found.tables, found.lock, found.work, [f"{one.kind} {one.name}" for one in found.loses]


@pytest.mark.parametrize(
    ("sql", "tables", "lock", "work", "loses"),
    [
        ("DROP TABLE IF EXISTS s.Old", ("old",), "AccessExclusive", "", ["table old"]),
        ("TRUNCATE old", ("old",), "AccessExclusive", "", ["rows old"]),
        ("ALTER TABLE old ADD COLUMN c text", ("old",), "AccessExclusive", "", []),
        (
            "ALTER TABLE old ADD COLUMN c uuid DEFAULT gen_random_uuid()",
            ("old",),
            "AccessExclusive",
            "rewrite",
            [],
        ),
        ("ALTER TABLE old ADD COLUMN c BIGSERIAL", ("old",), "AccessExclusive", "rewrite", []),
        (
            'ALTER TABLE "Old" DROP COLUMN "C"',
            ("old",),
            "AccessExclusive",
            "",
            ["column old.c"],
        ),
        ("ALTER TABLE old ALTER COLUMN c TYPE bigint", ("old",), "AccessExclusive", "rewrite", []),
        ("ALTER TABLE old ALTER COLUMN c SET NOT NULL", ("old",), "AccessExclusive", "scan", []),
        ("ALTER TABLE old ALTER COLUMN c SET DEFAULT 1", ("old",), "AccessExclusive", "", []),
        ("ALTER TABLE old RENAME TO older", ("old",), "AccessExclusive", "", []),
        (
            "ALTER TABLE old ADD CONSTRAINT f FOREIGN KEY(c) REFERENCES s.other (id)",
            ("old", "other"),
            "ShareRowExclusive",
            "scan",
            [],
        ),
        (
            "ALTER TABLE old ADD CONSTRAINT f FOREIGN KEY(c) REFERENCES other (id) NOT VALID",
            ("old", "other"),
            "ShareRowExclusive",
            "",
            [],
        ),
        (
            "ALTER TABLE old VALIDATE CONSTRAINT f",
            ("old",),
            "ShareUpdateExclusive",
            "scan",
            [],
        ),
        ("ALTER TABLE old ADD CONSTRAINT u UNIQUE (c)", ("old",), "AccessExclusive", "index", []),
        (
            "ALTER TABLE old ADD CONSTRAINT u UNIQUE USING INDEX i",
            ("old",),
            "AccessExclusive",
            "",
            [],
        ),
        ("ALTER TABLE old ADD CHECK (c > 0)", ("old",), "AccessExclusive", "scan", []),
        (
            "ALTER TABLE old DROP CONSTRAINT u",
            ("old",),
            "AccessExclusive",
            "",
            ["constraint u"],
        ),
        ("CREATE UNIQUE INDEX i ON old (c)", ("old",), "Share", "index", []),
        (
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON old USING gin (c)",
            ("old",),
            "ShareUpdateExclusive",
            "index",
            [],
        ),
        ("DROP INDEX i", (), "AccessExclusive", "", ["index i"]),
        ("DROP TYPE kind", (), "", "", ["type kind"]),
        ("UPDATE old SET c = 1", ("old",), "RowExclusive", "scan", []),
        ("DELETE FROM old", ("old",), "RowExclusive", "scan", ["rows old"]),
        ("COMMENT ON TABLE old IS 'x'", ("old",), "ShareUpdateExclusive", "", []),
        ("SELECT 'DROP TABLE old'", (), "", "", []),
        ("-- DROP TABLE old;\nSELECT 1", (), "", "", []),
    ],
)
def test_statement_does(
    sql: str, tables: tuple[str, ...], lock: str, work: str, loses: list[str]
) -> None:
    assert told(sql) == (tables, lock, work, loses)


def test_a_condition_says_which_rows() -> None:
    (all_,) = effect("DELETE FROM old").loses
    (some,) = effect("DELETE FROM old WHERE note = 'x'").loses

    assert (all_.some, some.some) == (False, True)


def test_a_text_is_taken_apart_and_keeps_its_line() -> None:
    text = "DROP TABLE a; UPDATE b SET c = ';';\n"
    found = effects([Statement("BEGIN;", 0), Statement(text, 7), Statement("COMMIT;", 0)])

    assert [(one.tables, one.line) for one in found] == [(("a",), 7), (("b",), 7)]


def test_tables_of_the_revision_itself_are_nobodys_yet() -> None:
    found = effects(
        [
            Statement("CREATE TABLE new (id int REFERENCES old (id));", 1),
            Statement("CREATE INDEX i ON new (id);", 2),
            Statement("ALTER TABLE new ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES old (id);", 3),
        ]
    )
    assert [(one.tables, one.lock) for one in found] == [
        (("old",), "ShareRowExclusive"),
        ((), ""),
        (("old",), "ShareRowExclusive"),
    ]


def test_work_takes_longer_on_a_larger_table() -> None:
    assert seconds_of("", 10**12) == 0
    assert seconds_of("rewrite", 8 * 10**9) > seconds_of("scan", 8 * 10**9) > 1
