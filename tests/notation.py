"""One notation for revision graphs in tests: `a > b > c, b > d, c d > m, m ~ x`.

`a > b`: b is written on a. `c d > m`: m merges c and d. `m ~ x`: m depends on x.
`a @ one`: a carries the label `one`. A name alone is a base.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from hypothesis import strategies as st

from fidesdev.core.graph import Revision, RevisionGraph


def revisions(text: str) -> list[Revision]:
    """The revisions that the text describes, in the order in which they are named."""
    parents: dict[str, list[str]] = defaultdict(list)
    depends: dict[str, list[str]] = defaultdict(list)
    labels: dict[str, list[str]] = defaultdict(list)
    for part in text.split(","):
        if "~" in part:
            id_, needed = part.split("~")
            depends[id_.strip()] += needed.split()
        elif "@" in part:
            id_, label = part.split("@")
            labels[id_.strip()].append(label.strip())
        else:
            links = [link.split() for link in part.split(">")]
            parents[links[0][0]] += []
            for below, above in pairwise(links):
                for id_ in below:
                    parents[id_] += []
                parents[above[0]] += below
    return [
        Revision(
            id_,
            tuple(parents[id_]),
            tuple(depends[id_]),
            tuple(labels[id_]),
            message=f"does {id_}",
            path=f"versions/{id_}.py",
        )
        for id_ in dict.fromkeys([*parents, *depends, *labels])
    ]


def graph(text: str) -> RevisionGraph:
    """The graph that the text describes."""
    return RevisionGraph.build(revisions(text))


@st.composite
def random_revisions(draw: st.DrawFn, *, largest: int = 12) -> list[Revision]:
    """Trees with several bases, branches, merges, labels and dependencies between lineages."""
    count = draw(st.integers(1, largest))
    made: list[Revision] = []
    for number in range(count):
        below = [revision.id for revision in made]
        chosen = st.lists(st.sampled_from(below), max_size=3, unique=True) if below else st.just([])
        parents = draw(chosen) if number else []
        related = RevisionGraph.build(made).lineage(parents) if parents else frozenset()
        apart = [id_ for id_ in below if id_ not in related]
        needs = draw(st.lists(st.sampled_from(apart), max_size=1)) if apart else []
        label = (f"label{number}",) if draw(st.integers(0, 5)) == 0 else ()
        id_ = f"{number:02d}{draw(st.sampled_from('abcdef'))}rev"
        made.append(Revision(id_, _independent(made, parents), tuple(needs), label, f"does {id_}"))
    return made


def _independent(made: list[Revision], parents: list[str]) -> tuple[str, ...]:
    """The parents without those that another parent has below it: nobody merges those."""
    tree = RevisionGraph.build(made)
    return tuple(p for p in parents if not any(p in tree.ancestors({q}) - {q} for q in parents))
