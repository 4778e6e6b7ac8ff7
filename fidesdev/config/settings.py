"""What a configuration says, as values that never change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fidesdev.core.url import DatabaseUrl


@dataclass(frozen=True, slots=True)
class Flags:
    """The global options of the command line that decide what is read."""

    directory: Path | None = None
    config: Path | None = None
    database_url: str | None = field(default=None, repr=False)
    test_db: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from."""

    kind: str
    """`flag`, `environment`, `file` or `default`; a server of our own: `embedded`."""
    name: str = ""
    """`--database-url`, `FIDES__DATABASE__PORT`, the file's path; empty for a default."""

    def __str__(self) -> str:
        """The name, as a person would say it."""
        return self.name or self.kind


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Section `[database]`, shared with Fides; every text is plain, never URL-quoted."""

    server: str
    """A host name, an address without brackets, or a socket directory."""
    port: int
    user: str
    password: str = field(repr=False)
    db: str
    test_db: str
    params: Mapping[str, str] = field(repr=False)
    """libpq parameters."""


@dataclass(frozen=True, slots=True)
class SnapshotSettings:
    """Table `[fidesdev.snapshots]`."""

    automatic: bool = True
    """Whether one is taken before anything destructive."""
    keep: int = 5
    """How many automatic snapshots of a database are kept."""
    max_size: int = 1024**3
    """Bytes; a larger database gets no automatic snapshot."""
    spares: int = 1
    """Ready copies of a template or snapshot, so that the next reset or restore is a rename."""


@dataclass(frozen=True, slots=True)
class DockerSettings:
    """Table `[fidesdev.docker]`; what is empty is left to Compose."""

    files: tuple[str, ...] = ()
    """As written, relative to the project folder."""
    profiles: tuple[str, ...] = ()
    project: str = ""
    services: tuple[str, ...] = ()
    """The services that `up` and `rebuild` mean when none is named; empty: all."""
    image: str = "postgres:16"
    """For the server that fidesdev describes itself, where there is no Compose file."""


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """Section `[fidesdev]`."""

    engine: str
    """`server` or `embedded`."""
    host_server: str
    alembic_config: str | None
    """As written, relative to the project folder; None: it is looked for."""
    runner: str
    """`auto`, `in-process`, `python:PATH` or `compose:SERVICE`."""
    runner_env: Mapping[str, str] = field(repr=False)
    use_database_url: bool
    upstream: str | None
    data_dir: Path
    """Absolute; nothing has been made there."""
    journal: str
    """`auto`, `database`, `file` or `off`."""
    version_table: str
    version_table_schema: str
    protected: tuple[str, ...]
    allow: tuple[str, ...]
    check: Mapping[str, str]
    """`off`, `warning` or `error` by the code of a check."""
    lint: Mapping[str, str]
    """The same for the hazards that `db lint` finds."""
    hooks: Mapping[str, str]
    """`on_switch`: `ask`, `sync` or `tell`."""
    snapshots: SnapshotSettings
    docker: DockerSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the flags, the environment and the files say."""

    project: Path
    """The project folder, absolute."""
    files: tuple[Path, ...]
    """The files that were read, the winning one first."""
    database: DatabaseSettings
    tool: ToolSettings
    app_encryption_key: str | None = field(repr=False)
    test_mode: bool
    database_url: DatabaseUrl | None
    """The value of `--database-url`."""
    sources: Mapping[str, Source]
    """By key: `database.port`, `fidesdev.engine`, `test_mode`, `database_url` ..."""
