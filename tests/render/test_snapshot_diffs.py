"""Differences as lines: what matters first, what follows from it counted."""

from __future__ import annotations

from fidesdev.core.schema import SchemaChange
from fidesdev.core.snapshot_diffs import DiffSide, RowsChange, SnapshotDiff
from fidesdev.render.plain import plain
from fidesdev.render.snapshot_diffs import blocks

SNAPSHOT = DiffSide("one", False, ("a1", "b2"))
LIVE = DiffSide("app", True, ())


def drawn(*schema: SchemaChange, rows: tuple[RowsChange, ...] = ()) -> list[str]:
    return list(plain(blocks(SnapshotDiff(SNAPSHOT, LIVE, schema, rows, "counts"))))


def test_both_sides_are_named_and_equal_ones_said_to_be() -> None:
    assert drawn() == [
        "From  snapshot one at a1, b2",
        "To    database app at no revision",
        "Equal: the schemas and the numbers of rows are the same.",
    ]


def test_what_goes_with_a_table_is_counted_and_what_goes_alone_is_told() -> None:
    index = "CREATE INDEX {} ON public.{} USING btree (a)"
    assert drawn(
        SchemaChange("column", "public.gone.a", "integer", None),
        SchemaChange("column", "public.t.a", "integer", None),
        SchemaChange("index", "public.ix_gone", index.format("ix_gone", "gone"), None),
        SchemaChange("index", "public.ix_gone2", index.format("ix_gone2", "gone"), None),
        SchemaChange("index", "public.ix_t", index.format("ix_t", "t"), None),
        SchemaChange("table", "public.gone", "", None),
        SchemaChange("view", "public.v", None, "SELECT 1;\n"),
    )[2:] == [
        "- table public.gone with 1 column, 2 indexes",
        "- column public.t.a",
        "    integer",
        "- index public.ix_t",
        "    CREATE INDEX ix_t ON public.t USING btree (a)",
        "+ view public.v",
    ]


def test_change_shows_both_definitions_in_one_line_each() -> None:
    assert drawn(SchemaChange("view", "v", " SELECT a\n   FROM t;", " SELECT b\n   FROM t;"))[
        2:
    ] == [
        "~ view v",
        "    was SELECT a FROM t;",
        "    is  SELECT b FROM t;",
    ]


def test_rows_tell_what_became_of_their_number() -> None:
    changes = (
        RowsChange("gone", 7, None),
        RowsChange("new", None, 0),
        RowsChange("same", 5, 5),
        RowsChange("t", 1200, 3),
    )
    assert drawn(rows=changes)[2:] == [
        "TABLE       ROWS      CHANGE",
        "gone           7        gone",
        "new            0         new",
        "same           5  other rows",
        "t      1,200 → 3      -1,197",
    ]
