"""Snapshots as files: what a dump says of itself, and what export and import return."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fidesdev.core.snapshots import KIND, Snapshot, read_mark

_ENTRY = re.compile(r"^\d+; \d+ \d+ (?P<entry>.*)$", re.MULTILINE)
_COMMENT = re.compile(r"^COMMENT ON DATABASE .* IS '((?:[^']|'')*)';$", re.MULTILINE)
_CREATION = re.compile(r"^CREATE DATABASE .* WITH TEMPLATE = template0 (.*);$", re.MULTILINE)
_OPTION = re.compile(
    r"\b(ENCODING|LOCALE_PROVIDER|LOCALE|LC_COLLATE|LC_CTYPE|ICU_LOCALE|BUILTIN_LOCALE)"
    r" = ('(?:[^']|'')*'|\w+)"
)
_MISSING_ROLE = re.compile(r'ERROR:  role "(.+)" does not exist$')
_HARMLESS = re.compile(
    # of a pg_restore that is newer than the server; of who may not comment on an extension
    r'unrecognized configuration parameter "transaction_timeout"|must be owner of extension'
)
_ERROR = re.compile(r"^pg_(?:dump|restore): error: (.*)$")
_TRIED = "could not execute query: "


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a dump is."""

    verb: str
    """`export` or `import`."""
    name: str
    done: int
    """Tables."""
    total: int


OnProgress = Callable[[Progress], object]


def unheard(_progress: Progress) -> None:
    """What listens when nobody does."""


@dataclass(frozen=True, slots=True)
class DumpContents:
    """What a dump holds."""

    tables: int
    """With rows."""
    facts: Mapping[str, Any] | None
    """What was written down of the snapshot; None for a dump of somebody else."""
    options: str
    """Encoding and locale, as CREATE DATABASE takes them."""


@dataclass(frozen=True, slots=True)
class SnapshotExported:
    """The file that holds the snapshot, or would."""

    snapshots: tuple[Snapshot]
    path: str
    format: str
    """`pg_dump` (custom format) or `sqlite`."""
    bytes: int | None
    """Of the file; None where it was not written."""
    replaced: bool
    executed: bool
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SnapshotImported:
    """The snapshot that was made from a file, or would be."""

    snapshots: tuple[Snapshot]
    path: str
    original: str | None
    """Whose snapshot it was when it was exported; None: the dump does not say."""
    replaced: bool
    executed: bool
    missing_roles: tuple[str, ...] = ()
    """Roles that the dump names and the server does not have: what was theirs is the importer's."""
    seconds: float = 0.0


def dump_tables(listing: str) -> int:
    """How many tables' rows are listed by `pg_restore --list`."""
    return sum(found["entry"].startswith("TABLE DATA ") for found in _ENTRY.finditer(listing))


def database_entries(listing: str) -> str:
    """The lines of the list that are about the database itself."""
    lines = [line for line in listing.splitlines() if _is_of_database(line)]
    return "\n".join([*lines, ""])


def read_contents(listing: str, statements: str) -> DumpContents:
    """What a dump holds, from its list and its statements about the database itself."""
    comment, creation = _COMMENT.search(statements), _CREATION.search(statements)
    text = comment[1].replace("''", "'") if comment else None
    options = _OPTION.findall(creation[1]) if creation else []
    return DumpContents(
        tables=dump_tables(listing),
        facts=read_mark(text, KIND),
        options=" ".join(f"{key} = {value}" for key, value in options),
    )


def program_errors(lines: list[str]) -> list[str]:
    """What a program of PostgreSQL says went wrong, in its words."""
    found = (_ERROR.match(line) for line in lines)
    return [error[1].removeprefix(_TRIED) for error in found if error]


def judge(errors: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The errors of a restore that matter, and the roles that do not exist here."""
    roles = {found[1] for error in errors if (found := _MISSING_ROLE.search(error))}
    serious = [
        error for error in errors if not (_MISSING_ROLE.search(error) or _HARMLESS.search(error))
    ]
    return serious, tuple(sorted(roles))


def _is_of_database(line: str) -> bool:
    found = _ENTRY.match(line)
    return found is not None and found["entry"].startswith(("DATABASE - ", "COMMENT - DATABASE "))
