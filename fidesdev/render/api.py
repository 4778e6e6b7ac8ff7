"""The reports of `api` as lines and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.api import ApiCheck, ApiServed, ApiUrls, ResolvedUrl
from fidesdev.render.layout import Block, bad, good, line, name, notice, quiet, table

_SHOWN = 10
"""How many unknown paths are told."""


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: ApiUrls) -> Iterator[Block]:
    if not report.urls:
        yield line(quiet("No URL has that text."))
        return
    yield table(
        ("name", "version", "path"),
        ((name(url.name), url.version, url.path) for url in report.urls),
    )


@blocks.register
def _(report: ResolvedUrl) -> Iterator[Block]:
    yield line(report.url)


@blocks.register
def _(report: ApiServed) -> Iterator[Block]:
    did = f"Served for {report.seconds:.0f} s: " if report.executed else "Would serve: "
    yield line(good(did), name(report.url), f", {report.database}")
    if report.executed:
        return
    for path in report.paths:
        yield line("  ", path)
    if not report.loopback:
        yield line(notice("Everybody who reaches this machine could change requests there."))


@blocks.register
def _(report: ApiCheck) -> Iterator[Block]:
    at = f"{report.title} {report.server_version} at {report.url}"
    if report.missing:
        yield line(bad(f"{len(report.missing)} of {report.checked} URLs are missing"), f" in {at}:")
        yield table(("name", "path"), ((name(url.name), url.path) for url in report.missing))
    else:
        yield line(good(f"All {report.checked} URLs are there"), f": {at}")
    if report.unknown:
        yield line(quiet(f"{len(report.unknown)} paths there are in no registry:"))
        for path in report.unknown[:_SHOWN]:
            yield line(quiet(f"  {path}"))
        if len(report.unknown) > _SHOWN:
            yield line(quiet("  ... '--json' lists all."))
