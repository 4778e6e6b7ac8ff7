"""What was found in a project, why, and the file that says the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.initialising import Found, InitReport
from fidesdev.render.layout import (
    Block,
    facts,
    good,
    heading,
    line,
    name,
    notice,
    quiet,
    verbatim,
)

_INDENT = " " * 10
_ALL = ", which has nothing to say: everything is found without it."


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: InitReport) -> Iterator[Block]:
    for one in report.found:
        yield from _found(one)
    yield line()
    yield from _file(report)
    if report.executed:
        yield from (line(), line(heading("What to type next")))
        yield facts(((name(verb), quiet(why)) for verb, why in report.next), indent=2)


def _found(one: Found) -> Iterator[Block]:
    value = name(one.value) if one.value else notice("which?" if one.choices else "none")
    yield line(f"{one.what:<10}", value, quiet(f"  {one.why}"))
    for choice in one.choices:
        yield line(_INDENT, f"{one.option} {choice}")
    if one.hint:
        yield line(_INDENT, one.hint)


def _file(report: InitReport) -> Iterator[Block]:
    if report.exists:
        yield line(name(report.path), " is there, and is left as it is.")
        if report.content:
            yield line(notice("It lacks:"))
    elif report.executed:
        yield line(good("Wrote "), name(report.path), ":" if report.content else _ALL)
    elif report.is_open:
        yield line(notice("Nothing has been written: "), "say which is meant, with the options.")
        return
    else:
        yield line(notice("Would write "), name(report.path), ":" if report.content else _ALL)
    yield from verbatim("\n".join(f"  {text}".rstrip() for text in report.content.splitlines()))
