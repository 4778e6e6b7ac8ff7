"""Blocks as plain text and in a terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from fidesdev.render.layout import (
    Block,
    bad,
    facts,
    good,
    line,
    name,
    span,
    table,
    verbatim,
    visible,
)
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


def screen(blocks: list[Block], width: int) -> list[str]:
    """The lines of a terminal of that width."""
    stream = io.StringIO()
    show(blocks, Console(file=stream, width=width, highlight=False, color_system=None))
    return [text.rstrip() for text in stream.getvalue().splitlines()]


def test_line_is_broken_between_words_below_what_follows_its_title() -> None:
    long = line("Status      ", name("error"), ": the request failed and waits for somebody")
    assert screen([long], 40) == [
        "Status      error: the request failed",
        "            and waits for somebody",
    ]
    assert screen([line("  ", "indented text goes on where it began")], 20) == [
        "  indented text goes",
        "  on where it began",
    ]


def test_word_that_is_too_long_for_its_place_begins_further_left() -> None:
    told = line("file   ", bad("error  "), f"  /a/{'x' * 30}/b is no file")
    assert screen([told], 40) == ["file   error", f"/a/{'x' * 30}/b is", "no file"]


def test_command_is_broken_nowhere() -> None:
    told = line("Mend it, and then type 'fidesdev db goto head' once more.")
    assert screen([told], 32) == ["Mend it, and then type", "'fidesdev db goto head' once", "more."]
    typed = line("Join them with ", name("fidesdev db merge-heads --yes"))
    assert screen([typed], 32) == ["Join them with", "fidesdev db merge-heads --yes"]


def test_verbatim_text_is_left_to_the_terminal() -> None:
    (sql,) = verbatim("SELECT " + "x, " * 30)
    assert screen([sql], 40) == [("SELECT " + "x, " * 30).rstrip()]


@settings(max_examples=30)
@given(
    st.lists(st.text("ab cd", min_size=1, max_size=60), min_size=1, max_size=4),
    st.integers(12, 60),
    st.booleans(),
)
def test_no_row_is_wider_than_the_screen(cells: list[str], width: int, folded: bool) -> None:
    headings = [f"h{number}" for number in range(len(cells))]
    assert max(map(len, screen([table(headings, [cells], folded=folded)], width))) <= width


def test_folded_cells_lose_nothing() -> None:
    words = "one two three four five six seven"
    shown = screen([facts([("fidesdev db upgrade", words)])], 44)
    assert shown == ["fidesdev db upgrade  one two three four five", f"{'':21}six seven"]


def test_elastic_column_ends_early_before_another_goes() -> None:
    wide = table(("id", "message", "day"), [("1", "m" * 60, "Monday")], optional=("day",))
    assert fitted(wide, 50).headings == ("id", "message")
    assert fitted(replace(wide, elastic="message"), 50).headings == ("id", "message", "day")


@settings(max_examples=50)
@given(st.lists(st.text("abc:'", min_size=1, max_size=9), min_size=1), st.integers(12, 60))
def test_broken_line_keeps_every_word_and_fits(words: list[str], width: int) -> None:
    shown = screen([line(name("id"), "  ", " ".join(words))], width)
    assert " ".join(shown).split() == ["id", *words]
    assert max(map(len, shown)) <= width


HOSTILE = "a\x1b]0;title\x07\x1b[2J\x9b31m\u202eb\x7f"
TOLD = "a\\x1b]0;title\\x07\\x1b[2J\\x9b31m\\u202eb\\x7f"


@pytest.mark.parametrize("colour", [True, False])
def test_text_of_others_controls_no_terminal(colour: bool) -> None:
    blocks: list[Block] = [
        line(name(HOSTILE), HOSTILE),
        table((HOSTILE, "n"), [(HOSTILE, name("x\ny"))], numeric=[HOSTILE], elastic=HOSTILE),
        *verbatim(f"\x1b[31mred\x1b[0m {HOSTILE}"),
    ]
    shown = printed(blocks, colour=colour)
    assert shown.count(TOLD) == 5
    assert "x\\ny" in shown
    assert f"red {TOLD}" in shown
    ours = re.sub(r"\x1b\[[\d;]*m", "", shown)
    assert [one for one in ours if one != "\n" and not one.isprintable()] == []


def test_a_pipe_gets_somebody_s_text_as_it_is_and_nothing_else_that_controls() -> None:
    assert list(plain([line(HOSTILE), *verbatim(HOSTILE), table(("a\r",), [("b\t\n",)])])) == [
        TOLD,
        HOSTILE,
        "a\\r",
        "b\\t\\n",
    ]


@given(st.text())
def test_what_is_visible_is_the_same_text(text: str) -> None:
    shown = visible(text, kept="")
    assert shown.encode().decode() == shown
    assert not set(shown) & {*map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x202E))}
    assert shown == text or not text.isprintable()
