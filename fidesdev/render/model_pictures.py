"""Diagrams of tables: Mermaid and DOT for those who draw, SVG for those who look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from fidesdev.core.model_reports import Entity, ModelDiagram
from fidesdev.core.records import Reference

_LETTER, _ROW, _GAP, _SPACE = 7.3, 18, 90, 24
"""Pixels: of a letter, of a line, between layers, between boxes."""
_STYLE = (
    "text{font:12px monospace;fill:#222}.t{font-weight:bold}.k{fill:#06c}"
    "rect{fill:#fff;stroke:#888}.h{fill:#eef}path{fill:none;stroke:#999}"
)


def mermaid(diagram: ModelDiagram) -> str:
    """An entity relationship diagram of Mermaid."""
    lines = ["erDiagram"]
    for entity in diagram.entities:
        lines.append(f"    {_quoted(entity.name)} {{")
        for column in entity.columns:
            marks = ["PK"] if column.name in entity.key else []
            marks += ["FK"] if column.name in _referring(diagram, entity) else []
            mark = f" {', '.join(marks)}" if marks else ""
            lines.append(f"        {_word(column.type)} {_word(column.name)}{mark}")
        lines.append("    }")
    for reference in diagram.references:
        one = "|o" if _is_nullable(diagram, reference) else "||"
        target, table = _quoted(reference.target), _quoted(reference.table)
        by = _quoted(", ".join(reference.columns))
        lines.append(f"    {target} {one}--o{{ {table} : {by}")
    return "\n".join(lines) + "\n"


def dot(diagram: ModelDiagram) -> str:
    """A graph of Graphviz."""
    lines = ["digraph models {", "  rankdir=RL;", "  node [shape=plain, fontname=monospace];"]
    for entity in diagram.entities:
        rows = "".join(
            f'<tr><td align="left">{escape(text)}</td></tr>' for text in _texts(diagram, entity)
        )
        head = f'<tr><td bgcolor="#eeeeff"><b>{escape(entity.name)}</b></td></tr>'
        table = f'<table border="0" cellborder="1" cellspacing="0">{head}{rows}</table>'
        lines.append(f"  {_dot_name(entity.name)} [label=<{table}>];")
    for reference in diagram.references:
        label = _dot_name(", ".join(reference.columns))
        ends = f"{_dot_name(reference.table)} -> {_dot_name(reference.target)}"
        lines.append(f"  {ends} [label={label}];")
    return "\n".join([*lines, "}"]) + "\n"


def svg(diagram: ModelDiagram) -> str:
    """A picture: what is referred to stands left of what refers to it."""
    boxes = _placed(diagram)
    width = max((x + w for x, _y, w, _h in boxes.values()), default=0) + _SPACE
    height = max((y + h for _x, y, _w, h in boxes.values()), default=0) + _SPACE
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{_STYLE}</style>"]
    parts += [_line(boxes[r.table], boxes[r.target], r) for r in diagram.references]
    for entity in diagram.entities:
        parts += _box(diagram, entity, boxes[entity.name])
    return "\n".join([*parts, "</svg>"]) + "\n"


Box = tuple[float, float, float, float]
"""Left, top, width, height."""


def _placed(diagram: ModelDiagram) -> dict[str, Box]:
    """A box for each entity, layer by layer."""
    layers: dict[int, list[Entity]] = {}
    depths = _depths(diagram)
    for entity in diagram.entities:
        layers.setdefault(depths[entity.name], []).append(entity)
    boxes, left = dict[str, Box](), float(_SPACE)
    for depth in sorted(layers):
        top, widest = float(_SPACE), 0.0
        for entity in layers[depth]:
            texts = [entity.name, *_texts(diagram, entity)]
            width, height = max(map(len, texts)) * _LETTER + 16, len(texts) * _ROW + 8
            boxes[entity.name] = (left, top, width, height)
            top, widest = top + height + _SPACE, max(widest, width)
        left += widest + _GAP
    return boxes


def _depths(diagram: ModelDiagram) -> dict[str, int]:
    """How many references lead from each entity to one that refers to none; circles are cut."""
    targets: dict[str, set[str]] = {entity.name: set() for entity in diagram.entities}
    for reference in diagram.references:
        targets[reference.table].add(reference.target)
    depths: dict[str, int] = {}

    def depth(name: str, above: frozenset[str]) -> int:
        if name not in depths:
            nearer = targets[name] - above - {name}
            deepest = max((depth(other, above | {name}) for other in sorted(nearer)), default=-1)
            depths[name] = deepest + 1
        return depths[name]

    return {name: depth(name, frozenset()) for name in sorted(targets)}


def _box(diagram: ModelDiagram, entity: Entity, box: Box) -> Iterator[str]:
    x, y, width, height = box
    size = f'width="{width:.1f}"'
    yield f'<rect x="{x:.1f}" y="{y:.1f}" {size} height="{height:.1f}"/>'
    yield f'<rect class="h" x="{x:.1f}" y="{y:.1f}" {size} height="{_ROW + 4}"/>'
    yield f'<text class="t" x="{x + 8:.1f}" y="{y + 15:.1f}">{escape(entity.name)}</text>'
    for number, text in enumerate(_texts(diagram, entity), 2):
        mark = ' class="k"' if text.endswith((" PK", " FK", " PK FK")) else ""
        place = f'x="{x + 8:.1f}" y="{y + number * _ROW:.1f}"'
        yield f"<text{mark} {place}>{escape(text)}</text>"


def _line(own: Box, target: Box, reference: Reference) -> str:
    (x1, y1, w1, _h1), (x2, y2, w2, _h2) = own, target
    right = x2 >= x1  # a circle that was cut, or a table that refers to itself
    start, end = (x1 + w1 if right else x1), x2 + w2
    bend = _GAP / 2 if right else -_GAP / 2
    curve = f"C{start + bend:.1f} {y1 + 10:.1f} {end + _GAP / 2:.1f} {y2 + 10:.1f}"
    told = f"{reference.table} ({', '.join(reference.columns)}) refers to {reference.target}"
    path = f"M{start:.1f} {y1 + 10:.1f} {curve} {end:.1f} {y2 + 10:.1f}"
    return f'<path d="{path}"><title>{escape(told)}</title></path>'


def _texts(diagram: ModelDiagram, entity: Entity) -> list[str]:
    referring = _referring(diagram, entity)
    texts = []
    for column in entity.columns:
        marks = (" PK" if column.name in entity.key else "") + (
            " FK" if column.name in referring else ""
        )
        texts.append(f"{column.name} {column.type}{marks}")
    return texts


def _referring(diagram: ModelDiagram, entity: Entity) -> set[str]:
    return {name for r in diagram.references if r.table == entity.name for name in r.columns}


def _is_nullable(diagram: ModelDiagram, reference: Reference) -> bool:
    columns = (c for e in diagram.entities if e.name == reference.table for c in e.columns)
    return any(column.nullable and column.name in reference.columns for column in columns)


def _word(text: str) -> str:
    """What Mermaid takes for a type or a name: no spaces, commas or quotes."""
    word = re.sub(r"[^\w()\[\]-]+", "_", text)
    return word if re.match(r"[^\W\d]", word) else f"_{word}"


def _quoted(text: str) -> str:
    return '"' + re.sub(r'["\n%\\]', "'", text) + '"'


def _dot_name(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


PICTURES = {"mermaid": mermaid, "dot": dot, "svg": svg}
