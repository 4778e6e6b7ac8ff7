"""What the doctor of the whole found, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.health import HealthReport
from fidesdev.render.docker_doctor import diagnoses
from fidesdev.render.layout import Block, good, line


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: HealthReport) -> Iterator[Block]:
    yield from diagnoses(report.checks)
    if report.is_healthy:
        yield line(good("All is well."))
