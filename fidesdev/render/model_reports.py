"""Models as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from textwrap import indent

from fidesdev.core.model_reports import ModelAdded, ModelDetail, ModelDiagram, ModelList
from fidesdev.core.records import Column, Reference
from fidesdev.render.layout import (
    Block,
    Span,
    facts,
    good,
    heading,
    line,
    name,
    notice,
    quiet,
    table,
    verbatim,
)

_ALIASES = {"character varying": "varchar", "timestamp with time zone": "timestamptz"}
"""Long names of types and their aliases, as the PostgreSQL manual lists them."""


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: ModelList) -> Iterator[Block]:
    if not report.models:
        yield line(quiet("The database has no tables."))
        return
    yield table(
        ("model", "class", "rows", ""),
        (
            (
                name(row.name),
                row.mapped or "",
                _count(row.rows, estimated=report.estimated),
                quiet("view") if row.is_view else "",
            )
            for row in report.models
        ),
        numeric=("rows",),
    )
    if report.estimated:
        yield line(quiet("~: estimated by the database when it last analyzed the table."))


@blocks.register
def _(report: ModelDetail) -> Iterator[Block]:
    model = report.model
    rows = _count(model.rows, estimated=report.estimated) or "an unknown number of"
    mapped = f", class {model.mapped}" if model.mapped else ""
    kind = "view" if model.is_view else "table"
    yield line(name(model.name), f": {kind} with {rows} rows{mapped}")
    yield line()
    yield table(
        ("column", "type", "", "default"),
        (
            (name(c.name), _type(c.type), _marks(c, report.key), quiet(c.default or ""))
            for c in report.columns
        ),
        indent=2,
        optional=("default",),
        folded=True,
    )
    for column in report.columns:
        if column.labels:
            yield line(quiet(f"  {column.name}: "), ", ".join(column.labels))
    yield from _rules("Indexes", ((i.name, _index(i.definition)) for i in report.indexes))
    yield from _rules("Checks", ((c.name, c.condition) for c in report.checks))
    yield from _rules("Refers to", (_reference(r, r.target) for r in report.references))
    yield from _rules("Referred to by", (_reference(r, r.table) for r in report.referenced_by))


@blocks.register
def _(report: ModelDiagram) -> Iterator[Block]:
    yield line(f"{len(report.entities)} tables, {len(report.references)} references")


@blocks.register
def _(report: ModelAdded) -> Iterator[Block]:
    verb = good("Added ") if report.executed else notice("Would add ")
    yield line(verb, name(report.model), f", table {report.table}.")
    for file in report.files:
        yield line("  new      " if file.is_new else "  changed  ", name(file.path))
        if not report.executed and file.is_new:
            yield from (line(), *verbatim(indent(file.text, "    ")), line())
    if report.path:
        yield line("  new      ", name(report.path))
        yield line("Apply it with ", name("fidesdev db upgrade"), ".")
    if not report.executed:
        yield line(notice("Nothing has been changed; the revision is generated when it is."))


def _rules(title: str, rows: Iterable[tuple[str, str]]) -> Iterator[Block]:
    listed = list(rows)
    if listed:
        yield from (line(), line(heading(title)))
        yield facts(((quiet(a), b) for a, b in listed), indent=2)


def _index(definition: str) -> str:
    """`unique btree (key)`; what PostgreSQL has not written stays as it is."""
    start, _, used = definition.partition(" USING ")
    return f"{'unique ' if ' UNIQUE ' in start else ''}{used}" if used else definition


def _reference(reference: Reference, other: str) -> tuple[str, str]:
    own, target = ", ".join(reference.columns), ", ".join(reference.target_columns)
    deleting = "" if reference.on_delete == "no action" else f", on delete {reference.on_delete}"
    if other == reference.target:
        return own, f"{other} ({target}){deleting}"
    return other, f"{own}{deleting}"


def _type(name: str) -> Span:
    """The type; a narrow terminal shows the shorter of its names."""
    short = name
    for long, alias in _ALIASES.items():
        short = short.replace(long, alias)
    return Span(name, short=short)


def _marks(column: Column, key: tuple[str, ...]) -> str:
    marks = ("key" if column.name in key else "", "" if column.nullable else "not null")
    computed = "computed" if column.generated else ""
    return ", ".join(mark for mark in (*marks, computed) if mark)


def _count(rows: int | None, *, estimated: bool) -> str:
    if rows is None:
        return ""
    return f"~{rows}" if estimated else str(rows)
