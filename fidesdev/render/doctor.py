"""What the doctor found, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from fidesdev.core.doctor import ERROR, DoctorReport
from fidesdev.render.layout import Block, bad, good, line, name, notice, quiet


@singledispatch
def blocks(report: object) -> Iterator[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: DoctorReport) -> Iterator[Block]:
    for id_ in sorted(report.before - report.after):
        verb = "Removed" if report.executed else "Would remove"
        yield line(notice(f"{verb} the redundant row "), name(id_), ": another row implies it.")
    for finding in report.findings:
        style = bad if finding.severity == ERROR else notice
        yield line(style(f"{finding.severity}: "), finding.message, quiet(f" [{finding.code}]"))
        if finding.path:
            yield line("  ", quiet(finding.path))
        yield line("  ", finding.hint)
    if not report.findings:
        yield line(good("Healthy: "), f"{len(report.checked)} kinds of trouble, none found.")
