"""The order in which Alembic goes through revisions, so that a tree runs here as it runs there.

Any order in which a revision comes after what it requires is sound. But branches that were merged
have been applied one after the other by Alembic, always in the same order, and scripts of one may
lean on what the other did; that no file says so is found out on the first database that is built
in another order. See `RevisionMap._topological_sort` of Alembic 1.20.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

Edges = Mapping[str, tuple[str, ...]]


def descending(
    requires: Edges, required_by: Edges, depth: Mapping[str, int], heads: Iterable[str]
) -> Iterator[str]:
    """Everything that `heads` require, each before what it requires itself.

    `requires` holds parents, then dependencies, of exactly the revisions that are wanted (what is
    no key is left out); `depth` is the length of the longest way down. From the first head on, a
    line is followed down to where another one that is waiting joins it; then that one is followed.
    """
    waiting = list(heads)
    is_waiting = set(waiting)
    above_left = {id_: sum(one in requires for one in set(required_by[id_])) for id_ in requires}
    index = 0
    while waiting:
        candidate = waiting[index]
        if above_left[candidate]:
            index = _above(candidate, waiting, requires, depth)
            continue
        yield candidate
        is_waiting.discard(candidate)
        below = [one for one in dict.fromkeys(requires[candidate]) if one in requires]
        for one in below:
            above_left[one] -= 1
        added = [one for one in below if one not in is_waiting]
        if added:
            waiting[index] = added[0]
            waiting.extend(added[1:])
            is_waiting.update(added)
        else:
            del waiting[index]
            index = max(index - 1, 0)


def depths(order: Iterable[str], requires: Edges) -> dict[str, int]:
    """The length of the longest way down from each revision; `order` has required ones first."""
    found: dict[str, int] = {}
    for id_ in order:
        found[id_] = 1 + max((found[one] for one in requires[id_]), default=0)
    return found


def _above(
    candidate: str, waiting: Collection[str], requires: Edges, depth: Mapping[str, int]
) -> int:
    """The place of the first one that waits and requires the candidate, over whatever steps."""
    seen: set[str] = set()
    for place, head in enumerate(waiting):
        if head != candidate and _reaches(head, candidate, requires, depth, seen):
            return place
    raise AssertionError(f"nothing that waits requires {candidate}")


def _reaches(
    start: str, goal: str, requires: Edges, depth: Mapping[str, int], seen: set[str]
) -> bool:
    """Whether the goal is below the start; what was seen in vain is not looked at again."""
    stack = [start]
    while stack:
        id_ = stack.pop()
        if id_ == goal:
            return True
        if id_ not in seen and id_ in requires and depth[id_] > depth[goal]:
            seen.add(id_)
            stack.extend(requires[id_])
    return False
