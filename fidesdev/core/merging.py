"""What a merge of two sets of revision files would leave, computed file by file as git does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from fidesdev.core.revision_facts import RevisionText


@dataclass(frozen=True, slots=True)
class Merged:
    """The files after the merge."""

    files: tuple[RevisionText, ...]
    disputed: tuple[tuple[RevisionText, RevisionText], ...]
    """Ours and theirs where both sides gave a revision another parent."""


def merge_files(
    base: Iterable[RevisionText], ours: Iterable[RevisionText], theirs: Iterable[RevisionText]
) -> Merged:
    """The three-way merge: what one side changed, moved or deleted since `base` is taken over.

    A file is known again by its revision, wherever it was moved; where one revision is in
    several files, by its path.
    """
    sides = [_by_id(files) for files in (base, ours, theirs)]
    files: list[RevisionText] = []
    disputed: list[tuple[RevisionText, RevisionText]] = []
    for id_ in dict.fromkeys(id_ for side in sides for id_ in side):
        for old, our, their in _triples(*(side.get(id_, []) for side in sides)):
            files += _merged(old, our, their)
            if old and our and their and _is_disputed(old, our, their):
                disputed.append((our, their))
    return Merged(tuple(files), tuple(disputed))


_Triple = tuple[RevisionText | None, RevisionText | None, RevisionText | None]


def _by_id(files: Iterable[RevisionText]) -> dict[str, list[RevisionText]]:
    by_id: dict[str, list[RevisionText]] = defaultdict(list)
    for file in files:
        by_id[file.facts.id or f"/{file.path}"].append(file)
    return by_id


def _triples(
    base: Sequence[RevisionText], ours: Sequence[RevisionText], theirs: Sequence[RevisionText]
) -> Iterator[_Triple]:
    """The same file on the three sides, None where it is missing."""
    if len(base) == 1 and len(ours) <= 1 and len(theirs) <= 1:
        yield base[0], next(iter(ours), None), next(iter(theirs), None)
        return
    sides = [{file.path: file for file in files} for files in (base, ours, theirs)]
    for path in dict.fromkeys(path for side in sides for path in side):
        old, our, their = (side.get(path) for side in sides)
        yield old, our, their


def _merged(
    old: RevisionText | None, our: RevisionText | None, their: RevisionText | None
) -> list[RevisionText]:
    if our and their:
        return [_joined(old, our, their) if old else our]
    left = our or their
    if left is None or (old and left.facts.digest == old.facts.digest):
        return []  # the other side deleted what this one left alone
    return [left]


def _joined(old: RevisionText, our: RevisionText, their: RevisionText) -> RevisionText:
    """One revision that is on all three sides."""
    path = their.path if our.path == old.path else our.path
    if our.facts.digest == old.facts.digest:
        return RevisionText(path, their.facts)
    facts = our.facts
    if facts.parents == old.facts.parents:
        facts = replace(facts, parents=their.facts.parents)
    if facts.depends_on == old.facts.depends_on:
        facts = replace(facts, depends_on=their.facts.depends_on)
    return RevisionText(path, facts)


def _is_disputed(old: RevisionText, our: RevisionText, their: RevisionText) -> bool:
    parents = [file.facts.parents for file in (old, our, their)]
    return len(set(parents)) == len(parents)
