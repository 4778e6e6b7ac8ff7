"""The quickstart's stages, the requests, and what to type next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.quickstart import QuickstartCleaned, QuickstartReport
from fidesdev.render import reports, requests, seeding, server
from fidesdev.render.layout import Block, bad, facts, good, heading, line, name, notice, quiet


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: QuickstartReport) -> Iterator[Block]:
    yield from server.blocks(report.server)
    if not report.executed:
        yield line("Then: create the database, migrate it, fill in a sample, list the requests.")
        yield line(notice("Nothing has been changed."))
        return
    stages = (
        (server.blocks, report.database),
        (reports.blocks, report.migrations),
        (seeding.blocks, report.sample),
    )
    for draw, stage in stages:
        yield from draw(stage)
    yield line()
    yield from requests.blocks(report.requests)
    yield line()
    yield line(heading("What to type next"))
    yield facts(((name(verb), quiet(why)) for verb, why in report.next), indent=2)


@blocks.register
def _(report: QuickstartCleaned) -> Iterator[Block]:
    if not report.folders:
        yield line(good("Nothing to do: "), "there is no embedded server here.")
        return
    verb = good("Removed ") if report.executed else bad("This would remove ")
    if report.running:
        stopped = "was stopped" if report.executed else "would be stopped"
        yield line("The embedded PostgreSQL runs; it ", stopped, ".")
    for folder in report.folders:
        yield line(verb, name(folder.path), f" ({server.readable_size(folder.bytes)}).")
    if report.databases:
        yield line("Databases in it: ", ", ".join(report.databases), ".")
    if report.in_use:
        yield line(quiet("The configuration names it: the next command begins a new one."))
    if not report.executed:
        yield line(notice("Nothing has been changed."))
