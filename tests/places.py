"""Where the commands of README and docs are typed: real folders, repositories and databases."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from psycopg2 import sql

from fidesdev.core.url import DatabaseUrl
from tests.conftest import execute, snapshots_of
from tests.documents import ROOT, typed
from tests.shop import ROWS, make_shop

HOME = "/home/you"
"""What the pages show for the folder that holds the project."""


@dataclass(frozen=True)
class Place:
    """A folder to type commands in."""

    folder: Path
    bin: Path
    """Where `fidesdev` and `alembic` are."""
    variables: dict[str, str] = field(default_factory=dict)

    def type(self, command: str) -> str:
        """What a person would see whose project is in `HOME`, and whose database is `shop`."""
        shown = typed(command, self.folder, self.bin, self.variables)
        name = self.variables.get("PGDATABASE")
        shown = shown.replace(name, "shop") if name else shown
        return shown.replace(str(self.folder.parent), HOME)


@contextmanager
def clone(folder: Path, bin_: Path) -> Iterator[Place]:
    """A clone of this repository in which `fidesdev quickstart` has run."""
    place = Place(folder, bin_)
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    place.type("git init -q -b main && git add -A && git commit -q -m Begin")
    shown = place.type("fidesdev quickstart")
    assert "Inserted 21 requests" in shown, shown
    try:
        yield place
    finally:
        place.type("fidesdev db stop")


@contextmanager
def shop(folder: Path, bin_: Path, server: DatabaseUrl, name: str = "") -> Iterator[Place]:
    """The shop at the head of main, with its rows."""
    make_shop(folder)
    with _database(server, name or _name()) as url:
        place = Place(folder, bin_, _variables(url))
        shown = place.type("fidesdev -q db upgrade")
        assert "Done: upgraded 6" in shown, shown
        with closing(psycopg2.connect(url.render())) as connection, connection:
            connection.cursor().execute(ROWS)
        yield place


@contextmanager
def copied(shop: Place, folder: Path, server: DatabaseUrl, name: str = "") -> Iterator[Place]:
    """A copy of a shop, files and database, to work on."""
    shutil.copytree(shop.folder, folder, symlinks=True)
    with _database(server, name or _name(), template=shop.variables["PGDATABASE"]) as url:
        yield Place(folder, shop.bin, _variables(url))


@contextmanager
def empty(folder: Path, bin_: Path, server: DatabaseUrl, name: str) -> Iterator[Place]:
    """A folder with an empty database, and without a project."""
    with _database(server, name) as url:
        yield Place(folder, bin_, _variables(url))


def _name() -> str:
    return f"shop_{uuid.uuid4().hex[:8]}"


@contextmanager
def _database(server: DatabaseUrl, name: str, template: str = "template0") -> Iterator[DatabaseUrl]:
    """A database of its own, dropped at the end with its snapshots."""
    url = server.with_database(name)
    made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    execute(server, made.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield url
    finally:
        dropped = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        for one in (*snapshots_of(url), name):
            execute(server, dropped.format(sql.Identifier(one)))


def _variables(url: DatabaseUrl) -> dict[str, str]:
    """What has fidesdev, Alembic and psql use the database."""
    given = {
        "SERVER": url.host or "",
        "PORT": str(url.port or 5432),
        "USER": url.user or "",
        "PASSWORD": url.password or "",
        "DB": url.database,
    }
    libpq = {"SERVER": "PGHOST", "DB": "PGDATABASE"}
    ours = {f"FIDES__DATABASE__{key}": value for key, value in given.items()}
    ours["FIDES__FIDESDEV__SNAPSHOTS"] = '{"spares": 0}'  # which would be made behind our back
    return ours | {libpq.get(key, f"PG{key}"): value for key, value in given.items()}
