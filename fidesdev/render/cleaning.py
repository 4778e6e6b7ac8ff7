"""What a cleaning takes, keeps and saves, as lines and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import singledispatch

from fidesdev.core.cleaning import CleanItem, CleanReport
from fidesdev.core.engine_objects import Kind
from fidesdev.render.layout import Block, Cell, bad, good, heading, line, name, notice, quiet, table
from fidesdev.render.server import readable_size

_SHORT = 12
"""As much of an unnamed volume's name as tells one from another."""
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: CleanReport) -> Iterator[Block]:
    yield from _summary(report) if report.executed else _listing(report)


def counted_kinds(kinds: Iterable[Kind]) -> str:
    """How many there are of each: `2 containers, 1 volume`."""
    counts = Counter(kinds)
    listed = [kind for kind in Kind if kind is not Kind.CACHE and counts[kind]]
    return ", ".join(_counted(counts[kind], str(kind)) for kind in listed)


def _listing(report: CleanReport) -> Iterator[Block]:
    place = report.place
    remote = bad(" a remote engine: ") if place.remote else " "
    yield line("Project ", name(place.project), " on", remote, place.engine)
    if report.removed:
        size = f", {readable_size(report.bytes)}" if report.bytes else ""
        yield line(heading(f"Goes{size}"))
        yield _items(report.removed, report.at)
    else:
        yield line(good("Nothing goes."))
    if report.kept:
        yield line(heading("Stays"))
        yield from (_kept(item, report.at) for item in report.kept)
    for saved in report.saved:
        yield line("Saved first: database ", name(saved.database), " to ", saved.path)
    for lost in report.lost:
        yield line(bad("Not saved: "), f"database {lost.database} of {lost.container}, {lost.why}")
    yield from _advice(report)


def _summary(report: CleanReport) -> Iterator[Block]:
    gone = counted_kinds(item.kind for item in report.removed)
    free = f" {readable_size(report.bytes)} are free again." if report.bytes else ""
    yield line(
        good("Removed "),
        f"{gone or 'nothing'} of ",
        name(report.place.project),
        f" in {report.seconds:.1f} s.{free}",
    )
    for saved in report.saved:
        size = f" ({readable_size(saved.bytes)})" if saved.bytes else ""
        yield line("Saved database ", name(saved.database), f" to {saved.path}{size}")
    if report.saved:
        yield line(quiet("  pg_restore -d DATABASE FILE brings one back."))


def _items(items: Iterable[CleanItem], now: datetime) -> Block:
    return table(
        ("", "", "age", "size", ""),
        (
            (
                quiet(item.kind),
                name(item.name, short=item.name[:_SHORT] if _is_hash(item.name) else ""),
                _age(item.created, now),
                "" if item.bytes is None else readable_size(item.bytes),
                _remark(item),
            )
            for item in items
        ),
        numeric=("age", "size"),
        indent=2,
        optional=("age",),
    )


def _kept(item: CleanItem, now: datetime) -> Block:
    size = "" if item.bytes is None else readable_size(item.bytes)
    told = ", ".join(filter(None, (size, _age(item.created, now))))
    return line(
        quiet("  " if item.kind is Kind.CACHE else f"  {item.kind} "),
        name(item.name),
        quiet(f" ({told})" * bool(told)),
        f": {item.why}",
    )


def _remark(item: CleanItem) -> Cell:
    return quiet(", ".join(filter(None, (item.state, item.why))))


def _advice(report: CleanReport) -> Iterator[Block]:
    if report.advice:
        yield line(notice("hint: "), report.advice)


def _age(created: datetime | None, now: datetime) -> str:
    if created is None:
        return ""
    seconds = max(int((now - created).total_seconds()), 0)
    for size, unit in _UNITS:
        if seconds >= size:
            return _counted(seconds // size, unit)
    return "now"


def _is_hash(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")  # noqa: PLR2004 - SHA-256


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
