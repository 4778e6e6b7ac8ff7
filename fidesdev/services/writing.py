"""Whether a database may be written to by way of the connection that is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fidesdev.errors import PoolerRefused, ReplicaRefused
from fidesdev.services.workspace import Workspace

if TYPE_CHECKING:
    from fidesdev.adapters.recorder import Recorded


def require_writable(workspace: Workspace, recorded: Recorded) -> None:
    """Raise `ReplicaRefused` or `PoolerRefused` where no migration may run."""
    from fidesdev.adapters.pooling import changes_sessions

    url = workspace.database
    if recorded.is_replica:
        raise ReplicaRefused(url.address)
    if recorded.is_pooled and changes_sessions(url):
        raise PoolerRefused(url.address)
