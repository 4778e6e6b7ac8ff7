"""What a live schema has that its applied revisions do not make, and the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fidesdev.core.check_codes import Check
from fidesdev.core.findings import Finding
from fidesdev.core.schema import Catalog, SchemaChange, compare

DRIFTS: Mapping[str, Check] = {
    one.code: one
    for one in (
        Check(
            "schema-drift",
            "error",
            "the database differs from what its applied revisions make",
            "Somebody changed it by hand, a revision was edited after it had been applied, or a "
            "rebase left one out. Compared are tables, columns, types, defaults, constraints, "
            "indexes, enum labels, sequences, functions, views, triggers, comments, privileges and "
            "whatever else pg_dump writes.",
            "Write what is wanted into a revision, or bring the object back; "
            "'fidesdev db why TABLE' tells which revisions made it.",
        ),
        Check(
            "models-drift",
            "error",
            "the models differ from what all revisions make",
            "Alembic's own comparison by the project's env.py, on a database made by the revisions "
            "alone: what 'alembic revision --autogenerate' would write.",
            "Write the missing revision with 'fidesdev db revision --autogenerate'.",
        ),
        Check(
            "models-live-drift",
            "error",
            "the models differ from the live database",
            "Only what the models and the revisions agree about, so that the database alone is "
            "different.",
            "See what changed it with 'fidesdev db log' and 'fidesdev db doctor'.",
        ),
    )
}


def schema_findings(made: Catalog, live: Catalog) -> Iterator[Finding]:
    """One finding for each object that the revisions and the database do not have in common."""
    for change in compare(made, live).changes:
        yield _finding("schema-drift", _said(change))


def model_findings(made: Iterable[str], live: Iterable[str] | None) -> Iterator[Finding]:
    """What the models would have done to the schema of the revisions, then to the live one alone.

    `live` is None where it is not at the heads, so that there is nothing to compare.
    """
    by_revisions = list(made)
    for text in by_revisions:
        yield _finding("models-drift", f"the models want: {text}")
    for text in live or ():
        if text not in by_revisions:
            yield _finding("models-live-drift", f"on this database the models want: {text}")


def _said(change: SchemaChange) -> str:
    """The object with its definitions, in one line."""
    what = f"{change.kind} {change.name}"
    made, live = (" ".join((text or "").split()) for text in (change.before, change.after))
    if change.verb == "added":
        return f"{what} is in the database and no applied revision makes it{live and ': '}{live}"
    if change.verb == "removed":
        return f"{what} is made by the applied revisions and missing: {made}"
    return f"{what} differs: the revisions make {made}; the database has {live}"


def _finding(code: str, message: str) -> Finding:
    check = DRIFTS[code]
    return Finding(code, check.severity, message, check.remedy, None, None, None)
