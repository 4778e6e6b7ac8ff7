"""What of a revision's statements is nobody's but its own, and what they are about."""

from __future__ import annotations

import pytest

from fidesdev.core.lint_scope import scope_of, subject
from fidesdev.core.lint_text import text_hazards
from fidesdev.core.sent import Sent, sent
from fidesdev.core.statements import Statement


def statements(*texts: str) -> tuple[Sent, ...]:
    return sent(Statement(f"{text};", 1) for text in texts)


def own(rule: str, *texts: str) -> bool:
    """Whether the rule's finding in the last statement concerns the revision alone."""
    return scope_of(statements(*texts)).is_own(rule, texts[-1])


@pytest.mark.parametrize(
    ("rule", "texts"),
    [
        ("ban-drop-column", ["CREATE TABLE t (c int)", "ALTER TABLE t DROP COLUMN c"]),
        ("ban-drop-table", ["CREATE TABLE t (c int)", "DROP TABLE t"]),
        ("ban-drop-column", ["DROP TABLE t", "ALTER TABLE t DROP COLUMN c"]),
        ("ban-drop-view", ["CREATE VIEW v AS SELECT 1", "DROP VIEW v"]),
        ("renaming-object", ["CREATE TYPE k AS ENUM ('a')", "ALTER TYPE k RENAME TO k_old"]),
        ("renaming-object", ["ALTER INDEX i RENAME TO j"]),
        (
            "ban-drop-default",
            ["ALTER TABLE t ADD COLUMN c int", "ALTER TABLE t ALTER COLUMN c DROP DEFAULT"],
        ),
        (
            "ban-drop-constraint",
            ["ALTER TABLE t ADD CONSTRAINT f CHECK (c > 1)", "ALTER TABLE t DROP CONSTRAINT f"],
        ),
    ],
)
def test_what_nobody_else_uses_is_the_revisions_own(rule: str, texts: list[str]) -> None:
    assert own(rule, *texts)


@pytest.mark.parametrize(
    ("rule", "texts"),
    [
        ("ban-drop-column", ["CREATE TABLE t (c int)", "ALTER TABLE u DROP COLUMN c"]),
        ("ban-drop-table", ["CREATE TABLE t (c int)", "DROP TABLE u"]),
        ("ban-drop-type", ["CREATE TYPE k AS ENUM ('a')", "DROP TYPE l"]),
        ("renaming-object", ["ALTER TYPE k RENAME TO l"]),
        (
            "ban-drop-constraint",
            ["ALTER TABLE t ADD CONSTRAINT f CHECK (c > 1)", "ALTER TABLE u DROP CONSTRAINT f"],
        ),
        (
            "ban-drop-default",
            ["ALTER TABLE t ADD COLUMN c int", "ALTER TABLE t ALTER COLUMN d DROP DEFAULT"],
        ),
        ("identifier-too-long", ["ALTER TABLE t ADD COLUMN c int"]),
        ("require-table-schema", ["CREATE TABLE t (c int)", "ALTER TABLE t DROP COLUMN c"]),
    ],
)
def test_what_others_use_is_not(rule: str, texts: list[str]) -> None:
    assert not own(rule, *texts)


def test_a_table_that_is_dropped_and_made_again_loses_its_rows() -> None:
    scope = scope_of(statements("DROP TABLE t", "CREATE TABLE t (c int)"))

    assert not scope.is_own("ban-drop-table", "DROP TABLE t")


def test_an_index_is_on_the_table_that_the_other_direction_or_the_text_names() -> None:
    down = statements("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON public.t (c)")
    scope = scope_of(statements("DROP TABLE t"), down, indexed={"j": "u", "i": "wrong"})

    assert scope.tables("DROP INDEX i") == ("t",)
    assert scope.tables("DROP INDEX j") == ("u",)
    assert scope.tables("DROP INDEX other") == ()
    assert scope.is_own("require-concurrent-index-deletion", "DROP INDEX i")
    assert not scope.is_own("require-concurrent-index-deletion", "DROP INDEX j")


@pytest.mark.parametrize(
    ("old", "new", "quick"),
    [
        ("VARCHAR(9)", "VARCHAR(10)", True),
        ("VARCHAR(9)", "TEXT", True),
        ("VARCHAR", "TEXT", True),
        ("VARCHAR(9)", "VARCHAR", True),
        ("VARCHAR(9)", "VARCHAR(8)", False),
        ("TEXT", "VARCHAR(9)", False),
        ("INTEGER", "BIGINT", False),
        ("VARCHAR(9)", "TEXT USING lower(c)", False),
        ("VARCHAR(9)", "kind", False),
    ],
)
def test_a_text_that_only_becomes_longer_is_quick(old: str, new: str, quick: bool) -> None:
    down = statements(f"ALTER TABLE t ALTER COLUMN c TYPE {old}")
    code = f"ALTER TABLE s.t ALTER COLUMN c TYPE {new}"

    assert scope_of((), down).is_quick("changing-column-type", code) is quick
    assert not scope_of((), down).is_quick("ban-drop-column", code)
    assert not scope_of(()).is_quick("changing-column-type", code)


@pytest.mark.parametrize(
    ("code", "about"),
    [
        ("ALTER TABLE s.t DROP COLUMN IF EXISTS c", "t.c"),
        ('ALTER TABLE t RENAME "Old" TO new', "t.old"),
        ("ALTER TABLE t RENAME TO u", "t"),
        ("ALTER TABLE t ADD CONSTRAINT f CHECK (c > 1)", "f on t"),
        ("CREATE INDEX i ON t (c)", "i on t"),
        ("DROP INDEX i", "i"),
        ("DROP SEQUENCE IF EXISTS s.numbers", "numbers"),
        ("UPDATE t SET c = 1", "t"),
        ("SELECT 1", ""),
    ],
)
def test_a_finding_names_what_it_is_about(code: str, about: str) -> None:
    scope = scope_of(())

    assert subject(code, 0, scope.tables(code)) == about


def test_of_several_actions_the_one_at_the_place_is_named() -> None:
    code = "ALTER TABLE t ADD COLUMN a int, DROP COLUMN b"

    assert subject(code, code.index("DROP"), ("t",)) == "t.b"
    assert subject(code, code.index("ADD"), ("t",)) == "t.a"


def test_an_import_of_what_was_written_for_revisions_is_fine() -> None:
    source = b"from shop.db.migrations.steps import fill\nimport shop.models\n"
    folder = ("src", "shop", "db", "migrations")

    found = [one.message for one in text_hazards(source, own_packages={"shop"}, folder=folder)]
    assert found == ["imports shop.models"]
