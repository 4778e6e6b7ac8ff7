"""What was found, as a table: verbs x points x faults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from tests.fault_matrix.runs import Line
from tests.fault_matrix.watching import Fault

_WIDTH = 11


def table(lines: Iterable[Line]) -> str:
    """A row for each verb, database and kind of points; green of all for each fault."""
    found = sorted(lines, key=_row)
    head = "".join(f"{fault:>{_WIDTH}}" for fault in Fault)
    rows = [f"{'verb':9}{'database':12}{'at':12}{'points':>7}{head}"]
    for (verb, backend, place), group in groupby(found, key=_row):
        cells = list(group)
        points = len({line.judged.cell.number for line in cells})
        counts = "".join(f"{_count(cells, fault):>{_WIDTH}}" for fault in Fault)
        rows.append(f"{verb:9}{backend:12}{place:12}{points:>7}{counts}")
    counts = "".join(f"{_count(found, fault):>{_WIDTH}}" for fault in Fault)
    rows.append(f"{'all':33}{len({(*_row(x), x.judged.cell.number) for x in found}):>7}{counts}")
    return "\n".join([*rows, "", *_reds(found), _summary(found)])


def _row(line: Line) -> tuple[str, str, str]:
    return line.verb, line.backend, line.judged.cell.place.value


def _count(lines: Iterable[Line], fault: Fault) -> str:
    """`12` where all are green, `11 of 12` where one is red."""
    judged = [line.judged for line in lines if line.judged.cell.fault is fault]
    green = sum(not one.problems for one in judged)
    if not judged:
        return "-"
    return str(green) if green == len(judged) else f"{green} of {len(judged)}"


def _reds(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        cell = line.judged.cell
        for problem in line.judged.problems:
            where = f"{cell.place} {cell.number}, {cell.name}"
            yield f"RED {line.verb} on {line.backend}, {cell.fault} at {where}: {problem}"


def _summary(lines: list[Line]) -> str:
    red = sum(bool(line.judged.problems) for line in lines)
    missed = sum(not line.judged.reached for line in lines)
    return f"{len(lines)} cells: {len(lines) - red} green, {red} red, {missed} not reached"
