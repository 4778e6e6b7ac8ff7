"""What the verbs about servers and whole databases return, and what a missing extension means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fidesdev.core.url import DatabaseUrl

_MISSING_EXTENSION = re.compile(
    r'extension "(?P<name>[^"]+)" is not available'
    r"|extension control file \"(?:[^\"]*/)?(?P<file>[^\"/]+)\.control\""
)


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running PostgreSQL of ours and how to reach it."""

    directory: str
    """Where its data, log and password are."""
    socket_directory: str
    port: int
    """On 127.0.0.1."""
    pid: int
    version: str
    user: str
    password: str = field(repr=False)

    def url(self, database: str) -> DatabaseUrl:
        """A database's URL by way of the loopback port, which every driver can use."""
        return DatabaseUrl(
            backend="postgresql",
            database=database,
            host="127.0.0.1",
            port=self.port,
            user=self.user,
            password=self.password,
        )


@dataclass(frozen=True, slots=True)
class StartReport:
    """The embedded server runs; in a dry run of a start the facts of a running one are None."""

    started: bool
    """False: it runs already. In a dry run: whether it would be started."""
    executed: bool
    in_use: bool
    """Whether the configuration says `engine = "embedded"`, so that commands talk to it."""
    directory: str
    seconds: float
    url: str | None = None
    """With the password hidden."""
    version: str | None = None
    pid: int | None = None
    port: int | None = None
    socket_directory: str | None = None


@dataclass(frozen=True, slots=True)
class StopReport:
    """The embedded server does not run any more."""

    stopped: bool
    """False: it did not run. In a dry run: whether it would be stopped."""
    executed: bool
    directory: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CreateReport:
    """The database exists."""

    database: str
    address: str
    created: bool
    """False: it was there already. In a dry run: whether it would be created."""
    executed: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """How much is in a database, and who else is in it."""

    bytes: int
    tables: int
    connections: int = 0


@dataclass(frozen=True, slots=True)
class DropReport:
    """What dropping a database destroys, or destroyed."""

    database: str
    address: str
    exists: bool
    """Whether there was one to drop; the figures are zero where there was none."""
    bytes: int
    tables: int
    connections: int
    """Of others, which the drop ends."""
    executed: bool


@dataclass(frozen=True, slots=True)
class WaitReport:
    """The server answers."""

    address: str
    database: str
    exists: bool
    """Whether the server has the database."""
    seconds: float


@dataclass(frozen=True, slots=True)
class UrlReport:
    """The database that commands talk to."""

    url: str
    """With the password only when it was asked for."""
    source: str
    """What named it: a flag, a variable, a file, the embedded server, a default."""


@dataclass(frozen=True, slots=True)
class ShellReport:
    """A client program ran; `output` is what `-c` printed, None when it ran interactively."""

    exit_code: int
    """1 for every failure of the client: its own 2 and 3 have other meanings here."""
    output: str | None


def missing_extension_hint(error_text: str) -> str | None:
    """What to do about an extension that a PostgreSQL build lacks; None for any other error.

    Reads `extension "x" is not available` (SQLSTATE 0A000) and, of servers before 13, `could not
    open extension control file`.
    """
    found = _MISSING_EXTENSION.search(error_text)
    if found is None:
        return None
    name = found["name"] or found["file"]
    return (
        f"This PostgreSQL has no extension {name!r}; the embedded build lacks pgcrypto, uuid-ossp,"
        " xml2 and sslinfo. Use one that has it: a system PostgreSQL (install its contrib package,"
        " then 'fidesdev db stop' and 'FIDESDEV_PG_BIN=/usr/lib/postgresql/16/bin fidesdev db"
        ' start\' with another [fidesdev].data_dir), a server of yours (engine = "server" and'
        " [database]), or Docker ('docker compose up -d')."
    )
