"""The reports about snapshots as lines and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.snapshots import (
    Snapshot,
    SnapshotList,
    SnapshotRenamed,
    SnapshotRestored,
    SnapshotSaved,
    SnapshotsDeleted,
    SnapshotShown,
)
from fidesdev.render.layout import Block, bad, good, line, name, notice, quiet, table
from fidesdev.render.server import readable_size

_SHORT = 12
"""Characters of a commit or revision that are shown."""


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: SnapshotList) -> Iterator[Block]:
    whose = f" of {report.database}" if report.database else ""
    if not report.snapshots:
        yield line(f"No snapshots{whose}: ", name("fidesdev snapshot save"), " takes one.")
    else:
        yield _table(report.snapshots, with_database=not report.database)
    if report.database and report.others:
        yield line(quiet(f"{report.others} of other databases: "), name("--all"))


@blocks.register
def _(report: SnapshotShown) -> Iterator[Block]:
    (one,) = report.snapshots
    yield line("Name       ", name(one.name), quiet(" (automatic)") if one.automatic else "")
    if one.message:
        yield line("Message    ", one.message)
    yield line("Database   ", one.database)
    yield line("Created    ", f"{one.created:%Y-%m-%d %H:%M:%S} UTC")
    yield line("Size       ", readable_size(one.bytes))
    yield line("Revisions  ", ", ".join(one.revisions) or quiet("none"))
    if one.branch or one.commit:
        yield line("Checkout   ", " ".join(filter(None, [one.branch, one.commit])))
    yield line("Kept in    ", one.storage)


@blocks.register
def _(report: SnapshotSaved) -> Iterator[Block]:
    (one,) = report.snapshots
    verb = good("Saved ") if report.executed else notice("Would save ")
    took = f", {report.seconds:.1f} s" if report.executed else ""
    yield line(verb, name(one.name), f" of {one.database} ({readable_size(one.bytes)}{took}).")
    if report.replaced:
        yield line("It replaces the one of the same name.")


@blocks.register
def _(report: SnapshotRestored) -> Iterator[Block]:
    (one,) = report.snapshots
    verb = good("Restored ") if report.executed else bad("This would restore ")
    took = f" in {report.seconds:.1f} s" if report.executed else ""
    of = "" if one.database == report.database else f" of {one.database}"
    yield line(verb, name(report.database), " from ", name(one.name), f"{of}{took}.")
    yield line(f"Saved {one.created:%Y-%m-%d %H:%M:%S} UTC at ", _revisions(one.revisions), ".")
    if report.before is None:
        return
    was = report.before
    size = f"{_counted(was.tables, 'table')}, {readable_size(was.bytes)}, at "
    gone = notice("Replaced: ") if report.executed else notice("Replaces: ")
    yield line(gone, size, _revisions(was.revisions), ".")
    if was.connections and not report.executed:
        yield line(notice("Ends: "), f"{_counted(was.connections, 'connection')} of others.")
    if report.kept is None:
        yield line(bad("Lost: " if report.executed else "Will be lost: "), "it is not kept.")
    else:
        yield line("It is kept as snapshot " if report.executed else "It will be kept as snapshot ",
                   name(report.kept.name), ".")  # fmt: skip


@blocks.register
def _(report: SnapshotRenamed) -> Iterator[Block]:
    (one,) = report.snapshots
    verb = good("Renamed ") if report.executed else notice("Would rename ")
    yield line(verb, name(report.old), " to ", name(one.name), ".")


@blocks.register
def _(report: SnapshotsDeleted) -> Iterator[Block]:
    verb = good("Deleted ") if report.executed else bad("This would delete ")
    for one in report.snapshots:
        yield line(verb, name(one.name), f" of {one.database} ({readable_size(one.bytes)}).")


def _table(snapshots: Iterable[Snapshot], *, with_database: bool) -> Block:
    headings = ("NAME", "DATABASE", "CREATED (UTC)", "SIZE", "REVISIONS", "BRANCH", "MESSAGE")
    rows = (
        (
            quiet(one.name) if one.automatic else name(one.name),
            one.database,
            f"{one.created:%Y-%m-%d %H:%M}",
            readable_size(one.bytes),
            _revisions(one.revisions),
            one.branch or "",
            one.message or "",
        )
        for one in snapshots
    )
    kept = [index for index, title in enumerate(headings) if with_database or title != "DATABASE"]
    return table(
        (headings[index] for index in kept),
        ([row[index] for index in kept] for row in rows),
        numeric=("SIZE",),
        optional=("MESSAGE", "BRANCH", "REVISIONS"),
        elastic="MESSAGE",
    )


def _revisions(revisions: tuple[str, ...]) -> str:
    return ", ".join(one[:_SHORT] for one in revisions) or "no revision"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
