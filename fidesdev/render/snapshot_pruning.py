"""What pruning removes, as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.snapshot_pruning import SnapshotsPruned
from fidesdev.render.layout import Block, bad, good, line, name, notice, quiet, table
from fidesdev.render.server import readable_size


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: SnapshotsPruned) -> Iterator[Block]:
    kind = "snapshot" if report.named else "automatic snapshot"
    for one in report.needed:
        yield line(
            notice("Stays: "), name(one.name), ", for ", name("fidesdev db undo"), " needs it."
        )
    if not report.snapshots:
        yield line(good("Nothing to remove: "), f"{_counted(report.kept, kind)} within the limits.")
        return
    verb = good("Removed ") if report.executed else bad("This would remove ")
    size = readable_size(report.bytes)
    yield line(verb, f"{_counted(len(report.snapshots), kind)}, {size}:")
    rows = (
        (
            name(one.name),
            f"{one.created:%Y-%m-%d %H:%M}",
            readable_size(one.bytes),
            quiet("automatic") if one.automatic else one.message or "",
        )
        for one in report.snapshots
    )
    yield table(("NAME", "CREATED (UTC)", "SIZE", ""), rows, numeric=("SIZE",), indent=2)
    yield line(quiet(f"{_counted(report.kept, kind)} left."))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
