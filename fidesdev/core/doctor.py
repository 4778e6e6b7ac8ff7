"""What can be wrong between a database, its version table and a checkout; what each would heal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fidesdev.core.graph import RevisionGraph
from fidesdev.core.journal import JournalStep
from fidesdev.core.reports import Unsettled
from fidesdev.core.table_changes import Tables

CHECKED = (
    "redundant_row",
    "unknown_row",
    "skipped_parent",
    "missing_table",
    "forgotten_branch",
    "edited_revision",
    "invalid_index",
    "long_id",
    "unstamped",
    "broken_graph",
    "unsettled_rebase",
)
ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    code: str
    severity: str
    """`error`: something will fail or is lost; `warning`: worth knowing."""
    message: str
    hint: str
    revision: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What `db doctor` found, and what it healed or would heal."""

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    before: frozenset[str]
    """The rows of the version table."""
    after: frozenset[str]
    """The rows without those that another row implies."""
    executed: bool
    """Whether `after` was written."""


@dataclass(frozen=True, slots=True)
class InvalidIndex:
    """An index that a failed or running CREATE INDEX CONCURRENTLY left behind."""

    schema: str
    name: str
    table: str
    is_building: bool


@dataclass(frozen=True, slots=True)
class LiveSchema:
    """What a database has, by its own catalog."""

    tables: Tables
    width: int | None
    """How many characters an id may have; None for no limit."""
    invalid_indexes: tuple[InvalidIndex, ...]


def redundant_rows(redundant: Iterable[str]) -> Iterator[Finding]:
    """Rows that another row implies; Alembic stops at them with 'overlaps'."""
    for id_ in sorted(redundant):
        yield Finding(
            "redundant_row",
            ERROR,
            f"the row {id_} is implied by another row, and Alembic's upgrade stops at it",
            "Remove it, and nothing else, with 'fidesdev db doctor --fix'.",
            id_,
        )


def unknown_rows(unknown: Iterable[str], places: Mapping[str, str]) -> Iterator[Finding]:
    """Rows whose revision is in no file of the checkout; `places` tells where the source is."""
    for id_ in sorted(unknown):
        place = places.get(id_)
        yield Finding(
            "unknown_row",
            ERROR,
            f"the row {id_} is of a revision that no file of this checkout has; its source "
            + (f"is in {place}" if place else "was found nowhere"),
            "Make the database match this checkout with 'fidesdev db sync'."
            if place
            else f"Restore a snapshot, or forget the row and keep its tables with "
            f"'fidesdev db stamp --forget {id_}'.",
            id_,
        )


def skipped_parents(
    graph: RevisionGraph, rows: frozenset[str], steps: Mapping[str, JournalStep]
) -> dict[str, frozenset[str]]:
    """By applied revision that was re-pointed since: what it skipped by that.

    `steps` are those by which revisions were applied, as the journal tells.
    """
    applied = graph.ancestors(rows)
    skipped: dict[str, frozenset[str]] = {}
    for id_ in graph.order:
        step = steps.get(id_)
        if step is None or id_ not in applied:
            continue
        needed = {n for n in (*step.parents, *step.depends_on) if n in graph.revisions}
        had = graph.ancestors(needed) | steps.keys()
        if missing := graph.ancestors(graph.requires[id_]) - had:
            skipped[id_] = missing
    return skipped


def skipped_findings(
    graph: RevisionGraph,
    rows: frozenset[str],
    skipped: Mapping[str, frozenset[str]],
    proven: frozenset[str],
) -> Iterator[Finding]:
    """A finding for each skipped revision, with the way to apply it out of order.

    Of the `proven` ones a table is missing; of the others only the journal knows nothing.
    """
    told: set[str] = set()
    for above, missing in skipped.items():
        hint = f"Apply it out of order: {_detour(graph, rows, missing)}."
        for id_ in (i for i in graph.order if i in missing and i not in told):
            told.add(id_)
            sure = id_ in proven
            yield Finding(
                "skipped_parent",
                ERROR if sure else WARNING,
                f"{id_} counts as applied and {'never was' if sure else 'was never seen to be'}: "
                f"{above} was re-pointed to it after {above} had been applied",
                hint if sure else f"If it never was: {hint[0].lower()}{hint[1:]}",
                id_,
                graph.revisions[id_].path,
            )


