"""The graph in a terminal: `git log --graph` in the finest signs that the encoding has."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given

from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.graph_reports import GraphReport
from fidesdev.core.lanes import drawing_order, lay_out
from fidesdev.render.graph_lanes import ASCII, UNICODE, Row, rows
from fidesdev.render.graph_reports import FINE, PLAIN, drawing, signs_for
from fidesdev.render.plain import plain
from fidesdev.render.terminal import console, show
from tests.effort import lines_run
from tests.notation import graph, random_revisions, revisions
from tests.render.graphs import report


def drawn(text: str, signs: str = "utf-8") -> str:
    return "\n".join(plain(drawing(report(revisions(text)), signs_for(signs))))


def test_branches_leave_and_merges_join() -> None:
    assert drawn("a > b > m > h, a > x > m") == (
        "*   h (head) does h\n*   m does m\n├─╮\n│ * x does x\n* │ b does b\n├─╯\n*   a does a"
    )


def test_an_edge_passes_through_others() -> None:
    assert drawn("a > b > c > m, b > x > m, a > y > m") == (
        "*     m (head) does m\n"
        "├─┬─╮\n"
        "│ │ * y does y\n"
        "│ * │ x does x\n"
        "* │ │ c does c\n"
        "├─╯ │\n"
        "*   │ b does b\n"
        "├───╯\n"
        "*     a does a"
    )


def test_dependencies_are_dotted_and_lineages_apart() -> None:
    assert drawn("a > b, x > y, y ~ a, z, a @ one") == (
        "*   y (head) does y\n"
        "├┄╮\n"
        "* ┊ x does x\n"
        "  ┊\n"
        "* ┊ b (head) does b\n"
        "├┄╯\n"
        "*   a (one) does a\n"
        "\n"
        "*   z (head) does z"
    )


def test_an_encoding_without_lines_gets_ascii() -> None:
    text = drawn("a > b > m, a > x > m, z ~ a", "ascii")
    assert text.isascii()
    assert "|-." in text
    assert signs_for("utf-8") is FINE
    assert signs_for("latin-1") is signs_for("no such encoding") is PLAIN


def test_states_are_marked_and_counted() -> None:
    states = {"a": "applied", "b": "pending", "x": "unknown"}
    lines = list(plain(drawing(report(revisions("a > b, a > x"), states), FINE)))
    assert lines == [
        "?   x (head, no source found) does x",
        "│ ○ b (head) does b",
        "├─╯",
        "●   a does a",
        "● 1 applied  ○ 1 pending  ? 1 unknown  in postgresql://db/fides",
    ]


def test_a_message_cannot_write_elsewhere_on_the_screen() -> None:
    made = [Revision("a", message="one\n\x1b[2Jtwo\x9b", labels=("x\ty",))]
    assert list(plain(drawing(report(made), FINE))) == ["* a (head, x y) one [2Jtwo"]


def test_a_terminal_leaves_out_lanes_rather_than_the_text(tmp_path: Path) -> None:
    wide = report(revisions(", ".join(f"a > b{number}" for number in range(50))))
    file = tmp_path / "screen"
    with file.open("w", encoding="utf-8") as stream:
        shown = console(stream, colour=False)
        shown.width = 60
        show(drawing(wide, FINE), shown)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[49] == f"{'│ ' * 10}… * b0 (head) does b0"
    assert max(map(len, lines)) == 60
    assert lines[-1] == "* a does a"


def test_a_terminal_cuts_a_long_message_and_no_lanes(tmp_path: Path) -> None:
    made = [Revision("a"), Revision("b", ("a",)), Revision("c", ("a",), message="long " * 20)]
    file = tmp_path / "screen"
    with file.open("w", encoding="utf-8") as stream:
        shown = console(stream, colour=False)
        shown.width = 30
        show(drawing(report([*made, Revision("d", ("b", "c"))]), FINE), shown)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines == [
        "*   d (head)",
        "├─╮",
        "│ * c long long long long lon…",
        "* │ b",
        "├─╯",
        "*   a",
    ]


def test_what_was_left_out_is_counted_and_led_to() -> None:
    lines = list(plain(drawing(report(revisions("a > b > c > d"), limit=2), FINE)))
    assert lines == ["* d (head) does d", "* c does c", "… 2 older revisions"]
    assert list(plain(drawing(GraphReport((), (), 0), FINE))) == ["No revisions."]


@given(random_revisions())
def test_every_edge_is_a_line_without_a_hole(made: list[Revision]) -> None:
    tree = RevisionGraph.build(made)
    layout = lay_out(tree, drawing_order(tree))
    for strokes in (UNICODE, ASCII):
        lines = list(rows(layout, strokes))
        assert [row.id for row in lines if row.id] == list(layout.lanes)
        place = {row.id: number for number, row in enumerate(lines)}
        texts = [f"{row.before}*{row.after}" if row.id else row.before for row in lines]
        for edge in layout.edges:
            between = texts[place[edge.child] + 1 : place[edge.parent]]
            assert all(text[2 * edge.lane] not in " -─┄" for text in between)


def test_drawing_takes_work_that_grows_with_the_tree_alone() -> None:
    def work(size: int) -> int:
        tree = graph(", ".join(f"t{n} > t{n + 1}, t{n} > s{n} > t{n + 1}" for n in range(size)))
        layout = lay_out(tree, drawing_order(tree))
        drawn: list[Row] = []
        lines = lines_run(lambda: drawn.extend(rows(layout, UNICODE)))
        assert sum(row.id is not None for row in drawn) == 2 * size + 1
        return lines

    assert work(2_000) < 15 * work(200)  # a hundred times, were it quadratic
