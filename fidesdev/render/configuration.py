"""The reports of `config` as lines and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatch

from fidesdev.core.configuration import (
    ConfigCheck,
    ConfigPaths,
    ConfigReport,
    ConfigWritten,
    Setting,
    Value,
)
from fidesdev.render.layout import (
    Block,
    Cell,
    Line,
    good,
    line,
    name,
    notice,
    quiet,
    table,
    verbatim,
)


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: ConfigReport) -> Iterator[Block]:
    asked = any(setting.origin is not None for setting in report.settings)
    headings = ("key", "value", *(["origin"] if asked else []))
    yield table(headings, (_row(setting, asked) for setting in report.settings), folded=True)


@blocks.register
def _(report: ConfigPaths) -> Iterator[Block]:
    yield _fact("Project", report.project)
    for file in report.files:
        yield _fact("File", file)
    if not report.files:
        yield line(quiet("File     "), quiet("none"))
    yield _fact("Data", report.data_dir)


@blocks.register
def _(report: ConfigCheck) -> Iterator[Block]:
    for finding in report.findings:
        word = notice("warning: ") if finding.severity == "warning" else quiet("note: ")
        where = quiet(f" ({finding.source})") if finding.source else ""
        yield line(word, finding.message, where)
        yield line("  ", quiet(finding.hint))
    read = ", ".join(report.files) or "no file, the defaults hold"
    yield line(good("The configuration can be used"), f": {read}.")


@blocks.register
def _(report: ConfigWritten) -> Iterator[Block]:
    if report.executed:
        yield line(good("Wrote "), name(report.path), ".")
        return
    yield from verbatim(report.content)
    yield line(notice("Nothing was changed: "), "this would be ", name(report.path), ".")


def _fact(title: str, value: str) -> Line:
    return line(quiet(f"{title:<9}"), name(value))


def _row(setting: Setting, asked: bool) -> tuple[Cell, ...]:
    cells: tuple[Cell, ...] = (name(setting.key), _value(setting.value))
    if not asked:
        return cells
    return (*cells, setting.origin_name or quiet(setting.origin or ""))


def _value(value: Value) -> Cell:
    if value is None or value == "":
        return quiet("-" if value is None else '""')
    return value if isinstance(value, str) else _toml(value)


def _toml(value: object) -> str:
    """The value as a line of TOML would have it, inside a list or table too."""
    match value:
        case bool():
            return str(value).lower()
        case Mapping():
            return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
        case tuple():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case str():
            return f'"{value}"'
    return str(value)
