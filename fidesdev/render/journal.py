"""The journal as a table: one line for every move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import singledispatch

from fidesdev.core.journal import JournalMove, LogReport, Outcome
from fidesdev.render.layout import Block, Cell, Span, bad, good, line, name, notice, quiet, table

HEADINGS = ("when (UTC)", "who", "checkout", "command", "from", "to", "steps", "seconds", "outcome")


@singledispatch
def blocks(report: object) -> Iterator[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: LogReport) -> Iterator[Block]:
    if not report.moves:
        yield line(quiet("Nothing is recorded of this database."))
        return
    yield table(
        HEADINGS,
        (_move(move) for move in report.moves),
        numeric=("seconds",),
        optional=("who", "checkout", "seconds", "steps"),
        elastic="command",
    )
    for move in report.moves:
        if move.error:
            yield line(bad(f"{move.started:%Y-%m-%d %H:%M:%S} "), move.error)


def _move(move: JournalMove) -> tuple[Cell, ...]:
    after = "?" if move.after is None else _rows(move.after)
    return (
        Span(f"{move.started:%Y-%m-%d %H:%M:%S}", short=f"{move.started:%m-%d %H:%M}"),
        "@".join(filter(None, [move.who, move.host])),
        _checkout(move),
        name(move.command),
        _rows(move.before),
        after,
        _steps(move),
        "" if move.seconds is None else f"{move.seconds:.1f}",
        _outcome(move),
    )


def _rows(rows: tuple[str, ...]) -> str:
    return ", ".join(rows) or "base"


def _checkout(move: JournalMove) -> str:
    commit = f" {move.commit[:8]}" if move.commit else ""
    return f"{move.branch or ''}{commit}{'*' if move.dirty else ''}".strip()


def _steps(move: JournalMove) -> str:
    counts = Counter(step.direction for step in move.steps)
    return " ".join(f"{arrow}{counts[way]}" for way, arrow in _ARROWS.items() if counts[way])


_ARROWS = {"down": "↓", "up": "↑"}


def _outcome(move: JournalMove) -> Cell:
    styles = {Outcome.DONE: good, Outcome.RUNNING: notice}
    return styles.get(move.outcome, bad)(move.outcome.value)
