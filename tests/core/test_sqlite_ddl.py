"""What statements of SQLite say, however they are written."""

from __future__ import annotations

import pytest

from fidesdev.core.sqlite_ddl import plain_text, read_table


def column(text: str) -> str:
    """The one column's definition."""
    (found,) = read_table(f"CREATE TABLE t ({text})").columns
    return found[1]


def constraints(body: str) -> set[tuple[str, str]]:
    return set(read_table(f"CREATE TABLE t ({body})").constraints)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a INTEGER NOT NULL", '"a"  integer\nnot null -- why'),
        ("a TEXT DEFAULT 'x' NOT NULL", "[a] text NOT NULL DEFAULT ('x')"),
        ("a NUMERIC(8, 2) NULL", "a numeric(8,2)"),
        ("a DATETIME DEFAULT CURRENT_TIMESTAMP", "a DATETIME DEFAULT (CURRENT_TIMESTAMP)"),
    ],
)
def test_spelling_does_not_count(one: str, other: str) -> None:
    assert column(one) == column(other)


@pytest.mark.parametrize(
    "other",
    [
        "a INTEGER",
        "a BIGINT NOT NULL",
        "a INTEGER NOT NULL DEFAULT 1",
        "a INTEGER NOT NULL DEFAULT NULL",
        "a INTEGER NOT NULL COLLATE NOCASE",
        "a INTEGER NOT NULL GENERATED ALWAYS AS (1 + 1) STORED",
        "a INTEGER NOT NULL AS (1 + 1)",
    ],
)
def test_meaning_does_count(other: str) -> None:
    assert column(other) != column("a INTEGER NOT NULL")


@pytest.mark.parametrize(
    ("of_column", "of_table"),
    [
        ("a INTEGER PRIMARY KEY", "a INTEGER, PRIMARY KEY (a)"),
        ("a INTEGER CONSTRAINT u UNIQUE", "a INTEGER, CONSTRAINT u UNIQUE (a)"),
        ("a INTEGER CHECK (a > 0 and a in (1, 2))", "a INTEGER, check (a>0 AND a IN (1,2))"),
        (
            "a INTEGER REFERENCES s (b) ON DELETE SET NULL NOT DEFERRABLE NOT NULL",
            "a INTEGER NOT NULL, FOREIGN KEY(a) REFERENCES s(b) ON DELETE SET NULL NOT DEFERRABLE",
        ),
        (
            "a INTEGER REFERENCES s ON UPDATE SET DEFAULT DEFAULT 1",
            "a INTEGER DEFAULT 1, FOREIGN KEY (a) REFERENCES s ON UPDATE SET DEFAULT",
        ),
    ],
)
def test_constraint_of_a_column_is_one_of_the_table(of_column: str, of_table: str) -> None:
    assert constraints(of_column) == constraints(of_table) != set()
    assert column(of_column) == read_table(f"CREATE TABLE t ({of_table})").columns[0][1]


def test_several_columns_named_like_keywords_and_odd_text_are_told_apart() -> None:
    table = read_table(
        'CREATE TABLE "t" ("check" TEXT DEFAULT \',)(\', `a b` VARCHAR(3), [c"d], e)'
        " STRICT, WITHOUT ROWID"
    )
    assert [name for name, _ in table.columns] == ['"check"', '"a b"', '"c""d"', "e"]
    assert table.columns[0][1] == "TEXT DEFAULT ',)('"
    assert table.options == "STRICT, WITHOUT ROWID"


def test_text_keeps_strings_and_drops_comments() -> None:
    statement = "create index \"ix\" on [t] (a) /* why */ where b = 'It''s -- \"b\"'"
    assert plain_text(statement) == "CREATE INDEX ix ON t (a) where b = 'It''s -- \"b\"'"
