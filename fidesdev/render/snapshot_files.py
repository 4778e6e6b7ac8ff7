"""The reports about snapshots in files, as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.snapshot_files import SnapshotExported, SnapshotImported
from fidesdev.render.layout import Block, good, line, name, notice
from fidesdev.render.server import readable_size


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: SnapshotExported) -> Iterator[Block]:
    (one,) = report.snapshots
    verb = good("Exported ") if report.executed else notice("Would export ")
    size = (
        "" if report.bytes is None else f" ({readable_size(report.bytes)}, {report.seconds:.1f} s)"
    )
    yield line(verb, name(one.name), " to ", name(report.path), f"{size}.")
    if report.replaced:
        yield line("It replaces the file that was there.")


@blocks.register
def _(report: SnapshotImported) -> Iterator[Block]:
    (one,) = report.snapshots
    verb = good("Imported ") if report.executed else notice("Would import ")
    took = f" ({readable_size(one.bytes)}, {report.seconds:.1f} s)" if report.executed else ""
    yield line(
        verb, name(report.path), " as snapshot ", name(one.name), f" of {one.database}{took}."
    )
    if report.original not in {None, one.database}:
        yield line(f"It was exported from {report.original}.")
    if report.replaced:
        yield line("It replaces the one of the same name.")
    if report.missing_roles:
        yield line(
            notice("Roles that are not here: "),
            ", ".join(report.missing_roles),
            "; what belonged to them is yours, what they were granted is not granted.",
        )
