"""The revision graph as Mermaid, DOT and SVG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from fidesdev.core.graph_reports import APPLIED, PENDING, STATES, UNKNOWN, GraphNode, GraphReport
from fidesdev.core.lanes import DEPENDENCY, PARENT, Edge

ROW, LANE, EDGE_OF_PAGE, LETTER = 30, 20, 24, 7.5
"""Pixels: between rows, between lanes, around the drawing, of a letter."""
COLOURS = 6
_ALIGNED = 8
"""Texts begin in one column where there are at most so many lanes."""
_FILLS = {APPLIED: "#d1f0d9", PENDING: "#fff3c4", UNKNOWN: "#ffd8d3"}
_SAYS = {PARENT: "is written on", DEPENDENCY: "depends on"}
_STROKES = {APPLIED: "#1a7f37", PENDING: "#9a6700", UNKNOWN: "#cf222e"}
STYLE = """
svg{background:#fff;color:#1f2328;font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.paper{fill:#fff}text{fill:#1f2328}.id{fill:#0550ae}.note{fill:#7d4e00}.quiet{fill:#59636e}
.e{fill:none;stroke-width:2}.depends_on{stroke-dasharray:2 4}
circle{fill:#fff;stroke:#59636e;stroke-width:2}
.applied circle{fill:#1a7f37;stroke:#1a7f37}.pending circle{stroke:#9a6700}
.unknown circle{fill:#cf222e;stroke:#cf222e}.current circle{stroke:#1f2328;stroke-width:3}
.l0{stroke:#0969da}.l1{stroke:#bc4c00}.l2{stroke:#8250df}
.l3{stroke:#1a7f37}.l4{stroke:#bf3989}.l5{stroke:#57606a}
@media (prefers-color-scheme:dark){
svg{background:#0d1117;color:#e6edf3}.paper{fill:#0d1117}text{fill:#e6edf3}.id{fill:#79c0ff}
.note{fill:#e3b341}.quiet{fill:#9198a1}circle{fill:#0d1117;stroke:#9198a1}
.applied circle{fill:#3fb950;stroke:#3fb950}.pending circle{stroke:#d29922}
.unknown circle{fill:#f85149;stroke:#f85149}.current circle{stroke:#e6edf3}
.l0{stroke:#4493f8}.l1{stroke:#f0883e}.l2{stroke:#ab7df8}
.l3{stroke:#3fb950}.l4{stroke:#db61a2}.l5{stroke:#9198a1}}
"""


def mermaid(report: GraphReport) -> str:
    """A flowchart of Mermaid."""
    names = _names(report)
    lines = ["flowchart TB"]
    for node in report.nodes:
        state = f":::{node.state}" if node.state else ""
        text = _mermaid_text(" ".join(filter(None, texts(node))))
        lines.append(f'    {names[node.id]}["{text}"]{state}')
    for edge in _whole(report):
        arrow = "-->" if edge.kind == PARENT else "-.->"
        lines.append(f"    {names[edge.child]} {arrow} {names[edge.parent]}")
    for state in STATES if report.database else ():
        colours = f"fill:{_FILLS[state]},stroke:{_STROKES[state]},color:#1f2328"
        lines.append(f"    classDef {state} {colours}")
    return "\n".join(lines) + "\n"


def dot(report: GraphReport) -> str:
    """A graph of Graphviz."""
    shape = 'shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="monospace"'
    lines = ["digraph revisions {", f"  node [{shape}];"]
    names = _names(report)
    for node in report.nodes:
        id_, notes, message = texts(node)
        told = {"label": "\n".join(filter(None, [f"{id_} {notes}".strip(), message]))}
        if node.state:
            told |= {"fillcolor": _FILLS[node.state], "color": _STROKES[node.state]}
        attributes = ", ".join(f"{key}={_dot_text(value)}" for key, value in told.items())
        lines.append(f"  {names[node.id]} [{attributes}];")
    for edge in _whole(report):
        dotted = "" if edge.kind == PARENT else " [style=dotted]"
        lines.append(f"  {names[edge.child]} -> {names[edge.parent]}{dotted};")
    return "\n".join([*lines, "}"]) + "\n"


def svg(report: GraphReport) -> str:
    """A picture for a light or a dark page."""
    lefts = _lefts(report)
    words = (sum(map(len, texts(node))) + 3 for node in report.nodes)
    right = max((left + LETTER * n for left, n in zip(lefts, words, strict=True)), default=0)
    width, height = right + EDGE_OF_PAGE, ROW * len(report.nodes) + EDGE_OF_PAGE
    size = f'width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>"]
    parts.append(f'<rect class="paper" width="{width:.0f}" height="{height}"/>')
    parts += drawn(report)
    return "\n".join([*parts, "</svg>"]) + "\n"


def drawn(report: GraphReport) -> Iterator[str]:
    """The edges, then the revisions, each a group with its number in `data-row`."""
    rows = {node.id: number for number, node in enumerate(report.nodes)}
    lanes = report.layout.lanes
    for edge in report.edges:
        start = (lanes[edge.child], rows[edge.child])
        end = (lanes.get(edge.parent, edge.lane), rows.get(edge.parent, len(rows)))
        yield _edge(edge, start, end)
    for number, (node, left) in enumerate(zip(report.nodes, _lefts(report), strict=True)):
        yield _group(node, number, left)


def texts(node: GraphNode) -> tuple[str, str, str]:
    """The id, what is to be noted of it in brackets, and the message; fit for any picture."""
    notes = ["head"] if node.is_head else []
    notes += ["current"] if node.is_current else []
    noted = ", ".join([*notes, *node.labels])
    return clean(node.id), clean(f"({noted})") if noted else "", clean(node.message)


def clean(text: str) -> str:
    """The text on one line, without control characters, which XML cannot hold."""
    words = re.sub(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]+", " ", text).split()
    return " ".join(words).encode("utf-8", "replace").decode()


def _names(report: GraphReport) -> dict[str, str]:
    """A name for each revision that no language takes for anything else."""
    return {node.id: f"r{number}" for number, node in enumerate(report.nodes)}


def _whole(report: GraphReport) -> Iterator[Edge]:
    """The edges that do not lead out of the drawing."""
    shown = report.layout.lanes
    return (edge for edge in report.edges if edge.parent in shown)


def _mermaid_text(text: str) -> str:
    """The text with whatever Mermaid may read as its own as a code of its character."""
    return re.sub(r"[^\w\s.,:()/+-]", lambda found: f"#{ord(found[0])};", text)


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return '"' + escaped.replace("\n", "\\n") + '"'


def _lefts(report: GraphReport) -> list[int]:
    """Where the text of each row begins: right of every lane, or of those that it passes."""
    if report.lanes <= _ALIGNED:
        return [_x(report.lanes)] * len(report.nodes)
    ends = {node.id: number for number, node in enumerate(report.nodes)}
    edges = iter([*report.edges, None])
    edge = next(edges)
    running: dict[int, int] = {}
    lefts = []
    for number, node in enumerate(report.nodes):
        running = {lane: end for lane, end in running.items() if end > number}
        lefts.append(_x(max((*running, node.lane)) + 1))
        while edge and edge.child == node.id:
            running[edge.lane] = ends.get(edge.parent, len(ends))
            edge = next(edges)
    return lefts


def _edge(edge: Edge, start: tuple[int, int], end: tuple[int, int]) -> str:
    """Into its lane within one row, down, and out of it within one row."""
    (x1, y1), (x2, y2) = ((_x(lane), _y(row)) for lane, row in (start, end))
    x = _x(edge.lane)
    path = f"M{x1} {y1}"
    if end[1] - start[1] == 1:
        path += _curve((x1, y1), (x2, y2))
    else:
        path += f"{_curve((x1, y1), (x, y1 + ROW))}V{y2 - ROW}{_curve((x, y2 - ROW), (x2, y2))}"
    told = escape(f"{clean(edge.child)} {_SAYS[edge.kind]} {clean(edge.parent)}")
    kind = f"e {edge.kind} l{edge.lane % COLOURS}"
    return f'<path class="{kind}" d="{path}"><title>{told}</title></path>'


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    middle = (y1 + y2) / 2
    return f"V{y2}" if x1 == x2 else f"C{x1} {middle} {x2} {middle} {x2} {y2}"


def _group(node: GraphNode, number: int, left: float) -> str:
    x, y = _x(node.lane), _y(number)
    kinds = ["n", *filter(None, [node.state, "current" if node.is_current else ""])]
    spans = _spans(texts(node))
    about = ", ".join(filter(None, [node.state, node.author, node.date or node.created]))
    title = f"<title>{escape(clean(about))}</title>" if about else ""
    return (
        f'<g class="{" ".join(kinds)}" data-row="{number}">{title}'
        f'<circle cx="{x}" cy="{y}" r="6"/><text x="{left}" y="{y + 4}">{spans}</text></g>'
    )


def _spans(parts: tuple[str, str, str]) -> str:
    kinds = zip(("id", "note", "message"), parts, strict=True)
    return " ".join(f'<tspan class="{kind}">{escape(text)}</tspan>' for kind, text in kinds if text)


def _x(lane: int) -> int:
    return EDGE_OF_PAGE + LANE * lane


def _y(row: int) -> int:
    return EDGE_OF_PAGE + ROW * row


PICTURES = {"mermaid": mermaid, "dot": dot, "svg": svg}
