"""What resets leave in a server, looked at and removed; every tree of revisions is another one."""

from __future__ import annotations

import time
import uuid
from contextlib import closing, suppress

from psycopg2 import sql

from fidesdev.adapters.postgres import connect
from fidesdev.core.snapshots import read_mark
from fidesdev.core.templates import Label
from fidesdev.core.url import DatabaseUrl
from fidesdev.errors import CopyFailed
from tests.projects import Project

OURS = (
    "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
    " WHERE datname LIKE 'fidesdev\\_%'"
)


def ids(count: int) -> list[str]:
    """Revision ids that no other test has, so that templates are not shared between tests."""
    run = uuid.uuid4().hex[:8]
    return [f"{chr(ord('a') + number)}{run}" for number in range(count)]


def databases(url: DatabaseUrl) -> dict[str, str | None]:
    """The databases of ours in the server, with their comments."""
    with closing(connect(url.with_database("postgres"), autocommit=True)) as connection:
        cursor = connection.cursor()
        cursor.execute(OURS)
        return dict(cursor.fetchall())


def templates(project: Project) -> set[str]:
    """The fingerprints of the project's templates."""
    found = {}
    for name, comment in databases(project.url).items():
        label = Label.read(comment)
        if label and label.project.endswith(f":{project.root}"):
            found[name.removeprefix("fidesdev_template_")] = label
    return set(found)


def spares(project: Project) -> set[str]:
    """The copies that were made ahead of the project's templates."""
    prints = templates(project)
    names = databases(project.url)
    return {name for name in names if name.startswith("fidesdev_spare_") and name[15:31] in prints}


def wait_for_spare(project: Project, seconds: float = 20) -> None:
    """Wait until the server has made the copy that nobody waits for."""
    deadline = time.monotonic() + seconds
    while not spares(project):
        assert time.monotonic() < deadline, "no spare copy"
        time.sleep(0.02)


def remove_all(project: Project) -> None:
    """Drop the project's templates, spares and snapshots."""
    prints = templates(project)
    for name, comment in databases(project.url).items():
        snapshot = read_mark(comment, "snapshot") or {}
        is_ours = any(print_ in name for print_ in prints)
        if is_ours or snapshot.get("database") == project.url.database:
            with closing(connect(project.url.with_database("postgres"), autocommit=True)) as one:
                text = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                with suppress(CopyFailed):
                    one.cursor().execute(text.format(sql.Identifier(name)))
