"""Up, down and up again: what a revision leaves different, as findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from fidesdev.core.check_codes import Check
from fidesdev.core.findings import Finding
from fidesdev.core.graph import Revision
from fidesdev.core.schema import Catalog, SchemaChange, TableRows, compare

ROUNDTRIPS: Mapping[str, Check] = {
    one.code: one
    for one in (
        Check(
            "upgrade-fails",
            "error",
            "the upgrade fails",
            "On a database that has exactly what the revision needs, and no rows but those that "
            "migrations insert.",
            "Correct the upgrade.",
        ),
        Check(
            "downgrade-fails",
            "error",
            "the downgrade fails right after the upgrade",
            "Nobody can go back over this revision, nor over any before it.",
            "Correct the downgrade.",
        ),
        Check(
            "upgrade-again-fails",
            "error",
            "the upgrade fails after a downgrade",
            "The downgrade left something behind that the upgrade makes, most often an enum type.",
            "Drop it in the downgrade.",
        ),
        Check(
            "downgrade-differs",
            "error",
            "the downgrade does not lead back to the schema from before",
            "Compared are tables, columns, types, defaults, constraints, indexes, enum labels and "
            "their order, sequences, functions, views, triggers, comments and privileges.",
            "Make the downgrade undo what the upgrade does.",
        ),
        Check(
            "upgrade-differs",
            "error",
            "the second upgrade leads to another schema than the first",
            "A database that went back and forth differs from one that did not.",
            "Make the downgrade undo what the upgrade does.",
        ),
        Check(
            "fails-with-rows",
            "error",
            "a step fails as soon as the tables have rows",
            "It works on an empty schema only: the rows were made up to fit the columns.",
            "Give new columns a default, convert old values, or delete what cannot stay.",
        ),
        Check(
            "rows-differ",
            "error",
            "rows of a table that stays the same are others after up and down",
            "Only tables count whose definition the revision does not change.",
            "Change back in the downgrade what the upgrade changes.",
        ),
        Check(
            "one-go-fails",
            "error",
            "the upgrade from nothing to the heads fails in one run",
            "Each revision works alone. In one transaction a new enum value cannot be used, for "
            "instance, before the transaction ends.",
            "Put what needs its own transaction into an autocommit block.",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What was seen of one revision on its way up, down and up again."""

    revision: Revision
    lower: tuple[Catalog, Catalog | None]
    """The schema before the upgrade, and after the downgrade if it got there."""
    upper: tuple[Catalog | None, Catalog | None] = (None, None)
    """The schema after the first upgrade and after the second."""
    rows: tuple[Mapping[str, TableRows], Mapping[str, TableRows]] = ({}, {})
    """Of the tables before the upgrade, and after the downgrade."""
    failed: str = ""
    """The code of the step that failed."""
    reason: str = ""
    line: int | None = None
    with_rows: bool = False
    """Whether the step works as soon as the tables are empty."""


def trial_findings(trial: Trial) -> Iterator[Finding]:
    """One finding for each object that differs, or for the step that failed."""
    if trial.failed:
        step = trial.failed.removesuffix("-fails").replace("-", " ")
        if trial.with_rows:
            message = f"the {step} fails when tables have rows: {trial.reason}"
            yield _finding("fails-with-rows", trial, message)
        else:
            yield _finding(trial.failed, trial, f"the {step} fails: {trial.reason}")
    below, back = trial.lower
    first, second = trial.upper
    changed = tuple(_changed(below, back))
    for change in changed:
        yield _finding("downgrade-differs", trial, f"after the downgrade {_said(change)}")
    known = {(change.kind, change.name) for change in changed}
    for change in _changed(first, second):
        if (change.kind, change.name) not in known:  # the same defect, seen from above
            yield _finding("upgrade-differs", trial, f"after the second upgrade {_said(change)}")
    touched = {change.name for change in _changed(below, first)}
    yield from _row_findings(trial, touched)


def _row_findings(trial: Trial, touched: Collection[str]) -> Iterator[Finding]:
    before, after = trial.rows
    for table in sorted(before.keys() & after.keys()):
        changes = any(name == table or name.startswith(f"{table}.") for name in touched)
        if not changes and before[table] != after[table]:
            rows = f"{before[table].rows} rows before, {after[table].rows} after"
            same = before[table].rows == after[table].rows
            message = f"{table} has other {'values' if same else 'rows'}: {rows}"
            yield _finding("rows-differ", trial, message)


def _changed(before: Catalog | None, after: Catalog | None) -> tuple[SchemaChange, ...]:
    if before is None or after is None:
        return ()
    return compare(before, after).changes


def _said(change: SchemaChange) -> str:
    """The object with both definitions, in one line."""
    what = f"{change.kind} {change.name}"
    before, after = (" ".join((text or "").split()) for text in (change.before, change.after))
    if change.verb == "added":
        return f"{what} is left: {after}" if after else f"{what} is left"
    if change.verb == "removed":
        return f"{what} is missing: {before}" if before else f"{what} is missing"
    return f"{what} differs: before {before}; after {after}"


def _finding(code: str, trial: Trial, message: str) -> Finding:
    check, revision = ROUNDTRIPS[code], trial.revision
    return Finding(
        code, check.severity, message, check.remedy, revision.id, revision.path, trial.line
    )
