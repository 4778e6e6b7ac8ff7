"""Reports of graphs, as the service would make them."""

from __future__ import annotations

from collections.abc import Mapping

from fidesdev.core.graph import Revision, RevisionGraph
from fidesdev.core.graph_reports import GraphNode, GraphReport
from fidesdev.core.lanes import drawing_order, lay_out


def report(
    made: list[Revision], states: Mapping[str, str] | None = None, *, limit: int | None = None
) -> GraphReport:
    """The report of a checkout that has these revisions; `states` is what a database said."""
    tree = RevisionGraph.build(made)
    order = drawing_order(tree)
    layout = lay_out(tree, order[:limit])
    nodes = tuple(
        GraphNode(
            id=id_,
            lane=lane,
            parents=tree.revisions[id_].parents,
            depends_on=tree.revisions[id_].depends_on,
            labels=tree.revisions[id_].labels,
            message=tree.revisions[id_].message,
            path=tree.revisions[id_].path,
            created=None,
            is_head=id_ in tree.heads,
            state=states[id_] if states else None,
        )
        for id_, lane in layout.lanes.items()
    )
    older = len(order) - len(nodes)
    database = "postgresql://db/fides" if states else None
    return GraphReport(nodes, layout.edges, layout.width, older, database)
