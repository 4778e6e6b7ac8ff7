"""What is wrong between the revisions of a checkout and those of the branch they go to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from fidesdev.core.checks_graph import Joined, heads_findings, join, labels_under, rival_heads
from fidesdev.core.findings import Finding, finding
from fidesdev.core.graph import RevisionGraph
from fidesdev.core.merging import merge_files
from fidesdev.core.revision_facts import RevisionText

_HINTS = {
    "heads": "Move your own revisions onto upstream's head with 'fidesdev db rebase'.",
    "ids": "Give your own revision another id before it is merged.",
    "orphans": "Write the revision on one that both sides keep: 'fidesdev db rebase'.",
    "cycles": "Correct what your own revisions are written on: 'fidesdev db rebase'.",
}


@dataclass(frozen=True)
class Comparison:
    """The revision files of a checkout, of upstream, and of the commit where they parted."""

    ref: str
    """Upstream as it was named."""
    ours: Joined
    theirs: Joined
    base: Joined
    merged: Joined
    """What the merge of the two would have."""
    disputed: tuple[tuple[RevisionText, RevisionText], ...]

    @cached_property
    def own(self) -> frozenset[str]:
        """The revisions of the checkout that upstream neither has nor had."""
        return frozenset(self.ours.files.keys() - self.theirs.files.keys() - self.base.files.keys())


def compare(
    ref: str,
    ours: Iterable[RevisionText],
    theirs: Iterable[RevisionText],
    base: Iterable[RevisionText],
) -> Comparison:
    """The three sides, and their merge."""
    old, their = tuple(base), tuple(theirs)  # the same tuple where they are the same
    our = tuple(_assumed(ours, {file.path: file for file in old}))
    merged = merge_files(old, our, their)
    there = join(their)
    return Comparison(
        ref=ref,
        ours=join(our),
        theirs=there,
        base=there if old is their else join(old),
        merged=join(merged.files),
        disputed=merged.disputed,
    )


def merge_findings(sides: Comparison, told: Collection[str]) -> Iterator[Finding]:
    """Findings of `merge-result`: several heads, and what is not wrong without the merge already.

    What is wrong on this side alone is left to the checks of their own among `told`.
    """
    here = (found for found in sides.ours.findings if found.code in told)
    known = {_sense(found) for found in (*here, *sides.theirs.findings)}
    for found in (*sides.merged.findings, *heads_findings(sides.merged, rather=sides.own)):
        if _sense(found) not in known:
            yield replace(
                found,
                code="merge-result",
                message=f"merged with {sides.ref}: {found.message}",
                hint=_HINTS[found.code],
            )
    for our, their in sides.disputed:
        sides_ = (our.facts.parents, their.facts.parents)
        ours, theirs = (", ".join(parents) or "nothing" for parents in sides_)
        yield finding(
            "merge-result",
            f"both sides changed what {our.facts.id} is written on: {ours} here, "
            f"{theirs} on {sides.ref}",
            hint=f"Take upstream's side with 'git checkout {sides.ref} -- {our.path}'.",
            revision=our.facts.id,
            path=our.path,
            line=our.facts.parents_line,
        )


def parent_findings(sides: Comparison) -> Iterator[Finding]:
    """Findings of `down-revision`: own revisions that the merge would leave beside upstream's."""
    merged, theirs = sides.merged.graph, sides.theirs.graph
    heads = ", ".join(sorted(theirs.heads))
    rivals = frozenset(id_ for group in rival_heads(merged) for id_ in group)
    passed = theirs.revisions.keys() - theirs.heads
    for id_ in (id_ for id_ in merged.order if id_ in sides.own):
        parents = merged.revisions[id_].parents
        stale = [one for one in parents if one in passed and _is_stale(sides, id_, one, rivals)]
        if stale or (not parents and _is_lost(sides, id_)):
            revision, path, line = sides.merged.at(id_)
            where = ", ".join(stale) or "nothing"
            message = f"revision {id_} is written on {where}, and {sides.ref} is at {heads}"
            yield finding("down-revision", message, revision=revision, path=path, line=line)