def _detour(graph: RevisionGraph, rows: frozenset[str], missing: frozenset[str]) -> str:
    """The commands that run `missing` and nothing else, and end at the same rows."""
    below = graph.tips(graph.ancestors(missing) - missing) or {"base"}
    words = [
        *(f"stamp {id_}" for id_ in sorted(below)),
        *(f"upgrade {id_}" for id_ in sorted(graph.tips(missing))),
        *(f"stamp {id_}" for id_ in sorted(rows & graph.descendants(missing))),
    ]
    return ", then ".join(f"'fidesdev db {word}'" for word in words)


def missing_tables(
    graph: RevisionGraph, absent: Mapping[str, str], skipped: frozenset[str]
) -> Iterator[Finding]:
    """Tables that applied revisions create and the database lacks; `absent` is table -> creator."""
    for id_ in (i for i in graph.order if i in absent.values() and i not in skipped):
        names = ", ".join(sorted(table for table, creator in absent.items() if creator == id_))
        yield Finding(
            "missing_table",
            WARNING,
            f"{id_} counts as applied, and {names} that it creates is not there",
            "If it was stamped and not run: 'fidesdev db stamp' to where the database really is, "
            f"then 'fidesdev db upgrade {id_}'.",
            id_,
            graph.revisions[id_].path,
        )


def forgotten_branches(
    graph: RevisionGraph, vanished: frozenset[str], evidence: Mapping[str, str], when: str
) -> Iterator[Finding]:
    """Revisions that the journal saw applied, whose row is gone; `evidence` is table -> creator."""
    for id_ in sorted(graph.tips(vanished)):
        branch = graph.ancestors({id_}) & vanished
        left = sorted(table for table, creator in evidence.items() if creator in branch)
        yield Finding(
            "forgotten_branch",
            ERROR,
            f"{id_} was applied at {when} and the version table no longer says so"
            + (f", while {', '.join(left)} is still there" if left else ""),
            f"If it was never downgraded, write it back with 'fidesdev db stamp {id_}'.",
            id_,
            graph.revisions[id_].path,
        )


def invalid_indexes(indexes: Iterable[InvalidIndex]) -> Iterator[Finding]:
    """Indexes that cost on every write and serve no query."""
    for index in indexes:
        name = f'"{index.schema}"."{index.name}"'
        building = " (it is being built at this moment)" if index.is_building else ""
        yield Finding(
            "invalid_index",
            WARNING if index.is_building else ERROR,
            f"index {index.name} on {index.table} is invalid: it is written and never read"
            + building,
            f"Build it again: REINDEX INDEX CONCURRENTLY {name}; or, before its revision runs "
            f"again: DROP INDEX CONCURRENTLY {name}; both with 'fidesdev db shell -c'.",
        )


def long_ids(
    graph: RevisionGraph, applied: frozenset[str], width: int | None, table: str
) -> Iterator[Finding]:
    """Ids that the column of the version `table` cannot hold: they fail when they are applied."""
    for id_ in graph.order:
        if width is not None and len(id_) > width and id_ not in applied:
            yield Finding(
                "long_id",
                ERROR,
                f"the id {id_} has {len(id_)} characters and the version column holds {width}, "
                "so that applying it fails",
                f"Shorten the id, or widen the column: ALTER TABLE {table} ALTER COLUMN "
                f"version_num TYPE varchar({max(len(id_), 255)}) with 'fidesdev db shell -c'.",
                id_,
                graph.revisions[id_].path,
            )


def edited(graph: RevisionGraph, id_: str, *, was: str, now: str, when: str) -> Finding:
    """A revision whose code is another than the one that was applied."""
    return Finding(
        "edited_revision",
        WARNING,
        f"{id_} was edited after it was applied at {when}: sha256 {was[:12]} then, {now[:12]} now",
        "Put the change in a revision of its own, or, where nobody else has it, apply it again "
        "with 'fidesdev db redo'.",
        id_,
        graph.revisions[id_].path,
    )


def unsettled_rebases(left: Iterable[Unsettled]) -> Iterator[Finding]:
    """What rebases of files alone, or ones that were cut short, left to be done."""
    for one in left:
        yield Finding("unsettled_rebase", WARNING, one.message, one.hint, one.revision)


def broken_graph(problems: Iterable[str]) -> Iterator[Finding]:
    """What makes the files no graph; nothing else about revisions can be said then."""
    for problem in problems:
        yield Finding(
            "broken_graph",
            ERROR,
            problem,
            "Mend the files, then run 'fidesdev db doctor' again.",
        )
