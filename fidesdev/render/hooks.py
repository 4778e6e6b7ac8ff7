"""The hooks' reports as lines and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.hooks import (
    Change,
    HookChange,
    HookRun,
    HooksChanged,
    HooksStatus,
    HookState,
    State,
)
from fidesdev.render import checks, reports
from fidesdev.render.layout import Block, Cell, Span, bad, good, line, name, notice, quiet, table

_TODAY = {
    Change.CREATED: "Created",
    Change.ADDED: "Added to",
    Change.UPDATED: "Updated",
    Change.REMOVED: "Taken out of",
    Change.DELETED: "Removed",
    Change.UNCHANGED: "Unchanged:",
    Change.BY_HAND: "By hand:",
}
_SOMEDAY = {
    Change.CREATED: "Would create",
    Change.ADDED: "Would add to",
    Change.UPDATED: "Would update",
    Change.REMOVED: "Would take out of",
    Change.DELETED: "Would remove",
}
_STYLES = {
    State.INSTALLED: good,
    State.OUTDATED: notice,
    State.FOREIGN: notice,
    State.ABSENT: quiet,
}


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: HooksChanged) -> Iterator[Block]:
    words = _TODAY if report.executed else {**_TODAY, **_SOMEDAY}
    changes = (*report.hooks, *([report.head_file] if report.head_file else []))
    for change in changes:
        yield line(*_change(change, words[change.change]))
        yield from (line(quiet("    "), text) for text in (change.snippet or "").splitlines())
    yield line(quiet("Hooks are in "), report.folder)
    if not report.executed:
        yield line(notice("Nothing has been changed."))


@blocks.register
def _(report: HooksStatus) -> Iterator[Block]:
    by = f" (written by {report.manager})" if report.manager not in {"git", "elsewhere"} else ""
    yield line("Hooks in  ", name(report.folder), by)
    yield line("On switch ", report.on_switch)
    if report.head_file:
        stale = notice(" (stale)") if report.head_file_stale else ""
        yield line("Head file ", report.head_file, stale)
    yield line()
    yield table(("hook", "state", ""), (_state(state) for state in report.hooks), folded=True)
    if any(one.state in {State.OUTDATED, State.ABSENT} for one in report.hooks):
        yield line("Install them with ", name("fidesdev hooks install"))


@blocks.register
def _(report: HookRun) -> Iterator[Block]:
    if report.outcome == "synced" and report.move:
        yield from reports.blocks(report.move)
    if report.check and report.check.findings:
        yield from checks.blocks(report.check)
    if report.head_file:
        yield line(f"fidesdev: {report.head_file} names the head now, and was staged.")
    yield from _told(report)


def _told(report: HookRun) -> Iterator[Block]:
    """The message and what to type: on one line where the message is one."""
    told = bad("fidesdev: ") if report.outcome == "failed" else notice("fidesdev: ")
    lines = (report.message or "").splitlines()
    if len(lines) == 1 and report.hint:
        yield line(told, f"{lines[0]}. {report.hint}")
        return
    for text in lines:
        yield line(told, text) if text is lines[0] else line(text)
    if report.hint:
        yield line(quiet("hint: "), report.hint)


def _change(change: HookChange, verb: str) -> list[Cell]:
    style = notice if change.change is Change.BY_HAND else good
    shown: list[Cell] = [style(verb), " ", name(change.hook)]
    return [*shown, f" ({change.note})"] if change.note else shown


def _state(state: HookState) -> tuple[str | Span, ...]:
    return name(state.hook), _STYLES[state.state](state.state.value), state.note or ""
