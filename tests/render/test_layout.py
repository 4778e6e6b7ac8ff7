"""Blocks as plain text and in a terminal."""

from __future__ import annotations

import io

from fidesdev.render.layout import Block, bad, good, line, name, table
from fidesdev.render.plain import plain
from fidesdev.render.terminal import console, show

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


def printed(blocks: list[Block], *, colour: bool) -> str:
    """What a stream that is no screen is sent."""
    stream = io.StringIO()
    show(blocks, console(stream, colour=colour))
    return stream.getvalue()
