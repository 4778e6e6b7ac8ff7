"""What `docker doctor` found, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.docker_doctor import ERROR, OK, DockerDoctorReport
from fidesdev.render.layout import Block, bad, good, line, notice, quiet

_WIDTH = len("containers")


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: DockerDoctorReport) -> Iterator[Block]:
    for one in report.checks:
        style = {OK: good, ERROR: bad}.get(one.severity, notice)
        name = quiet(f"{one.check:<{_WIDTH}}  ")
        yield line(name, style(f"{one.severity:<7}"), f"  {one.message}")
        if one.hint:
            yield line(" " * (_WIDTH + 2), one.hint)
