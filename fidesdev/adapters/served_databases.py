"""The databases of a PostgreSQL server in a container, saved by the server's own pg_dump.

The programs run inside: they are of the server's version, and no port need be published.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from fidesdev.adapters.client_programs import conninfo
from fidesdev.adapters.engine import Engine, answering
from fidesdev.adapters.own_files import open_new
from fidesdev.adapters.revision_cache import make_folder
from fidesdev.core.served import Served, read_served
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import DumpFailed, FidesdevError

_DATABASES = (
    "SELECT pg_database_size(oid) || ' ' || datname FROM pg_database"
    " WHERE datallowconn AND NOT datistemplate ORDER BY datname"
)
_HAS_CONTENT = (
    "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')"
)
_KEPT_STDERR = 500


def served(engine: Engine, containers: Iterable[str]) -> Iterator[Served]:
    """The PostgreSQL servers among some containers."""
    with answering():
        for id_ in containers:
            if (found := read_served(engine.client.inspect_container(id_))) is not None:
                yield found


def databases(engine: Engine, server: Served) -> dict[str, int]:
    """The databases that hold anything, and their sizes in bytes.

    Raises `DumpFailed` where the server does not answer.
    """
    asked = ("psql", "-X", "-A", "-t", "-w", "-U", server.user)
    rows = _output(engine, server, (*asked, "-0", "-d", "template1", "-c", _DATABASES)).split("\0")
    found = {}
    for size, _, name in (row.partition(" ") for row in filter(None, rows)):
        if _output(engine, server, (*asked, "-d", _named(name), "-c", _HAS_CONTENT)) == "t":
            found[name] = int(size)
    return found


def dump(engine: Engine, server: Served, database: str, path: Path) -> int:
    """Write the database to a file in pg_dump's custom format, whole or not at all; its size."""
    argv = ("pg_dump", "-w", "-U", server.user, "-Fc", "-d", _named(database))
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        make_folder(path.parent.parent)
        make_folder(path.parent)
        with open_new(unfinished) as file:
            for part in _parts(engine, server, argv):
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        return path.stat().st_size
    except FidesdevError:
        raise
    except OSError as error:
        raise DumpFailed(server.name, f"{path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _named(database: str) -> str:
    """The name as a connection string: the programs take `host=...` for one, too."""
    return conninfo(DatabaseUrl("postgresql", database))


def _output(engine: Engine, server: Served, argv: tuple[str, ...]) -> str:
    return b"".join(_parts(engine, server, argv)).decode("utf-8", "replace").rstrip("\n")


def _parts(engine: Engine, server: Served, argv: tuple[str, ...]) -> Iterator[bytes]:
    """What a program in the container prints; raises `DumpFailed` at its end with its words.

    The engine's frames are read here, since docker's own stream takes a lost connection for an end.
    """
    from docker.utils.socket import STDERR, frames_iter

    client, errors = engine.client, b""
    variables = {"PGPASSWORD": server.password} if server.password else {}
    with answering():
        run = client.exec_create(server.id, list(argv), environment=variables)["Id"]
        connection = client.exec_start(run, socket=True)
        with closing(connection._response):  # its own `close` leaves the socket open
            frames = frames_iter(connection, tty=False)  # type: ignore[no-untyped-call]  # its stubs
            for stream, part in frames:
                if stream == STDERR:
                    errors = (errors + part)[-_KEPT_STDERR:]
                else:
                    yield part
        code = client.exec_inspect(run)["ExitCode"]
    if code != 0:
        said = errors.decode("utf-8", "replace").strip().removeprefix(f"{argv[0]}: ")
        raise DumpFailed(server.name, f"{argv[0]}: {said or f'exit code {code}'}")
