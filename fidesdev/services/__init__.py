"""The Python API, one module per noun: arguments in, a report out, nothing printed.

Modules load on first use, so that `fidesdev --help` does not pay for them.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fidesdev.services import (
        authoring,
        checking,
        configuration,
        doctor,
        history,
        hook_runs,
        hooks,
        journal,
        migrations,
        quickstart,
        rebasing,
        recovery,
        requests,
        seeding,
        server,
        stamping,
        undoing,
        workspace,
    )

__all__ = [
    "authoring",
    "checking",
    "configuration",
    "doctor",
    "history",
    "hook_runs",
    "hooks",
    "journal",
    "migrations",
    "quickstart",
    "rebasing",
    "recovery",
    "requests",
    "seeding",
    "server",
    "stamping",
    "undoing",
    "workspace",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(name)
