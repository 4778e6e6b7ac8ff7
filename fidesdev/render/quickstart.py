"""The quickstart's stages, the requests, and what to type next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.quickstart import QuickstartReport
from fidesdev.render import reports, requests, seeding, server
from fidesdev.render.layout import Block, facts, heading, line, name, notice, quiet


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
