"""The migration verbs' reports and events as lines and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import singledispatch

from fidesdev.core.reports import (
    DatabaseReport,
    MoveReport,
    NewRevision,
    RevisionDetail,
    RevisionList,
    RevisionReport,
    StampReport,
    StatusReport,
    StepReport,
    UnknownRow,
)
from fidesdev.render.layout import (
    Block,
    Cell,
    Span,
    bad,
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

ARROWS = {"up": "↑", "down": "↓"}
SHOWN_PENDING = 10
"""More pending revisions than this are counted, not listed."""


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: MoveReport) -> Iterator[Block]:
    if report.sql is not None:
        yield from verbatim(report.sql)
    elif report.restored is not None:
        yield from _restored(report, report.restored)
    elif not report.steps and report.before == report.after:
        yield line(good("Nothing to do: "), "the database is at ", *_ids(report.after), ".")
        if report.note:
            yield line(quiet(report.note))
    elif report.executed:
        yield from _done(report)
    else:
        yield from _preview(report)


@blocks.register
def _(report: StatusReport) -> Iterator[Block]:
    database = report.database
    yield line("Database  ", name(database.url), f" ({', '.join(_server(database))})")
    if report.git:
        branch = report.git.branch or "detached HEAD"
        commit = (report.git.commit or "no commit yet")[:10]
        yield line("Checkout  ", branch, quiet(f" {commit}{', modified' * report.git.dirty}"))
    messages = report.messages | {row.id: row.message or "" for row in report.unknown}
    yield from _named("Current", report.current, messages)
    yield from _named("Heads", report.heads, messages)
    yield line()
    yield from _verdict(report)
    if remedies := [*_remedies(report)]:
        yield from (line(), line(heading("What to type next")))
        yield facts(((_type(verb), quiet(why)) for verb, why in remedies), indent=2)


def _server(database: DatabaseReport) -> Iterator[str]:
    """What is to be known of the server in a few words."""
    yield f"{database.backend} {database.server_version}"
    if database.embedded:
        yield "embedded"
    if database.replica:
        yield "a replica: no migration runs here"
    if database.pooled:
        yield "through a pooler"


@blocks.register
def _(report: RevisionList) -> Iterator[Block]:
    if not report.revisions:
        yield line(quiet("No revisions."))
        return
    asked = any(revision.applied is not None for revision in report.revisions)
    headings = (*([""] if asked else []), "revision", "created", "parents", "message", "")
    rows = (_revision(revision, asked) for revision in report.revisions)
    yield table(headings, rows, optional=("parents", "created"), elastic="message")


@blocks.register
def _(report: RevisionDetail) -> Iterator[Block]:
    revision = report.revision
    facts = {
        "Revision": revision.id,
        "Message": revision.message,
        "Parents": ", ".join(revision.parents or ()) or "none: a base",
        "Depends on": ", ".join(revision.depends_on or ()),
        "Labels": ", ".join(revision.labels or ()),
        "Created": revision.created,
        "File": revision.path,
        "Commit": report.commit,
    }
    for title, value in facts.items():
        if value:
            yield line(quiet(f"{title:<11}"), name(value) if title == "Revision" else value)
    for title, sql in (("Upgrade", report.upgrade_sql), ("Downgrade", report.downgrade_sql)):
        if sql is not None:
            yield from (line(), line(heading(title)), *verbatim(sql.strip()))
    if report.sql_problem:
        yield from (line(), line(notice("No SQL: "), report.sql_problem))
    yield from (line(), line(heading("Source")), *verbatim(report.source))


@blocks.register
def _(report: StampReport) -> Iterator[Block]:
    if report.before == report.after:
        yield line(good("Nothing to do: "), "the version table says ", *_ids(report.after), ".")
        return
    verb = "Stamped" if report.executed else "Would stamp"
    yield line(verb, " ", *_ids(report.before), " → ", *_ids(report.after), "; no script was run.")
    if report.forgotten:
        yield line(notice("No longer recorded as applied: "), *_ids(report.forgotten), ".")


@blocks.register
def _(report: NewRevision) -> Iterator[Block]:
    if report.note:
        yield line(report.note)
        return
    if report.executed:
        yield line(good("Wrote "), str(report.path))
    else:
        yield line(notice("Would write "), "a revision on ", *_ids(report.parents))
    if report.revision:
        yield line("Revision ", name(report.revision), " on ", *_ids(report.parents))


def _done(report: MoveReport) -> Iterator[Block]:
    if report.note:
        yield line(quiet(report.note))
    yield from _redundant(report, "Removed")
    counts = _counts(report.steps)
    took = f" in {report.seconds:.2f} s. " if report.steps else ". "
    yield line(good(f"Done: {counts}"), took, "The database is at ", *_ids(report.after), ".")


def _restored(report: MoveReport, snapshot: str) -> Iterator[Block]:
    if not report.executed:
        yield line(notice("This would restore "), "snapshot ", name(snapshot), ".")
        yield from _preview(replace(report, restored=None))
        return
    if report.note:
        yield line(quiet(report.note))
    yield line(good("Restored "), name(snapshot), ". The database is at ", *_ids(report.after), ".")
    if report.snapshot:
        yield line("As it was before, it is kept as ", name(report.snapshot), ".")


def _preview(report: MoveReport) -> Iterator[Block]:
    from fidesdev.render.impacts import impact_lines, impact_verdict

    yield from _redundant(report, "Would remove")
    if report.steps:
        steps = (_step(step) for step in report.steps)
        yield table(("", "revision", "message"), steps, folded=True)
        if impact := [*impact_lines(report.steps)]:
            yield from (line(), *impact, line())
    yield from impact_verdict(report)
    if report.note:
        yield line(notice("Note: "), report.note)
    yield line("From ", *_ids(report.before), " to ", *_ids(report.after), ".")
    if report.not_atomic_because:
        reasons = "; ".join(report.not_atomic_because)
        yield line(notice("Not one transaction: "), f"{reasons}.")
    if report.snapshot_first:
        yield line(
            "A snapshot is taken first if it can be: ",
            name("fidesdev db undo"),
            " brings its rows back.",
        )
    yield line(notice("Nothing has been changed."))


def _redundant(report: MoveReport, verb: str) -> Iterator[Block]:
    for id_ in sorted(report.redundant):
        yield line(notice(f"{verb} the redundant row {id_}: "), "another row implies it.")


def _named(title: str, ids: Iterable[str], messages: Mapping[str, str]) -> Iterator[Block]:
    """A line for each revision, the title before the first."""
    for number, id_ in enumerate(ids):
        message = f"  {messages[id_]}" if messages.get(id_) else ""
        yield line(f"{'' if number else title:<10}", name(id_), message)
    if not ids:
        yield line(f"{title:<10}", quiet("base"))


def _verdict(report: StatusReport) -> Iterator[Block]:
    """What is odd, and what is missing."""
    yield from _oddities(report)
    if len(report.heads) > 1:
        yield line(notice(f"{len(report.heads)} heads: "), "Alembic's 'upgrade head' wants one.")
    if report.at_heads:
        yield line(good("Up to date: "), "the database is at the heads of this checkout.")
    elif report.pending:
        yield from _pending(report)


def _remedies(report: StatusReport) -> Iterator[tuple[str, str]]:
    """(verb, what it does) for what is odd or missing; nothing that would be refused."""
    if any(row.source for row in report.unknown):
        yield "sync", "unapply what is unknown, and apply what is pending"
    elif report.pending and not report.unknown:
        yield "upgrade", "apply what is pending"
    if len(report.heads) > 1:
        yield "merge-heads", f"join the {len(report.heads)} heads"
    if report.redundant or not all(row.source for row in report.unknown):
        yield "doctor", "what each of these oddities means, and what heals it"


def _oddities(report: StatusReport) -> Iterator[Block]:
    yield from _unknown(report.unknown)
    for id_ in report.redundant:
        yield line(notice(f"Redundant row {id_}: "), "another row implies it.")
    for one in report.unsettled:
        yield line(notice("Note: "), f"{one.message}. {one.hint}")


def _unknown(rows: Iterable[UnknownRow]) -> Iterator[Block]:
    """What the database has and this checkout has not."""
    for row in rows:
        yield line(bad(f"Unknown revision {row.id}: "), _whereabouts(row))
        if row.note:
            yield line(notice("Note: "), row.note)


def _pending(report: StatusReport) -> Iterator[Block]:
    count = len(report.pending)
    yield line(notice(f"{count} pending revision{'s' * (count > 1)}"), ", next first:")
    shown = report.pending[:SHOWN_PENDING]
    yield facts(((name(r), report.messages.get(r, "")) for r in shown), indent=2)
    if count > len(shown):
        yield line(quiet(f"  and {count - len(shown)} more"))


def _whereabouts(row: UnknownRow) -> str:
    """Where the source of an unknown row is, and who wrote it."""
    if row.source is None:
        return "no file here has it, and its source was not found."
    branch = row.branch and f"applied on branch {row.branch}"
    by = ", ".join(filter(None, [row.author, (row.date or "")[:10], branch]))
    place = row.source if ":" in row.source else f"the {row.source}"
    return f"no file here has it; its source is in {place}{f' ({by})' if by else ''}."


def _type(verb: str) -> Span:
    return name(f"fidesdev db {verb}")


def _ids(ids: Iterable[str]) -> list[Cell]:
    cells: list[Cell] = []
    for id_ in sorted(ids):
        cells += [", ", name(id_)] if cells else [name(id_)]
    return cells or [quiet("base")]


def _step(step: StepReport) -> tuple[Cell, ...]:
    arrow = f"{ARROWS[step.direction]} {step.direction}"
    shown = notice(arrow) if step.direction == "down" else good(arrow)
    odd = "  (downgrade does nothing)" if step.direction == "down" and not step.reversible else ""
    origin = "" if step.source == "file" else f"  (from {step.source})"
    return shown, name(step.revision), step.message + odd + origin


def _counts(steps: Iterable[StepReport]) -> str:
    directions = [step.direction for step in steps]
    words = {"down": "downgraded", "up": "upgraded"}
    parts = [f"{words[d]} {directions.count(d)}" for d in words if d in directions]
    return ", ".join(parts) or "no script had to run"


def _revision(revision: RevisionReport, asked: bool) -> tuple[Cell, ...]:
    if revision.parents is None:
        told = "unknown here" + (f": its source is in {revision.source}" if revision.source else "")
        return (*([bad("?")] if asked else []), name(revision.id), "", "", bad(told), "")
    mark: list[Cell] = [good("✓") if revision.applied else quiet("·")] if asked else []
    parents = ", ".join(revision.parents) or "base"
    labels = ", ".join(revision.labels or ())
    end = " ".join(filter(None, ["head" if revision.is_head else "", labels]))
    created = (revision.created or "")[:10]
    return (
        *mark,
        name(revision.id),
        quiet(created),
        quiet(parents),
        revision.message or "",
        good(end),
    )
