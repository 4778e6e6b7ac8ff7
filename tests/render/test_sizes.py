"""Whatever the size of the terminal, everything is shown and nothing is wider than it."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from fidesdev.render.layout import Block, Line, Span, line, table
from fidesdev.render.terminal import console, show
from tests.examples import examples

TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)
SPANS = st.builds(Span, TEXTS, st.sampled_from(["", "good", "bad"]), TEXTS)


@st.composite
def tables(draw: st.DrawFn) -> Block:
    """A table of any texts, with columns that go first, end early or go on below."""
    count = draw(st.integers(1, 5))
    headings = [f"h{number}" for number in range(count)]
    rows = draw(st.lists(st.lists(TEXTS | SPANS, min_size=count, max_size=count), max_size=4))
    some = st.lists(st.sampled_from(headings), unique=True)
    return table(
        headings,
        rows,
        numeric=draw(some),
        indent=draw(st.integers(0, 6)),
        optional=draw(some),
        pictures=draw(some),
        elastic=draw(st.sampled_from(["", *headings])),
        folded=draw(st.booleans()),
    )


LINES = st.builds(lambda texts: line(*texts), st.lists(TEXTS, max_size=4))
CUT = st.builds(lambda spans: Line(tuple(spans), cut=True), st.lists(SPANS, max_size=4))
FEW = examples(25)


@FEW
@given(st.lists(tables() | CUT, max_size=3), st.integers(1, 250))
def test_any_blocks_can_be_shown_at_any_width(blocks: list[Block], width: int) -> None:
    assert shown(blocks, width) or not any(isinstance(one, Line) for one in blocks)


@FEW
@given(LINES, st.integers(1, 250))
def test_no_text_of_a_line_is_lost_at_any_width(one: Line, width: int) -> None:
    text = "".join(part.text for part in one.spans)
    assert "".join(shown([one], width).split()) == "".join(text.split())


@FEW
@given(st.integers(1, 250), st.lists(st.text("abc", min_size=1, max_size=9), min_size=1))
def test_short_cells_of_a_table_fit_the_screen(width: int, cells: list[str]) -> None:
    drawn = table(["one", "two"], [(cell, cell) for cell in cells], folded=True)
    widest = max(map(len, shown([drawn], width).splitlines()))
    assert widest <= max(width, 2 * 9 + 2)


def shown(blocks: list[Block], width: int) -> str:
    """What a screen of that width shows."""
    stream = io.StringIO()
    screen = console(stream, colour=False)
    screen.width = width
    show(blocks, screen)
    return stream.getvalue()