def hinted(findings: Iterable[Finding], sides: Comparison) -> Iterator[Finding]:
    """The findings, where those of `orphans` say it if upstream has what is missing."""
    for found in findings:
        file = sides.ours.files.get(found.revision or "")
        if found.code == "orphans" and file:
            named = {*file.facts.parents, *file.facts.depends_on}
            if named & (sides.theirs.files.keys() - sides.ours.files.keys()):
                hint = f"{sides.ref} has it: 'git merge {sides.ref}', or 'git rebase {sides.ref}'."
                found = replace(found, hint=hint)  # noqa: PLW2901 - the same finding
        yield found


def deleted_findings(sides: Comparison) -> Iterator[Finding]:
    """Findings of `deleted`: published revisions that only this side no longer has."""
    for id_, file in sides.theirs.files.items():
        if id_ in sides.base.files and id_ not in sides.ours.files:
            message = f"revision {id_} is on {sides.ref} and was deleted here: {file.path}"
            hint = f"Bring it back with 'git checkout {sides.ref} -- {file.path}'."
            yield finding("deleted", message, hint=hint, revision=id_, path=file.path, line=1)


def edited_candidates(
    sides: Comparison,
) -> Iterator[tuple[RevisionText, RevisionText, RevisionText | None]]:
    """Ours, upstream's and the common file of each published revision whose text was changed."""
    for id_, their in sides.theirs.files.items():
        our, old = sides.ours.files.get(id_), sides.base.files.get(id_)
        if our is None or our.facts.digest == their.facts.digest or our.facts.conflict:
            continue
        if old is None or our.facts.digest != old.facts.digest:
            yield our, their, old


def edited_finding(sides: Comparison, our: RevisionText, their: RevisionText) -> Finding:
    """The finding of `edited` for a revision whose code was changed."""
    changes = [
        f"{name} was {', '.join(there) or None} and is {', '.join(here) or None}"
        for name, here, there in (
            ("down_revision", our.facts.parents, their.facts.parents),
            ("depends_on", our.facts.depends_on, their.facts.depends_on),
        )
        if here != there
    ]
    what = "; ".join(changes) or "its code was changed"
    return finding(
        "edited",
        f"revision {our.facts.id} is on {sides.ref}: {what}",
        hint=f"Take it back with 'git checkout {sides.ref} -- {their.path}' and write a new "
        "revision with 'fidesdev db revision'.",
        revision=our.facts.id,
        path=our.path,
        line=our.facts.parents_line if changes else our.facts.line,
    )


def _assumed(
    files: Iterable[RevisionText], before: Mapping[str, RevisionText]
) -> Iterator[RevisionText]:
    """The files, where one that does not tell its revision still stands for what it was."""
    for file in files:
        yield file if file.facts.id else before.get(file.path, file)


def _sense(found: Finding) -> tuple[str, frozenset[str]]:
    """What tells two findings apart, whatever files they name."""
    words = found.message.replace(",", " ").split()
    return found.code, frozenset(word for word in words if "/" not in word)


def _is_stale(sides: Comparison, id_: str, parent: str, rivals: frozenset[str]) -> bool:
    """Whether upstream has gone on past the parent, and no own merge joins both ways."""
    merged = sides.merged.graph
    tips = _heads_above(merged, {id_}) & rivals
    onwards = merged.children({parent}) & sides.theirs.files.keys()
    beside = _heads_above(merged, onwards) - tips
    under = labels_under(merged)
    return bool({under[tip] for tip in tips} & {under[head] for head in beside})


def _is_lost(sides: Comparison, id_: str) -> bool:
    """Whether an own revision begins a lineage without a label, where upstream has one."""
    facts, merged = sides.merged.files[id_].facts, sides.merged.graph
    if facts.parents or facts.labels or not sides.theirs.files:
        return False
    return not merged.lineage({id_}) & sides.theirs.files.keys()


def _heads_above(graph: RevisionGraph, ids: Iterable[str]) -> frozenset[str]:
    """The heads that are written on one of the revisions, directly or not."""
    above = set(ids)
    waiting = list(above)
    while waiting:
        new = graph.children({waiting.pop()}) - above
        above |= new
        waiting += new
    return graph.heads & above
