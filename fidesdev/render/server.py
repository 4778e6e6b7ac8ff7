"""The reports about servers and whole databases as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.server import (
    CreateReport,
    DropReport,
    ShellReport,
    StartReport,
    StopReport,
    UrlReport,
    WaitReport,
)
from fidesdev.render.layout import Block, bad, good, line, name, notice, quiet, verbatim

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1024


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: StartReport) -> Iterator[Block]:
    if report.url is None:
        yield line(notice("Would start "), f"a PostgreSQL in {report.directory}.")
        return
    if report.started:
        yield line(good("Started "), f"PostgreSQL {report.version} in {report.seconds:.1f} s.")
    else:
        yield line(good("Runs already: "), f"PostgreSQL {report.version}.")
    yield line("URL        ", name(report.url))
    yield line("Socket     ", str(report.socket_directory))
    yield line("Directory  ", report.directory)
    yield line(quiet("It is made for speed: a power failure may cost its data (fsync is off)."))
    if not report.in_use:
        yield line(
            notice("Not in use: "),
            "the configuration names another server;",
            ' write engine = "embedded" under [fidesdev] to use this one.',
        )


@blocks.register
def _(report: StopReport) -> Iterator[Block]:
    if not report.stopped:
        yield line("No embedded PostgreSQL runs in ", report.directory, ".")
    elif report.executed:
        yield line(good("Stopped. "), f"Its data stays in {report.directory}.")
    else:
        yield line(notice("Would stop "), f"the PostgreSQL in {report.directory}.")


@blocks.register
def _(report: CreateReport) -> Iterator[Block]:
    if not report.created:
        yield line(good("Nothing to do: "), name(report.database), " exists", *_place(report))
        return
    verb = good("Created ") if report.executed else notice("Would create ")
    yield line(verb, name(report.database), *_place(report))


@blocks.register
def _(report: DropReport) -> Iterator[Block]:
    if not report.exists:
        yield line(good("Nothing to do: "), "no ", name(report.database), *_place(report))
        return
    verb = good("Dropped ") if report.executed else bad("This would drop ")
    size = f"{counted(report.tables, 'table')}, {readable_size(report.bytes)}"
    yield line(verb, name(report.database), *_place(report), f": {size}.")
    if report.connections:
        ends = "were ended" if report.executed else "would be ended"
        yield line(notice(counted(report.connections, "connection")), f" of others {ends}.")


@blocks.register
def _(report: WaitReport) -> Iterator[Block]:
    yield line(good("Ready: "), report.address, f" answers after {report.seconds:.1f} s.")
    if not report.exists:
        yield line(
            notice(f"No database {report.database!r} there: "),
            "create it with ",
            name("fidesdev db create"),
        )


@blocks.register
def _(report: UrlReport) -> Iterator[Block]:
    yield line(name(report.url))


@blocks.register
def _(report: ShellReport) -> Iterator[Block]:
    yield from verbatim(report.output or "")


def readable_size(count: int) -> str:
    """Bytes as a person says them, such as `7.6 MB`; steps of 1024, as PostgreSQL's own."""
    if count < _STEP:
        return f"{count} {_UNITS[0]}"
    size, unit = float(count), 0
    while size >= _STEP and unit < len(_UNITS) - 1:
        size, unit = size / _STEP, unit + 1
    return f"{size:.1f} {_UNITS[unit]}"


def _place(report: CreateReport | DropReport) -> tuple[str, ...]:
    """Where the database is; a file is where its name says."""
    return () if report.address == report.database else (" on ", report.address)


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
