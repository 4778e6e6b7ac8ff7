"""The REV argument: text -> Target (syntax) -> Destination (meaning).

`resolve` is the last place where a name exists; everything after it works on exact ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from fidesdev.core.graph import RevisionGraph
from fidesdev.errors import AmbiguousRevision, InvalidTarget, UnknownRevision

MIN_PREFIX = 4
"""The shortest text that is taken for the beginning of an id."""
_NAME = r"[^\s@:+\-]+"  # Alembic forbids these characters in ids and labels
_SYNTAX = re.compile(rf"(?:(?P<label>{_NAME})@)?(?P<anchor>{_NAME})?(?P<offset>[+-]\d+)?")
_GIT = "git:"
PREVIOUS = "-"
"""Where the database was before the last move, which the journal knows."""
_MERGE_BASE = re.compile(r"(merge-base)([+-]\d+)?")


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed REV; says nothing yet about whether it exists."""

    text: str
    anchor: str = "current"
    """An id, a prefix, a label, a symbol, or the path of a revision file."""
    label: str | None = None
    """What stands before `@`: the branch that the rest is about."""
    offset: int = 0
    """`+N` or `-N` steps along parents, from the anchor."""
    git_ref: str | None = None
    """`git:REF`: the heads of the migration tree at that ref."""

    @property
    def is_previous(self) -> bool:
        """Whether it means where the database was before the last move."""
        return self.anchor == PREVIOUS

    @property
    def is_about_all(self) -> bool:
        """Whether it is about every lineage there is."""
        whole = self.anchor in {"base", "heads", PREVIOUS}
        return whole and self.label is None and not self.offset

    @property
    def is_merge_base(self) -> bool:
        """Whether it means the revisions that upstream has too."""
        return self.anchor == "merge-base"


@dataclass(frozen=True, slots=True)
class Destination:
    """What a target means in one graph, for one database."""

    ids: frozenset[str]
    """The revisions to stand at; empty means base."""
    scope: frozenset[str]
    """All revisions of the lineages that the target is about."""


def parse_target(text: str) -> Target:
    """Read `id`, `prefix`, `head`, `base`, `+2`, `abc-1`, `label@head`, `versions/abc_text.py`.

    Also `git:REF`, `merge-base` and `-`, whose ids the caller of `resolve` has to know.
    Raises `InvalidTarget` for text that can be none of these.
    """
    if text.startswith(_GIT) and (ref := text.removeprefix(_GIT)) and not ref.startswith("-"):
        return Target(text, anchor=text, git_ref=ref)
    if shared := _MERGE_BASE.fullmatch(text):
        return Target(text, anchor=shared[1], offset=int(shared[2] or 0))
    if text.endswith(".py") or text == PREVIOUS:
        return Target(text, anchor=text)
    match = _SYNTAX.fullmatch(text)
    if match is None or not (match["anchor"] or match["offset"]):
        raise InvalidTarget(text)
    return Target(text, match["anchor"] or "current", match["label"], int(match["offset"] or 0))


def resolve(
    target: Target,
    graph: RevisionGraph,
    applied: frozenset[str],
    *,
    named: frozenset[str] | None = None,
) -> Destination:
    """The revisions that `target` names when the rows `applied` are in the version table.

    `named` are the ids of an anchor that only git or the journal can tell.
    Raises `UnknownRevision` or `AmbiguousRevision`, both with the nearest ids.
    """
    branch = _branch(target.label, graph) if target.label else None
    start = _anchor(target, graph, applied, branch) if named is None else named
    ids = start
    for _ in range(abs(target.offset)):
        ids = (_up if target.offset > 0 else _down)(ids, graph, target, branch)
    if target.is_about_all:
        return Destination(ids, frozenset(graph.revisions))
    about = ids or start or branch or frozenset()
    return Destination(ids, graph.lineage(about))


def find(text: str, graph: RevisionGraph) -> str:
    """The one revision with this id, label, prefix of an id, or file path."""
    if text in graph.revisions:
        return text
    if text in graph.labelled:
        return graph.labelled[text]
    if text.endswith(".py"):
        matches = _by_path(text, graph)
    else:
        matches = tuple(id_ for id_ in graph.order if id_.startswith(text))
    if not matches or len(text) < MIN_PREFIX:
        raise UnknownRevision(text, matches[:3] or nearest(text, graph))
    if len(matches) > 1:
        raise AmbiguousRevision(text, matches)
    return matches[0]


def nearest(text: str, graph: RevisionGraph) -> tuple[str, ...]:
    """At most three ids or labels that begin or look like `text`, the likeliest first."""
    names = [*graph.revisions, *graph.labelled]
    for length in range(len(text) - 1, 2, -1):
        if begun := [name for name in names if name.startswith(text[:length])]:
            return tuple(begun[:3])
    return tuple(get_close_matches(text, names, n=3, cutoff=0.5))


def _by_path(text: str, graph: RevisionGraph) -> tuple[str, ...]:
    tail = "/" + text.removeprefix("./").lstrip("/")
    return tuple(id_ for id_ in graph.order if ("/" + graph.revisions[id_].path).endswith(tail))


def _branch(label: str, graph: RevisionGraph) -> frozenset[str]:
    """Every revision of the branch: below and above the one that carries the label."""
    root = find(label, graph)
    return (graph.ancestors({root}) | graph.descendants({root})) & graph.lineage({root})


def _anchor(
    target: Target, graph: RevisionGraph, applied: frozenset[str], branch: frozenset[str] | None
) -> frozenset[str]:
    within = frozenset(graph.revisions) if branch is None else branch
    match target.anchor:
        case "current":
            return graph.tips(graph.ancestors(applied)) & within
        case "base":
            return frozenset()
        case "heads":
            return graph.heads & within
        case "head":
            return _one(graph.heads & within, target.text, graph)
        case name:
            id_ = find(name, graph)
            if id_ not in within:
                raise UnknownRevision(target.text, tuple(sorted(graph.heads & within))[:3])
            return frozenset({id_})


def _up(
    ids: frozenset[str], graph: RevisionGraph, target: Target, branch: frozenset[str] | None
) -> frozenset[str]:
    above = graph.children(ids) - graph.ancestors(ids) if ids else graph.bases
    if not above:
        raise UnknownRevision(target.text, tuple(sorted(ids))[:3], reason="that is above the head")
    return _one(above if branch is None else above & branch, target.text, graph)


def _down(
    ids: frozenset[str], graph: RevisionGraph, target: Target, _branch: frozenset[str] | None
) -> frozenset[str]:
    if len(ids) > 1:
        raise AmbiguousRevision(target.text, tuple(f"{id_}-1" for id_ in sorted(ids)))
    if not ids:
        raise UnknownRevision(target.text, reason="that is below base")
    return graph.tips(graph.parents(ids))


def _one(ids: frozenset[str], text: str, graph: RevisionGraph) -> frozenset[str]:
    if not ids:
        raise UnknownRevision(text, tuple(sorted(graph.heads))[:3])
    if len(ids) > 1:
        raise AmbiguousRevision(text, tuple(sorted(ids)))
    return ids
