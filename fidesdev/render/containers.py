"""The reports about containers as lines and tables."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import singledispatch

from fidesdev.core.containers import (
    CommandReport,
    Connection,
    ContainerRow,
    DownReport,
    LogLine,
    LogsReport,
    Place,
    PsReport,
    UpReport,
)
from fidesdev.render.layout import (
    Block,
    Cell,
    Line,
    Span,
    bad,
    good,
    line,
    name,
    notice,
    quiet,
    table,
    verbatim,
)

_STEPS = ((86400, "d"), (3600, "h"), (60, "min"))


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: UpReport) -> Iterator[Block]:
    if not report.executed:
        yield line(notice("Would start "), ", ".join(report.services), *_where(report.place))
        return
    yield line(good("Up: "), ", ".join(report.services), *_where(report.place))
    yield _table(report.containers)
    if report.connection is not None:
        yield line()
        yield from _connection(report.connection)


@blocks.register
def _(report: DownReport) -> Iterator[Block]:
    names = ", ".join(one.container for one in report.containers) or "no container"
    removed = good("Removed ") if report.executed else notice("Would remove ")
    yield line(removed, names, *_where(report.place))
    if report.volumes:
        yield line("Volumes stay: ", ", ".join(report.volumes))


@blocks.register
def _(report: PsReport) -> Iterator[Block]:
    yield line("Project ", name(report.place.project), *_where(report.place))
    if report.containers:
        yield _table(report.containers)
    else:
        yield line("No containers; start them with ", name("fidesdev docker up"))
    if report.containers and report.missing:
        yield line(quiet("Without a container: "), ", ".join(report.missing))


@blocks.register
def _(report: LogsReport) -> Iterator[Block]:
    yield from map(log_line, report.lines)


@blocks.register
def _(report: CommandReport) -> Iterator[Block]:
    if not report.executed:
        yield line(notice("Would run "), shlex.join(report.command), f" in {report.service}")
    yield from verbatim(report.output or "")


def log_line(said: LogLine) -> Line:
    """One line of a container's, with the service that it is of."""
    return replace(line(name(said.service), quiet(" | "), said.text), verbatim=True)


def _where(place: Place) -> tuple[Cell, ...]:
    """The files, and the engine where it is on another machine."""
    files = ", ".join(place.files)
    made = " (written by fidesdev)" if place.generated else ""
    engine = (notice(f", on the remote {place.engine}"),) if place.remote else ()
    return (quiet(f"  {files}{made}"), *engine)


def _table(rows: Iterable[ContainerRow]) -> Block:
    return table(
        ("service", "state", "ports", "container", "image", "created"),
        (
            (
                name(row.service),
                _state(row),
                ", ".join(row.ports),
                row.container,
                row.image,
                _age(row.created),
            )
            for row in rows
        ),
        optional=("image", "created", "container"),
    )


def _state(row: ContainerRow) -> Span:
    if row.state == "running":
        shown = f"running ({row.health})" if row.health else "running"
        return bad(shown) if row.health == "unhealthy" else good(shown)
    if row.exit_code is not None:
        shown = f"{row.state} ({row.exit_code})"
        return bad(shown) if row.exit_code else quiet(shown)
    return notice(row.state)


def _age(moment: datetime) -> str:
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{max(seconds, 0)} s ago"


def _connection(found: Connection) -> Iterator[Block]:
    yield line("Connect    ", name(found.url))
    if found.published is not None and found.published != found.port:
        yield line(
            notice("But "),
            f"{found.service} is published at port {found.published}; ",
            f"say so: port = {found.published} under [database], or FIDES__DATABASE__PORT",
        )
    elif not found.in_use:
        yield line(
            notice("Not in use: "),
            "the configuration names another database; see ",
            name("fidesdev config show --origin"),
        )
    else:
        yield line("Look at it ", name("fidesdev db status"))
    if found.written != found.host:
        yield line(
            quiet(f"{found.written} is reached from here as {found.host}: "),
            quiet("[fidesdev] host_server says so."),
        )
