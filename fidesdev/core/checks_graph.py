"""What is wrong between revisions, and the graph that is left when contradictions are cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from fidesdev.core.findings import Finding, finding
from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.revision_facts import UNKNOWN_LABEL, RevisionText
from fidesdev.errors import GraphError

VERSION_COLUMN = 32
"""Characters of `alembic_version.version_num`."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Revision files as one graph, and why some of it had to be left out."""

    graph: RevisionGraph
    """Without second files of an id, parents that are not there, and links that go in circles."""
    files: Mapping[str, RevisionText]
    """By revision; the first of two files."""
    findings: tuple[Finding, ...]
    """Of `ids`, `orphans` and `cycles`."""

    def at(self, id_: str) -> tuple[str, str, int]:
        """Revision, path and line for a finding about what the revision is written on."""
        file = self.files[id_]
        return id_, file.path, file.facts.parents_line


def join(files: Iterable[RevisionText]) -> Joined:
    """The graph of whatever files there are; contradictions are findings, never errors."""
    by_id: dict[str, list[RevisionText]] = defaultdict(list)
    for file in files:
        if file.facts.id:
            by_id[file.facts.id].append(file)
    first = {id_: found[0] for id_, found in by_id.items()}
    findings = [*_duplicates(by_id), *_labels(first), *_long(first), *_prefixes(first)]
    missing = list(_orphans(first))
    owners = {label: id_ for id_, file in [*first.items()][::-1] for label in file.facts.labels}
    revisions = {id_: _revision(file, first, owners) for id_, file in first.items()}
    cycles: list[Finding] = []
    try:
        graph = RevisionGraph.build(revisions.values())
    except GraphError:  # nothing else is left that can be wrong
        cycles = list(_without_cycles(revisions, first))
        graph = RevisionGraph.build(revisions.values())
    return Joined(graph, first, (*findings, *missing, *cycles))


def heads_findings(joined: Joined, *, rather: Collection[str] = ()) -> Iterator[Finding]:
    """One finding for each group of heads that stand in each other's way.

    It is put at the head that is among `rather`, or else at the one that was read last.
    """
    for heads in rival_heads(joined.graph):
        place = next((id_ for id_ in heads if id_ in rather), heads[-1])
        revision, path, line = joined.at(place)
        listed = ", ".join(f"{id_} ({joined.files[id_].path})" for id_ in heads)
        message = f"{len(heads)} heads in one lineage: {listed}"
        yield finding("heads", message, revision=revision, path=path, line=line)


def rival_heads(graph: RevisionGraph) -> Iterator[tuple[str, ...]]:
    """Groups of two or more heads of one lineage under the same branch labels."""
    under = labels_under(graph)
    groups: dict[tuple[frozenset[str], frozenset[str]], list[str]] = defaultdict(list)
    lineages: dict[str, frozenset[str]] = {}
    for id_ in graph.order:
        if id_ in graph.heads:
            if id_ not in lineages:
                lineages.update(dict.fromkeys(lineage := graph.lineage({id_}), lineage))
            groups[lineages[id_], under[id_]].append(id_)
    yield from (tuple(heads) for heads in groups.values() if len(heads) > 1)


def labels_under(graph: RevisionGraph) -> Mapping[str, frozenset[str]]:
    """The branch labels of each revision and of all that it is written on."""
    under: dict[str, frozenset[str]] = {}
    for id_ in graph.order:
        revision = graph.revisions[id_]
        below = [under[parent] for parent in revision.parents]
        same = below[0] if len(below) == 1 else frozenset[str]().union(*below)
        under[id_] = same | frozenset(revision.labels) if revision.labels else same
    return under


def _revision(file: RevisionText, known: Collection[str], owners: Mapping[str, str]) -> Revision:
    """The revision without what would make a contradiction; dependencies are ids."""
    facts = file.facts
    parents = tuple(parent for parent in facts.parents if parent in known)
    needs = (need if need in known else owners.get(need) for need in facts.depends_on)
    labels = tuple(label for label in facts.labels if owners[label] == facts.id)
    return Revision(facts.id, parents, tuple(filter(None, needs)), labels, path=file.path)


def _duplicates(by_id: Mapping[str, list[RevisionText]]) -> Iterator[Finding]:
    for id_, files in by_id.items():
        if len(files) > 1:
            paths = " and ".join(file.path for file in files)
            last = files[-1]
            yield finding(
                "ids",
                f"revision {id_} is defined in {len(files)} files: {paths}",
                revision=id_,
                path=last.path,
                line=last.facts.line,
            )


def _labels(files: Mapping[str, RevisionText]) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for id_, file in files.items():
        for label in file.facts.labels:
            if (other := owners.setdefault(label, id_)) != id_:
                message = f"label {label!r} is on both {other} and {id_}"
                hint = "A branch label belongs to one revision: delete it from the other."
                line = file.facts.line
                yield finding("ids", message, hint=hint, revision=id_, path=file.path, line=line)


def _long(files: Mapping[str, RevisionText]) -> Iterator[Finding]:
    for id_, file in files.items():
        if len(id_) > VERSION_COLUMN:
            yield finding(
                "ids",
                f"id {id_} has {len(id_)} characters, and the version table holds {VERSION_COLUMN}",
                hint=f"Shorten it to {VERSION_COLUMN} characters before anybody applies it.",
                revision=id_,
                path=file.path,
                line=file.facts.line,
            )


def _prefixes(files: Mapping[str, RevisionText]) -> Iterator[Finding]:
    open_: list[str] = []
    for id_ in sorted(files):
        while open_ and not id_.startswith(open_[-1]):
            open_.pop()
        if open_:
            message = f"id {id_} begins with {open_[-1]}, which is an id too"
            file = files[id_]
            yield finding("ids", message, revision=id_, path=file.path, line=file.facts.line)
        open_.append(id_)


def _orphans(files: Mapping[str, RevisionText]) -> Iterator[Finding]:
    labels = {label for file in files.values() for label in file.facts.labels}
    may_be_label = any(label.startswith(UNKNOWN_LABEL) for label in labels)
    for id_, file in files.items():
        facts = file.facts
        wanted = [("parent", name) for name in facts.parents if name not in files]
        wanted += [
            ("dependency", name)
            for name in facts.depends_on
            if name not in files and name not in labels and not may_be_label
        ]
        for kind, name in wanted:
            message = f"revision {id_} names the {kind} {name}, which no file defines"
            line = facts.parents_line if kind == "parent" else facts.line
            yield finding("orphans", message, revision=id_, path=file.path, line=line)


def _without_cycles(
    revisions: dict[str, Revision], files: Mapping[str, RevisionText]
) -> Iterator[Finding]:
    """Cut every cycle in `revisions`, with a finding for each."""
    while cycle := _cycle(revisions):
        first = min(cycle)
        start = cycle.index(first)
        names = " -> ".join([*cycle[start:], *cycle[:start], first])
        file = files[first]
        yield finding(
            "cycles",
            f"revisions form a cycle: {names}",
            revision=first,
            path=file.path,
            line=file.facts.parents_line,
        )
        for id_ in cycle:
            one = revisions[id_]
            parents = tuple(parent for parent in one.parents if parent not in cycle)
            needs = tuple(need for need in one.depends_on if need not in cycle)
            revisions[id_] = replace(one, parents=parents, depends_on=needs)


def _cycle(revisions: Mapping[str, Revision]) -> list[str]:
    """The revisions of one cycle in order, each written on the one before; or none."""
    try:
        needs = {id_: {*one.parents, *one.depends_on} for id_, one in revisions.items()}
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle[:-1]
    return []
