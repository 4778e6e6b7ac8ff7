"""Pictures of the graph: sound in every language, whatever is written in a message."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given

from fidesdev.core.graph import Revision
from fidesdev.core.graph_reports import GraphReport
from fidesdev.render.graph_pictures import dot, mermaid, svg
from tests.notation import random_revisions, revisions
from tests.render.graphs import report

TREE = "a > b > m, a > x > m, z ~ a, a @ one"
ODD = 'end "x" [y] {z} <b>&amp; `#35;` %%{init}%% \\N\\" é 漢 \x00\x1b\u2028 --> ;\nnew'


def odd() -> GraphReport:
    """A graph whose messages, ids and labels hold what each language takes for its own."""
    made = [Revision(f"r{ODD}", message=ODD, labels=(ODD,)), Revision("s", (f"r{ODD}",))]
    return report(made, {made[0].id: "applied", "s": "pending"})


SMALL = report(revisions(TREE))
WIDE = report(revisions(", ".join(f"a > b{number}" for number in range(20))))
ALL = [SMALL, WIDE, odd(), report(revisions(TREE), limit=2), GraphReport((), (), 0)]


def test_mermaid_has_a_box_for_each_revision_and_an_arrow_for_each_edge() -> None:
    states = {"a": "applied", "b": "pending"}
    assert mermaid(report(revisions("a > b, a @ one"), states)).splitlines()[:4] == [
        "flowchart TB",
        '    r0["b (head) does b"]:::pending',
        '    r1["a (one) does a"]:::applied',
        "    r0 --> r1",
    ]
    assert "    r3 -.-> r4" in mermaid(SMALL)


@pytest.mark.parametrize("drawn", ALL)
def test_mermaid_reads_nothing_in_a_message_as_its_own(drawn: GraphReport) -> None:
    allowed = r'    r\d+(\["[\w\s.,:()/+#;-]*"\](:::\w+)?| -->| -\.->)( r\d+)?|    classDef .*'
    first, *lines = mermaid(drawn).splitlines()
    assert first == "flowchart TB"
    assert all(re.fullmatch(allowed, text) for text in lines)


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
@pytest.mark.parametrize("drawn", ALL)
def test_graphviz_draws_every_revision_and_edge(drawn: GraphReport) -> None:
    done = subprocess.run(
        ["dot", "-Tsvg"], input=dot(drawn).encode(), capture_output=True, check=True
    )
    assert b"<stdin>" not in done.stderr  # where a warning or an error begins
    root = ET.fromstring(done.stdout)  # noqa: S314 - drawn here
    groups = Counter(group.get("class") for group in root.findall(".//{*}g"))
    shown = {node.id for node in drawn.nodes}
    assert groups["node"] == len(drawn.nodes)
    assert groups["edge"] == sum(edge.parent in shown for edge in drawn.edges)


@pytest.mark.parametrize("drawn", ALL)
def test_svg_is_xml_with_a_line_for_each_edge_and_a_group_for_each_revision(
    drawn: GraphReport,
) -> None:
    root = ET.fromstring(svg(drawn))  # noqa: S314 - our own text
    assert len(root.findall("{*}path")) == len(drawn.edges)
    assert len(root.findall("{*}g")) == len(drawn.nodes)
    assert len(root.findall(".//{*}circle")) == len(drawn.nodes)


def test_svg_tells_states_and_kinds_by_classes() -> None:
    drawn = report(revisions("a > b"), {"a": "applied", "b": "pending"})
    nodes = tuple(replace(node, is_current=node.id == "a") for node in drawn.nodes)
    root = ET.fromstring(svg(replace(drawn, nodes=nodes)))  # noqa: S314 - our own text
    assert [group.get("class") for group in root.findall("{*}g")] == [
        "n pending",
        "n applied current",
    ]
    assert "prefers-color-scheme:dark" in svg(drawn)
    assert 'class="e depends_on ' in svg(SMALL)


@given(random_revisions())
def test_no_text_of_the_svg_covers_a_lane(made: list[Revision]) -> None:
    drawn = report(made)
    root = ET.fromstring(svg(drawn))  # noqa: S314 - our own text
    texts = root.findall(".//{*}text")
    rows = {node.id: row for row, node in enumerate(drawn.nodes)}
    for edge in drawn.edges:
        for text in texts[rows[edge.child] + 1 : rows[edge.parent]]:
            assert float(text.get("x", "0")) > 24 + 20 * edge.lane
