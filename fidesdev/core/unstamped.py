"""At which revision a database is whose version table does not say: by its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fidesdev.core.doctor import ERROR, Finding
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.table_changes import TableChange, Tables, apply_changes

Changes = Mapping[str, tuple[TableChange, ...]]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How well a revision fits the tables of a database."""

    revision: str
    score: float
    """From 0 to 1: of the tables and columns on either side, how many are on both."""
    rivals: int
    """How many other revisions of the lineage fit as well."""


def unstamped(graph: RevisionGraph, changes: Changes, live: Tables) -> Iterator[Finding]:
    """One finding for each lineage that the database has tables of."""
    for lineage in _lineages(graph):
        if best := likeliest(graph, lineage, changes, live):
            rivals = f"; {best.rivals} others fit as well" if best.rivals else ""
            yield Finding(
                "unstamped",
                ERROR,
                "the database has tables and its version table says nothing: they are most like "
                f"revision {best.revision} ({best.score:.0%} of tables and columns{rivals})",
                f"Look whether that is right, then: 'fidesdev db stamp {best.revision}'.",
                best.revision,
                graph.revisions[best.revision].path,
            )


def likeliest(
    graph: RevisionGraph, lineage: frozenset[str], changes: Changes, live: Tables
) -> Likeness | None:
    """The revision of the lineage that fits best; of several, the last one."""
    known = {name for id_ in lineage for c in changes[id_] for name in (c.table, c.new_name)}
    there = _facts({table: columns for table, columns in live.items() if table in known})
    if not there:
        return None
    scores: dict[str, float] = {}
    for id_, tables in _states(graph, lineage, changes):
        expected = _facts(tables)
        # columns that only SQL makes are not known here: they count for neither side
        bare = {table for table, columns in tables.items() if not columns}
        seen = {(table, column) for table, column in there if not column or table not in bare}
        scores[id_] = len(expected & seen) / len(expected | seen) if expected | seen else 0.0
    best = max(scores.values())
    if not best:
        return None
    alike = [id_ for id_, score in scores.items() if score == best]
    return Likeness(alike[-1], best, len(alike) - 1)


def _states(
    graph: RevisionGraph, lineage: frozenset[str], changes: Changes
) -> Iterator[tuple[str, Tables]]:
    """The tables after each revision of the lineage, those it needs first."""
    states: dict[str, Tables] = {}
    for id_ in graph.order:
        if id_ in lineage:
            tables: Tables = {}
            for parent in graph.revisions[id_].parents:
                tables.update(states[parent])
            apply_changes(tables, changes[id_])
            states[id_] = tables
            yield id_, tables


def _facts(tables: Tables) -> set[tuple[str, str]]:
    """Tables and columns as one set."""
    return {(table, column) for table, columns in tables.items() for column in {"", *columns}}


def _lineages(graph: RevisionGraph) -> Iterable[frozenset[str]]:
    left = list(graph.order)
    while left:
        lineage = graph.lineage({left[0]})
        yield lineage
        left = [id_ for id_ in left if id_ not in lineage]
