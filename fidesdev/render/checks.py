"""What the checks found, as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from itertools import zip_longest

from fidesdev.core.checks import CheckReport, Explanations
from fidesdev.core.findings import Finding
from fidesdev.render.layout import Block, Span, bad, good, line, name, notice, quiet


@singledispatch
def blocks(report: object) -> Iterable[Block]:
    """The report as lines and tables."""
    raise TypeError(f"no picture of {type(report).__name__}")


@blocks.register
def _(report: CheckReport) -> Iterator[Block]:
    for found, following in zip_longest(report.findings, report.findings[1:]):
        place = ":".join(str(part) for part in (found.path, found.line) if part)
        where = (name(place), ": ") if place else ()
        yield line(*where, _severity(found), f" {found.message} ", quiet(f"[{found.code}]"))
        if following is None or following.hint != found.hint:  # said once for all that share it
            yield line(quiet("  hint: "), found.hint)
    for skipped in report.skipped:
        yield line(notice("Not checked: "), f"{', '.join(skipped.codes)}: {skipped.reason}")
    yield _summary(report)


@blocks.register
def _(report: Explanations) -> Iterator[Block]:
    for number, check in enumerate(report.checks):
        if number:
            yield line()
        yield line(name(check.code), quiet(f" ({check.severity})"), f": {check.summary}")
        yield line(check.explanation)
        yield line(quiet("Remedy: "), check.remedy)


def counted(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning`; empty without findings."""
    severities = [found.severity for found in findings]
    counts = {word: severities.count(word) for word in ("error", "warning")}
    return ", ".join(f"{n} {word}{'s' * (n > 1)}" for word, n in counts.items() if n)


def _severity(found: Finding) -> Span:
    return bad("error:") if found.severity == "error" else notice("warning:")


def _summary(report: CheckReport) -> Block:
    files = f"{report.revisions} revision file{'s' * (report.revisions != 1)}"
    beside = f", compared with {report.against}" if report.against else ""
    if not report.findings:
        return line(good("All is well: "), f"{files}{beside}.")
    return line(bad(counted(report.findings)), f" in {files}{beside}.")
