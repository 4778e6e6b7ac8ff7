"""What the verbs of `config` answer; nothing in here shows a password or a key.

The field names are the JSON contract; keys are only ever added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int | bool | tuple[str, ...] | Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Setting:
    """One key with the value in force; a secret's value is `***`."""

    key: str
    value: Value
    origin: str | None = None
    """`flag`, `environment`, `file` or `default`; None when it was not asked for."""
    origin_name: str | None = None
    """The option, the variable or the file; empty for a default."""


@dataclass(frozen=True, slots=True)
class ConfigReport:
    """Every setting in force; the first, `database`, is the database that verbs talk to."""

    project: str
    files: tuple[str, ...]
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class ConfigPaths:
    """Where the settings come from and where things are kept."""

    project: str
    files: tuple[str, ...]
    """The files that were read, the winning one first."""
    data_dir: str


@dataclass(frozen=True, slots=True)
class ConfigFinding:
    """Something that is allowed but probably not meant."""

    code: str
    severity: str
    """`warning`, or `info` where nothing goes wrong."""
    message: str
    hint: str
    key: str
    source: str
    """The file or the variable; empty for a default."""


@dataclass(frozen=True, slots=True)
class ConfigCheck:
    """A configuration without errors, and what is suspicious about it."""

    project: str
    files: tuple[str, ...]
    checked: tuple[str, ...]
    findings: tuple[ConfigFinding, ...]


@dataclass(frozen=True, slots=True)
class ConfigWritten:
    """The new configuration file, or what it would be."""

    path: str
    content: str
    executed: bool
