"""What `docker doctor` found, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.docker_doctor import ERROR, OK, Diagnosis, DockerDoctorReport
from fidesdev.render.layout import Block, bad, good, line, notice, quiet


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: DockerDoctorReport) -> Iterator[Block]:
    yield from diagnoses(report.checks)


def diagnoses(checks: Iterable[Diagnosis]) -> Iterator[Block]:
    """A line for each point, and one for its remedy."""
    listed = list(checks)
    width = max((len(one.check) for one in listed), default=0)
    for one in listed:
        style = {OK: good, ERROR: bad}.get(one.severity, notice)
        yield line(quiet(f"{one.check:<{width}}  "), style(f"{one.severity:<7}"), "  ", one.message)
        if one.hint:
            yield line(" " * (width + 2 + len("warning") + 2), one.hint)
