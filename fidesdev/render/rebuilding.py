"""What a rebuild did, phase by phase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.rebuilding import RebuildReport
from fidesdev.render.layout import Block, Cell, good, line, name, notice, quiet, table


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: RebuildReport) -> Iterator[Block]:
    project = name(report.place.project)
    if not report.executed:
        yield line("Would build ", _listed(report.built), f" on {report.place.engine},")
        yield line("recreate what changed of ", _listed(report.services), ", wait and upgrade.")
        yield line(notice("Nothing has been changed."))
        return
    yield line(good("Rebuilt "), project, f" in {report.seconds:.1f} s.")
    told = {
        "build": _listed(report.built),
        "recreate": _recreated(report),
        "wait": "all are ready",
        "migrate": _migrated(report),
    }
    yield table(
        ("", "", ""),
        ((phase.name, told[phase.name], f"{phase.seconds:.1f} s") for phase in report.phases),
        indent=2,
    )
    if report.note:
        yield line(notice(f"Not migrated: {report.note}."))


def _recreated(report: RebuildReport) -> Cell:
    new = ", ".join(report.recreated)
    same = f"unchanged: {', '.join(report.unchanged)}" if report.unchanged else ""
    return "; ".join(filter(None, (new, same)))


def _migrated(report: RebuildReport) -> Cell:
    if report.move is None:
        return ""
    at = ", ".join(sorted(report.move.after)) or "base"
    count = len(report.move.steps)
    return f"{count} step{'' if count == 1 else 's'}, at {at}"


def _listed(names: tuple[str, ...]) -> Cell:
    return name(", ".join(names)) if names else quiet("nothing")
