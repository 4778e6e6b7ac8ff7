"""Blocks as plain text and in a terminal."""

from __future__ import annotations

import io

from fidesdev.render.layout import Block, bad, good, line, name, span, table
from fidesdev.render.plain import plain
from fidesdev.render.terminal import console, fitted, show

ROWS: list[Block] = [
    line(bad("error: "), "[bold]no markup[/bold] :smile:"),
    table(("id", "count"), [(name("a"), "1"), (good("long"), "1000")], numeric=["count"], indent=2),
    line(),
    table(("", ""), [("x", "y")]),
]


def test_plain_text_has_columns_and_nothing_else() -> None:
    assert list(plain(ROWS)) == [
        "error: [bold]no markup[/bold] :smile:",
        "  id    count",
        "  a         1",
        "  long   1000",
        "",
        "x  y",
    ]


def test_table_without_rows_shows_its_headings() -> None:
    assert list(plain([table(("id", "count"), [])])) == ["id  count"]
    assert list(plain([table(("", ""), [])])) == []


def test_long_lines_are_never_cut() -> None:
    text = "x" * 500
    assert list(plain([line(text), table(("a",), [(text,)])])) == [text, "a", text]
    assert text in printed([line(text)], colour=True)
    assert text in printed([table(("a",), [(text,)])], colour=True)


def test_colour_is_added_to_the_same_text() -> None:
    assert "\x1b[31merror: \x1b[0m" in printed(ROWS, colour=True)
    without = printed(ROWS, colour=False)
    assert [text.rstrip() for text in without.splitlines()] == list(plain(ROWS))


def test_narrow_terminal_leaves_out_only_what_does_not_fit() -> None:
    wide = table(
        ("id", "long", "b", "c"), [("1", "x" * 20, "22", "33")], optional=("b", "long", "c")
    )
    shown = {width: fitted(wide, width).headings for width in (40, 30, 27, 12, 6, 5, 1)}
    assert shown == {
        40: ("id", "long", "b", "c"),
        30: ("id", "long", "c"),
        27: ("id", "b", "c"),
        12: ("id", "b", "c"),
        6: ("id", "c"),
        5: ("id",),
        1: ("id",),
    }


def test_ids_are_shortened_before_a_column_goes() -> None:
    wide = table(("id", "b"), [(name("0123456789", "0123"), "22")], optional=("b",))
    (shown,) = fitted(wide, 8).rows
    assert [span(cell).text for cell in shown] == ["0123", "22"]


def printed(blocks: list[Block], *, colour: bool) -> str:
    """What a stream that is no screen is sent."""
    stream = io.StringIO()
    show(blocks, console(stream, colour=colour))
    return stream.getvalue()
