"""What dumps and the programs that make them say."""

from __future__ import annotations

from fidesdev.core.snapshot_files import (
    database_entries,
    dump_tables,
    judge,
    program_errors,
    read_contents,
)

LISTING = """;
; Archive created at 2026-11-22 22:17:46 UTC
;     dbname: x
;
5064; 1262 17196 DATABASE - x postgres
5065; 0 0 COMMENT - DATABASE x postgres
2; 3079 17197 EXTENSION - citext
217; 1259 16386 TABLE public t postgres
3401; 0 16386 TABLE DATA public t postgres
3402; 0 16390 TABLE DATA public u postgres
3290; 0 0 COMMENT public TABLE t postgres
"""
STATEMENTS = r"""
CREATE DATABASE x WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C';

COMMENT ON DATABASE x IS '{"fidesdev": "snapshot", "name": "it''s \\ one"}';
"""
FAILED = "pg_restore: error: could not execute query: ERROR:  "


def test_listing_tells_tables_and_what_is_about_the_database() -> None:
    assert dump_tables(LISTING) == 2
    assert database_entries(LISTING).splitlines() == LISTING.splitlines()[4:6]


def test_statements_tell_facts_and_locale() -> None:
    contents = read_contents(LISTING, STATEMENTS)
    assert contents.facts == {"fidesdev": "snapshot", "name": "it's \\ one"}
    assert contents.options == "ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C'"


def test_dump_of_somebody_else_has_no_facts() -> None:
    contents = read_contents(LISTING, "COMMENT ON DATABASE x IS 'the shop';")
    assert (contents.facts, contents.options) == (None, "")


def test_options_take_nothing_but_words_and_quoted_text() -> None:
    evil = "CREATE DATABASE x WITH TEMPLATE = template0 ENCODING = 'UTF8' ; DROP TABLE t;"
    assert read_contents("", evil).options == "ENCODING = 'UTF8'"


def test_missing_roles_are_no_failure_and_other_errors_are() -> None:
    said = [
        "pg_restore: connecting to database for restore",
        f'{FAILED}role "ann o" does not exist',
        "Command was: ALTER TABLE public.t OWNER TO ann;",
        f'{FAILED}unrecognized configuration parameter "transaction_timeout"',
        f'{FAILED}type "public.citext" does not exist',
        "pg_restore: warning: errors ignored on restore: 3",
    ]
    serious, roles = judge(program_errors(said))
    assert roles == ("ann o",)
    assert serious == ['ERROR:  type "public.citext" does not exist']
