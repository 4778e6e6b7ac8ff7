"""What is wrong within single revision files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fidesdev.core.findings import Finding, finding
from fidesdev.core.revision_facts import RevisionText


def file_findings(files: Iterable[RevisionText]) -> Iterator[Finding]:
    """Findings of `conflict-markers`, `unreadable`, `docstring` and `empty-downgrade`."""
    for file in files:
        yield from _of_text(file)
        facts = file.facts
        place = {"revision": facts.id, "path": file.path}
        for line, message in facts.docstring:
            yield finding("docstring", message, **place, line=line)
        if facts.empty_downgrade is not None:
            message = "upgrade changes something and downgrade takes nothing back"
            yield finding("empty-downgrade", message, **place, line=facts.empty_downgrade)


def name_findings(files: Iterable[RevisionText]) -> Iterator[Finding]:
    """Findings of `filename`."""
    for file in files:
        facts = file.facts
        if facts.id and facts.id not in file.name:
            yield finding(
                "filename",
                f"the name {file.name} does not contain the id {facts.id}",
                revision=facts.id,
                path=file.path,
                line=facts.line,
            )


def has_ids_in_names(files: Sequence[RevisionText]) -> bool:
    """Whether the project names its files after ids: at least half of them, if there are any."""
    named = sum(file.facts.id in file.name for file in files)
    return 2 * named >= len(files)


def _of_text(file: RevisionText) -> Iterator[Finding]:
    facts = file.facts
    if facts.conflict is not None:
        yield finding(
            "conflict-markers",
            "the file has git's conflict markers",
            revision=facts.id,
            path=file.path,
            line=facts.conflict,
        )
    if facts.problem:
        yield finding(
            "unreadable", facts.problem, revision=facts.id, path=file.path, line=facts.line
        )
