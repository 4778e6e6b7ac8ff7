"""The Python API, one module per noun: arguments in, a report out, nothing printed.

Modules load on first use, so that `fidesdev --help` does not pay for them.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fidesdev.services import (
        api,
        authoring,
        checking,
        cleaning,
        completion,
        configuration,
        container_access,
        containers,
        docker_doctor,
        doctor,
        drift,
        fanout,
        graph,
        health,
        history,
        hook_runs,
        hooks,
        impacts,
        initialising,
        journal,
        linting,
        migrations,
        model_authoring,
        models,
        python_shell,
        quickstart,
        rebasing,
        rebuilding,
        records,
        recovery,
        request_reports,
        request_review,
        request_seeding,
        requests,
        resetting,
        returning,
        roundtrip,
        seeding,
        server,
        snapshot_diffs,
        snapshot_files,
        snapshot_pruning,
        snapshots,
        stamping,
        undoing,
        users,
        why,
        workspace,
    )

__all__ = [
    "api",
    "authoring",
    "checking",
    "cleaning",
    "completion",
    "configuration",
    "container_access",
    "containers",
    "docker_doctor",
    "doctor",
    "drift",
    "fanout",
    "graph",
    "health",
    "history",
    "hook_runs",
    "hooks",
    "impacts",
    "initialising",
    "journal",
    "linting",
    "migrations",
    "model_authoring",
    "models",
    "python_shell",
    "quickstart",
    "rebasing",
    "rebuilding",
    "records",
    "recovery",
    "request_reports",
    "request_review",
    "request_seeding",
    "requests",
    "resetting",
    "returning",
    "roundtrip",
    "seeding",
    "server",
    "snapshot_diffs",
    "snapshot_files",
    "snapshot_pruning",
    "snapshots",
    "stamping",
    "undoing",
    "users",
    "why",
    "workspace",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(name)
