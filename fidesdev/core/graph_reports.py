"""What `db graph` draws: revisions in lanes, with what the database and git know of them."""

from __future__ import annotations

from dataclasses import dataclass

from fidesdev.core.lanes import Edge, Layout

APPLIED, PENDING, UNKNOWN = "applied", "pending", "unknown"
STATES = (APPLIED, PENDING, UNKNOWN)
"""Unknown: the database has it or once had it below another, and no file of the checkout does."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One revision."""

    id: str
    lane: int
    parents: tuple[str, ...]
    depends_on: tuple[str, ...]
    labels: tuple[str, ...]
    message: str
    path: str | None
    created: str | None
    is_head: bool
    state: str | None = None
    """`applied`, `pending` or `unknown`; None where no database was asked."""
    is_current: bool | None = None
    """Whether it is a row of the version table."""
    place: str | None = None
    """Where the source of an unknown revision was found."""
    commit: str | None = None
    """The commit that brought its file; with author, date and branch only where git was asked."""
    author: str | None = None
    date: str | None = None
    """ISO 8601."""
    branch: str | None = None
    is_own: bool | None = None
    """Whether upstream does not have the commit; None where there is no upstream."""
    source: str | None = None
    """The text of the file, where it was asked for."""


@dataclass(frozen=True, slots=True)
class GraphReport:
    """Revisions, newest first, one a row, and the edges between them."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[Edge, ...]
    lanes: int
    """How many lanes there are."""
    older: int = 0
    """How many more revisions there are below."""
    database: str | None = None
    """The database that was asked."""

    @property
    def layout(self) -> Layout:
        """The lanes alone."""
        return Layout({node.id: node.lane for node in self.nodes}, self.edges, self.lanes)
