"""Named locks of a PostgreSQL server, which end with the connection that holds them at the latest.

They are advisory locks of the database that the connection is to: the same one for every run, as
`connect_maintenance` chooses it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from fidesdev.adapters.server_statements import Server
from fidesdev.errors import FidesdevError, TemplateBusy

_PAUSE = 0.05
_KEYS = "(hashtext('templates of fidesdev'), hashtext(%s))"


def try_lock(server: Server, name: str) -> bool:
    """Take the lock, unless another connection has it; whether it was taken."""
    ((taken,),) = server.rows(f"SELECT pg_try_advisory_lock{_KEYS}", (name,))
    return bool(taken)


def unlock(server: Server, name: str) -> None:
    """Give the lock back."""
    server.rows(f"SELECT pg_advisory_unlock{_KEYS}", (name,))


@contextmanager
def locked(server: Server, name: str, *, patience: float) -> Iterator[None]:
    """Hold the lock, once it is free; raises `TemplateBusy` after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not try_lock(server, name):
        if time.monotonic() >= deadline:
            raise TemplateBusy(name, patience)
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        with suppress(FidesdevError):  # a connection that was lost holds nothing
            unlock(server, name)
