"""The way that revisions are tried on: all of them in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from fidesdev.core.graph import RevisionGraph
from fidesdev.core.planner import Plan, plan_goto
from fidesdev.core.target import Destination


@dataclass(frozen=True)
class Route:
    """From nothing to all heads; a position on it is how many revisions are applied."""

    graph: RevisionGraph = field(repr=False)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The revisions."""
        return tuple(step.revision for step in self.whole.steps)

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Of each revision, while it is not applied and all before it are."""
        return {id_: number for number, id_ in enumerate(self.order)}

    def up(self, position: int) -> Plan:
        """The one step up from the position."""
        before, after = self._stages[position : position + 2]
        return Plan(before, after, (self.whole.steps[position],))

    def down(self, position: int) -> Plan:
        """The one step back down to the position."""
        before = self._stages[position + 1]
        return plan_goto(self.graph, before, self._to(self.order[:position]))

    @cached_property
    def whole(self) -> Plan:
        """All steps."""
        return plan_goto(self.graph, frozenset(), self._to(self.graph.revisions))

    @cached_property
    def _stages(self) -> tuple[frozenset[str], ...]:
        return self.whole.stages

    def _to(self, applied: Iterable[str]) -> Destination:
        graph = self.graph
        return Destination(graph.tips(frozenset(applied)), frozenset(graph.revisions))


def chained(first: str, texts: Iterable[bytes]) -> tuple[str, ...]:
    """For each text a digest of it and of all that stands before it, `first` included."""
    digest, found = sha256(first.encode()), []
    for text in texts:
        digest.update(sha256(text).digest())
        found.append(digest.copy().hexdigest()[:32])
    return tuple(found)
