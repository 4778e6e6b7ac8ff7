"""A rebase as a table of parents, and a line for the database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch

from fidesdev.core.rebase_reports import DatabaseMoves, MovedRevision, RebaseReport
from fidesdev.render.impacts import impact_lines
from fidesdev.render.layout import Block, Cell, good, line, name, notice, quiet, table


@singledispatch
def blocks(report: object) -> Iterator[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: RebaseReport) -> Iterator[Block]:
    if report.moved:
        headings = ("revision", "was on", "is on" if report.executed else "goes on", "file")
        yield table(headings, (_moved(one) for one in report.moved), folded=True)
    for path in report.solved:
        yield line("The conflict about parents in ", name(path), " is solved.")
    if report.database:
        yield from _database(report.database, executed=report.executed)
        yield from impact_lines(report.steps)
    yield from _verdict(report)
    for note in report.notes:
        yield line(quiet(note))


def _verdict(report: RebaseReport) -> Iterator[Block]:
    if not (report.moved or report.solved or report.database):
        on = f" on {report.onto}" if report.onto else ""
        yield line(good("Nothing to do: "), f"the own revisions stand{on} already.")
    elif not report.executed:
        yield line(notice("Nothing has been changed."))
    else:
        many = len(report.moved) != 1
        yield line(good("Done: "), f"{len(report.moved)} revision{'s' * many} moved.")


def _moved(one: MovedRevision) -> tuple[Cell, ...]:
    parents = [", ".join(ids) or "base" for ids in (one.old_parents, one.new_parents)]
    path = one.path if one.new_path is None else f"{one.path} → {one.new_path}"
    return name(one.revision), parents[0], parents[1], quiet(path)


def _database(moves: DatabaseMoves, *, executed: bool) -> Iterator[Block]:
    down, up = ", ".join(moves.downgraded), ", ".join(moves.upgraded)
    words = ("downgraded", "upgraded") if executed else ("downgrades", "upgrades")
    told = [notice(f"{words[0]} {down}")] if down else []
    yield line("Database  ", *told, f", then {words[1]} {up}." if up else ".")
