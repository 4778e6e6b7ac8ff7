"""fidesdev: a developer toolkit for Fides, and for everyone who lives with Alembic migrations.

`open_workspace` opens a project for the Python API in `fidesdev.services`; what can go wrong is in
`fidesdev.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fidesdev.services.workspace import open_workspace

__all__ = ["__version__", "open_workspace"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`open_workspace`, loaded when it is first wanted: help and reading do not pay for it."""
    if name == "open_workspace":
        from fidesdev.services.workspace import open_workspace

        return open_workspace
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
