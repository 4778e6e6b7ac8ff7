"""Settings: flags, then FIDES__* variables, then files, then defaults; all with sources.

Nothing here connects to a database or writes a file; the one question to the network is `resolves`.
"""

from fidesdev.config.choosing import (
    choose_database,
    configured_database,
    is_service_name,
    reachable,
    resolves,
)
from fidesdev.config.loading import load_settings
from fidesdev.config.settings import (
    DatabaseSettings,
    DockerSettings,
    Flags,
    Settings,
    SnapshotSettings,
    Source,
    ToolSettings,
)

__all__ = [
    "DatabaseSettings",
    "DockerSettings",
    "Flags",
    "Settings",
    "SnapshotSettings",
    "Source",
    "ToolSettings",
    "choose_database",
    "configured_database",
    "is_service_name",
    "load_settings",
    "reachable",
    "resolves",
]
