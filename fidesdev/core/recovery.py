"""Revisions that a database has and a checkout has not: their sources, joined to its graph."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.header import Header, HeaderError, read_header
from fidesdev.core.journal import JournalSource
from fidesdev.errors import GraphError

JOURNAL = "journal"
WORKING_TREE = "working tree"
_NEEDED = frozenset({"revision", "down_revision", "depends_on"})
"""Identifiers without whose value nobody knows what to unapply first."""


@dataclass(frozen=True, slots=True)
class FoundSource:
    """The text of a revision that is in no file of the checkout, and where it was found."""

    revision: Revision
    """Its path is relative to the repository it was found in; empty where that is not known."""
    source: bytes = field(repr=False)
    place: str
    """`journal`, `working tree`, or `git:REF`, which is a REV too."""
    commit: str | None = None
    author: str | None = None
    date: str | None = None
    """When that commit was written, ISO 8601."""
    branch: str | None = None
    """The branch on which the journal saw it applied."""
    note: str | None = None
    """That another text declares the same id, and where."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The graph of a checkout and of the revisions recovered for it."""

    graph: RevisionGraph
    sources: Mapping[str, FoundSource] = field(default_factory=dict)
    """By id; none of them is in the checkout."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Ids that were not found, and why; what needs them is not in the graph either."""

    def place(self, id_: str) -> str | None:
        """Where the source of an unknown revision is."""
        found = self.sources.get(id_)
        return found.place if found else None


Lookup = Callable[[frozenset[str]], Mapping[str, FoundSource]]
"""Finds the sources of some revisions; what it does not find it leaves out."""
Kept = Callable[[str], JournalSource | None]
"""What the journal kept of a revision when it was applied."""


def recover(graph: RevisionGraph, ids: Collection[str], lookup: Lookup) -> Recovered:
    """Look up `ids` and whatever they are written on, until revisions that `graph` has."""
    sources: dict[str, FoundSource] = {}
    missing: dict[str, str] = {}
    reasons = dict.fromkeys(ids, "its source was found nowhere")
    while wanted := reasons.keys() - graph.revisions.keys() - sources.keys() - missing.keys():
        found = lookup(frozenset(wanted))
        missing.update({id_: reasons[id_] for id_ in wanted if id_ not in found})
        sources.update({id_: found[id_] for id_ in sorted(wanted) if id_ in found})
        labels = {
            *graph.labelled,
            *(label for one in found.values() for label in one.revision.labels),
        }
        for source in found.values():
            reasons.update(_needs(source, labels, reasons))
    whole = {id_: found for id_, found in sources.items() if _is_whole(found, sources, missing)}
    joined = join(graph, whole)
    return Recovered(joined.graph, sources, {**missing, **joined.missing})


def join(graph: RevisionGraph, sources: Mapping[str, FoundSource]) -> Recovered:
    """The graph with recovered revisions; what contradicts itself is reported as missing."""
    taken = set(graph.labelled)
    added = []
    for source in sources.values():
        revision = source.revision
        added.append(replace(revision, labels=tuple(x for x in revision.labels if x not in taken)))
        taken.update(revision.labels)
    try:
        union = RevisionGraph.build([*graph.revisions.values(), *added])
    except GraphError as error:
        reason = "; ".join(error.facts["problems"])
        return Recovered(graph, sources, dict.fromkeys(sources, reason))
    return Recovered(union, sources)


def found_source(source: bytes, *, path: str, place: str) -> FoundSource | None:
    """The revision that the text declares; None where it declares none that can be trusted."""
    name = path.rpartition("/")[2]
    try:
        header = read_header(source, name=name)
    except HeaderError:
        return None
    if _NEEDED.intersection(header.computed):
        return None
    return FoundSource(revision_of(header, path), source, place)


def revision_of(header: Header, path: str) -> Revision:
    """The header as a revision of the graph."""
    lists = (header.parents, header.depends_on, header.labels)
    return Revision(header.revision, *lists, header.message, path, header.created)


def from_journal(read: Kept) -> Lookup:
    """A lookup in the journal; a text that does not have the hash it was kept with is no help."""

    def lookup(ids: frozenset[str]) -> Mapping[str, FoundSource]:
        return dict(_journaled(ids, read))

    return lookup


def first_of(lookups: Iterable[Lookup]) -> Lookup:
    """A lookup that asks each in turn for what those before it did not find."""
    asked = tuple(lookups)

    def lookup(ids: frozenset[str]) -> Mapping[str, FoundSource]:
        found: dict[str, FoundSource] = {}
        for one in asked:
            if left := ids - found.keys():
                found.update(one(left))
        return found

    return lookup


def choose(candidates: Iterable[FoundSource], kept: JournalSource | None) -> FoundSource:
    """The text to trust: the one with the journal's hash, on its branch, else the newest.

    Where other texts declare the same id, it says so.
    """

    def trust(found: FoundSource) -> tuple[bool, bool, str]:
        same = kept is not None and fingerprint(found.source) == kept.sha256
        branch = kept is not None and found.place == f"git:{kept.branch}"
        return same, branch, found.date or ""

    best, *others = sorted(candidates, key=trust, reverse=True)
    places = sorted({other.place for other in others if other.source != best.source})
    notes = [f"another version of it is in {', '.join(places)}"] if places else []
    if kept is not None and not trust(best)[0]:
        notes.append("no text has the hash that the journal kept when it was applied")
    return replace(best, note="; ".join(notes) or None)


def fingerprint(source: bytes) -> str:
    """The hash by which the journal knows a text again."""
    return sha256(source).hexdigest()


def _needs(
    source: FoundSource, labels: Collection[str], known: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What a recovered revision is written on, with what to say if it is not found."""
    revision = source.revision
    dependencies = (name for name in revision.depends_on if name not in labels)
    for id_ in (*revision.parents, *dependencies):
        if id_ not in known:
            yield id_, f"{revision.id} ({source.place}) needs it, and its source was found nowhere"


def _is_whole(
    found: FoundSource, sources: Mapping[str, FoundSource], missing: Collection[str]
) -> bool:
    """Whether all that a recovered revision is written on was found."""
    seen: set[str] = set()
    queue = [found]
    while queue:
        revision = queue.pop().revision
        for id_ in (*revision.parents, *revision.depends_on):
            if id_ in missing:
                return False
            if id_ in sources and id_ not in seen:
                seen.add(id_)
                queue.append(sources[id_])
    return True


def _journaled(ids: frozenset[str], read: Kept) -> Iterator[tuple[str, FoundSource]]:
    for id_ in sorted(ids):
        kept = read(id_)
        if kept is None:
            continue
        found = found_source(kept.source, path=kept.path, place=JOURNAL)
        if found and found.revision.id == id_ and fingerprint(kept.source) == kept.sha256:
            yield id_, replace(found, commit=kept.commit, branch=kept.branch)
