"""Diagrams: well formed whatever tables are called, and every reference in them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from fidesdev.core.model_reports import Entity, ModelDiagram
from fidesdev.core.records import Column, Kind, Reference
from fidesdev.render.model_pictures import dot, mermaid, svg

ID = Column("id", "integer", Kind.INTEGER, nullable=False)
ODD = 'a "b" <c> & %d\\\n'


def reference(table: str, target: str, column: str = "x") -> Reference:
    return Reference("fk", table, (column,), target, ("id",), "no action")


def diagram(*references: Reference) -> ModelDiagram:
    names = sorted({name for r in references for name in (r.table, r.target)})
    x = Column("x", "numeric(6,2)", Kind.OTHER)
    return ModelDiagram(tuple(Entity(name, ("id",), (ID, x)) for name in names), references)


SMALL = diagram(reference("book", "author"))
CIRCLE = diagram(reference("a", "b"), reference("b", "a"), reference("a", "a"))
NAMES = diagram(reference(ODD, "b", ODD))


def test_mermaid_has_tables_keys_and_references() -> None:
    assert mermaid(SMALL).splitlines() == [
        "erDiagram",
        '    "author" {',
        "        integer id PK",
        "        numeric(6_2) x",
        "    }",
        '    "book" {',
        "        integer id PK",
        "        numeric(6_2) x FK",
        "    }",
        '    "author" |o--o{ "book" : "x"',
    ]


@pytest.mark.parametrize("drawn", [SMALL, CIRCLE, NAMES, ModelDiagram((), ())])
def test_svg_is_xml_with_a_line_for_each_reference(drawn: ModelDiagram) -> None:
    root = ET.fromstring(svg(drawn))  # noqa: S314 - our own text
    assert len(root.findall("{*}path")) == len(drawn.references)
    assert len(root.findall("{*}rect")) == 2 * len(drawn.entities)


def test_what_is_referred_to_stands_to_the_left() -> None:
    boxes = re.findall(r'<rect x="([\d.]+)"', svg(SMALL))
    assert float(boxes[0]) < float(boxes[1])


@pytest.mark.parametrize("drawn", [SMALL, CIRCLE, NAMES])
def test_dot_quotes_what_it_names(drawn: ModelDiagram) -> None:
    text = dot(drawn)
    assert text.count("->") == len(drawn.references)
    assert text.count("{") == text.count("}") == 1
    outside = re.sub(r'"(\\.|[^"\\])*"|<<.*?>>', "", text.replace("\\n", ""))
    assert '"' not in outside.replace("<", "").replace(">", "")


def test_quotes_and_percent_signs_do_not_end_a_name_of_mermaid() -> None:
    assert all(line.count('"') % 2 == 0 for line in mermaid(NAMES).splitlines())
