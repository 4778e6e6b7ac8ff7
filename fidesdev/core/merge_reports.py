"""Joining heads: what both sides touch, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fidesdev.core.touches import ALTER, CREATE, DROP, INDEX, RENAME, TABLE, USE, Touch

_GONE = {DROP, RENAME}


@dataclass(frozen=True, slots=True)
class Contact:
    """One revision that touches something."""

    revision: str
    path: str
    line: int
    action: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """Something that two sides touch."""

    kind: str
    name: str
    heads: tuple[str, str]
    contacts: tuple[Contact, ...]
    conflict: str | None
    """Why both cannot be; None where the sides merely meet."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The sides applied in both orders to new databases."""

    orders: tuple[tuple[str, ...], ...]
    differences: tuple[str, ...]
    """What only one order makes, or the step that failed in one; empty: the order is no matter."""


@dataclass(frozen=True, slots=True)
class MergeReport:
    """A merge revision that was written, or would be."""

    revision: str | None
    """None in a dry run, with a conflict, and when there was nothing to merge."""
    parents: tuple[str, ...]
    path: str | None
    message: str | None
    executed: bool
    note: str | None = None
    overlaps: tuple[Overlap, ...] = ()
    verification: Verification | None = None
    advice: str | None = None
    """What may be the better way."""

    @property
    def has_conflict(self) -> bool:
        """Whether the sides contradict each other."""
        differs = self.verification is not None and bool(self.verification.differences)
        return differs or any(one.conflict for one in self.overlaps)


Side = Mapping[str, tuple[str, Sequence[Touch]]]
"""The revisions that only one head has: path, and what each touches."""


def overlaps(sides: Mapping[str, Side]) -> tuple[Overlap, ...]:
    """What each two sides both touch, conflicts first."""
    found = [
        one
        for (first, a), (second, b) in combinations(sides.items(), 2)
        for one in _between((first, second), a, b)
    ]
    return tuple(sorted(found, key=lambda one: (one.conflict is None, one.kind, one.name)))


def _between(heads: tuple[str, str], first: Side, second: Side) -> Iterator[Overlap]:
    ours, theirs = _by_thing(first), _by_thing(second)
    for thing in ours.keys() & theirs.keys():
        kind, name = thing
        contacts = (*ours[thing], *theirs[thing])
        conflict = _conflict(kind, _actions(ours[thing]), _actions(theirs[thing]))
        if conflict or kind != TABLE or not _is_mere_use(contacts):
            yield Overlap(kind, name, heads, contacts, conflict)


def _by_thing(side: Side) -> dict[tuple[str, str], tuple[Contact, ...]]:
    things: dict[tuple[str, str], tuple[Contact, ...]] = {}
    for revision, (path, touched) in side.items():
        for touch in touched:
            contact = Contact(revision, path, touch.line, touch.action)
            thing = (touch.kind, touch.name)
            things[thing] = (*things.get(thing, ()), contact)
    return things


def _conflict(kind: str, ours: frozenset[str], theirs: frozenset[str]) -> str | None:
    """Why both sides' actions cannot stand together; what a side makes itself it may drop."""
    if CREATE in ours and CREATE in theirs:
        return "both sides create it"
    for one, other in ((ours, theirs), (theirs, ours)):
        gone = one & _GONE if CREATE not in one else frozenset()
        if gone and other & {CREATE, USE, ALTER, *_GONE}:
            done = "drops" if DROP in gone else "renames"
            return f"one side {done} it, and the other one {_verb(kind, other)} it"
    return None


def _verb(kind: str, actions: frozenset[str]) -> str:
    for action, verb in ((DROP, "drops"), (RENAME, "renames"), (ALTER, "changes")):
        if action in actions:
            return verb
    return "creates" if kind == INDEX else "uses"


def _actions(contacts: Iterable[Contact]) -> frozenset[str]:
    return frozenset(contact.action for contact in contacts)


def _is_mere_use(contacts: Iterable[Contact]) -> bool:
    return _actions(contacts) <= {USE}
