"""What was written of the sample, in a line or two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch

from fidesdev.core.seeding import SeedReport
from fidesdev.render.layout import Block, good, line, notice, quiet


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: SeedReport) -> Iterator[Block]:
    if not report.requests:
        yield line(good("Nothing to do: "), f"the sample's {report.present} requests are there.")
        return
    counts = {
        "request": report.requests,
        "policy": report.policies,
        "user": report.users,
        "identity": report.identities,
    }
    words = [_counted(noun, count) for noun, count in counts.items() if count]
    yield line(good("Inserted " if report.executed else "Would insert "), ", ".join(words), ".")
    if report.present:
        yield line(quiet(f"{report.present} requests of the sample were left as they are."))
    if report.note:
        yield line(notice("Without identities: "), report.note, ".")


def _counted(noun: str, count: int) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
